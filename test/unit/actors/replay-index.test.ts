import { expect, it } from 'vitest';
import { ReplayIndex } from '../../../src/actors/replay-index.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import type { EventFilter } from '../../../src/events/replay-view.ts';
import { threadMs } from '../thread-time.ts';

const TYPES = ['query.cancel', 'query.completed', 'session.open'];

const record = (seq: number) =>
  ({
    seq,
    at: 1000 + seq,
    actor: `actor-${seq % 7}`,
    kind: 'query',
    machine: 'query@1',
    state: seq % 5 === 0 ? 'failed' : 'running',
    event: { type: TYPES[seq % TYPES.length] },
    cause: null,
  }) as unknown as Envelope;

function indexOf(records: number): ReplayIndex {
  const index = new ReplayIndex();
  for (let seq = 1; seq <= records; seq++) index.add(record(seq), 1, seq);
  return index;
}

it.each<[string, EventFilter]>([
  ['all', {}],
  ['one type', { type: 'query.completed' }],
  ['a text', { text: 'cancel' }],
  ['an actor in a span of time', { actor: 'actor-3', from: 1010, to: 1050 }],
  ['marks', { mark: 'cancel' }],
  ['a type that the tape does not have', { type: 'tunnel.opened' }],
])('counts the records of %s, and those up to a record, as looking at each one does', (_, filter) => {
  const records = Array.from({ length: 90 }, (_, at) => record(at + 1));
  const index = indexOf(60);
  const passes = ({ at, actor, event }: Envelope) =>
    (filter.type === undefined || event.type === filter.type) &&
    (filter.text === undefined || event.type.includes(filter.text)) &&
    (filter.mark === undefined || event.type === 'query.cancel') &&
    (filter.actor === undefined || actor === filter.actor) &&
    (filter.from === undefined || at >= filter.from) &&
    (filter.to === undefined || at <= filter.to);
  const look = (length: number) => {
    const passing = records.slice(0, length).filter(passes);
    for (const upTo of [-1, 0, 17, 44, length - 1])
      expect(index.find(filter, upTo)).toMatchObject({
        count: passing.length,
        before: passing.filter(({ seq }) => seq <= upTo + 1).length,
      });
  };
  look(60);
  // The tape grows while it is looked at.
  for (let seq = 61; seq <= 90; seq++) index.add(record(seq), 1, seq);
  look(90);
});

it('looks at each record once for a filter, whichever records are asked about', { tags: ['slow'] }, () => {
  const index = indexOf(300_000);
  const took = (work: () => void): number => {
    const began = threadMs();
    work();
    return threadMs() - began;
  };
  const filter = { text: 'cancel' };
  index.find({ text: 'warm' }, 0);
  const first = took(() => index.find(filter, 0));
  const rest = took(() => {
    for (let upTo = 0; upTo < 200; upTo++) index.find(filter, upTo * 1000);
  });
  expect(rest).toBeLessThan(first * 20);
});
