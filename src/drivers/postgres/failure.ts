import type { FailureText } from '../../events/failure.ts';
import { DriverError } from '../driver.ts';
import { ADVICE } from './advice.ts';

/** The fields of ErrorResponse and NoticeResponse as pg names them (PostgreSQL manual, "Error and Notice Message Fields"). */
export interface ServerMessage {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly severity?: string | undefined;
  readonly position?: string | undefined;
  readonly internalPosition?: string | undefined;
  readonly internalQuery?: string | undefined;
  /** CONTEXT. */
  readonly where?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly dataType?: string | undefined;
  readonly constraint?: string | undefined;
}

/** An SQLSTATE (PostgreSQL manual, appendix A). */
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** What the vocabulary takes as a code. */
const CODE_LENGTH_MAX = 48;

/** What the server said, in our shape. `position` counts characters, as the server does; the tape has it, and the code. */
export function serverFailure(said: ServerMessage): FailureText {
  const code = SQLSTATE.test(said.code ?? '') ? said.code! : 'unknown';
  const message = said.message ?? 'The server gave no reason.';
  const advice = ADVICE[refinedCode(code, message)];
  const { internalQuery, internalPosition, schema, table, column, dataType, constraint } = said;
  return {
    code,
    source: 'server',
    message,
    ...(said.severity ? { severity: said.severity } : {}),
    ...(said.detail ? { detail: said.detail } : {}),
    ...(said.hint ? { hint: said.hint } : {}),
    ...placed('position', said.position),
    ...(said.where ? { context: said.where } : {}),
    ...(internalQuery ? { internalQuery } : {}),
    ...placed('internalPosition', internalPosition),
    ...(schema ? { schema } : {}),
    ...(table ? { table } : {}),
    ...(column ? { column } : {}),
    ...(dataType ? { dataType } : {}),
    ...(constraint ? { constraint } : {}),
    ...(advice ? { advice } : {}),
  };
}

/** A place in a text, where the server gives one that may be true. */
function placed<K extends 'position' | 'internalPosition'>(name: K, said: string | undefined) {
  return /^[1-9]\d{0,9}$/.test(said ?? '') ? ({ [name]: Number(said) } as Record<K, number>) : {};
}

/** 28000 has several causes, which only the words tell apart; in another language the advice is the general one. */
function refinedCode(code: string, message: string): string {
  if (code !== '28000') return code;
  // A rule that rejects is found first, whatever the encryption that the same sentence names (auth.c, ClientAuthentication).
  if (/^pg_hba\.conf rejects /.test(message)) return 'hba.rejected';
  if (/^no pg_hba\.conf entry /.test(message))
    return /, (?:no encryption|SSL off)$/.test(message) ? 'hba.noEntryUnencrypted' : 'hba.noEntry';
  if (/^role ".*" does not exist$/s.test(message)) return 'role.unknown';
  if (/^role ".*" is not permitted to log in$/s.test(message)) return 'role.mayNotSignIn';
  return /client certificate/.test(message) ? 'tls.certificateRequired' : code;
}

/** Whether the server said this, rather than the way to it. */
export function isServerMessage(error: unknown): error is ServerMessage & Error {
  return error instanceof Error && 'severity' in error && 'routine' in error;
}

/** A failure of ours or of the way to the server. */
export function failureText(
  code: string,
  message: string,
  source: 'connection' | 'client' = 'connection',
): FailureText {
  const advice = ADVICE[code];
  return { code: codeText(code), source, message, ...(advice ? { advice } : {}) };
}

/** Any error of connecting or of the socket, in our shape. */
export function failureOf(error: unknown): FailureText {
  if (error instanceof DriverError) return error.failure;
  if (isServerMessage(error)) return serverFailure(error);
  // A name may have several addresses, each refused with an error of its own.
  const first = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const message = (first as Error | undefined)?.message || String(first);
  return failureText(codeOf(first, message), message);
}

/** The error that a rejected promise of a driver holds. */
export function driverError(error: unknown): DriverError {
  return error instanceof DriverError ? error : new DriverError(failureOf(error), { cause: error });
}

function codeOf(error: unknown, message: string): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string') return code;
  // pg gives these no code.
  if (/does not support SSL/.test(message)) return 'tls.notOffered';
  if (/establishing an SSL connection/.test(message)) return 'tls.failed';
  if (/terminated|not queryable/.test(message)) return 'connection.closed';
  return 'connection.failed';
}

/** OpenSSL's codes may hold characters that the vocabulary does not take (`ERR_SSL_SSL/TLS_ALERT_…`). */
function codeText(code: string): string {
  return code.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, CODE_LENGTH_MAX) || 'unknown';
}
