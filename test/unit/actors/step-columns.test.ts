import { expect, it } from 'vitest';
import { StepColumns } from '../../../src/actors/step-columns.ts';
import type { Envelope, TapeEvent } from '../../../src/events/envelope.ts';
import { eventWords } from '../../../src/events/event-words.ts';
import { REPLAY_STEPS_MAX } from '../../../src/events/limits.ts';

function record(event: object, state: string | null, machine: string | null = 'query@3'): Envelope {
  return {
    ...{ seq: 1, at: 1, actor: 'q', kind: 'query', machine, state, cause: null, crc: '' },
    event: event as TapeEvent,
  };
}
const place = (index: number) => index + 1;

it('leaves ids, times, counts and names out of what an event says', () => {
  const failed = {
    type: 'query.failed',
    failure: { code: '57014', source: 'server', position: 7 },
    ...{ stopped: true, rows: 3, bytes: 9, serverMs: 1.5, transaction: 'none', usable: false },
  };
  expect(eventWords(failed as TapeEvent)).toEqual([
    ['failure.code', '57014'],
    ['failure.source', 'server'],
    ['stopped', 'true'],
    ['transaction', 'none'],
    ['usable', 'false'],
  ]);
  const classified = {
    type: 'query.classified',
    ...{ verdict: 'write', admission: 'refused', code: 'readOnly', dangers: ['noWhere', 'ddl'], shape: 'x' },
  };
  expect(eventWords(classified as TapeEvent)).toEqual([
    ['admission', 'refused'],
    ['code', 'readOnly'],
    ['dangers', 'noWhere ddl'],
    ['verdict', 'write'],
  ]);
});

it('counts one kind for versions of a machine, and leaves out what was ignored or has no machine', () => {
  const columns = new StepColumns();
  const stop = { type: 'query.cancel', commandId: 'c1', reason: 'user' };
  columns.take(record({ type: 'tape.recovered' }, null, null), null);
  columns.take(record(stop, 'cancelling'), null);
  columns.take(record({ ...stop, commandId: 'c2' }, 'cancelling', 'query@4'), null);
  columns.take({ ...record(stop, 'cancelling'), ignored: true }, 'cancelling');
  columns.take(record({ ...stop, reason: 'timeout' }, 'cancelling'), 'cancelling');
  const { steps } = columns.summary(0, 4, place);
  const kind = { machine: 'query', event: 'query.cancel', to: 'cancelling' };
  expect(steps).toEqual([
    { ...kind, from: null, words: [['reason', 'user']], times: 2, seq: 2 },
    { ...kind, from: 'cancelling', words: [['reason', 'timeout']], times: 1, seq: 5 },
  ]);
  expect(columns.summary(2, 2, place).steps).toMatchObject([{ times: 1, seq: 3 }]);
  expect(columns.summary(1, 0, place).steps).toEqual([]);
});

it('tells no more kinds apart than its limit, and says so', () => {
  const columns = new StepColumns();
  for (let code = 0; code < REPLAY_STEPS_MAX; code++)
    columns.take(record({ type: 'query.withheld', code: `c${code}` }, 'refused'), null);
  expect(columns.summary(0, REPLAY_STEPS_MAX - 1, place).stepsCut).toBe(false);
  // From a state instead of from nowhere its code is one kind more.
  columns.take(record({ type: 'query.withheld', code: 'c0' }, 'refused'), 'recording');
  const { steps, stepsCut } = columns.summary(0, REPLAY_STEPS_MAX, place);
  expect([steps.length, stepsCut]).toEqual([REPLAY_STEPS_MAX, true]);
});
