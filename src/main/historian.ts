import type { Subscription } from 'rxjs';
import type { Workspace } from '../actors/workspace.ts';
import type { FailureText } from '../events/failure.ts';
import type { StatementEnd } from '../events/history.ts';
import type { Outcome } from '../events/query.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { State } from '../events/views/state.ts';
import type { QueryText } from '../events/wire.ts';
import type { Tape } from '../store/tape/tape.ts';

/** Tells the history how statements ended, once the tape has it on disk: it never says more than the tape. */
export function followEnds(
  tape: Pick<Tape<State>, 'committed' | 'state'>,
  workspace: Pick<Workspace, 'query'>,
  ended: (end: StatementEnd) => void,
): Subscription {
  return tape.committed.subscribe((envelopes) => {
    for (const { event } of envelopes) {
      if (event.type !== 'query.ended') continue;
      const { queryId, outcome } = event;
      ended(endOf(queryId, outcome, tape.state.queries[queryId], workspace.query(queryId)));
    }
  });
}

function endOf(
  queryId: string,
  outcome: Outcome,
  view: QueryView | undefined,
  words: QueryText | undefined,
): StatementEnd {
  const rows = view && (view.columns > 0 ? view.rows : view.rowsAffected);
  const failure = outcome === 'succeeded' ? null : failureOf(view, words);
  return { queryId, outcome, serverMs: view?.serverMs ?? null, rows: rows ?? null, failure };
}

/** In the server's words where it was asked, else in those of the rule that refused. */
function failureOf(view: QueryView | undefined, words: QueryText | undefined): FailureText | null {
  if (words?.failure) return words.failure;
  const code = view?.refusedCode ?? view?.failure?.code;
  return code === undefined ? null : { code, source: 'client', message: words?.judgement?.reason ?? '' };
}
