import { micros } from '../micros.ts';
import { codeOf, type EffectPorts, type QueryEffect } from './effect.ts';

/**
 * Write-ahead: waits until the record by which the query entered its state is on disk, and its text in the history, so that both
 * outlive a kill of this process at any later moment.
 */
export function record({ ports }: EffectPorts): QueryEffect {
  return ({ report, recorded }) => {
    const startedAt = performance.now();
    // Invariant I1.
    Promise.all([recorded(), ports.history.written()])
      .then(([seq]) =>
        report({ type: 'query.recorded', seq, afterMs: micros(performance.now() - startedAt) }),
      )
      .catch((error: unknown) => report({ type: 'query.notRecorded', code: codeOf(error) }));
  };
}
