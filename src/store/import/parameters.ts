import type { Engine } from '../../events/engines/engine-name.ts';
import type { TlsMode } from '../../events/profile.ts';
import { type Found, isNo, isYes } from './candidate.ts';

/** Names and values in the order they were found. */
export type Parameters = readonly (readonly [name: string, value: string])[];

type Take = (found: Found, value: string, name: string) => void;

/** Spellings differ in case, hyphens and underscores: `ssl-mode`, `sslMode`, `sslmode`. */
function folded(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/**
 * Puts connection parameters into `found`, by the engine's own names for them; the rest is reported as not
 * taken.
 */
export function takeParameters(found: Found, parameters: Parameters): void {
  const takes = TAKES[found.engine];
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    const key = folded(name);
    const isAgain = seen.has(key);
    if (isAgain)
      found.notTaken.push({
        what: name,
        code: 'import.twice',
        why: 'It is given twice; the last one counts.',
      });
    seen.add(key);
    const take = Object.hasOwn(takes, key) ? takes[key] : undefined;
    if (take) {
      const before = { ...found };
      take(found, value, name);
      if (!isAgain) sayOverridden(found, before, name);
    } else
      found.notTaken.push({
        what: name,
        code: 'import.unknown',
        why: Object.hasOwn(UNTAKEN, key) ? UNTAKEN[key]! : 'A profile has no place for this option.',
      });
  }
}

/** Fields that say where a secret goes and how it is protected, in words. */
const TELLING = {
  host: 'host',
  port: 'port',
  database: 'database',
  user: 'user',
  password: 'password',
  tlsMode: 'TLS mode',
  caFile: 'CA’s file',
  certFile: 'client certificate',
  keyFile: 'client’s key',
  serverKeyFile: 'server’s public key',
} as const;

/** An option that overrides the URL or another option: both must be known. */
function sayOverridden(found: Found, before: Found, name: string): void {
  for (const [field, words] of Object.entries(TELLING)) {
    const was = before[field as keyof typeof TELLING];
    if (was !== undefined && was !== '' && String(was) !== String(found[field as keyof typeof TELLING]))
      found.notTaken.push({
        what: name,
        code: 'import.overridden',
        why: `The ${words} is also given elsewhere with a different value. This option is used.`,
      });
  }
}

const SERVICE =
  'A service may name another server and another password. Import pg_service.conf, which has it.';

/**
 * Options of programs and drivers that would change where something goes or how it is protected, and why they
 * are not taken.
 */
const UNTAKEN: Readonly<Record<string, string>> = {
  // libpq.
  servicefile: SERVICE,
  passfile: 'It names a file of passwords. Import that file, or type the password.',
  options: 'It would change settings of the server’s session. Set them in a statement.',
  requireauth: 'Which ways of signing in are allowed is not chosen here (doc/drivers.md has the rules).',
  channelbinding: 'Channel binding is not chosen here (doc/drivers.md has the rules).',
  gssencmode: 'Querytape does not support encryption by GSSAPI.',
  sslcrl: 'Revoked certificates are not looked up.',
  sslcrldir: 'Revoked certificates are not looked up.',
  // MySQL and MariaDB, their connectors and Prisma.
  allowpublickeyretrieval:
    'The server would choose the key that encrypts the password, so an impostor could read it. Use TLS.',
  getserverpublickey:
    'The server would choose the key that encrypts the password, so an impostor could read it. Use TLS.',
  enablecleartextplugin: 'The password is never sent as it is without TLS.',
  defaultauth: 'The way of signing in is agreed with the server, by the rules in doc/drivers.md.',
  authplugin: 'The way of signing in is agreed with the server, by the rules in doc/drivers.md.',
  plugindir: 'No code is loaded for a profile.',
  initcommand: 'Statements that run at the start are never taken.',
  allowloadlocalinfile: 'Files of this machine are never sent to a server.',
  localinfile: 'Files of this machine are never sent to a server.',
  // MongoDB.
  proxyhost: 'No proxy is used: the connection goes to the server itself.',
  proxyport: 'No proxy is used: the connection goes to the server itself.',
  proxyusername: 'No proxy is used: the connection goes to the server itself.',
  proxypassword: 'No proxy is used: the connection goes to the server itself.',
  authmechanismproperties: 'A profile has no place for this option: sign in without it.',
  tlsdisableocspendpointcheck: 'Revoked certificates are not looked up.',
  tlsdisablecertificaterevocationcheck: 'Revoked certificates are not looked up.',
};

const set =
  (
    field:
      | 'host'
      | 'port'
      | 'database'
      | 'user'
      | 'password'
      | 'caFile'
      | 'certFile'
      | 'keyFile'
      | 'serverKeyFile'
      | 'tlsPassphrase',
  ): Take =>
  (found, value) => {
    found[field] = value;
  };

const mode =
  (modes: Readonly<Record<string, TlsMode | null>>): Take =>
  (found, value, name) => {
    const word = value.toLowerCase().replaceAll('-', '_');
    const tlsMode = Object.hasOwn(modes, word) ? modes[word] : undefined;
    if (tlsMode) found.tlsMode = tlsMode;
    else if (tlsMode === null)
      found.notTaken.push({
        what: name,
        code: 'import.tlsWeak',
        why: 'This mode gives up encryption without a word, and a profile has no such mode.',
      });
    else found.notTaken.push({ what: name, code: 'import.unknown', why: 'There is no such TLS mode.' });
  };

/** A switch, which some drivers take the words of a mode for as well. What is none of these changes nothing: TLS may be on by default. */
const switchOr =
  (other: Take): Take =>
  (found, value, name) => {
    if (value === '' || isYes(value)) found.tlsMode ??= 'require';
    else if (isNo(value)) found.tlsMode ??= 'disable';
    else other(found, value, name);
  };

/** A switch alone: what says neither yes nor no changes nothing. */
const yesOrNo =
  (yes: (found: Found) => void, no: (found: Found) => void): Take =>
  (found, value, name) => {
    if (isYes(value)) yes(found);
    else if (isNo(value)) no(found);
    else found.notTaken.push({ what: name, code: 'import.unknown', why: 'It says neither yes nor no.' });
  };

/** A list of hosts or ports: drivers try them in turn, a profile has one. */
const firstOf =
  (field: 'host' | 'port'): Take =>
  (found, value, name) => {
    const [first, ...others] = value.split(',');
    if (others.length > 0)
      found.notTaken.push({ what: name, code: 'import.list', why: 'It is a list; the first one is taken.' });
    found[field] = first;
  };

const POSTGRES_MODE = mode({
  disable: 'disable',
  allow: null,
  prefer: null,
  require: 'require',
  // node-postgres'.
  no_verify: 'require',
  verify_ca: 'verify-ca',
  verify_full: 'verify-full',
});

/** PostgreSQL manual, "Parameter Key Words" (libpq-connect). `ssl` is node-postgres', asyncpg's and JDBC's. */
const POSTGRES: Readonly<Record<string, Take>> = {
  host: firstOf('host'),
  hostaddr: (found, value, name) => {
    if (!found.host) return firstOf('host')(found, value, name);
    found.notTaken.push({
      what: name,
      code: 'import.unknown',
      why: 'It would connect to another address than the host’s. The host is looked up instead.',
    });
  },
  service: (found, _, name) => {
    found.serverNamedIn = { what: name, code: 'import.unknown', why: SERVICE };
    found.notTaken.push(found.serverNamedIn);
  },
  port: firstOf('port'),
  dbname: set('database'),
  user: set('user'),
  password: set('password'),
  sslmode: POSTGRES_MODE,
  // Prisma's.
  sslaccept: mode({ accept_invalid_certs: 'require', strict: 'verify-full' }),
  // libpq's own of old.
  requiressl: (found, value) => {
    if (isYes(value)) found.tlsMode ??= 'require';
  },
  sslrootcert: (found, value) => {
    // The word `system` is the system's own trust store, and makes verify-full the mode.
    if (value === 'system') found.tlsMode = 'verify-full';
    else found.caFile = value;
  },
  sslcert: set('certFile'),
  sslkey: set('keyFile'),
  sslpassword: set('tlsPassphrase'),
  ssl: switchOr(POSTGRES_MODE),
};

const MYSQL_MODE = mode({
  disabled: 'disable',
  disable: 'disable',
  preferred: null,
  prefer: null,
  required: 'require',
  require: 'require',
  // MariaDB's connectors.
  trust: 'require',
  verify_ca: 'verify-ca',
  verify_identity: 'verify-full',
  verify_full: 'verify-full',
});

/**
 * MySQL manual, "Connecting to the Server Using URI-Like Strings" and "Client Options for Encrypted
 * Connections".
 */
const MYSQL: Readonly<Record<string, Take>> = {
  host: set('host'),
  port: set('port'),
  database: set('database'),
  user: set('user'),
  password: set('password'),
  socket: set('host'),
  // PyMySQL's, MariaDB Connector/J's and mysql2's.
  unixsocket: set('host'),
  localsocket: set('host'),
  socketpath: set('host'),
  sslmode: MYSQL_MODE,
  sslaccept: mode({ accept_invalid_certs: 'require', strict: 'verify-full' }),
  // Connector/J's and MariaDB's own.
  usessl: switchOr(MYSQL_MODE),
  verifyservercertificate: yesOrNo(
    (found) => {
      found.tlsMode = 'verify-ca';
    },
    (found) => {
      found.tlsMode = 'require';
    },
  ),
  trustservercertificate: (found, value) => {
    if (isYes(value)) found.tlsMode = 'require';
  },
  sslca: set('caFile'),
  serverpublickeypath: set('serverKeyFile'),
  serverrsapublickeyfile: set('serverKeyFile'),
  sslcert: set('certFile'),
  sslkey: set('keyFile'),
  ssl: (found, value, name) => {
    // mysql2 takes JSON here, too.
    if (value.startsWith('{'))
      found.notTaken.push({
        what: 'ssl',
        code: 'import.unknown',
        why: 'JSON is not taken here. Set TLS by hand.',
      });
    else switchOr(MYSQL_MODE)(found, value, name);
  },
  // MariaDB manual, "mariadb Command-Line Client".
  sslverifyservercert: (found, value) => {
    if (value === '' || isYes(value)) found.tlsMode = 'verify-full';
  },
};

/** MongoDB manual, "Connection String Options". */
const MONGODB: Readonly<Record<string, Take>> = {
  tls: yesOrNo(
    (found) => {
      if (found.tlsMode === undefined || found.tlsMode === 'disable') found.tlsMode = 'verify-full';
    },
    (found) => {
      found.tlsMode = 'disable';
    },
  ),
  ssl: (found, value, name) => MONGODB.tls!(found, value, name),
  tlscafile: set('caFile'),
  tlscertificatekeyfile: (found, value) => {
    // One file holds both.
    found.certFile = value;
    found.keyFile = value;
  },
  tlscertificatekeyfilepassword: set('tlsPassphrase'),
  tlsallowinvalidcertificates: (found, value) => {
    if (isYes(value)) found.tlsMode = 'require';
  },
  tlsinsecure: (found, value) => {
    if (isYes(value)) found.tlsMode = 'require';
  },
  tlsallowinvalidhostnames: (found, value) => {
    if (isYes(value) && found.tlsMode !== 'require') found.tlsMode = 'verify-ca';
  },
  replicaset: (found, value) => {
    mongoOf(found).replicaSet = value;
  },
  readpreference: (found, value) => {
    // The check says it where it is none that is known.
    mongoOf(found).readPreference = value as 'primary';
  },
  authsource: (found, value) => {
    mongoOf(found).authSource = value;
  },
  authmechanism: (found, value) => {
    // The check says it where it is none that is known.
    mongoOf(found).authMechanism = value as 'PLAIN';
  },
  directconnection: (found, value) => {
    if (isYes(value)) mongoOf(found).directConnection = true;
  },
};

const TAKES: Readonly<Record<Engine, Readonly<Record<string, Take>>>> = {
  postgres: POSTGRES,
  mysql: MYSQL,
  mariadb: MYSQL,
  mongodb: MONGODB,
};

/** MongoDB's own options of `found`, made where there are none yet. */
export function mongoOf(found: Found): NonNullable<Found['mongo']> {
  found.mongo ??= {};
  return found.mongo;
}
