import type { Outcome } from '../../events/query.ts';

/** How a statement ended, in words. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  refused: 'refused',
  cancelled: 'cancelled',
  timedOut: 'timed out',
  'lost.notRun': 'lost, did not run',
  'lost.mayHaveCompleted': 'lost, may have completed',
};
