import type { Outcome } from '../../events/query.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { OUTCOME_WORDS } from './outcome-text.ts';

/** What became of a script in which not every statement succeeded. */
export interface ScriptSentence {
  readonly tone: 'failed' | 'waiting';
  readonly words: string;
}

/**
 * What the footer of one statement's result says of the script around it: where the script stopped, or which of its other statements did
 * not succeed. Null where there is nothing to add.
 */
export function scriptSentence(script: readonly QueryView[], shown: QueryView): ScriptSentence | null {
  const troubled = script.filter(isTroubled);
  const others = troubled.filter(({ queryId }) => queryId !== shown.queryId);
  const first = troubled[0];
  if (!first) return null;
  const tone = troubled.every(({ outcome }) => endedEarly(outcome)) ? 'waiting' : 'failed';
  const place = (query: QueryView): string => `statement ${script.indexOf(query) + 1} of ${script.length}`;
  if (script.some(isLeftOut)) return { tone, words: `script stopped at ${place(first)}` };
  if (others.length === 0) return null;
  const [other] = others;
  const words =
    others.length === 1
      ? `${place(other!)} ${OUTCOME_WORDS[other!.outcome!]}`
      : `${others.length} of ${script.length} statements did not succeed`;
  return { tone, words };
}

/** The script stopped before it. */
function isLeftOut({ cancel }: QueryView): boolean {
  return cancel?.reason === 'scriptStopped';
}

function isTroubled(query: QueryView): boolean {
  return query.outcome !== null && query.outcome !== 'succeeded' && !isLeftOut(query);
}

function endedEarly(outcome: Outcome | null): boolean {
  return outcome === 'cancelled' || outcome === 'timedOut';
}
