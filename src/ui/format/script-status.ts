import type { Outcome } from '../../events/query.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { thousands } from './format.ts';
import { OUTCOME_WORDS } from './outcome-text.ts';

/** How far a script is that runs, or what became of one in which not every statement succeeded. */
export interface ScriptSentence {
  readonly tone: 'running' | 'failed' | 'waiting';
  readonly words: string;
}

/**
 * What the footer of one statement's result says of the script around it: where the script is or has stopped, or which of its other
 * statements did not succeed. Null where there is nothing to add. While the tape is not `heard`, where a script is is not known.
 */
export function scriptSentence(
  script: readonly QueryView[],
  shown: QueryView,
  heard: boolean,
): ScriptSentence | null {
  const troubled = script.filter(isTroubled);
  const others = troubled.filter(({ queryId }) => queryId !== shown.queryId);
  const [first] = troubled;
  const left = script.find(isLeftOut);
  const total = thousands(shown.scriptStatements);
  const tone = troubled.every(({ outcome }) => endedEarly(outcome)) ? 'waiting' : 'failed';
  const place = ({ scriptIndex }: QueryView): string => `statement ${thousands(scriptIndex + 1)} of ${total}`;
  // The page remembers the statements that ended last: the one that stopped a long script may not be among them.
  const current = script.find(({ outcome }) => outcome === null);
  if (left && (first || !current))
    return { tone, words: `script stopped ${first ? 'at' : 'before'} ${place(first ?? left)}` };
  if (!first)
    return current && heard && shown.scriptStatements > 1
      ? { tone: 'running', words: `script at ${place(current)}` }
      : null;
  // Once all that were submitted have ended, the others never are.
  const unsent = !current ? shown.scriptStatements - script.at(-1)!.scriptIndex - 1 : 0;
  const count = others.length + unsent;
  if (count === 0) return null;
  const [other] = others;
  const words =
    other && count === 1
      ? `${place(other)} ${OUTCOME_WORDS[other.outcome!]}`
      : `${script[0]!.scriptIndex > 0 ? 'at least ' : ''}${thousands(count)} of ${total} statements did not succeed`;
  return { tone, words };
}

/** The script stopped before it, by the end of one before or as the user cancelled what was still waiting: either may come first. */
function isLeftOut({ cancel, outcome, dispatchedAt }: QueryView): boolean {
  return cancel?.reason === 'scriptStopped' || (outcome === 'cancelled' && dispatchedAt === null);
}

function isTroubled(query: QueryView): boolean {
  return query.outcome !== null && query.outcome !== 'succeeded' && !isLeftOut(query);
}

function endedEarly(outcome: Outcome | null): boolean {
  return outcome === 'cancelled' || outcome === 'timedOut';
}
