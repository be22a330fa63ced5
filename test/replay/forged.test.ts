import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Replay } from '../../src/actors/replay.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import type { ReplayReport } from '../../src/events/replay-report.ts';
import { goldenTape } from '../unit/golden-tape.ts';
import { FORGERIES, type Forgery } from './forgeries.ts';

const NAMES = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.replace('.jsonl', ''));
const TAPES = NAMES.map(goldenTape);

function replay(envelopes: readonly Envelope[]): ReplayReport {
  const replaying = new Replay();
  for (const envelope of envelopes) replaying.step(envelope);
  return replaying.report();
}

/**
 * How many forgeries of a kind may read as reproduced, at one record in three of the golden tapes, each with numbers and causes that fit.
 * What can't be found: a fact of the world that no machine depends on (a command that was refused, a step of a tunnel, a count), which
 * may as well have happened twice, earlier or not at all, with other values; and the end of a tape, which a kill may have cut.
 */
const UNFOUND_MAX: Readonly<Record<keyof typeof FORGERIES, number>> = {
  'a record doubled': 5,
  'a record doubled at the end': 1,
  'a record dropped': 8,
  'neighbours swapped': 9,
  'a record moved on by five': 2,
  'another cause': 1,
  'no cause': 2,
  'a cause where there was none': 3,
  'causes exchanged': 0,
  'another receiver of the same kind': 0,
  'two receivers exchanged from there on': 0,
  'the beginning of an actor cut': 0,
  'all of an actor cut': 0,
  'other content': 48,
  'another input of a creation': 9,
  'a record of another time put in': 0,
  'ten records of another place put in again': 0,
  'an earlier version of a machine': 0,
  'said to be ignored': 0,
};

/** Forges one record in three of each golden tape. */
function unfound(forge: Forgery): { readonly forged: number; readonly unfound: number } {
  const reports = TAPES.flatMap((tape) =>
    tape.flatMap((_, at) => {
      const forged = at % 3 === 0 ? forge(tape, at) : null;
      return forged === null ? [] : [replay(forged)];
    }),
  );
  return { forged: reports.length, unfound: reports.filter(({ matched }) => matched).length };
}

describe('a golden tape', () => {
  it.each(Object.entries(FORGERIES))(
    'is found out wherever it is forged: %s',
    { tags: ['slow'] },
    (kind, forge) => {
      const counts = unfound(forge);
      expect(counts.forged).toBeGreaterThan(20);
      expect(counts.unfound).toBeLessThanOrEqual(UNFOUND_MAX[kind as keyof typeof FORGERIES]);
    },
  );

  it('gives no alarm where a kill cut it, wherever that was', { tags: ['slow'] }, () => {
    for (const tape of TAPES)
      for (const length of tape.keys()) {
        const { mismatches, matched } = replay(tape.slice(0, length + 1));
        expect([mismatches, matched]).toEqual([[], true]);
      }
  });

  it('gives no alarm where retention cut its beginning, wherever that was', { tags: ['slow'] }, () => {
    for (const tape of TAPES)
      for (const from of tape.keys()) expect(replay(tape.slice(from)).mismatches).toEqual([]);
  });

  it('gives no alarm where a bundle has some of its actors alone', () => {
    for (const tape of TAPES) {
      for (const kind of new Set(tape.map((one) => one.kind)))
        expect(replay(tape.filter((one) => one.kind !== kind)).mismatches).toEqual([]);
    }
  });

  it('gives no alarm where another start of the program goes on with it, after a kill at any record', () => {
    const opened = { actor: 'tape', kind: 'tape', machine: null, cause: null, state: null, at: 1 } as const;
    const event = { type: 'tape.opened', processId: 1, segments: 1 } as const;
    for (const [number, tape] of TAPES.entries())
      for (let length = 1; length <= tape.length; length += 7) {
        const next = TAPES[(number + 1) % TAPES.length]!;
        const started = next.map((one) => ({
          ...one,
          seq: one.seq + length + 1,
          cause: one.cause === null ? null : one.cause + length + 1,
          event:
            one.event.type === 'query.recorded'
              ? { ...one.event, seq: one.event.seq + length + 1 }
              : one.event,
        }));
        const both = [...tape.slice(0, length), { ...opened, seq: length + 1, event }, ...started];
        expect(replay(both).mismatches).toEqual([]);
      }
  });
});

describe('what a replay says of a forged tape', () => {
  const tape = goldenTape('statements');
  const ended = tape.find(({ event }) => event.type === 'query.ended')!;
  const at = tape.indexOf(ended);
  const whys = (forged: readonly Envelope[]) =>
    replay(forged).mismatches.flatMap(({ seq, why }) => (why === undefined ? [] : [[seq, why]]));

  it('names the record that sent what was not received', () => {
    const missing = `its step sent query.ended to ${ended.actor}, which did not receive it`;
    expect(whys(FORGERIES['a record dropped'](tape, at))).toContainEqual([ended.cause, missing]);
  });

  it('names the record that did not send what was received', () => {
    expect(whys(FORGERIES['a record doubled'](tape, at))).toContainEqual([
      ended.seq + 1,
      `record ${ended.cause} did not send it`,
    ]);
  });

  it('names the effect that answered twice, or after its end', () => {
    const tunnels = goldenTape('tunnels');
    const chosen = tunnels.find(({ event }) => event.type === 'tunnel.chosen')!;
    expect(whys(FORGERIES['a record doubled'](tunnels, chosen.seq - 1))).toContainEqual([
      chosen.seq + 1,
      `the effect open that record ${chosen.cause} began had answered before`,
    ]);
    const { seq, cause } = tape.find(({ event }) => event.type === 'query.classified')!;
    expect(whys(FORGERIES['a record doubled'](tape, seq - 1))).toContainEqual([
      seq + 1,
      `the effect classify that record ${cause} began had ended before`,
    ]);
  });

  it('says which reports of a statement do not agree', () => {
    const completed = tape.findIndex(({ event }) => event.type === 'query.completed');
    const { seq, event } = tape[completed]!;
    const other = { ...event, rows: 5 } as Envelope['event'];
    expect(whys(tape.with(completed, { ...tape[completed]!, event: other }))).toContainEqual([
      seq,
      'it has rows before the first one came',
    ]);
  });

  it('says of a stop that was asked for that nothing asked, or that it has no time', () => {
    const failed = tape.findIndex(({ event }) => event.type === 'query.failed');
    const stopped = { ...tape[failed]!.event, stopped: true, confirmedAfterMs: 1 } as Envelope['event'];
    expect(whys(tape.with(failed, { ...tape[failed]!, event: stopped }))).toEqual([
      [tape[failed]!.seq, 'it was not asked to stop'],
    ]);
    const cancels = goldenTape('cancels');
    const confirmed = cancels.findIndex(({ event }) => 'confirmedAfterMs' in event);
    const { confirmedAfterMs: _, ...untimed } = cancels[confirmed]!.event as { confirmedAfterMs?: number };
    expect(whys(cancels.with(confirmed, { ...cancels[confirmed]!, event: untimed as never }))).toEqual([
      [cancels[confirmed]!.seq, 'a stop, and nothing else, is confirmed after a time'],
    ]);
  });

  it('says that no timer was set for a time that ran out', () => {
    const idle = goldenTape('idleTransactions');
    const passed = idle.findIndex(({ event }) => event.type === 'connection.idleLimitReached');
    expect(whys(FORGERIES['a record doubled'](idle, passed))).toContainEqual([
      idle[passed]!.seq + 1,
      'nothing sent it and no timer was set for it',
    ]);
  });

  it('says that an actor has no creation though its program started on the tape', () => {
    const created = tape.findIndex(({ kind, event }) => kind === 'query' && event.type === 'xstate.init');
    const said = whys(FORGERIES['a record dropped'](tape, created)).map(([, why]) => why);
    expect(said).toContain('it was not created, though the tape has the start of its program');
  });

  it('says that the record of the write-ahead is another one', () => {
    const recorded = tape.findIndex(({ event }) => event.type === 'query.recorded');
    const { seq, event, cause } = tape[recorded]!;
    const other = { ...tape[recorded]!, event: { ...event, seq: cause! - 1 } } as Envelope;
    expect(whys(tape.with(recorded, other))).toEqual([
      [seq, `it says that record ${cause! - 1} is on disk, but the effect waited for ${cause}`],
    ]);
  });
});
