import { Subject } from 'rxjs';
import { expect, it } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import type { Projection } from '../../../src/events/projection.ts';
import type { State } from '../../../src/events/views/state.ts';
import { Projections } from '../../../src/main/projections.ts';

const state = { seq: 0 } as unknown as State;
const batch = (...seqs: number[]) => seqs.map((seq) => ({ seq })) as unknown as Envelope[];

/** A projection whose state is the seqs that it was given. */
function seqs(
  name: string,
  breakAt = Number.POSITIVE_INFINITY,
): Projection<number[]> & { closedWith?: number[] } {
  return {
    name,
    initial: () => [],
    apply(given, { seq }) {
      if (seq >= breakAt) throw new Error(`at ${seq}`);
      return [...given, seq];
    },
    close(given) {
      this.closedWith = given;
    },
  };
}

it('folds every record in order and hands the last state to close', async () => {
  const committed = new Subject<readonly Envelope[]>();
  const one = seqs('one');
  const projections = new Projections({ committed, state }, [one], () => expect.unreachable());
  committed.next(batch(1, 2));
  committed.next(batch(3));
  await projections.close();
  committed.next(batch(4));
  expect(one.closedWith).toEqual([1, 2, 3]);
});

it('ends a projection that throws, and no other', async () => {
  const committed = new Subject<readonly Envelope[]>();
  const [broken, whole] = [seqs('broken', 2), seqs('whole')];
  const defects: string[] = [];
  const projections = new Projections({ committed, state }, [broken, whole], (name, error) =>
    defects.push(`${name} ${(error as Error).message}`),
  );
  committed.next(batch(1, 2, 3));
  committed.next(batch(4));
  await projections.close();
  expect(defects).toEqual(['broken at 2']);
  expect(broken.closedWith).toBeUndefined();
  expect(whole.closedWith).toEqual([1, 2, 3, 4]);
});

it('closes the others where one fails to close', async () => {
  const committed = new Subject<readonly Envelope[]>();
  const failing = { ...seqs('failing'), close: () => Promise.reject(new Error('close')) };
  const whole = seqs('whole');
  const defects: string[] = [];
  await new Projections({ committed, state }, [failing, whole], (name) => defects.push(name)).close();
  expect(defects).toEqual(['failing']);
  expect(whole.closedWith).toEqual([]);
});
