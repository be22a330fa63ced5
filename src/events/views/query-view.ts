import type { Failure } from '../failure.ts';
import type { AfterCancel, CancelReason, Outcome, PauseCause, QueryPurpose, Verdict } from '../query.ts';
import type { Cut } from '../result.ts';
import type { ReadEnvelope } from '../upcast.ts';

/** What the tape says of a cancel. Durations are milliseconds from the cancel. */
interface CancelView {
  readonly reason: CancelReason;
  /** When it was asked for; milliseconds since 1970 UTC. */
  readonly at: number;
  readonly attempts: number;
  readonly acknowledgedMs: number | null;
  readonly escalation: 'terminate' | 'abandon' | null;
  /** Until the server said that it stopped the statement; null until then, and where it never did. */
  readonly confirmedAfterMs: number | null;
}

/** A query as the tape tells it. */
export interface QueryView {
  readonly queryId: string;
  readonly sessionId: string;
  readonly connectionId: string;
  readonly tabId: string | null;
  readonly purpose: QueryPurpose;
  readonly scriptId: string;
  readonly scriptIndex: number;
  /** How many statements its script has, as far as the tape says: those that are not submitted yet included. */
  readonly scriptStatements: number;
  readonly timeoutMs: number;
  readonly rowsMax: number;
  readonly fingerprint: string | null;
  readonly statementBytes: number;
  /** The machine's state without the `running.` it stands in: `queued.inSession`, `streaming`, `cancelling.requested` … */
  readonly state: string;
  /** Null until it has ended. */
  readonly outcome: Outcome | null;
  readonly verdict: Verdict | null;
  /** Why it was refused. */
  readonly refusedCode: string | null;
  /** Kinds of what is dangerous about it. */
  readonly dangers: readonly string[];
  /** The statement without literals and comments, where that is certain. */
  readonly shape: string | null;
  /** When the user confirmed it; milliseconds since 1970 UTC, null where it was not needed or not given. */
  readonly confirmedAt: number | null;
  readonly submittedAt: number;
  /** When it was sent to the server. */
  readonly dispatchedAt: number | null;
  readonly endedAt: number | null;
  /** The write-ahead record's seq, and how long it took to be on disk. */
  readonly recordedSeq: number | null;
  readonly recordedMs: number | null;
  readonly firstRowMs: number | null;
  readonly rows: number;
  readonly bytes: number;
  /** Every row that the statement gave is here. False while it runs. */
  readonly rowsComplete: boolean;
  /** Why rows are missing; null where none is, and while that is not known. */
  readonly cut: Cut | null;
  /** Why reading pauses; null while it does not. */
  readonly pausedBy: PauseCause | null;
  readonly columns: number;
  /** Results that it gave: the first has the query's id, the others are `ID.2`, `ID.3` … Known when it has ended. */
  readonly resultSets: number;
  readonly rowsAffected: number | null;
  readonly command: string | null;
  readonly serverMs: number | null;
  readonly pausedMs: number | null;
  readonly notices: number;
  readonly cancel: CancelView | null;
  /** What the cancel did to a statement that completed; null where it was not asked to stop, or did not complete. */
  readonly afterCancel: AfterCancel | null;
  readonly failure: Failure | null;
  /** The process that ran it ended first. What became of it on the server has to be asked there. */
  readonly orphaned: boolean;
}

const ENDED: Readonly<Record<string, Outcome>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  refused: 'refused',
  cancelled: 'cancelled',
  timedOut: 'timedOut',
  'lost.notRun': 'lost.notRun',
  'lost.mayHaveCompleted': 'lost.mayHaveCompleted',
};

type Changes = { -readonly [K in keyof QueryView]?: QueryView[K] };

/** A query as it is created, from the record of its `xstate.init`. */
function created(envelope: ReadEnvelope, scripts: Readonly<Record<string, number>>): QueryView | undefined {
  const { event } = envelope;
  if (event.type !== 'xstate.init' || !('queryId' in event.input)) return undefined;
  const { queryId, sessionId, connectionId, tabId, purpose, scriptId, scriptIndex, timeoutMs, rowsMax } =
    event.input;
  // On a tape of an earlier version these two come with a record of their own.
  const { fingerprint = null, statementBytes = 0 } = event.input as Partial<typeof event.input>;
  return {
    queryId,
    sessionId,
    connectionId,
    tabId,
    purpose,
    scriptId,
    scriptIndex,
    scriptStatements: scripts[scriptId] ?? scriptIndex + 1,
    timeoutMs,
    rowsMax,
    fingerprint,
    statementBytes,
    state: envelope.state ?? 'queued.onConnection',
    outcome: null,
    verdict: null,
    refusedCode: null,
    dangers: [],
    shape: null,
    confirmedAt: null,
    submittedAt: envelope.at,
    dispatchedAt: null,
    endedAt: null,
    recordedSeq: null,
    recordedMs: null,
    firstRowMs: null,
    rows: 0,
    bytes: 0,
    rowsComplete: false,
    cut: null,
    pausedBy: null,
    columns: 0,
    resultSets: 0,
    rowsAffected: null,
    command: null,
    serverMs: null,
    pausedMs: null,
    notices: 0,
    cancel: null,
    afterCancel: null,
    failure: null,
    orphaned: false,
  };
}

function cancelBegun(reason: CancelReason, at: number): CancelView {
  return { reason, at, attempts: 0, acknowledgedMs: null, escalation: null, confirmedAfterMs: null };
}

/** Which cancel an event begins, if it does. */
function cancelReason(event: ReadEnvelope['event']): CancelReason | null {
  switch (event.type) {
    case 'query.cancel':
      return event.reason;
    case 'query.deadlinePassed':
      return 'timeout';
    case 'query.rowLimitReached':
      return event.readOn ? null : 'rowLimit';
    case 'query.resultLimitReached':
      return event.readOn ? null : 'resultLimit';
    case 'query.pausedTooLong':
      return 'paused';
    default:
      return null;
  }
}

/** Why rows are missing from now on, where an event says so. */
function cutBegun(event: ReadEnvelope['event']): Changes {
  if (event.type === 'query.rowLimitReached') return { cut: 'rowLimit' };
  return event.type === 'query.resultLimitReached' ? { cut: event.cut ?? 'resultLimit' } : {};
}

/** What one event says of a query, less its state. */
function said(query: QueryView, { event, at }: ReadEnvelope): Changes {
  const reason = cancelReason(event);
  const cut = cutBegun(event);
  if (reason !== null) return { ...cut, ...(query.cancel ? {} : { cancel: cancelBegun(reason, at) }) };
  const { cancel } = query;
  switch (event.type) {
    case 'query.submitted':
      return { fingerprint: event.fingerprint, statementBytes: event.statementBytes };
    case 'query.classified':
      return {
        verdict: event.verdict,
        dangers: event.dangers,
        shape: event.shape ?? null,
        refusedCode: event.admission === 'refused' ? (event.code ?? 'refused') : null,
      };
    case 'query.confirmed':
      return { confirmedAt: at };
    case 'query.confirmationExpired':
      return { refusedCode: 'confirmation.expired' };
    case 'query.recorded':
      return { dispatchedAt: at, recordedSeq: event.seq, recordedMs: event.afterMs };
    case 'query.notRecorded':
      return { refusedCode: 'tape.unavailable' };
    case 'query.withheld':
      return { refusedCode: event.code };
    case 'query.firstRowArrived':
      return { firstRowMs: event.afterMs, columns: event.columns };
    case 'query.progressed':
      return { rows: event.rows, bytes: event.bytes };
    case 'query.paused':
      return { rows: event.rows, bytes: event.bytes ?? query.bytes, pausedBy: event.cause ?? 'budget' };
    case 'query.resumed':
      return { rows: event.rows, pausedBy: null };
    case 'query.rowLimitReached':
    case 'query.resultLimitReached':
      return cut;
    case 'query.noticed':
      return { notices: event.notices };
    case 'query.cancelSent':
      return cancel ? { cancel: { ...cancel, attempts: event.attempt } } : {};
    case 'query.cancelAcknowledged':
      return cancel ? { cancel: { ...cancel, acknowledgedMs: cancel.acknowledgedMs ?? event.afterMs } } : {};
    case 'query.cancelEscalated':
      return cancel ? { cancel: { ...cancel, escalation: event.step } } : {};
    case 'query.completed':
    case 'query.failed':
      return endSaid(query, event);
    case 'query.lost':
    case 'query.abandoned':
    case 'connection.lost':
      return { failure: event.failure, cut: query.columns > 0 ? 'lost' : null };
    default:
      return {};
  }
}

/** What the server's last word says of a query. */
function endSaid(
  { cancel }: QueryView,
  event: ReadEnvelope['event'] & { type: 'query.completed' | 'query.failed' },
): Changes {
  const { rows, bytes, serverMs, pausedMs = null, confirmedAfterMs = null, cut = null } = event;
  const changes: Changes = { rows, bytes, serverMs, pausedMs, cut };
  if (cancel) changes.cancel = { ...cancel, confirmedAfterMs };
  if (event.type === 'query.failed') return { ...changes, failure: event.failure };
  const { rowsAffected, command, columns, resultSets, afterCancel = null } = event;
  return { ...changes, rowsAffected, command, columns, resultSets, afterCancel };
}

/** One more record of a query. Undefined where the tape begins in the middle of its life. */
export function foldQuery(
  query: QueryView | undefined,
  envelope: ReadEnvelope,
  scripts: Readonly<Record<string, number>>,
): QueryView | undefined {
  if (!query) return created(envelope, scripts);
  if (envelope.ignored) return query;
  const state = (envelope.state ?? query.state).replace(/^running\./, '');
  const outcome = ENDED[state] ?? null;
  // One copy of its forty fields, changed before it is anyone else's.
  const after: { -readonly [K in keyof QueryView]: QueryView[K] } = { ...query };
  Object.assign(after, said(query, envelope));
  if (outcome !== null) after.pausedBy = null;
  after.state = state;
  after.outcome = outcome;
  // Invariant I13.
  after.rowsComplete = outcome === 'succeeded' && after.cut === null;
  after.endedAt = outcome === null ? null : envelope.at;
  return after;
}

/**
 * What is known of a query whose process ended before it did. The write-ahead record is the one that enters `recording`: from
 * there on the statement may have left, whether or not `query.recorded`, which is written afterwards, reached the disk.
 */
export function orphan(query: QueryView, at: number): QueryView {
  // Invariant I4.
  const mayHaveLeft = query.recordedSeq !== null || query.state === 'recording';
  const outcome: Outcome = mayHaveLeft ? 'lost.mayHaveCompleted' : 'lost.notRun';
  const cut = query.columns > 0 ? 'lost' : null;
  return { ...query, state: outcome, outcome, endedAt: at, cut, pausedBy: null, orphaned: true };
}
