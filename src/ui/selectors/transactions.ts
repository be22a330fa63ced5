import { lacks } from '../../events/capabilities.ts';
import type { FailureText } from '../../events/failure.ts';
import { lostStateText, STATE_NOT_RESTORED } from '../../events/session-state.ts';
import type { ConnectionView } from '../../events/views/connection-view.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { type SessionView, sessionOpen } from '../../events/views/session-view.ts';
import type { Tab } from '../app/tabs.ts';
import { age } from '../format/format.ts';
import type { Sentence } from '../format/query-status.ts';
import { notOpenText } from './availability.ts';

/**
 * What the toolbar offers for a tab's transaction. A text says why something is not offered now; empty when
 * it is.
 */
export interface TransactionControls {
  /** As the server reports it; `lost`: lost with its connection, and not yet acknowledged by the user. */
  readonly status: 'none' | 'open' | 'failed' | 'lost';
  readonly begin: string;
  readonly commit: string;
  readonly rollback: string;
  /** Why there is no manual commit here. */
  readonly manual: string;
}

const RUNS = 'Wait until the statement ends, or cancel it.';
const PAUSED = 'The result above is paused, and the connection waits for it. Fetch all rows, or cancel it.';
const ROLLING_BACK = 'It is already being rolled back.';
const FAILED = 'A failed transaction cannot be committed, only rolled back.';

/**
 * What can be done with a tab's transaction, from what the tape says of its session, its connection and its
 * active query. `unheard`: why the tape is not received; empty while it is.
 */
export function transactionControls(
  session: SessionView | undefined,
  tabId: string,
  connection: ConnectionView | undefined,
  activeQuery: QueryView | undefined,
  unheard = '',
): TransactionControls {
  const status = session?.interrupted.includes(tabId) ? 'lost' : (connection?.transaction ?? 'none');
  const server = session?.server;
  const ready = unheard || (session && sessionOpen(session.state) && server ? '' : notOpenText(session));
  const lacking = server && !server.capabilities.transactions ? lacks(server.flavour, 'transactions') : '';
  const busy = activeQuery === undefined ? '' : activeQuery.state === 'paused' ? PAUSED : RUNS;
  const step = ready || busy;
  const asked = session?.idleRollbacks[tabId] ? ROLLING_BACK : '';
  return {
    status,
    begin: lacking || step,
    commit: status === 'failed' ? FAILED : step,
    rollback: status === 'lost' ? ready || asked : step,
    manual: lacking || ready,
  };
}

/**
 * Whether a tab's next statement runs in a transaction. One that a statement began is reported once that
 * statement has ended.
 */
export function inTransaction(
  { manualCommit = false }: Pick<Tab, 'manualCommit'>,
  connection: Pick<ConnectionView, 'transaction'> | undefined,
): boolean {
  return manualCommit || (connection?.transaction ?? 'none') !== 'none';
}

/** The notice in a tab whose transaction was lost. */
export function lossText(
  session: SessionView,
  tabId: string,
  lastStep: QueryView | undefined,
  why: FailureText | null = null,
): string {
  const lost = session.lostState?.[tabId];
  const isIdle = tabId in session.idleRollbacks;
  const inFlight =
    lastStep?.outcome === 'lost.mayHaveCompleted'
      ? 'Its last step was in flight and may have completed: check the server before repeating it.'
      : '';
  if (lost && !isIdle)
    return [
      lostStateText(lost),
      lost.transaction ? inFlight : '',
      why?.code === STATE_NOT_RESTORED ? why.message : '',
      'Acknowledge it to continue on a new connection.',
    ]
      .filter((sentence) => sentence !== '')
      .join(' ');
  return inFlight && !isIdle
    ? `The connection was lost with a transaction open. ${inFlight}`
    : lostTransaction(session, tabId);
}

/** A transaction in the label of its tab: null outside one. */
export function transactionMark(
  connection: ConnectionView | undefined,
  lost: boolean,
): { readonly tone: 'waiting' | 'failed'; readonly words: string } | null {
  if (lost) return { tone: 'failed', words: 'lost with its connection: acknowledge to continue' };
  switch (connection?.transaction) {
    case 'open':
      return { tone: 'waiting', words: 'transaction open' };
    case 'failed':
      return { tone: 'failed', words: 'transaction failed, roll back to continue' };
    default:
      return null;
  }
}

/** The fate of a tab's lost transaction. */
export function lostTransaction({ idleRollbacks }: SessionView, tabId: string): string {
  if (idleRollbacks[tabId])
    return 'The transaction was idle longer than the policy allows and is being rolled back.';
  return tabId in idleRollbacks
    ? 'The transaction was idle longer than the policy allows and was rolled back, confirmed by the server.'
    : 'The connection was lost with a transaction open. The server rolls back uncommitted changes, unless a COMMIT was in flight. Nothing was run again.';
}

/** A transaction as the status bar says it. */
export function transactionText(connection: ConnectionView | undefined, now: number): Sentence {
  if (!connection || connection.transaction === 'none') return { tone: 'quiet', parts: ['no transaction'] };
  const since = age(now - (connection.transactionSince ?? now));
  return connection.transaction === 'failed'
    ? { tone: 'failed', parts: [`transaction failed ${since}: roll back to continue`] }
    : { tone: 'waiting', parts: [`transaction open ${since}`] };
}
