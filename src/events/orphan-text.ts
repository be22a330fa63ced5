import { stateWords } from './session-state.ts';
import type { OrphanStatement, OrphanView } from './views/orphan-view.ts';

/** The connection that something was left behind on: its name, or why there is none. */
export type OrphanConnection = { readonly name: string } | 'vaultLocked' | 'deleted' | 'notRead';

/** What is shown of something that a crash left behind. */
interface OrphanText {
  /** Its connection, by name where that is known. */
  readonly connection: string;
  /** What the server says of it, as far as it was asked. */
  readonly status: string;
  /** What is known beside that, one sentence each. */
  readonly details: readonly string[];
  /** The server can be asked to end it. */
  readonly canCancel: boolean;
  /** The server can be asked again. */
  readonly canCheck: boolean;
  readonly canDismiss: boolean;
}

const NO_NAME = {
  vaultLocked: 'A connection in the locked vault',
  deleted: 'A deleted connection',
  notRead: 'A connection whose name can’t be read here',
} as const;
const WAY_TO_LOOK = {
  vaultLocked: 'Unlock the vault and open its connection to look.',
  deleted: 'Its connection was deleted, so its server can’t be asked.',
  notRead: 'Start Querytape and open its connection to look.',
} as const;
const CANCELLABLE: ReadonlySet<string> = new Set(['running', 'laterStatement', 'inTransaction']);
const FINISHED: ReadonlySet<string> = new Set(['laterStatement', 'inTransaction', 'idle', 'gone']);
const ANSWERED: ReadonlySet<string> = new Set([...FINISHED, 'running']);
const OUTCOME_UNKNOWN = 'Finished, outcome unknown.';

/**
 * An orphan in words. What is not running any more may have completed; it is never said that it did not run.
 *
 * @param time writes a moment in milliseconds since 1970 UTC
 */
export function orphanText(
  orphan: OrphanView,
  connection: OrphanConnection,
  time: (at: number) => string,
): OrphanText {
  const { state, failure } = orphan;
  const isCancelling = state.startsWith('cancelling');
  const refused = failure && state !== 'unknown' ? [`The server did not end it (${failure.code}).`] : [];
  return {
    connection: typeof connection === 'object' ? connection.name : NO_NAME[connection],
    status: statusOf(orphan, connection, time),
    details: [...refused, ...lostWith(orphan, time), ...waysToKnow(orphan)],
    canCancel: CANCELLABLE.has(state),
    canCheck: state !== 'notChecked' && state !== 'checking' && !isCancelling && state !== 'gone',
    canDismiss: !isCancelling,
  };
}

function statusOf(orphan: OrphanView, connection: OrphanConnection, time: (at: number) => string): string {
  const { state, statement, terminated, checkedAt, forMs, failure } = orphan;
  const began = checkedAt !== null && forMs !== null ? checkedAt - forMs : (statement?.dispatchedAt ?? null);
  const since = began === null ? '' : ` since ${time(began)}`;
  switch (state) {
    case 'notChecked': {
      const look =
        typeof connection === 'object' ? `Open ${connection.name} to look.` : WAY_TO_LOOK[connection];
      return `${statement ? 'May still be running.' : 'May still be there.'} ${look}`;
    }
    case 'checking':
      return 'Asking the server…';
    case 'running':
      return terminated
        ? `Still running there${since}, although the server was asked to end it.`
        : `Still running there${since}.`;
    case 'laterStatement':
      return `${statement ? `${OUTCOME_UNKNOWN} ` : ''}Its connection there has been running something else${since}.`;
    case 'inTransaction':
      return `${statement ? `${OUTCOME_UNKNOWN} ` : ''}Its transaction is still open there.`;
    case 'idle':
      return `${statement ? `${OUTCOME_UNKNOWN} ` : ''}Its connection there is idle.`;
    case 'gone':
      if (terminated) return `Ended there.${statement ? ' It may have completed before.' : ''}`;
      return statement ? 'Gone: it no longer runs there. It may have completed.' : 'Gone.';
    case 'cancelling.requested':
      return 'Asking the server to end it…';
    case 'cancelling.confirming':
      return 'The server was asked to end it. Waiting for it to end…';
    default:
      return `May still be running. The server could not be asked (${failure?.code ?? 'unknown'}).`;
  }
}

/** The server's last answer as of an earlier look, in words; null where it has not answered, or the answer was not recorded. */
export function lastAnswer(orphan: OrphanView, time: (at: number) => string): string | null {
  if (orphan.checkedAt === null || !ANSWERED.has(orphan.state)) return null;
  return `${time(orphan.checkedAt)}: ${statusOf(orphan, 'notRead', time)}`;
}

/** What was lost with its connection, and what was not sent. */
function lostWith(
  { transaction, transactionSince, held, notRun }: OrphanView,
  time: (at: number) => string,
): string[] {
  const since = transactionSince === null ? '' : ` since ${time(transactionSince)}`;
  const parts = [
    ...(transaction === 'none' ? [] : [`its transaction (${transaction}${since})`]),
    ...(held.length === 0 ? [] : [stateWords(held)]),
  ];
  const lost = parts.length === 0 ? [] : [`Lost with its connection: ${parts.join('; ')}.`];
  if (notRun === 0) return lost;
  return [
    ...lost,
    notRun === 1 ? 'One statement behind it did not run.' : `${notRun} statements behind it did not run.`,
  ];
}

/** How the user can find out whether it completed, where it is over. */
function waysToKnow({ state, statement }: OrphanView): string[] {
  return statement && FINISHED.has(state) ? [wayToKnow(statement)] : [];
}

/** How the user can find out whether a statement has completed, once it does not run any more: one sentence. */
export function wayToKnow({ verdict, shape }: Pick<OrphanStatement, 'verdict' | 'shape'>): string {
  if (verdict === 'read') return 'It only read. Run it again if you need its result.';
  if (verdict === 'ddl') return 'To find out, look in the catalogue for what it would have changed.';
  if (verdict === 'transaction') return 'To find out, look for the changes of its transaction.';
  if (/^\s*insert\b/i.test(shape ?? '')) return 'To find out, look for the rows that it would have inserted.';
  return 'To find out, look for what it would have changed.';
}
