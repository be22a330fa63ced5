import { withoutWords } from '../../events/failure.ts';
import { micros } from '../micros.ts';
import type { EffectPorts, QueryEffect } from './effect.ts';

/** Asks the server to stop the statement, again and harder until it has, and reports each step. */
export function cancel({ resources }: EffectPorts): QueryEffect {
  return ({ input: { queryId, reason }, report }) => {
    const run = resources.runs.get(queryId);
    run?.cancel(reason!, {
      sent: (attempt) => report({ type: 'query.cancelSent', attempt }),
      acknowledged: (attempt, afterMs) =>
        report({ type: 'query.cancelAcknowledged', attempt, afterMs: micros(afterMs) }),
      refused: (failure) => {
        run.noticeNow(failure);
        report({ type: 'query.cancelRefused', failure: withoutWords(failure) });
      },
      escalated: (step) => report({ type: 'query.cancelEscalated', step }),
    });
  };
}
