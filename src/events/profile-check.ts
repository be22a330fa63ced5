import { ENGINES, type Engine } from './engines/engine-name.ts';
import { descriptorOf } from './engines/index.ts';
import { mongoHostText, READ_PREFERENCES, readMongoHost } from './engines/mongodb-hosts.ts';
import { environmentNamed } from './environment-name.ts';
import { checkHost, checkName } from './host-check.ts';
import type { MongoOptions, Profile, ProfileDraft, Target, Tls, TlsMode } from './profile.ts';
import { type FieldError, Fields } from './profile-fields.ts';
import { defaultTlsMode } from './tls-default.ts';
import { readTunnel, tunnelMismatch } from './tunnel-check.ts';

export type { FieldError } from './profile-fields.ts';

/** What a check comes to. */
type Checked<T> = T | { readonly errors: readonly FieldError[] };

const TLS_MODES: readonly TlsMode[] = ['disable', 'require', 'verify-ca', 'verify-full'];
const AUTH_MECHANISMS = ['SCRAM-SHA-1', 'SCRAM-SHA-256', 'MONGODB-X509', 'PLAIN'] as const;
/** Mechanisms that need a package which Querytape does not ship. */
const UNSHIPPED = {
  'MONGODB-AWS':
    'Signing in with AWS credentials is not available. Use a database user with a password, or X.509.',
  'MONGODB-OIDC': 'Signing in by OIDC is not available. Use a database user with a password, or X.509.',
  GSSAPI: 'Signing in by Kerberos is not available. Use a database user with a password, or X.509.',
};
/** Seeds of a deployment; more are of no use, as each tells of all. */
const HOSTS_MAX = 49;

/**
 * A profile from whatever a page, a file or a program sent, or everything that is wrong with it, each error at its
 * field (`target.port`). Spellings are made one (environment, colour, surrounding spaces); nothing else is guessed.
 */
export function checkProfile(input: unknown): Checked<{ readonly profile: Profile }> {
  const fields = new Fields(input);
  const profileId = fields.text('profileId', { max: 64, pattern: /^[A-Za-z0-9_.-]+$/ });
  const draft = readDraft(fields);
  const errors = fields.finish();
  if (errors.length > 0) return { errors };
  // A test holds all that passes here against the schema.
  return { profile: { profileId: profileId!, ...draft } as Profile };
}

/** The same for a profile that has no id yet. */
export function checkDraft(input: unknown): Checked<{ readonly draft: ProfileDraft }> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return checkProfile(input) as never;
  const checked = checkProfile({ ...input, profileId: 'draft' });
  if ('errors' in checked) return checked;
  const { profileId: _, ...draft } = checked.profile;
  return { draft };
}

function readDraft(fields: Fields): Partial<ProfileDraft> {
  const name = fields.text('name', { max: 120 });
  const target = readTarget(fields.part('target'));
  const way = fields.optionalPart('tunnel');
  const tunnel = way && readTunnel(way);
  const word = fields.text('environment', { max: 40 });
  const environment = word === undefined ? undefined : environmentNamed(word);
  if (word !== undefined && environment === undefined)
    fields.wrong(
      'environment',
      'environment.unknown',
      'The environment is development, staging or production.',
    );
  const mismatch = tunnel ? tunnelMismatch(tunnel, target, environment) : null;
  if (mismatch !== null) fields.wrong(mismatch.field, mismatch.code, mismatch.message);
  const colour = fields.text('colour', { optional: true, max: 7 })?.toLowerCase();
  if (colour !== undefined && !/^#[0-9a-f]{6}$/.test(colour))
    fields.wrong('colour', 'field.format', 'A colour is written #rrggbb.');
  const askPassword = fields.flag('askPassword', true);
  return {
    name,
    target: target as Target,
    environment,
    readOnly: fields.flag('readOnly', true) ?? false,
    ...given('folder', folderOf(fields)),
    ...given('tags', fields.texts('tags', 16, 40)),
    ...given('notes', fields.text('notes', { optional: true, max: 4000, lines: true })),
    ...given('colour', colour),
    ...(askPassword ? { askPassword } : {}),
    ...given('tunnel', tunnel),
  } as Partial<ProfileDraft>;
}

function folderOf(fields: Fields): string | undefined {
  const folder = fields.text('folder', { optional: true, max: 200 });
  const names = folder?.split('/').map((name) => name.trim());
  if (names?.every((name) => name === '')) return undefined;
  if (names?.some((name) => name === ''))
    fields.wrong('folder', 'field.format', 'A folder is written as names with / between them.');
  return names?.join('/');
}

function readTarget(fields: Fields): Partial<Target> {
  const engine = fields.oneOf('engine', ENGINES);
  const address = engine && descriptorOf(engine).address;
  const host = fields.text('host', { max: 255 });
  const checked = host === undefined ? undefined : checkHost(host);
  if (typeof checked === 'object')
    fields.wrong(
      'host',
      checked.code,
      address?.hasMembers && checked.code === 'host.list'
        ? 'Name one member here and the others under “Other members”.'
        : checked.message,
    );
  const database = fields.text('database', { optional: true, max: 255 }) ?? '';
  const user = fields.text('user', { optional: true, max: 255 }) ?? '';
  for (const [field, name] of Object.entries({ database, user })) {
    const wrong = checkName(field, name);
    if (wrong !== null) fields.wrong(field, wrong.code, wrong.message);
    else if (field === 'database') {
      const fault = address?.databaseFault?.(name) ?? null;
      if (fault !== null) fields.wrong(field, 'name.invalid', fault);
    }
  }
  const mongo = readMongo(fields, engine);
  const place = { host: typeof checked === 'string' ? checked : '', mongo };
  return {
    ...given('engine', engine),
    ...given('host', typeof checked === 'string' ? checked : undefined),
    ...given('port', fields.port('port')),
    database,
    user,
    tls: readTls(fields.optionalPart('tls'), defaultTlsMode(place)),
    ...given('mongo', mongo),
  } as Partial<Target>;
}

/** Without a mode it is `otherwise`; with files or a name for TLS, verified. */
function readTls(fields: Fields | undefined, otherwise: TlsMode): Tls {
  if (fields === undefined) return { mode: otherwise };
  const said = fields.optionalOneOf('mode', TLS_MODES, {
    prefer: 'prefer gives up encryption without a word. Choose disable or require.',
    allow: 'allow gives up encryption without a word. Choose disable or require.',
  });
  const file = (name: string) => fields.path(name);
  const tls = { caFile: file('caFile'), certFile: file('certFile'), keyFile: file('keyFile') };
  if (tls.keyFile !== undefined && tls.certFile === undefined)
    fields.wrong('certFile', 'tls.certMissing', 'A key needs its certificate.');
  const isSpoken = Object.values(tls).some((path) => path !== undefined) || fields.has('serverName');
  const mode = said ?? (isSpoken ? 'verify-full' : otherwise);
  if (mode === 'disable' && Object.values(tls).some((path) => path !== undefined))
    fields.wrong('mode', 'tls.off', 'Files for TLS are given, but TLS is off.');
  // It stands for TLS where there is none.
  const serverKeyFile = file('serverKeyFile');
  const serverName = fields.text('serverName', { optional: true, max: 255 });
  const name = serverName === undefined ? undefined : checkHost(serverName);
  if (typeof name === 'object' || name?.startsWith('/'))
    fields.wrong('serverName', 'host.invalid', 'This is not a name that a certificate could carry.');
  return {
    mode,
    ...given('caFile', tls.caFile),
    ...given('certFile', tls.certFile),
    ...given('keyFile', tls.keyFile),
    ...given('serverKeyFile', serverKeyFile),
    ...given('serverName', typeof name === 'string' ? name : undefined),
  } as Tls;
}

function readMongo(fields: Fields, engine: Engine | undefined): MongoOptions | undefined {
  const mongo = fields.optionalPart('mongo');
  if (mongo === undefined) return undefined;
  if (engine !== undefined && !descriptorOf(engine).address.hasMembers) {
    fields.wrong('mongo', 'field.unknown', 'Only MongoDB has these options.');
    mongo.ignore();
    return undefined;
  }
  const srv = mongo.flag('srv', true);
  const directConnection = mongo.flag('directConnection', true);
  if (srv && directConnection)
    mongo.wrong(
      'directConnection',
      'mongo.srvDirect',
      'A DNS seed list names many servers; a direct connection is to one.',
    );
  const hosts = readHosts(mongo);
  if (hosts !== undefined && (srv || directConnection))
    mongo.wrong(
      'hosts',
      'mongo.hosts',
      srv ? 'A DNS seed list names the members itself.' : 'A direct connection is to one server.',
    );
  const readPreference = mongo.optionalOneOf('readPreference', READ_PREFERENCES);
  if (readPreference !== undefined && directConnection)
    mongo.wrong(
      'readPreference',
      'mongo.preferenceDirect',
      'A direct connection reads from the one server that it is to. Leave one of both out.',
    );
  const word = { optional: true, max: 255, pattern: /^[^?&\s]+$/ } as const;
  return {
    ...given('srv', srv),
    ...given('directConnection', directConnection),
    ...given('hosts', hosts),
    ...given('replicaSet', mongo.text('replicaSet', word)),
    ...given('readPreference', readPreference),
    ...given('authSource', mongo.text('authSource', word)),
    ...given('authMechanism', mongo.optionalOneOf('authMechanism', AUTH_MECHANISMS, UNSHIPPED)),
  };
}

/** Members by name, address and port, in one spelling. */
function readHosts(mongo: Fields): string[] | undefined {
  const texts = mongo.texts('hosts', HOSTS_MAX, 262);
  const hosts = texts?.map((text) => readMongoHost(text));
  if (hosts?.some((host) => host === null)) {
    mongo.wrong('hosts', 'host.invalid', 'A member is written host or host:port, with commas between them.');
    return undefined;
  }
  return hosts?.map((host) => mongoHostText(host!));
}

/** `{[name]: value}`, or nothing where there is no value: optional properties are left out, never undefined. */
function given<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: V };
}
