import { Type } from '@sinclair/typebox';
import { TransactionStatus } from './connection.ts';
import { Engine } from './engines/engine-name.ts';
import { Failure } from './failure.ts';
import { SHAPE_UNITS_MAX } from './limits.ts';
import { LockWait } from './lock-wait.ts';
import { Environment } from './profile.ts';
import { Cut } from './result.ts';
import { Code, Count, Fingerprint, Id, Milliseconds, message, type Of } from './schema.ts';
import { CommandWords, FailureCode } from './server-words.ts';

/** Why a statement is asked to stop. `paused` is a result that was paused for too long. */
export const CancelReason = Type.Union([
  Type.Literal('user'),
  Type.Literal('timeout'),
  Type.Literal('rowLimit'),
  Type.Literal('resultLimit'),
  Type.Literal('tabClosed'),
  Type.Literal('sessionClosed'),
  Type.Literal('scriptStopped'),
  Type.Literal('paused'),
]);
export type CancelReason = Of<typeof CancelReason> & string;

/** What a statement does, by the engine's own grammar. `unknown` is refused where writing is. */
export const Verdict = Type.Union([
  Type.Literal('read'),
  Type.Literal('write'),
  Type.Literal('ddl'),
  Type.Literal('transaction'),
  Type.Literal('session'),
  Type.Literal('admin'),
  Type.Literal('unknown'),
]);
export type Verdict = Of<typeof Verdict> & string;

/** Whether a statement may run: at once, once the user has confirmed it, or not. */
export const Admission = Type.Union([
  Type.Literal('admitted'),
  Type.Literal('confirm'),
  Type.Literal('refused'),
]);
export type Admission = Of<typeof Admission> & string;

/** What a statement is for: the user's own in a tab, the catalogue tree, a transaction's button, a row's edit. */
export const QueryPurpose = Type.Union([
  Type.Literal('statement'),
  Type.Literal('catalogue'),
  Type.Literal('transaction'),
  Type.Literal('edit'),
]);
export type QueryPurpose = Of<typeof QueryPurpose> & string;

/** How a query ended. Each is said only when it is known. */
export const Outcome = Type.Union([
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('refused'),
  Type.Literal('cancelled'),
  Type.Literal('timedOut'),
  Type.Literal('lost.notRun'),
  Type.Literal('lost.mayHaveCompleted'),
]);
export type Outcome = Of<typeof Outcome> & string;

/**
 * What a cancel did to a statement that completed all the same. `won`: nothing, the statement had finished. `endedEarly`: the
 * server completed it because of the cancel, before its work was done. `unknown`: either of them.
 */
export const AfterCancel = Type.Union([
  Type.Literal('won'),
  Type.Literal('endedEarly'),
  Type.Literal('unknown'),
]);
export type AfterCancel = Of<typeof AfterCancel> & string;

/** Why reading pauses: enough bytes are here that have not been read, or the disk is slower than the server. */
export const PauseCause = Type.Union([Type.Literal('budget'), Type.Literal('disk')]);
export type PauseCause = Of<typeof PauseCause> & string;

/** What a query is created with. Its text waits in the side store under `queryId`. */
export const QueryInput = Type.Object(
  {
    queryId: Id,
    sessionId: Id,
    connectionId: Id,
    /** The session's profile, and the trust that the session was opened with. */
    profileId: Id,
    engine: Engine,
    environment: Environment,
    readOnly: Type.Boolean(),
    purpose: QueryPurpose,
    tabId: Type.Union([Id, Type.Null()]),
    /** The script this statement is a part of, and its place in it from 0. */
    scriptId: Id,
    scriptIndex: Count,
    /** Time the statement may take on the server, in milliseconds; 0 is no limit. */
    timeoutMs: Count,
    /** Rows to keep of its results; 0 is no limit. */
    rowsMax: Count,
    /** Time that a transaction left open after it may stay idle, in milliseconds; 0 is no limit. */
    idleInTransactionMs: Count,
    /** Statements of the session that may run at once from now on. */
    concurrentQueriesMax: Count,
    /** Whether a transaction is begun first where none is open. */
    manualCommit: Type.Boolean(),
    /** Whether the rest of its script runs although it failed. */
    goOnAfterError: Type.Boolean(),
    /** Keyed hash of the text (HMAC-SHA-256, truncated to 128 bits): equal texts are equal, and nothing else can be learned. */
    fingerprint: Fingerprint,
    /** Length of the statement in UTF-8 bytes. */
    statementBytes: Count,
    /** The session grants it the connection at once: nothing else runs or waits there. */
    granted: Type.Optional(Type.Literal(true)),
    /** It has one of the session's slots from the start. */
    slot: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false },
);
export type QueryInput = Of<typeof QueryInput>;

/**
 * Asks a session to run one statement. The session makes the query and, where its tab has none, a connection; it adds that one's id,
 * its profile and its trust to the input.
 */
export const QuerySubmit = message('query.submit', {
  commandId: Id,
  input: Type.Omit(
    QueryInput,
    ['connectionId', 'profileId', 'engine', 'environment', 'readOnly', 'granted', 'slot'],
    { additionalProperties: false },
  ),
  /** Its script has stopped before it: it ends as cancelled, and no connection hears of it. */
  scriptStopped: Type.Optional(Type.Literal(true)),
  /** How many statements its script has, where there are several: said by the first of them. */
  scriptStatements: Type.Optional(Count),
  /** It rolls back a transaction of its tab that has been idle for too long. */
  idleRollback: Type.Optional(Type.Literal(true)),
});

/** Asks a query to stop. Names a query, never a connection. */
export const QueryCancel = message('query.cancel', { commandId: Type.Optional(Id), reason: CancelReason });

/** What the server did with a statement, and what became of it here. */
export const QueryFact = Type.Union([
  /** What the engine's grammar and the profile's trust say. `code` is the rule that refuses; `dangers` are kinds, no words. */
  message('query.classified', {
    verdict: Verdict,
    dangers: Type.Array(Code),
    admission: Admission,
    code: Type.Optional(Code),
    /** The question to the user, where it has to be confirmed. */
    promptId: Type.Optional(Id),
    /** The statement without literals and comments; left out on any doubt, and where it is long. */
    shape: Type.Optional(Type.String({ maxLength: SHAPE_UNITS_MAX })),
  }),
  /** The user typed the profile's name to the prompt for this very statement. */
  message('query.confirmed', { commandId: Id }),
  message('query.confirmationExpired', {}),
  /** The rows it would touch are to be counted, while it waits for the user. On disk before the question leaves. */
  message('query.countWanted', { commandId: Id }),
  /** The count has ended, and the connection is as before. `code` says why there is none. */
  message('query.counted', {
    rows: Type.Optional(Count),
    code: Type.Optional(Code),
    serverMs: Milliseconds,
    /** The transaction that it left; left out where nothing was sent. */
    transaction: Type.Optional(TransactionStatus),
    /** False when the connection must not be used again. */
    usable: Type.Boolean(),
  }),
  /** The session granted this query its connection, and a slot where one was free. */
  message('query.granted', { slot: Type.Optional(Type.Literal(true)) }),
  /** The write-ahead record `seq` is on disk, `afterMs` after it was appended. */
  message('query.recorded', { seq: Count, afterMs: Milliseconds }),
  /** The session granted this query a slot: fewer statements run in it than may. */
  message('query.slotGranted', {}),
  message('query.notRecorded', { code: Code }),
  /** The profile or the policy became stricter before the statement was sent. Nothing left; the connection is as it was. */
  message('query.withheld', { code: Code }),
  message('query.firstRowArrived', { afterMs: Milliseconds, columns: Count }),
  /** At most four a second. */
  message('query.progressed', { rows: Count, bytes: Count }),
  /** Reading has stopped for now. The statement still runs on the server. */
  message('query.paused', { rows: Count, bytes: Type.Optional(Count), cause: Type.Optional(PauseCause) }),
  message('query.resumed', { rows: Count }),
  message('query.noticed', { notices: Count }),
  /** The user asks who blocks it. On disk before its server is asked. */
  message('query.blockersWanted', { commandId: Id }),
  message('query.blockersFound', { wait: LockWait, afterMs: Milliseconds }),
  message('query.blockersNotFound', { code: FailureCode, afterMs: Milliseconds }),
  /**
   * The first row too many has come, or no more can be stored. The statement is stopped on the server where that is harmless;
   * elsewhere (`readOn`) it runs to its end, and its further rows are read and thrown away.
   */
  message('query.rowLimitReached', { rows: Count, readOn: Type.Optional(Type.Literal(true)) }),
  message('query.resultLimitReached', {
    bytes: Count,
    cut: Type.Optional(Cut),
    readOn: Type.Optional(Type.Literal(true)),
  }),
  message('query.deadlinePassed', {}),
  message('query.pausedTooLong', {}),
  message('query.cancelSent', { attempt: Count }),
  /** The server took the request (it closed the cancel channel); it has not said yet that it stopped. */
  message('query.cancelAcknowledged', { attempt: Count, afterMs: Milliseconds }),
  /** A request to stop did not reach the statement, for this reason. Each reason once. */
  message('query.cancelRefused', { failure: Failure }),
  message('query.cancelEscalated', {
    step: Type.Union([Type.Literal('terminate'), Type.Literal('abandon')]),
  }),
  /** The statement ran to its end. */
  message('query.completed', {
    rows: Count,
    bytes: Count,
    /** Rows the command touched, where the server counts them. */
    rowsAffected: Type.Union([Count, Type.Null()]),
    /** The server's word for the command: `SELECT`, `INSERT`, `CREATE TABLE`. */
    command: CommandWords,
    columns: Count,
    /** Results with columns that the statement gave. */
    resultSets: Count,
    /** Why rows are missing; left out where all are here. */
    cut: Type.Optional(Cut),
    /** Left out where no cancel was sent, and where it was the row limit's. */
    afterCancel: Type.Optional(AfterCancel),
    serverMs: Milliseconds,
    pausedMs: Milliseconds,
    /** From the row limit's cancel to the server's word that it stopped. */
    confirmedAfterMs: Type.Optional(Milliseconds),
    transaction: TransactionStatus,
    /** False when the connection must not be used again. */
    usable: Type.Boolean(),
  }),
  /** The server refused or stopped the statement. `stopped` is true when it says that it was cancelled. */
  message('query.failed', {
    failure: Failure,
    stopped: Type.Boolean(),
    rows: Count,
    bytes: Count,
    /** Why the rows that came are not all; left out where none came. */
    cut: Type.Optional(Cut),
    serverMs: Milliseconds,
    pausedMs: Type.Optional(Milliseconds),
    /** From the cancel to the server's word that it stopped. */
    confirmedAfterMs: Type.Optional(Milliseconds),
    transaction: TransactionStatus,
    usable: Type.Boolean(),
  }),
  /** No end is waited for: its session's close took too long, or one of its effects threw. */
  message('query.abandoned', { failure: Failure }),
  /** The connection was lost before the server had said how the statement ended. */
  message('query.lost', {
    ran: Type.Union([Type.Literal('notRun'), Type.Literal('mayHaveCompleted')]),
    failure: Failure,
  }),
]);
export type QueryFact = Of<typeof QueryFact>;

/** A query that has its connection and may run asks its session for a slot. */
export const QuerySlotRequested = message('query.slotRequested', { queryId: Id });

/** A query that waits for the user gives its slot back. */
export const QuerySlotReturned = message('query.slotReturned', { queryId: Id });

/** A query reports its end to its session. */
export const QueryEnded = message('query.ended', {
  queryId: Id,
  scriptId: Id,
  outcome: Outcome,
  /** Why it was asked to stop, whatever came of that; left out where it was not. */
  reason: Type.Optional(CancelReason),
  /** It ended while it waited for the connection, and so has not released it. */
  waited: Type.Optional(Type.Literal(true)),
});

/** Whether an end stops what follows in the script: also a success that the user had asked to stop. */
export function stopsScript(
  { outcome, reason }: Pick<Of<typeof QueryEnded>, 'outcome' | 'reason'>,
  goOnAfterError: boolean,
): boolean {
  if (outcome === 'succeeded') return reason === 'user';
  return !(outcome === 'failed' && goOnAfterError && reason !== 'user');
}
