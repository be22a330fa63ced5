import type { FailureText } from '../../events/failure.ts';
import { DriverError } from '../driver.ts';

/** The fields of ErrorResponse and NoticeResponse as pg names them. */
export interface ServerMessage {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly severity?: string | undefined;
  readonly position?: string | undefined;
}

/** What a person can do, by SQLSTATE (PostgreSQL manual, appendix A) or the system's code. */
const ADVICE: Readonly<Record<string, string>> = {
  '28P01': 'Check user and password; the server does not say which of the two is wrong.',
  '28000': "The server's pg_hba.conf has no rule that lets this user in from here this way; ask who runs it.",
  '3D000': 'There is no such database on this server. Check its name.',
  '53300': 'The server has no connection left. Close some, or ask who runs it to raise max_connections.',
  '57P03': 'The server is starting up or shutting down. Try again in a moment.',
  '57P01': 'Somebody ended this server process, or the server was stopped. Open the connection again.',
  '25P02': 'The transaction has failed; roll back to go on.',
  '25P03': 'The server ended the connection because its transaction stood idle for too long.',
  '55P03': 'Another transaction holds a lock on this. Try again, or find out who holds it (pg_locks).',
  '40P01': 'Two transactions waited for each other, and the server ended this one. Run it again.',
  '40001': 'Another transaction changed the same rows. Roll back and run it again.',
  ECONNREFUSED: 'Nothing listens there. Check host and port, and whether the server runs.',
  ENOTFOUND: 'The host name is not known. Check its spelling, and your VPN.',
  EAI_AGAIN: 'The host name could not be looked up right now. Check your network.',
  ETIMEDOUT: 'The server did not answer. Check host and port, and whether a firewall drops the packets.',
  EHOSTUNREACH: 'There is no way to that host. Check your network and VPN.',
  ENETUNREACH: 'There is no way to that network. Check your network and VPN.',
  ECONNRESET: 'The connection was cut. Check the server and what lies between.',
  ENOENT: 'There is no such socket. Check the folder and the port, and whether the server runs.',
  'tls.notOffered':
    'The server takes no encrypted connections. Use TLS mode disable only on a network you trust.',
  'tls.required': 'The server takes only encrypted connections from here. Use a TLS mode other than disable.',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "The server's certificate is its own. Name its CA file, and use verify-ca or verify-full.",
  SELF_SIGNED_CERT_IN_CHAIN: "The server's CA is not known here. Name its CA file.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "The server's CA is not known here. Name its CA file.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "The server's CA is not known here. Name its CA file.",
  CERT_HAS_EXPIRED: "The server's certificate has expired. Ask who runs it for a new one.",
  ERR_TLS_CERT_ALTNAME_INVALID:
    'The certificate is for another host name. Check the host, or name the server in the TLS settings.',
};

/** What the server said, in our shape. */
export function serverFailure(said: ServerMessage): FailureText {
  const code = said.code ?? 'unknown';
  const failure: { -readonly [K in keyof FailureText]: FailureText[K] } = {
    code,
    source: 'server',
    message: said.message ?? 'The server gave no reason.',
  };
  if (said.severity) failure.severity = said.severity;
  if (said.detail) failure.detail = said.detail;
  if (said.hint) failure.hint = said.hint;
  if (said.position) failure.position = Number(said.position);
  const advice = code === '28000' && /no encryption|SSL off/.test(failure.message) ? 'tls.required' : code;
  if (ADVICE[advice]) failure.advice = ADVICE[advice];
  return failure;
}

/** Whether the server said this, rather than the way to it. */
export function isServerMessage(error: unknown): error is ServerMessage & Error {
  return error instanceof Error && 'severity' in error && 'routine' in error;
}

/** Any error of connecting or of the socket, in our shape. */
export function failureOf(error: unknown): FailureText {
  if (error instanceof DriverError) return error.failure;
  if (isServerMessage(error)) return serverFailure(error);
  // Happy eyeballs: every address refused, each with an error of its own.
  const first: Error & { code?: unknown } =
    error instanceof AggregateError ? (error.errors[0] as Error) : (error as Error);
  const message = first?.message || String(error);
  const code = codeOf(first, message);
  const advice = ADVICE[code];
  return { code, source: 'connection', message, ...(advice ? { advice } : {}) };
}

function codeOf(error: { code?: unknown } | undefined, message: string): string {
  if (typeof error?.code === 'string') return error.code;
  if (/does not support SSL/.test(message)) return 'tls.notOffered';
  if (/terminated/.test(message)) return 'connection.closed';
  return 'connection.failed';
}
