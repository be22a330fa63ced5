import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChangeColumns, NO_CHANGE } from '../../../src/actors/change-columns.ts';
import { NumberColumn } from '../../../src/actors/number-column.ts';
import { ReplayIndex } from '../../../src/actors/replay-index.ts';
import { actorEnded } from '../../../src/events/actor-end.ts';
import type { ActorKind, Envelope } from '../../../src/events/envelope.ts';
import type { MarkKind, Stay, Timeline } from '../../../src/events/replay-view.ts';

const KINDS: readonly ActorKind[] = ['workspace', 'session', 'tab', 'connection', 'query', 'tape'];
const ORDER: readonly ActorKind[] = KINDS.filter((kind) => kind !== 'tape');
const STATES = ['open', 'open', 'running', 'failed', 'succeeded', 'reconnecting.waiting'];
const TYPES = ['query.cancel', 'query.completed', 'xstate.init', 'session.open'];

/** Records of a few actors at times that mostly go up, and are often the same. */
const tape = fc
  .array(
    fc.record({
      number: fc.nat(8),
      state: fc.option(fc.constantFrom(...STATES), { freq: 12 }),
      type: fc.constantFrom(...TYPES),
      ignored: fc.boolean(),
      afterMs: fc.constantFrom(0, 0, 1, 3, 40, -5),
    }),
    { minLength: 1, maxLength: 200 },
  )
  .map((ones) => {
    let at = 1000;
    return ones.map(({ number, state, type, ignored, afterMs }, place) => {
      at += afterMs;
      const kind = KINDS[number % KINDS.length]!;
      const event = type === 'xstate.init' ? { type, input: { sessionId: 'actor-1' } } : { type };
      const record = { seq: place * 2 + 1, at, actor: `actor-${number}`, kind, machine: `${kind}@1` };
      return { ...record, state, event, cause: null, ...(ignored && { ignored }) } as unknown as Envelope;
    });
  });

/** A timeline by looking at each record, as its definition says. */
function slowly(
  records: readonly Envelope[],
  from: number,
  to: number,
  parts: number,
  lanesMax: number,
): Timeline {
  let latest = 0;
  const all = records.map((record) => {
    latest = Math.max(latest, record.at);
    return { ...record, at: latest, state: record.state ?? '' };
  });
  const partOf = (at: number): number =>
    Math.min(parts - 1, Math.floor((at - from) * (parts / Math.max(1, to - from))));
  const empty = (): number[] => Array.from({ length: parts }, () => 0);
  const density = empty();
  const marks: Record<MarkKind, number[]> = { failure: empty(), cancel: empty(), ignored: empty() };
  const before = new Map<string, string>();
  for (const { at, actor, state, event, ignored } of all) {
    const isNew = state !== before.get(actor);
    before.set(actor, state);
    if (at < from || at > to) continue;
    const part = partOf(at);
    density[part]!++;
    if (isNew && state === 'failed') marks.failure[part]!++;
    if (event.type === 'query.cancel' && !ignored) marks.cancel[part]!++;
    if (ignored) marks.ignored[part]!++;
  }
  const lanes = [...new Set(all.map(({ actor }) => actor))].flatMap((actor) => {
    const own = all.filter((one) => one.actor === actor);
    const { seq: firstSeq, kind, machine } = own[0]!;
    const last = own.at(-1)!;
    const nextStart = all.find(
      (one) => one.seq > firstSeq && one.kind === 'workspace' && one.event.type === 'xstate.init',
    );
    const end = actorEnded(last.state) ? last.at : (nextStart?.at ?? null);
    if (!ORDER.includes(kind) || own[0]!.at > to || (end !== null && end < from)) return [];
    const changes = own.filter(({ state }, place) => place === 0 || state !== own[place - 1]!.state);
    const exact = changes.map(
      ({ seq, at, state }, place): Stay => ({ seq, from: at, to: changes[place + 1]?.at ?? end, state }),
    );
    const shown = exact.filter(
      (stay, place) => stay.from <= to && (place === exact.length - 1 || exact[place + 1]!.from >= from),
    );
    // Those that begin before the span are of no part; the last of them is shown.
    const visible = shown.filter(
      (stay, place) => stay.from >= from || !shown[place + 1] || shown[place + 1]!.from >= from,
    );
    const stays: Stay[] = [];
    for (const stay of visible) {
      const previous = stays.at(-1);
      if (previous && previous.from >= from && partOf(previous.from) === partOf(stay.from))
        stays[stays.length - 1] = { ...stay, from: previous.from };
      else stays.push(stay);
    }
    const parent = own[0]!.event.type === 'xstate.init' && actor !== 'actor-1' ? 'actor-1' : null;
    return [{ actor, kind, machine, parent, stays }];
  });
  lanes.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const more = Math.max(0, lanes.length - lanesMax);
  return { from, to, lanes: lanes.slice(0, lanesMax), more, density, marks };
}

describe('a timeline', () => {
  it('is what looking at each record gives, of any span and at any time of reading', {
    tags: ['slow'],
  }, () => {
    const asked = fc.record({
      from: fc.integer({ min: 900, max: 2500 }),
      long: fc.constantFrom(0, 1, 7, 100, 900, 4000),
      parts: fc.constantFrom(1, 2, 7, 40, 400),
      lanesMax: fc.constantFrom(0, 2, 100),
    });
    fc.assert(
      fc.property(tape, fc.array(asked, { minLength: 3, maxLength: 3 }), (records, questions) => {
        const index = new ReplayIndex();
        for (const [place, record] of records.entries()) {
          index.add(record, 1, place);
          if (place % 50 !== 0 && place !== records.length - 1) continue;
          for (const { from, long, parts, lanesMax } of questions)
            expect(index.timeline(from, from + long, parts, lanesMax)).toEqual(
              slowly(records.slice(0, place + 1), from, from + long, parts, lanesMax),
            );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('draws an actor by the parts of the span, however often its state changed', { tags: ['slow'] }, () => {
    const index = new ReplayIndex();
    for (let seq = 1; seq <= 50_000; seq++) {
      const state = seq % 2 === 0 ? 'idle' : 'busy';
      const event = { type: 'connection.leased' };
      const own = { actor: 'actor-1', kind: 'connection', machine: 'connection@1', cause: null };
      index.add({ ...own, seq, at: seq * 10, state, event } as unknown as Envelope, 1, 0);
    }
    const { stays } = index.timeline(0, 500_000, 400, 100).lanes[0]!;
    expect(stays.length).toBe(400);
    expect(stays.slice(0, -1).map(({ to }) => to)).toEqual(stays.slice(1).map(({ from }) => from));
    // Nearer, each change is there, after the one before the span.
    expect(index.timeline(250_000, 250_100, 400, 100).lanes[0]!.stays.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 12 }, (_, place) => 24_999 + place),
    );
  });
});

describe('the changes of an actor', () => {
  it('are found back to any record in steps that grow with the logarithm of their number', () => {
    const changes = new ChangeColumns();
    let last = NO_CHANGE;
    // Those of another actor lie between them.
    let other = NO_CHANGE;
    for (let record = 0; record < 100_000; record++) {
      if (record % 3 === 0) other = changes.add(record, other);
      else last = changes.add(record, last);
    }
    for (const bound of [1, 2, 7, 64, 999, 65_537, 99_998]) {
      let looks = 0;
      const found = changes.earliest(last, (record) => {
        looks++;
        return record >= bound;
      });
      expect(changes.recordOf(found)).toBe(bound % 3 === 0 ? bound + 1 : bound);
      expect(looks).toBeLessThan(100);
    }
    expect(changes.beforeOf(changes.earliest(last, () => true))).toBe(NO_CHANGE);
  });
});

describe('a column of numbers', () => {
  it('grows, and counts what is below a value', () => {
    const column = new NumberColumn();
    for (let value = 0; value < 5000; value++) column.push(value * 2);
    expect([column.length, column.at(4999), column.countBelow(0)]).toEqual([5000, 9998, 0]);
    expect([column.countBelow(7), column.countBelow(8), column.countBelow(1e6)]).toEqual([4, 4, 5000]);
  });
});
