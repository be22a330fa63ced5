import type { ConnectionInput, Server } from '../connection.ts';
import type { Failure } from '../failure.ts';
import type { ReadEnvelope } from '../upcast.ts';
import { IDLE_TRANSACTION_MS } from './bounds.ts';
import { between, type Mark, markOf } from './mark.ts';
import type { RunFacts, Stall } from './run-facts.ts';
import type { SessionFacts } from './session-facts.ts';

/** How a connection failed. */
export interface Lost extends Mark {
  readonly failure: Failure;
  /** How long it had been idle; null where a statement used it. */
  readonly idleMs: number | null;
  /** The last sleep of the computer in which it was open. */
  readonly sleptBefore: Stall | null;
}

/** Its opening, and who answered. */
export interface Opened extends Mark {
  readonly afterMs: number;
  readonly server: Pick<Server, 'process' | 'startedAt'>;
}

/** What a diagnosis knows of one connection. */
export interface ConnectionFacts {
  readonly connectionId: string;
  readonly session: SessionFacts;
  readonly run: RunFacts;
  /** Null where the tape begins in the middle of its life. */
  input: ConnectionInput | null;
  created: Mark | null;
  opened: Opened | null;
  notOpened: (Mark & { readonly failure: Failure }) | null;
  /** The query that uses it, and since when. */
  lease: (Mark & { readonly queryId: string }) | null;
  /** How long it was idle before that. */
  idleBeforeLeaseMs: number;
  released: (Mark & { readonly queryId: string }) | null;
  /** When it was used last: opened or released. */
  used: Mark | null;
  transaction: 'none' | 'open' | 'failed';
  /** The statement that left its transaction failed. */
  failedBy: Mark | null;
  /** The longest time that its transaction was idle for, and whether that lasts. */
  idleTransaction: { readonly from: Mark; readonly to: Mark | null; readonly ms: number } | null;
  idleFrom: Mark | null;
  idleLimit: Mark | null;
  /** The transaction was rolled back after it had been idle for too long. */
  idleRolledBack: Mark | null;
  lost: Lost | null;
  closed: Mark | null;
  /** What came after its loss in its session: the next attempt to connect, and a sign of life of another connection. */
  nextAttempt: (Mark & { readonly failure: Failure | null; readonly server: Opened['server'] | null }) | null;
  /** The next connection that was opened, where `nextAttempt` found nothing that listens. */
  nextOpened: (Mark & { readonly server: Opened['server'] }) | null;
  survivor: Mark | null;
  /** Another connection of its session was lost at about the same time. */
  lostTogether: Lost | null;
}

export function newConnection(connectionId: string, session: SessionFacts, run: RunFacts): ConnectionFacts {
  return {
    connectionId,
    session,
    run,
    input: null,
    created: null,
    opened: null,
    notOpened: null,
    lease: null,
    idleBeforeLeaseMs: 0,
    released: null,
    used: null,
    transaction: 'none',
    failedBy: null,
    idleTransaction: null,
    idleFrom: null,
    idleLimit: null,
    idleRolledBack: null,
    lost: null,
    closed: null,
    nextAttempt: null,
    nextOpened: null,
    survivor: null,
    lostTogether: null,
  };
}

/** Adds a record of the connection. */
export function addToConnection(connection: ConnectionFacts, envelope: ReadEnvelope): void {
  if (envelope.ignored) return;
  const { event } = envelope;
  const mark = markOf(envelope);
  switch (event.type) {
    case 'xstate.init':
      if (!('purpose' in event.input) || 'queryId' in event.input) return;
      connection.input = event.input as ConnectionInput;
      connection.created = mark;
      break;
    case 'connection.opened':
      connection.opened = { ...mark, afterMs: event.afterMs, server: event.server };
      connection.used = mark;
      break;
    case 'connection.notOpened':
      connection.notOpened = { ...mark, failure: event.failure };
      break;
    case 'connection.leased':
      connection.idleBeforeLeaseMs = connection.used ? between(connection.used, mark) : 0;
      connection.lease = { ...mark, queryId: event.queryId };
      break;
    case 'connection.released':
      if (connection.idleLimit && event.transaction === 'none') connection.idleRolledBack ??= mark;
      if (event.transaction === 'failed' && connection.transaction !== 'failed') connection.failedBy = mark;
      connection.transaction = event.transaction ?? connection.transaction;
      connection.lease = null;
      connection.released = { ...mark, queryId: event.queryId };
      connection.used = mark;
      if (connection.transaction === 'none') endIdle(connection, mark);
      else connection.idleFrom ??= mark;
      break;
    case 'connection.idleLimitReached':
      connection.idleLimit = mark;
      break;
    case 'connection.lost':
      addLoss(connection, mark, event.failure);
      break;
    case 'connection.close':
      endIdle(connection, mark);
      break;
    default:
      break;
  }
  if (envelope.state === 'closed') connection.closed ??= mark;
}

/**
 * The transaction of a connection that is idle in one is no longer idle, or the tape ends. A statement that waits for a slot or an
 * answer has the connection, and leaves it idle until it is sent.
 */
export function endIdle(connection: ConnectionFacts, to: Mark, lasts = false): void {
  const { idleFrom: from, idleTransaction } = connection;
  if (from === null) return;
  const ms = between(from, to);
  if (ms >= IDLE_TRANSACTION_MS && ms > (idleTransaction?.ms ?? 0))
    connection.idleTransaction = { from, to: lasts ? null : to, ms };
  if (!lasts) connection.idleFrom = null;
}

function addLoss(connection: ConnectionFacts, mark: Mark, failure: Failure): void {
  endIdle(connection, mark);
  const { lease, used, opened, run } = connection;
  const { slept } = run;
  connection.lost ??= {
    ...mark,
    failure,
    idleMs: lease === null && used !== null ? between(used, mark) : null,
    sleptBefore: slept !== null && slept.seq > (opened?.seq ?? 0) ? slept : null,
  };
}
