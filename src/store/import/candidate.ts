import type { Engine } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import { isLoopback } from '../../events/host-check.ts';
import type { Environment, MongoOptions, ProfileDraft, TlsMode } from '../../events/profile.ts';
import { checkDraft } from '../../events/profile-check.ts';
import { Secret } from '../../events/secret.ts';
import { defaultTlsMode } from '../../events/tls-default.ts';
import type { NotTaken } from './not-taken.ts';
import { protectionNotes } from './protection.ts';
import { type HopFound, hopSecretsOf, tunnelNotes, tunnelOf } from './tunnel.ts';

/** A profile that could be made of what was found. Nothing is saved and nothing connected by finding it. */
export interface Candidate {
  /** Where it was found: `line 3`, `[shop]`, a connection's id. */
  readonly origin: string;
  readonly draft: ProfileDraft;
  /** By their names: `password`, `tlsPassphrase`, a hop's such as `ssh.0.password`. */
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly notTaken: readonly NotTaken[];
}

/** What an import comes to. */
export interface Imported {
  readonly candidates: readonly Candidate[];
  /** Whole entries that gave no candidate, and what is wrong with the source itself. */
  readonly notTaken: readonly NotTaken[];
}

/** Parts of a connection, as a source names them. What it does not say is undefined. */
export interface Found {
  name?: string | undefined;
  engine: Engine;
  host?: string | undefined;
  /** What is not read here and may name the server, where no host is given. */
  serverNamedIn?: NotTaken | undefined;
  port?: string | number | undefined;
  database?: string | undefined;
  user?: string | undefined;
  tlsMode?: TlsMode | undefined;
  caFile?: string | undefined;
  certFile?: string | undefined;
  keyFile?: string | undefined;
  /** The server's public key, for a sign-in without TLS. */
  serverKeyFile?: string | undefined;
  mongo?: { -readonly [K in keyof MongoOptions]: MongoOptions[K] } | undefined;
  environment?: Environment | undefined;
  readOnly?: boolean | undefined;
  folder?: string | undefined;
  colour?: string | undefined;
  notes?: string | undefined;
  askPassword?: boolean | undefined;
  password?: string | undefined;
  tlsPassphrase?: string | undefined;
  /** The SSH servers on the way, from the first that is dialled. */
  hops?: readonly HopFound[] | undefined;
  notTaken: NotTaken[];
}

const SECRETS = ['password', 'tlsPassphrase'] as const;

/** Makes a candidate of what was found, or says why there is none. */
export function candidateOf(origin: string, found: Found): Candidate | readonly NotTaken[] {
  const notTaken = [...found.notTaken];
  const { serverNamedIn } = found;
  // This machine would be another server than the one that is meant, and be given its password.
  if (!found.host && serverNamedIn) return [{ ...serverNamedIn, what: `${origin}: ${serverNamedIn.what}` }];
  const host = found.host || 'localhost';
  const files = Object.fromEntries(
    (['caFile', 'certFile', 'keyFile', 'serverKeyFile'] as const)
      .map((name) => [name, absolute(name, found[name], notTaken)] as const)
      .filter(([, path]) => path !== undefined),
  );
  const draft = {
    name: (found.name?.trim() || nameOf(found, host)).slice(0, 120),
    target: {
      engine: found.engine,
      host,
      port: found.port || descriptorOf(found.engine).address.port,
      database: found.database ?? '',
      user: found.user ?? '',
      tls: { mode: tlsModeOf(found, host, notTaken), ...files },
      ...(found.mongo && Object.keys(found.mongo).length > 0 ? { mongo: found.mongo } : {}),
    },
    environment: environmentOf(found, host, notTaken),
    readOnly: found.readOnly ?? false,
    folder: found.folder,
    colour: found.colour,
    notes: found.notes?.slice(0, 4000),
    askPassword: found.askPassword,
    tunnel: tunnelOf(found.hops),
  };
  const checked = checkDraft(withoutUndefined(draft));
  if ('errors' in checked)
    return checked.errors.map(({ field, code, message }) => ({
      what: `${origin}: ${field.replace('target.', '')}`,
      code,
      why: message,
    }));
  notTaken.push(...protectionNotes(checked.draft.target));
  notTaken.push(...tunnelNotes(checked.draft.tunnel));
  const secrets = SECRETS.filter((name) => found[name]).map((name) => [name, new Secret(found[name]!)]);
  return {
    origin,
    draft: checked.draft,
    secrets: { ...Object.fromEntries(secrets), ...hopSecretsOf(found.hops) },
    notTaken,
  };
}

/** Sorts what `candidateOf` made of each entry. */
export function importedOf(
  made: readonly (Candidate | readonly NotTaken[])[],
  notTaken: readonly NotTaken[] = [],
): Imported {
  const candidates = made.filter((one): one is Candidate => 'draft' in one);
  const others = made.filter((one): one is readonly NotTaken[] => !('draft' in one));
  return { candidates, notTaken: [...notTaken, ...others.flat()] };
}

/** A word that says yes: `true`, `1`, `yes`, `on`. */
export function isYes(word: string): boolean {
  return /^(?:true|1|yes|on)$/i.test(word.trim());
}

/** A word that says no: `false`, `0`, `no`, `off`. */
export function isNo(word: string): boolean {
  return /^(?:false|0|no|off)$/i.test(word.trim());
}

function nameOf({ user, database }: Found, host: string): string {
  return `${user ? `${user}@` : ''}${host}${database ? `/${database}` : ''}`;
}

function tlsModeOf({ tlsMode, mongo }: Found, host: string, notTaken: NotTaken[]): TlsMode {
  if (tlsMode !== undefined) return tlsMode;
  const mode = defaultTlsMode({ host, mongo });
  if (mode === 'verify-full')
    notTaken.push({
      what: 'TLS mode',
      code: 'import.tlsGuessed',
      why: 'The TLS mode is not specified, so CA and name are verified. Choose a weaker mode if the server doesn’t support that.',
    });
  return mode;
}

/**
 * What is not said is taken as production unless it is on this machine, which behind a tunnel it is not: too careful harms less than too
 * careless.
 */
function environmentOf({ environment, hops }: Found, host: string, notTaken: NotTaken[]): Environment {
  if (environment !== undefined) return environment;
  if (isLoopback(host) && hops === undefined) return 'development';
  notTaken.push({
    what: 'environment',
    code: 'import.environmentGuessed',
    why: 'The environment is not specified. It is set to production until you change it.',
  });
  return 'production';
}

function absolute(name: string, path: string | undefined, notTaken: NotTaken[]): string | undefined {
  if (!path || /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(path)) return path || undefined;
  notTaken.push({
    what: name,
    code: 'import.relative',
    why: 'The path is relative to an unknown folder.',
  });
  return undefined;
}

function withoutUndefined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
