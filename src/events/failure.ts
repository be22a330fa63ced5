import { Type } from '@sinclair/typebox';
import { HostKeyClash } from './host-key-clash.ts';
import { Code, Count, type Of, part } from './schema.ts';
import { FailureCode, failureCode } from './server-words.ts';

/** Who said no: the database server, the way to it, or this program. */
const FailureSource = Type.Union([
  Type.Literal('server'),
  Type.Literal('connection'),
  Type.Literal('client'),
]);

/**
 * Why a server stopped a statement: a time limit of its own passed, another session requested it, or a standby could not replay
 * its primary's changes beside it.
 */
const StoppedBy = Type.Union([Type.Literal('limit'), Type.Literal('request'), Type.Literal('recovery')]);

/**
 * What went wrong, as far as the tape may know: a code and a place, never the server's text, which quotes
 * values. `position` is the 1-based character of the statement that the server points at.
 */
export const Failure = part({
  code: FailureCode,
  source: FailureSource,
  position: Type.Optional(Count),
  /** What else the server says where its code leaves it open. */
  stoppedBy: Type.Optional(StoppedBy),
});
export type Failure = Of<typeof Failure>;

/** A failure with the words the server used. Reaches the page live and the local history, never the tape. */
export const FailureText = part({
  code: Code,
  source: FailureSource,
  position: Type.Optional(Count),
  stoppedBy: Type.Optional(StoppedBy),
  message: Type.String(),
  detail: Type.Optional(Type.String()),
  hint: Type.Optional(Type.String()),
  severity: Type.Optional(Type.String()),
  /** The calls inside the server that led there, innermost first, as it writes them: functions, triggers, lines. */
  context: Type.Optional(Type.String()),
  /** A statement that the server made itself, such as a function's EXECUTE, and the 1-based character in it that is meant. */
  internalQuery: Type.Optional(Type.String()),
  internalPosition: Type.Optional(Count),
  /** The object that the failure is about, as far as the server names it. */
  schema: Type.Optional(Type.String()),
  table: Type.Optional(Type.String()),
  column: Type.Optional(Type.String()),
  dataType: Type.Optional(Type.String()),
  constraint: Type.Optional(Type.String()),
  /** Both keys, where a host's is not the one that is known. */
  hostKeys: Type.Optional(HostKeyClash),
  /** What the user can do next, in one sentence of ours. */
  advice: Type.Optional(Type.String()),
});
export type FailureText = Of<typeof FailureText>;

/** Drops the words from a failure, so that what is left may go on the tape. */
export function withoutWords({ code, source, position, stoppedBy }: FailureText): Failure {
  const known = failureCode(code, source);
  const isPlace = position !== undefined && Number.isSafeInteger(position) && position >= 0;
  return {
    code: known,
    source,
    ...(isPlace ? { position } : {}),
    ...(stoppedBy ? { stoppedBy } : {}),
  };
}

/**
 * Codes by which a server refuses this user, password or database. To ask again would give the same answer, and may lock the
 * account. PostgreSQL: class 28 and 3D000, 42501 (no CONNECT); MySQL and MariaDB: 1044, 1045, 1049, 1130, 1698, 1820, 1862, 3118,
 * 4151; MongoDB: 11, 18, 8000; ours: the password is asked for each time, or the server wants a sign-in that is not safe.
 */
const SIGN_IN_REFUSED =
  /^(?:28[0-9A-Z]{3}|3D000|42501|1044|1045|1049|1130|1698|1820|1862|3118|4151|11|18|8000|profile\.passwordNeeded|auth\.[A-Za-z0-9]+)$/;

/** Whether a connection failed because the server, or this program, refuses the sign-in: nothing is retried then. */
export function signInRefused({ code, source }: Failure): boolean {
  return source !== 'connection' && SIGN_IN_REFUSED.test(code);
}
