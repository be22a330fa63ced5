import type { FailureText } from '../../events/failure.ts';
import { DriverError } from '../driver.ts';
import { driverErrors, failureTexts, firstOf, withAdvice } from '../failures.ts';
import { ADVICE, STOPPED_ADVICE } from './advice.ts';

/** The fields of ErrorResponse and NoticeResponse as pg names them (PostgreSQL manual, "Error and Notice Message Fields"). */
interface ServerMessage {
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
  /** The source file that reported it, without its folder. */
  readonly file?: string | undefined;
}

/** Where PostgreSQL reports a conflict with recovery (ProcessInterrupts and what it calls; CheckRecoveryConflictDeadlock). */
const OF_RECOVERY = /^(?:postgres|standby)\.c$/;

/** An SQLSTATE (PostgreSQL manual, appendix A). */
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** What the server said, in our shape. `position` counts characters, as the server does; the tape has it, and the code. */
export function serverFailure(said: ServerMessage): FailureText {
  const code = SQLSTATE.test(said.code ?? '') ? said.code! : 'unknown';
  const message = said.message ?? 'The server gave no reason.';
  const why = stopped(code, message, said.file);
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
    ...why,
    ...(schema ? { schema } : {}),
    ...(table ? { table } : {}),
    ...(column ? { column } : {}),
    ...(dataType ? { dataType } : {}),
    ...(constraint ? { constraint } : {}),
    ...withAdvice(
      why.stoppedBy === 'limit' || why.stoppedBy === 'recovery'
        ? STOPPED_ADVICE[why.stoppedBy]
        : ADVICE[refinedCode(code, message, said.file)],
    ),
  };
}

/** A place in a text, where the server gives one that may be true. */
function placed<K extends 'position' | 'internalPosition'>(name: K, said: string | undefined) {
  return /^[1-9]\d{0,9}$/.test(said ?? '') ? ({ [name]: Number(said) } as Record<K, number>) : {};
}

/**
 * 57014 is for statement_timeout and for a cancel, which only the words distinguish (postgres.c, ProcessInterrupts). 40001 and
 * 40P01 are for conflicts with other transactions, and with the recovery of a standby, which these files alone report.
 */
function stopped(code: string, message: string, file = ''): Pick<FailureText, 'stoppedBy'> {
  if (code === '40001' || code === '40P01') return OF_RECOVERY.test(file) ? { stoppedBy: 'recovery' } : {};
  if (code !== '57014') return {};
  if (message === 'canceling statement due to statement timeout') return { stoppedBy: 'limit' };
  return message === 'canceling statement due to user request' ? { stoppedBy: 'request' } : {};
}

/**
 * 28000 has several causes, which only the words tell apart; in another language the advice is the general one. 08P01 is all that a
 * pooler says, and it names no source file, as the server always does (PgBouncer, `send_pooler_error`). 55000 is said of whatever is
 * not in the state that a statement needs; of a database that takes no connections where one is opened (postinit.c, CheckMyDatabase).
 */
function refinedCode(code: string, message: string, file?: string): string {
  if (code === '55000') return file === 'postinit.c' ? code : '';
  if (code === '08P01' && !file)
    return / in statement pooling mode$/.test(message) ? 'pooler.statementMode' : 'pooler.ended';
  if (code !== '28000') return code;
  // A rule that rejects is found first, whatever the encryption that the same sentence names (auth.c, ClientAuthentication).
  if (/^pg_hba\.conf rejects /.test(message)) return 'hba.rejected';
  if (/^no pg_hba\.conf entry /.test(message))
    return /, (?:no encryption|SSL off)$/.test(message) ? 'hba.noEntryUnencrypted' : 'hba.noEntry';
  if (/^role ".*" does not exist$/s.test(message)) return 'role.unknown';
  if (/^role ".*" is not permitted to log in$/s.test(message)) return 'role.mayNotSignIn';
  if (/^Peer authentication failed /.test(message)) return 'hba.peer';
  if (/^Ident authentication failed /.test(message)) return 'hba.ident';
  if (/^certificate authentication failed /.test(message)) return 'hba.certificate';
  return /client certificate/.test(message) ? 'tls.certificateRequired' : code;
}

/** Whether the server said this, rather than the way to it. */
export function isServerMessage(error: unknown): error is ServerMessage & Error {
  return error instanceof Error && 'severity' in error && 'routine' in error;
}

/** A failure of ours or of the connection to the server. */
export const failureText = failureTexts((code) => ADVICE[code]);

/** Any error of connecting or of the socket, in our shape. */
export function failureOf(error: unknown): FailureText {
  if (error instanceof DriverError) return error.failure;
  if (isServerMessage(error)) return serverFailure(error);
  const first = firstOf(error);
  const message = (first as Error | undefined)?.message || String(first);
  return failureText(codeOf(first, message), message);
}

/** The error that a rejected promise of a driver holds. */
export const driverError = driverErrors(failureOf);

function codeOf(error: unknown, message: string): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string') return code;
  // pg gives these no code.
  if (/does not support SSL/.test(message)) return 'tls.notOffered';
  if (/establishing an SSL connection/.test(message)) return 'tls.failed';
  if (/terminated|not queryable/.test(message)) return 'connection.closed';
  return 'connection.failed';
}
