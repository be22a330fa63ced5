import { descriptorOf, engineOfScheme, SCHEMES } from '../../events/engines/index.ts';
import { mongoSocketOf } from '../../events/engines/mongodb-hosts.ts';
import { type Candidate, candidateOf, type Found, type Imported, importedOf } from './candidate.ts';
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
  const scheme = /^\s*([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  return scheme !== undefined && engineOfScheme(scheme) !== undefined;
}

/**
 * Reads one connection URL: PostgreSQL manual, "Connection URIs"; MySQL manual, "Connecting to the Server
 * Using URI-Like Strings"; MongoDB manual, "Connection Strings". Parts are percent-encoded UTF-8 (RFC 3986);
 * `+` is a plus.
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

function foundInUrl(url: string): Found {
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/s.exec(
    url.trim(),
  );
  const scheme = parts?.[1]?.toLowerCase() ?? '';
  const engine = engineOfScheme(scheme);
  if (!parts || engine === undefined)
    throw new UrlError('url.scheme', `A URL begins with ${SCHEMES.join('://, ')}://.`);
  const [, , authority = '', path = '', query = '', fragment] = parts;
  if (fragment !== undefined)
    throw new UrlError('url.hash', 'There is a # in it. In a password it is written %23.');
  if (path.includes('@'))
    throw new UrlError('url.encoding', 'There is an @ behind a /. In a password a / is written %2F.');
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
  takeParameters(found, parametersOf(query));
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
