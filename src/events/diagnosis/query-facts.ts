import type { Failure } from '../failure.ts';
import type { LockWait } from '../lock-wait.ts';
import type { AfterCancel, CancelReason, Outcome, QueryInput } from '../query.ts';
import type { Cut } from '../result.ts';
import type { ReadEnvelope } from '../upcast.ts';
import { type ConnectionFacts, endIdle } from './connection-facts.ts';
import { between, type Mark, markOf } from './mark.ts';
import type { RunFacts, Stall } from './run-facts.ts';

/** Times in which reading paused, together. */
interface Pauses {
  readonly first: Mark;
  ms: number;
  /** The pause that lasts. */
  since: Mark | null;
}

/** What a diagnosis knows of one statement. */
export interface QueryFacts {
  readonly queryId: string;
  readonly run: RunFacts;
  /** Null where the tape begins in the middle of its life, and then also its connection. */
  input: QueryInput | null;
  connection: ConnectionFacts | null;
  submitted: Mark | null;
  /** When it was granted its connection, and the statement that had used it until then. */
  granted: Mark | null;
  behind: Mark | null;
  idleBeforeMs: number;
  slotRequested: Mark | null;
  slotGranted: Mark | null;
  /** When it began to wait for the user's confirmation, and when that wait ended. */
  confirming: Mark | null;
  confirmed: Mark | null;
  refused: (Mark & { readonly code: string }) | null;
  /** Its write-ahead record could not be written. */
  notRecorded: (Mark & { readonly code: string }) | null;
  recording: Mark | null;
  recorded: (Mark & { readonly afterMs: number }) | null;
  firstRow: (Mark & { readonly afterMs: number }) | null;
  pauses: { budget: Pauses | null; disk: Pauses | null };
  /** What its server said of who blocks it: that it waited for a lock, before any other answer. */
  blockers: (Mark & { readonly wait: LockWait }) | null;
  /** Its server was asked, and did not say. */
  blockersNotFound: (Mark & { readonly code: string; readonly afterMs: number }) | null;
  deadline: Mark | null;
  cancel: (Mark & { readonly reason: CancelReason; readonly cause: number | null }) | null;
  cancelAcknowledged: Mark | null;
  /** A request to stop could not be delivered, the last time for this reason. */
  cancelRefused: (Mark & { readonly failure: Failure }) | null;
  escalated: (Mark & { readonly step: 'terminate' | 'abandon' }) | null;
  /** What the server said at the end. */
  serverMs: number | null;
  cut: Cut | null;
  afterCancel: AfterCancel | null;
  failed: (Mark & { readonly failure: Failure; readonly stopped: boolean }) | null;
  /** Its connection was lost, or it was given up. */
  lost: (Mark & { readonly failure: Failure }) | null;
  ended: (Mark & { readonly outcome: Outcome }) | null;
  /** The longest stall of the event loop while it was there. */
  blocked: Stall | null;
  last: Mark;
}

export function newQuery(queryId: string, run: RunFacts, first: Mark): QueryFacts {
  return {
    queryId,
    run,
    input: null,
    connection: null,
    submitted: null,
    granted: null,
    behind: null,
    idleBeforeMs: 0,
    slotRequested: null,
    slotGranted: null,
    confirming: null,
    confirmed: null,
    refused: null,
    notRecorded: null,
    recording: null,
    recorded: null,
    firstRow: null,
    pauses: { budget: null, disk: null },
    blockers: null,
    blockersNotFound: null,
    deadline: null,
    cancel: null,
    cancelAcknowledged: null,
    cancelRefused: null,
    escalated: null,
    serverMs: null,
    cut: null,
    afterCancel: null,
    failed: null,
    lost: null,
    ended: null,
    blocked: null,
    last: first,
  };
}

const ENDED = /^(?:succeeded|failed|refused|cancelled|timedOut|lost\.(?:notRun|mayHaveCompleted))$/;

/** Adds a record of the query. `connection` finds the facts of the one that it names. */
export function addToQuery(
  query: QueryFacts,
  envelope: ReadEnvelope,
  connection: (input: QueryInput) => ConnectionFacts,
): void {
  const mark = markOf(envelope);
  query.last = mark;
  if (envelope.ignored) return;
  const { event } = envelope;
  addState(query, envelope.state ?? '', mark);
  switch (event.type) {
    case 'xstate.init':
      if (!('queryId' in event.input)) return;
      query.input = event.input;
      query.submitted = mark;
      query.connection = connection(event.input);
      if (event.input.granted) grant(query, mark);
      break;
    case 'query.granted':
      grant(query, mark);
      query.behind = query.connection?.released ?? null;
      break;
    case 'query.slotGranted':
      query.slotGranted = mark;
      break;
    case 'query.classified':
      if (event.admission === 'refused') query.refused = { ...mark, code: event.code ?? 'refused' };
      break;
    case 'query.confirmationExpired':
      query.refused = { ...mark, code: 'confirmation.expired' };
      break;
    case 'query.notRecorded':
      query.notRecorded = { ...mark, code: event.code };
      break;
    case 'query.withheld':
      query.refused = { ...mark, code: event.code };
      break;
    case 'query.recorded':
      if (query.connection) endIdle(query.connection, mark);
      query.recorded = { ...mark, afterMs: event.afterMs };
      break;
    case 'query.blockersFound':
      if (query.blockers?.wait.waits !== 'lock') query.blockers = { ...mark, wait: event.wait };
      break;
    case 'query.blockersNotFound':
      query.blockersNotFound = { ...mark, code: event.code, afterMs: event.afterMs };
      break;
    case 'query.firstRowArrived':
      query.firstRow = { ...mark, afterMs: event.afterMs };
      break;
    case 'query.paused':
      pause(query, event.cause ?? 'budget', mark);
      break;
    case 'query.resumed':
      resume(query, mark);
      break;
    case 'query.resultLimitReached':
      query.cut = event.cut ?? 'resultLimit';
      if (!event.readOn) beginCancel(query, mark, 'resultLimit', envelope.cause);
      break;
    case 'query.rowLimitReached':
      if (!event.readOn) beginCancel(query, mark, 'rowLimit', envelope.cause);
      break;
    case 'query.deadlinePassed':
      query.deadline ??= mark;
      beginCancel(query, mark, 'timeout', envelope.cause);
      break;
    case 'query.pausedTooLong':
      beginCancel(query, mark, 'paused', envelope.cause);
      break;
    case 'query.cancel':
      beginCancel(query, mark, event.reason, envelope.cause);
      break;
    case 'query.cancelAcknowledged':
      query.cancelAcknowledged ??= mark;
      break;
    case 'query.cancelRefused':
      query.cancelRefused = { ...mark, failure: event.failure };
      break;
    case 'query.cancelEscalated':
      query.escalated = { ...mark, step: event.step };
      break;
    case 'query.completed':
      query.serverMs = event.serverMs;
      query.cut = event.cut ?? query.cut;
      query.afterCancel = event.afterCancel ?? null;
      break;
    case 'query.failed':
      query.serverMs = event.serverMs;
      query.cut = event.cut ?? query.cut;
      query.failed = { ...mark, failure: event.failure, stopped: event.stopped };
      break;
    case 'query.lost':
    case 'query.abandoned':
    case 'connection.lost':
      query.lost = { ...mark, failure: event.failure };
      break;
    default:
      break;
  }
}

function addState(query: QueryFacts, state: string, mark: Mark): void {
  if (state === 'recording') query.recording ??= mark;
  if (state === 'queued.inSession') query.slotRequested ??= mark;
  const isAsking = state === 'confirming' || state.startsWith('counting');
  if (isAsking) query.confirming ??= mark;
  else if (query.confirming) query.confirmed ??= mark;
  if (!ENDED.test(state)) return;
  query.ended ??= { ...mark, outcome: state as Outcome };
  resume(query, mark);
}

function grant(query: QueryFacts, mark: Mark): void {
  query.granted = mark;
  query.idleBeforeMs = query.connection?.idleBeforeLeaseMs ?? 0;
}

function beginCancel(query: QueryFacts, mark: Mark, reason: CancelReason, cause: number | null): void {
  query.cancel ??= { ...mark, reason, cause };
}

function pause(query: QueryFacts, cause: 'budget' | 'disk', mark: Mark): void {
  resume(query, mark);
  const pauses = query.pauses[cause];
  if (pauses) pauses.since = mark;
  else query.pauses[cause] = { first: mark, ms: 0, since: mark };
}

function resume({ pauses }: QueryFacts, mark: Mark): void {
  for (const one of [pauses.budget, pauses.disk]) {
    if (!one?.since) continue;
    one.ms += between(one.since, mark);
    one.since = null;
  }
}

/** How long reading was paused for a cause until a moment, in milliseconds. */
export function pausedMs(pauses: Pauses | null, until: Mark): number {
  if (pauses === null) return 0;
  return pauses.ms + (pauses.since ? between(pauses.since, until) : 0);
}

/** How long it has run on the server without its pauses, in milliseconds; null where that is not known. */
export function ranMs(query: QueryFacts, until: Mark): number | null {
  if (query.serverMs !== null) return query.serverMs;
  if (query.recorded === null || query.ended !== null) return null;
  const { budget, disk } = query.pauses;
  return Math.max(0, between(query.recorded, until) - pausedMs(budget, until) - pausedMs(disk, until));
}
