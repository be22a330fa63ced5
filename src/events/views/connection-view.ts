import type { Server, TransactionStatus } from '../connection.ts';
import type { Failure } from '../failure.ts';
import type { StateKind } from '../state-kind.ts';
import type { ReadEnvelope } from '../upcast.ts';

/** A server connection as the tape tells it. */
export interface ConnectionView {
  readonly connectionId: string;
  readonly sessionId: string;
  readonly purpose: 'catalogue' | 'tab';
  readonly tabId: string | null;
  /** `opening`, `idle`, `busy`, `expired` (its transaction is unused for too long), `closing`, `closed` or `lost`. */
  readonly state: string;
  readonly openedAt: number;
  readonly openedAfterMs: number | null;
  readonly endedAt: number | null;
  readonly server: Server | null;
  readonly transaction: TransactionStatus;
  /** Since when it is in that transaction; milliseconds since 1970 UTC, null outside one. */
  readonly transactionSince: number | null;
  readonly failure: Failure | null;
  /** What it holds of its session, by the server's word. The values are read by its id. */
  readonly held: readonly StateKind[];
  /** What was set again on it as it opened, from what its tab's last connection held. */
  readonly restored: readonly StateKind[];
  /** Seq of the last record that changed what it holds; 0 before it was opened. */
  readonly stateSeq: number;
}

/** Whether a connection in this state has ended. */
export function connectionEnded(state: string): boolean {
  return state === 'closed' || state === 'lost';
}

/** `open.transaction.none|work.busy` → `busy`. */
function plainState(state: string): string {
  return /work\.(\w+)/.exec(state)?.[1] ?? state;
}

/** One more record of a connection. Undefined where the tape begins in the middle of its life. */
export function foldConnection(
  connection: ConnectionView | undefined,
  envelope: ReadEnvelope,
): ConnectionView | undefined {
  const { event, at } = envelope;
  if (!connection) {
    if (event.type !== 'xstate.init' || !('connectTimeoutMs' in event.input)) return undefined;
    if (!('purpose' in event.input)) return undefined;
    const { connectionId, sessionId, purpose, tabId, restores = [] } = event.input;
    return {
      connectionId,
      sessionId,
      purpose,
      tabId,
      state: 'opening',
      openedAt: at,
      openedAfterMs: null,
      endedAt: null,
      server: null,
      transaction: 'none',
      transactionSince: null,
      failure: null,
      held: restores,
      restored: restores,
      stateSeq: 0,
    };
  }
  if (envelope.ignored) return connection;
  const state = plainState(envelope.state ?? connection.state);
  const next = { ...connection, state, endedAt: connectionEnded(state) ? at : null };
  switch (event.type) {
    case 'connection.opened':
      return { ...next, server: event.server, openedAfterMs: event.afterMs, stateSeq: envelope.seq };
    case 'connection.stateChanged':
      return { ...next, held: event.held, stateSeq: envelope.seq };
    case 'connection.released': {
      const { transaction = connection.transaction } = event;
      const transactionSince = transaction === 'none' ? null : (connection.transactionSince ?? at);
      return { ...next, transaction, transactionSince };
    }
    case 'connection.notOpened':
    case 'connection.lost':
      return { ...next, failure: event.failure, transaction: 'none', transactionSince: null };
    default:
      return next;
  }
}
