import type { Mark } from './mark.ts';
import { meaningOf } from './meaning.ts';
import type { QueryFacts } from './query-facts.ts';

/** What shows that a statement waited for a lock: that the server ended it for one, or said so while it ran. */
export function lockProofOf({ failed, input, blockers }: QueryFacts): Mark | null {
  const meaning = failed && meaningOf(failed.failure, input?.engine);
  if (meaning === 'deadlock' || meaning === 'lockWait') return failed;
  return blockers?.wait.waits === 'lock' ? blockers : null;
}
