import { type FailureText, withoutWords } from '../../events/failure.ts';
import type { QueryFact } from '../../events/query.ts';
import { type Counted, CountRun, NO_SAVEPOINT, STOPPED } from '../count-run.ts';
import { LOCKS_HELD, releasesLocks } from '../held-locks.ts';
import { micros } from '../micros.ts';
import { type EffectPorts, failureOf, type QueryEffect } from './effect.ts';

/** Counts the rows that a statement would touch, on the connection that it is to run on. */
export function count({ ports, side, resources }: EffectPorts): QueryEffect {
  return ({ input: { queryId, connectionId, engine, transaction }, report, recorded }) => {
    const connection = resources.connections.get(connectionId);
    const { judgement } = side.judgement(queryId)!;
    let isOver = false;
    let isStopped = false;
    const end = (event: QueryFact & { type: 'query.counted' }, counted: Omit<Counted, 'end'>): void => {
      if (isOver) return;
      isOver = true;
      report(event);
      resources.countWaiters.get(queryId)?.(counted);
    };
    const fail = (failure: FailureText, usable = true): void => {
      const { code } = withoutWords(failure);
      const left = transaction === null ? {} : { transaction };
      end({ type: 'query.counted', code, serverMs: 0, ...left, usable }, { rows: null, failure });
    };
    const run = async (): Promise<void> => {
      if (isOver || isStopped || !connection || !judgement.counting || !('text' in judgement.counting))
        return fail(STOPPED);
      if (connection.transaction !== 'none' && !connection.server.capabilities.savepoints)
        return fail(NO_SAVEPOINT);
      const driver = resources.drivers.get(engine)!;
      if (releasesLocks(driver, connection, driver.readOnlyEnclosure?.before ?? [])) return fail(LOCKS_HELD);
      const counting = new CountRun(driver, connection, judgement.counting.text);
      resources.counts.set(queryId, counting);
      const counted = await counting.ended;
      const { rows, failure } = counted;
      const { transaction: after, usable } = counted.end;
      const result = rows === null ? { code: withoutWords(failure!).code } : { rows: Number(rows) };
      const serverMs = micros(counted.end.serverMs);
      end({ type: 'query.counted', ...result, serverMs, transaction: after, usable }, { rows, failure });
    };
    resources.counts.set(queryId, {
      stop: () => {
        isStopped = true;
      },
    });
    // Not even a count leaves before the record that says so is on disk.
    recorded().then(
      () =>
        run().catch((error: unknown) => {
          ports.defect(error);
          // The state of the connection is unknown now.
          fail(failureOf(error), false);
        }),
      (error: unknown) => fail(failureOf(error)),
    );
    return () => {
      resources.counts.delete(queryId);
      // The query went on without it: its connection was lost.
      if (!isOver) resources.countWaiters.get(queryId)?.({ rows: null, failure: STOPPED });
      isOver = true;
    };
  };
}

/** Asks the server to stop a count. */
export function stopCount({ resources }: EffectPorts): QueryEffect {
  return ({ input: { queryId } }) => resources.counts.get(queryId)?.stop();
}
