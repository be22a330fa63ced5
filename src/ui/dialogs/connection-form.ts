import { DEFAULT_ENGINE, type Engine } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import {
  type Environment,
  type MongoOptions,
  type ProfileDraft,
  type Target,
  TLS_PASSPHRASE,
  type TlsMode,
} from '../../events/profile.ts';
import { defaultTlsMode, staysHere } from '../../events/tls-default.ts';
import { type TunnelForm, tunnelFormOf, tunnelOf, tunnelSecretsOf } from './tunnel-form.ts';

/** A form's fields as they are typed. */
export interface ConnectionForm {
  readonly engine: Engine;
  readonly way: 'network' | 'socket';
  readonly host: string;
  /** What was typed as the host of the other way; empty where nothing was. */
  readonly otherHost: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
  readonly tlsMode: TlsMode;
  /** The mode was chosen, or came with a profile or an import: it does not follow the host any more. */
  readonly tlsChosen: boolean;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** What was typed as the passphrase of the client's key; empty where nothing was. */
  readonly keyPassphrase: string;
  /** A stored passphrase of the client's key is to be forgotten. */
  readonly forgetKeyPassphrase: boolean;
  readonly serverName: string;
  readonly serverKeyFile: string;
  readonly srv: boolean;
  readonly directConnection: boolean;
  readonly replicaSet: string;
  readonly authSource: string;
  readonly authMechanism: string;
  /** Further members of a replica set or routers, `host:port` with commas between them. */
  readonly hosts: string;
  readonly readPreference: string;
  readonly environment: Environment;
  readonly readOnly: boolean;
  readonly name: string;
  readonly folder: string;
  /** Separated by commas. */
  readonly tags: string;
  readonly notes: string;
  readonly colour: string;
  readonly askPassword: boolean;
  /** What was typed as the password; empty where nothing was. */
  readonly password: string;
  /** A kept password is to be forgotten. */
  readonly forgetPassword: boolean;
  readonly tunnel: TunnelForm;
}

const LOCAL = 'localhost';

/** An engine's usual port, as it is typed. */
const portOf = (engine: Engine): string => String(descriptorOf(engine).address.port);

/** What each way of encryption is good for. */
export const TLS_WORDS: Readonly<Record<TlsMode, { label: string; means: string }>> = {
  disable: {
    label: 'None',
    means:
      'Anyone on the network path can read and change the traffic. Suitable for this machine itself, or inside a tunnel.',
  },
  require: {
    label: 'Encrypt',
    means: 'Encrypted, but the server’s identity is not verified: an impostor could receive the password.',
  },
  'verify-ca': {
    label: 'Verify CA',
    means: 'The certificate must be issued by a trusted authority; its name is not checked.',
  },
  'verify-full': {
    label: 'Verify CA and name',
    means: 'The certificate must be issued by a trusted authority and match the server’s name.',
  },
};
export const TLS_MODES = Object.keys(TLS_WORDS) as readonly TlsMode[];

export const AUTH_MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'MONGODB-X509', 'PLAIN'] as const;

/** Colours that a connection can wear, each seen in both themes; none of them means a state. */
export const COLOURS: readonly { readonly value: string; readonly name: string }[] = [
  { value: '', name: 'no colour' },
  { value: '#4c86d8', name: 'blue' },
  { value: '#8f6fe0', name: 'violet' },
  { value: '#d465a5', name: 'pink' },
  { value: '#2fa39a', name: 'teal' },
  { value: '#a5784a', name: 'brown' },
  { value: '#838b95', name: 'grey' },
];

/** A form for a new connection. */
export function emptyForm(engine: Engine = DEFAULT_ENGINE, readOnly = false): ConnectionForm {
  return {
    engine,
    way: 'network',
    host: LOCAL,
    otherHost: '',
    port: portOf(engine),
    database: '',
    user: '',
    tlsMode: defaultTlsMode({ host: LOCAL }),
    tlsChosen: false,
    caFile: '',
    certFile: '',
    keyFile: '',
    keyPassphrase: '',
    forgetKeyPassphrase: false,
    serverName: '',
    serverKeyFile: '',
    srv: false,
    directConnection: false,
    hosts: '',
    replicaSet: '',
    readPreference: '',
    authSource: '',
    authMechanism: '',
    environment: 'development',
    readOnly,
    name: '',
    folder: '',
    tags: '',
    notes: '',
    colour: '',
    askPassword: false,
    password: '',
    forgetPassword: false,
    tunnel: tunnelFormOf(),
  };
}

/** The form that shows a draft, or as much of one as there is. */
export function formOf(
  draft: Partial<Omit<ProfileDraft, 'target'>> & { readonly target?: Partial<Target> },
): ConnectionForm {
  const { target = {} } = draft;
  const empty = emptyForm(target.engine);
  const { tls, mongo } = target;
  return {
    ...empty,
    way: target.host?.startsWith('/') ? 'socket' : 'network',
    host: target.host ?? empty.host,
    port: target.port === undefined ? empty.port : String(target.port),
    database: target.database ?? '',
    user: target.user ?? '',
    ...tlsModeOf(target, empty.tlsMode),
    caFile: tls?.caFile ?? '',
    certFile: tls?.certFile ?? '',
    keyFile: tls?.keyFile ?? '',
    serverName: tls?.serverName ?? '',
    serverKeyFile: tls?.serverKeyFile ?? '',
    srv: mongo?.srv ?? false,
    directConnection: mongo?.directConnection ?? false,
    hosts: (mongo?.hosts ?? []).join(', '),
    replicaSet: mongo?.replicaSet ?? '',
    readPreference: mongo?.readPreference ?? '',
    authSource: mongo?.authSource ?? '',
    authMechanism: mongo?.authMechanism ?? '',
    environment: draft.environment ?? empty.environment,
    readOnly: draft.readOnly ?? empty.readOnly,
    name: draft.name ?? '',
    folder: draft.folder ?? '',
    tags: (draft.tags ?? []).join(', '),
    notes: draft.notes ?? '',
    colour: draft.colour ?? '',
    askPassword: draft.askPassword ?? false,
    tunnel: tunnelFormOf(draft.tunnel),
  };
}

/**
 * None on this machine may be a default and not a choice; it does not stay by itself when the host leaves the
 * machine.
 */
function tlsModeOf(
  { host, tls, mongo }: Partial<Target>,
  otherwise: TlsMode,
): Pick<ConnectionForm, 'tlsMode' | 'tlsChosen'> {
  if (host === undefined) return { tlsMode: tls?.mode ?? otherwise, tlsChosen: tls !== undefined };
  const place = { host, mongo };
  if (tls === undefined) return { tlsMode: defaultTlsMode(place), tlsChosen: false };
  return { tlsMode: tls.mode, tlsChosen: tls.mode !== 'disable' || !staysHere(place) };
}

/** The form with another engine: its port and host where they were the last engine's own, and the ways it has. */
export function withEngine(form: ConnectionForm, engine: Engine): ConnectionForm {
  const port = form.port === '' || form.port === portOf(form.engine) ? portOf(engine) : form.port;
  const socket = form.way === 'socket' && descriptorOf(engine).address.socket !== null;
  const moved = withWay(form, socket ? 'socket' : 'network');
  const host = moved.host === usualHost(moved) ? usualHost({ ...moved, engine }) : moved.host;
  return { ...moved, engine, port, host };
}

/** The form as it was changed: a mode of encryption that was not chosen follows where the server is. */
export function withDefaults(form: ConnectionForm): ConnectionForm {
  if (form.tlsChosen) return form;
  const hosts = mongoOf(form)?.hosts;
  const { hasMembers } = descriptorOf(form.engine).address;
  const mongo = hasMembers ? { srv: form.srv, ...(hosts ? { hosts } : {}) } : undefined;
  return { ...form, tlsMode: defaultTlsMode({ host: form.host.trim(), mongo }) };
}

/**
 * The form with another environment; read-only goes with it while it is what the environments' defaults say.
 */
export function withEnvironment(
  form: ConnectionForm,
  environment: Environment,
  readOnlyByDefault: Readonly<Record<Environment, boolean>>,
): ConnectionForm {
  const own = form.readOnly !== readOnlyByDefault[form.environment];
  return { ...form, environment, readOnly: own ? form.readOnly : readOnlyByDefault[environment] };
}

/**
 * The form with another way to the server. A host that can't be on that way gives place to the one that was there before, or a usual one,
 * and is remembered unless it is usual itself.
 */
export function withWay(form: ConnectionForm, way: ConnectionForm['way']): ConnectionForm {
  const { engine, host, otherHost } = form;
  if (host.startsWith('/') === (way === 'socket')) return { ...form, way };
  const remembered = host === usualHost(form) ? '' : host;
  return { ...form, way, host: otherHost || usualHost({ engine, way }), otherHost: remembered };
}

/** Where a server most often is on a way; empty for a socket of an engine that has none. */
function usualHost({ engine, way }: Pick<ConnectionForm, 'engine' | 'way'>): string {
  return way === 'network' ? LOCAL : (descriptorOf(engine).address.socket?.folder ?? '');
}

/** The object without what is empty. */
function filled<T extends Record<string, unknown>>(fields: T): T {
  const kept = Object.entries(fields).filter(
    ([, value]) =>
      value !== '' && value !== false && value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept) as T;
}

function mongoOf(form: ConnectionForm): MongoOptions | undefined {
  if (!descriptorOf(form.engine).address.hasMembers) return undefined;
  const { srv, directConnection, hosts, replicaSet, readPreference, authSource, authMechanism } = form;
  const isOne = srv || directConnection;
  const mongo = filled({
    srv,
    directConnection: directConnection && !srv,
    hosts: isOne
      ? []
      : hosts
          .split(',')
          .map((host) => host.trim())
          .filter((host) => host !== ''),
    replicaSet: replicaSet.trim(),
    readPreference: directConnection && !srv ? '' : readPreference,
    authSource: authSource.trim(),
    authMechanism,
  });
  return Object.keys(mongo).length > 0 ? (mongo as MongoOptions) : undefined;
}

/** What a form says, as the server takes it. See connection-errors.ts for what is wrong with it. */
export function draftOf(form: ConnectionForm): ProfileDraft {
  const { engine, environment, readOnly, askPassword, notes, colour, tlsMode } = form;
  const encrypted = tlsMode !== 'disable';
  const verified = tlsMode === 'verify-ca' || tlsMode === 'verify-full';
  const mongo = mongoOf(form);
  const tunnel = tunnelOf(form.tunnel);
  return {
    name: form.name.trim(),
    target: {
      engine,
      host: form.host.trim(),
      port: Number(form.port),
      database: form.database.trim(),
      user: form.user.trim(),
      tls: {
        mode: tlsMode,
        ...filled({
          caFile: verified ? form.caFile.trim() : '',
          certFile: encrypted ? form.certFile.trim() : '',
          keyFile: encrypted ? form.keyFile.trim() : '',
          serverName: tlsMode === 'verify-full' ? form.serverName.trim() : '',
          serverKeyFile:
            !encrypted && descriptorOf(engine).address.pinsServerKey ? form.serverKeyFile.trim() : '',
        }),
      },
      ...(mongo ? { mongo } : {}),
    },
    environment,
    readOnly,
    ...(filled({
      folder: form.folder.trim(),
      tags: [...new Set(form.tags.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== ''),
      notes: notes.trim(),
      colour,
      askPassword,
    }) as Partial<ProfileDraft>),
    ...(tunnel ? { tunnel } : {}),
  };
}

/**
 * The secrets to send: what was typed, null for what is to be forgotten, nothing for what stays as it is. `stored` names those that
 * are stored, or came with what was imported.
 */
export function secretsOf(form: ConnectionForm, stored: readonly string[]): Record<string, string | null> {
  const { password, forgetPassword, askPassword, tunnel } = form;
  const own = password !== '' && !askPassword ? { password } : forgetPassword ? { password: null } : {};
  return { ...own, ...keySecretsOf(form, stored), ...tunnelSecretsOf(tunnel, stored) };
}

/** The same for the passphrase of the client's key, which goes with the key. */
function keySecretsOf(form: ConnectionForm, stored: readonly string[]): Record<string, string | null> {
  const { certFile, keyFile } = draftOf(form).target.tls;
  const hasKey = certFile !== undefined || keyFile !== undefined;
  if (hasKey && form.keyPassphrase !== '') return { [TLS_PASSPHRASE]: form.keyPassphrase };
  const isLeft = form.forgetKeyPassphrase || !hasKey;
  return isLeft && stored.includes(TLS_PASSPHRASE) ? { [TLS_PASSPHRASE]: null } : {};
}
