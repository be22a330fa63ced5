import type { Workspace } from '../actors/workspace.ts';
import type { FailureText } from '../events/failure.ts';
import type { StatementEnd } from '../events/history.ts';
import type { Projection } from '../events/projection.ts';
import type { Outcome } from '../events/query.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { QueryText } from '../events/wire.ts';
import type { History } from '../store/history/history.ts';

/** How long before a kill a statement may have ended without the history's having its end. */
const LATE_MS = 10_000;

/**
 * Reports to the history how statements ended, once the tape has it on disk: the history never says more than
 * the tape. Statements that were in flight as an earlier run of the program was killed are reported when this
 * one begins.
 */
export function historyProjection(
  workspace: Pick<Workspace, 'query'>,
  history: Pick<History, 'ended' | 'orphaned'>,
): Projection<null> {
  return {
    name: 'history',
    initial: () => null,
    apply(_, { kind, at, event }, { queries, sessions }) {
      if (event.type === 'query.ended') {
        const { queryId, outcome } = event;
        history.ended(endOf(queryId, outcome, queries[queryId], workspace.query(queryId)));
      } else if (kind === 'workspace' && event.type === 'xstate.init') {
        const wasKilled = (sessionId: string): boolean => {
          const { orphaned, endedAt } = sessions[sessionId] ?? {};
          return orphaned === true && endedAt === at;
        };
        const users = Object.values(queries).filter(isOfUser);
        const lastEnd = Math.max(...users.map(({ orphaned, endedAt }) => (orphaned ? 0 : (endedAt ?? 0))));
        for (const query of users) {
          const { queryId, sessionId, outcome, orphaned, endedAt } = query;
          if (outcome === null || endedAt === null) continue;
          // The kill may have come before the history had what the tape has. Twice is no harm: the first end counts.
          const isLate = !orphaned && endedAt > lastEnd - LATE_MS && wasKilled(sessionId);
          if (isLate || (orphaned && endedAt === at))
            history.orphaned(endOf(queryId, outcome, query, undefined));
        }
      }
      return null;
    },
  };
}

function isOfUser({ purpose }: QueryView): boolean {
  return purpose === 'statement' || purpose === 'edit';
}

function endOf(
  queryId: string,
  outcome: Outcome,
  view: QueryView | undefined,
  words: QueryText | undefined,
): StatementEnd {
  const rows = view && (view.columns > 0 ? view.rows : view.rowsAffected);
  // The server's message for a cancelled statement blames a user's request, whoever sent the cancel.
  const isOwnEnd = outcome === 'succeeded' || outcome === 'cancelled' || outcome === 'timedOut';
  const failure = isOwnEnd ? null : failureOf(view, words);
  const cut = view?.cut ? { cut: view.cut } : {};
  const after = view?.afterCancel ? { afterCancel: view.afterCancel } : {};
  return {
    queryId,
    outcome,
    serverMs: view?.serverMs ?? null,
    rows: rows ?? null,
    ...cut,
    ...after,
    failure,
  };
}

/** The server's message if the statement was sent, else that of the rule that refused it. */
function failureOf(view: QueryView | undefined, words: QueryText | undefined): FailureText | null {
  if (words?.failure) return words.failure;
  const code = view?.refusedCode ?? view?.failure?.code;
  return code === undefined ? null : { code, source: 'client', message: words?.judgement?.reason ?? '' };
}
