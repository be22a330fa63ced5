import { PRODUCTS } from '../../events/engines/engine-name.ts';
import type { FailureText } from '../../events/failure.ts';
import type { LexicalFacts } from '../../events/lexical-facts.ts';
import { DriverError } from '../driver.ts';
import { driverErrors, failureTexts, firstOf, OF_TLS, withAdvice } from '../failures.ts';
import { ADVICE, PRIVILEGE } from './advice.ts';
import type { ServerError } from './protocol.ts';

/**
 * What the server said of a statement or a sign-in, in our shape. The code is its error number: SQLSTATE tells most of MySQL's
 * errors not apart.
 */
export function serverFailure(
  { errno, message }: Pick<ServerError, 'errno' | 'message'>,
  of: 'statement' | 'signIn' = 'statement',
  { flavour }: LexicalFacts = {},
): FailureText {
  const code = String(errno);
  const isOfOther = flavour !== undefined && (OF_ONE_PRODUCT[errno] ?? flavour) !== flavour;
  return {
    code,
    source: 'server',
    message: message || 'The server gave no reason.',
    ...withAdvice(isOfOther ? undefined : adviceOf(errno, message, of)),
  };
}

/** Numbers that have advice by what they mean in one product, and mean something else in the other. */
const OF_ONE_PRODUCT: Readonly<Record<number, string>> = { 4031: PRODUCTS.mysql, 4151: PRODUCTS.mariadb };

function adviceOf(errno: number, message: string, of: 'statement' | 'signIn'): string | undefined {
  // Who is signed in gets it for LOAD DATA without the right to the server's files.
  if (errno === 1045 && of === 'statement') return PRIVILEGE;
  return isOtherOption(errno, message) ? undefined : ADVICE[errno];
}

/** ER_OPTION_PREVENTS_STATEMENT names the option in its words: only those that refuse writes have advice (read_only, super_read_only). */
function isOtherOption(errno: number, message: string): boolean {
  return errno === 1290 && !/read[-_ ]only/i.test(message);
}

/** A failure of ours or of the connection to the server. */
export const failureText = failureTexts((code) => ADVICE[code]);

/** An error of mysql2, of the socket or of TLS. */
interface ClientError extends Error {
  readonly code?: unknown;
  readonly errno?: unknown;
  /** Only an error that came in the server's own packet has it. */
  readonly sqlMessage?: unknown;
}

/** Whether the server said this, rather than the way to it. */
export function isServerError(error: unknown): error is DriverError {
  return error instanceof DriverError && error.failure.source === 'server';
}

/** Any error of connecting or of the socket, in our shape. */
export function failureOf(error: unknown): FailureText {
  if (error instanceof DriverError) return error.failure;
  const first = firstOf(error) as ClientError;
  const message = first?.message || String(first);
  if (first?.code === SIGN_IN || first?.code === RSA_TOO_LONG) return signInFailure(first);
  if (typeof first?.code === 'number') return serverFailure({ errno: first.code, message }, 'signIn');
  if (typeof first?.errno === 'number' && typeof first.sqlMessage === 'string')
    return serverFailure({ errno: first.errno, message }, 'signIn');
  return failureText(codeOf(first), message);
}

/** The error that a rejected promise of a driver holds. */
export const driverError = driverErrors(failureOf);

/** mysql2's code for whatever a sign-in's plug-in throws, and for a plug-in that it does not have. */
const SIGN_IN = 'AUTH_SWITCH_PLUGIN_ERROR';
/** Node's code for what is longer than an RSA key encrypts. */
const RSA_TOO_LONG = 'ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE';

/** mysql2 says which plug-in it lacks; OpenSSL says that a password is longer than the server's RSA key can encrypt. */
function signInFailure(error: ClientError): FailureText {
  const plugin = /unknown plugin (\w+)/.exec(error.message)?.[1];
  if (plugin !== undefined)
    return failureText(
      'auth.unsupported',
      `The account signs in with ${plugin}, which Querytape does not have.`,
      'client',
    );
  if (/data too large for key/.test(error.message))
    return failureText(
      'auth.passwordTooLong',
      'The password is longer than the server’s public key can encrypt, and the connection is not encrypted.',
      'client',
    );
  return failureText('auth.failed', error.message, 'client');
}

/** mysql2's own codes in our words; what it wraps says more than its wrapper. */
const CODES: Readonly<Record<string, string>> = {
  HANDSHAKE_NO_SSL_SUPPORT: 'tls.notOffered',
  HANDSHAKE_SSL_ERROR: 'tls.failed',
  HANDSHAKE_UNKNOWN_ERROR: 'protocol.violated',
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: 'auth.cleartext',
  PROTOCOL_CONNECTION_LOST: 'connection.closed',
  PROTOCOL_ERROR: 'protocol.violated',
  PROTOCOL_UNEXPECTED_PACKET: 'protocol.violated',
};

function codeOf({ code, cause }: ClientError): string {
  const inner = (cause as ClientError | undefined)?.code;
  if (code === 'HANDSHAKE_SSL_ERROR' && typeof inner === 'string') return inner;
  // What mysql2 can't read of a stranger's greeting are errors of JavaScript and of Node.
  if (typeof code !== 'string' || (code.startsWith('ERR_') && !OF_TLS.test(code))) return 'protocol.violated';
  return CODES[code] ?? code;
}
