import { descriptorOf, engineOfScheme, SCHEMES } from '../../events/engines/index.ts';
import { mongoSocketOf } from '../../events/engines/mongodb-hosts.ts';
import { type Candidate, candidateOf, type Found, type Imported, importedOf, isYes } from './candidate.ts';
import type { NotTaken } from './not-taken.ts';
import { mongoOf, type Parameters, takeParameters } from './parameters.ts';

/** Why a URL can't be read. Its message quotes nothing of it: a URL holds a password. */
class UrlError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether a text looks like a URL that can be imported. */
export function isConnectionUrl(text: string): boolean {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(written(text).url)?.[1]?.toLowerCase();
  return scheme !== undefined && engineOfScheme(scheme) !== undefined;
}

/** A line of an .env file: `export DATABASE_URL="…"`. */
const ASSIGNED = /^(?:export\s+)?[A-Za-z_]\w*=(["']?)([a-z][a-z0-9+.-]*:.*)\1$/is;
/** Drivers that SQLAlchemy names behind the dialect. Not `ssh` or `ssl`, which are other programs' and mean more. */
const DRIVERS =
  /^((?:postgres(?:ql)?|mysql|mariadb))\+(?:psycopg\d?|psycopg2cffi|asyncpg|pg8000|pymysql|mysqldb|mysqlconnector|aiomysql|asyncmy|mariadbconnector|pyodbc)(?=:\/\/)/i;

/** A URL without what is around it where other programs write it, and whether it is one of Java's. */
function written(text: string): { readonly url: string; readonly isJava: boolean } {
  const trimmed = text.trim();
  const url = ASSIGNED.exec(trimmed)?.[2] ?? trimmed;
  const isJava = /^jdbc:/i.test(url);
  return { url: (isJava ? url.slice('jdbc:'.length) : url).replace(DRIVERS, '$1'), isJava };
}

/**
 * Reads one connection URL: PostgreSQL manual, "Connection URIs"; MySQL manual, "Connecting to the Server
 * Using URI-Like Strings"; MongoDB manual, "Connection Strings". Parts are percent-encoded UTF-8 (RFC 3986);
 * `+` is a plus, but for Java's. Also what is around one elsewhere: `jdbc:`, `postgresql+psycopg2://`, a line of an .env file.
 */
export function importUrl(url: string): Imported {
  const one = candidateOfUrl('URL', url);
  return importedOf([one]);
}

/** The same within another import, under a name. */
export function candidateOfUrl(
  origin: string,
  url: string,
  more: Partial<Found> = {},
): Candidate | readonly NotTaken[] {
  try {
    const found = foundInUrl(url);
    return candidateOf(origin, {
      ...found,
      ...more,
      notTaken: [...found.notTaken, ...(more.notTaken ?? [])],
    });
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    return [{ what: origin, code: error.code, why: error.message }];
  }
}

function foundInUrl(text: string): Found {
  const { url, isJava } = written(text);
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/s.exec(url);
  const scheme = parts?.[1]?.toLowerCase() ?? '';
  const engine = engineOfScheme(scheme);
  if (!parts || engine === undefined)
    throw new UrlError('url.scheme', `A URL begins with ${SCHEMES.join('://, ')}://.`);
  const [, , authority = '', path = '', query = '', fragment] = parts;
  if (fragment !== undefined)
    throw new UrlError('url.hash', 'There is a # in it. In a password it is written %23.');
  if (path.includes('@'))
    throw new UrlError('url.encoding', 'There is an @ behind a /. In a password a / is written %2F.');
  // An option's value may have one (`user=me@server`), its name has none.
  if (query.split('&').some((pair) => /^[^=]*@/.test(pair)))
    throw new UrlError('url.encoding', 'There is an @ behind a ?. In a password a ? is written %3F.');
  const { address } = descriptorOf(engine);
  const found: Found = { engine, notTaken: [] };
  const at = authority.lastIndexOf('@');
  if (at !== -1) {
    const [user = '', ...password] = authority.slice(0, at).split(':');
    if (user !== '') found.user = decoded(user);
    if (password.length > 0) found.password = decoded(password.join(':'));
  }
  takeHosts(found, authority.slice(at + 1));
  if (path !== '') found.database = decoded(path);
  if (scheme === address.seedListScheme) {
    mongoOf(found).srv = true;
    // The scheme says that TLS is on (MongoDB manual, "DNS Seed List Connection Format").
    found.tlsMode = 'verify-full';
  }
  takeParameters(found, isJava ? javaParameters(query) : parametersOf(query));
  // By default the database in a MongoDB URL is the authentication database.
  if (address.hasMembers && found.user && found.database && found.mongo?.authSource === undefined)
    mongoOf(found).authSource = found.database;
  return found;
}

function takeHosts(found: Found, text: string): void {
  const [first = '', ...others] = text.split(',');
  const { hasMembers } = descriptorOf(found.engine).address;
  if (others.length > 0 && hasMembers)
    mongoOf(found).hosts = others.filter((other) => other !== '').map(decoded);
  else if (others.length > 0)
    found.notTaken.push({
      what: 'hosts',
      code: 'import.list',
      why: 'It is a list; the first one is taken.',
    });
  if (first === '') return;
  const parts = /^(\[[^\]]*\]|[^:[\]]*)(?::([0-9]*))?$/.exec(first);
  if (!parts)
    throw new UrlError(
      'url.host',
      'The host is ambiguous. In a password write @, :, / and ? as %40, %3A, %2F and %3F; put an IPv6 address in brackets.',
    );
  found.host = decoded(parts[1]!).replace(/^\[(.*)\]$/, '$1');
  if (parts[2]) found.port = parts[2];
  if (hasMembers && found.host.startsWith('/')) {
    const { host, port } = mongoSocketOf(found.host);
    found.host = host;
    if (port !== undefined) found.port = port;
  }
}

function parametersOf(query: string): Parameters {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals === -1
        ? ([decoded(pair), ''] as const)
        : ([decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1))] as const);
    });
}

/** Java writes a space as `+`, and its PostgreSQL driver checks certificate and name where TLS is switched on and no mode is named (pgJDBC manual, "ssl"). */
function javaParameters(query: string): Parameters {
  const parameters = parametersOf(query.replaceAll('+', '%20'));
  if (parameters.some(([name]) => name.toLowerCase() === 'sslmode')) return parameters;
  return parameters.map(([name, value]) =>
    name === 'ssl' && (value === '' || isYes(value)) ? [name, 'verify-full'] : [name, value],
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UrlError(
      'url.encoding',
      'There is a % that begins no percent-encoding. A % itself is written %25.',
    );
  }
}
