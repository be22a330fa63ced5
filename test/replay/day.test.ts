import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Replay } from '../../src/actors/replay.ts';
import { FLAPPING_LOSSES } from '../../src/events/diagnosis/bounds.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { readTape, verifyTape } from '../../src/store/tape/tape.ts';
import { FAKED } from '../unit/events/diagnosis/stage.ts';
import { answersAreTrue, reportOf, tapeIsTrue } from '../unit/events/diagnosis/watched-play.ts';
import { HarmedSegment, segmentsOf, writeDay } from './damaged-day.ts';
import { type Day, playDay } from './day.ts';

/** `npm run soak` plays a whole day, asks of each statement and harms each record; here it is a share of that. */
const RECORDS = Number(process.env.QUERYTAPE_DAY_RECORDS ?? 800);
const IS_WHOLE = process.env.QUERYTAPE_DAY_RECORDS !== undefined;
const HOURS = 4 * 3_600_000;
const SEED = Number(process.env.QUERYTAPE_DAY_SEED ?? 28_11_2026);
/** Of so many statements, records and bytes, one is looked at. */
const [EACH_STATEMENT, EACH_RECORD, EACH_BYTE] = IS_WHOLE ? [1, 1, 1999] : [5, 31, 4999];

/** Harms to a record, by its line: from which line on, how many lines, and what is put in their place. */
const HARMS: Readonly<Record<string, (line: Buffer, next: Buffer) => [count: number, lines: Buffer[]]>> = {
  dropped: () => [1, []],
  doubled: (line) => [1, [line, line]],
  'swapped with the line after it': (line, next) => [2, [next, line]],
};

/** How many connections were lost within a minute after a sleep. */
function lostAfterSleep(tape: readonly Envelope[]): number {
  let sleptAt = Number.NEGATIVE_INFINITY;
  const lost = new Set<string>();
  for (const { actor, at, kind, event } of tape) {
    if (event.type === 'process.stalled' && event.clockMs >= 30_000) sleptAt = at;
    if (kind === 'connection' && event.type === 'connection.lost' && at - sleptAt <= 60_000) lost.add(actor);
  }
  return lost.size;
}

describe('a day of random users, servers, disks and clocks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-day-'));
  const harmed = `${folder}-harmed`;
  let day: Day;

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: [...FAKED] });
    day = await playDay(SEED, RECORDS);
    vi.useRealTimers();
    await writeDay(folder, day.tape);
  }, 3_600_000);
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(() => {
    for (const one of [folder, harmed]) rmSync(one, { recursive: true, force: true });
  });

  /** Each segment of the day, to be harmed. */
  function* segments(): Generator<HarmedSegment> {
    const numbers = segmentsOf(folder);
    for (const number of numbers) yield new HarmedSegment(harmed, folder, number, number === numbers.at(-1));
  }

  it('reaches every state again in replay, through each kill and start', async () => {
    const replay = new Replay();
    let records = 0;
    for await (const envelopes of readTape(folder)) {
      for (const envelope of envelopes) {
        if (envelope.event.type.startsWith('tape.')) continue;
        replay.step(envelope);
        records++;
      }
    }
    expect(records).toBe(day.tape.length);
    expect(records).toBeGreaterThanOrEqual(RECORDS);
    expect(replay.report()).toMatchObject({ verdict: 'reproduced', mismatches: [], unproven: 0 });
    expect(await verifyTape(folder)).toMatchObject({ ok: true, damages: [] });
  });

  it('is diagnosed as it was: each yes and each no is what was done', { timeout: HOURS }, () => {
    for (const { play, killed } of day.plays) {
      if (killed) continue;
      const statements = [...play.accepted.keys()].filter((_, at) => at % EACH_STATEMENT === 0);
      answersAreTrue(play, statements);
      tapeIsTrue(play);
    }
    const report = reportOf(day.tape);
    const sum = (of: (one: Day['plays'][number]) => number): number =>
      day.plays.reduce((all, one) => all + of(one), 0);
    const yes = Object.fromEntries(Object.entries(report).map(([cause, { counts }]) => [cause, counts.yes]));
    const failed = (cause: string): number =>
      sum(({ play }) => [...play.failed].filter((one) => one.startsWith(`${cause} `)).length);
    expect(yes).toMatchObject({
      // The last start is not known to have been killed.
      crash: sum(({ play, killed, inFlight }) =>
        killed && play !== day.plays.at(-1)?.play ? inFlight + 1 : 0,
      ),
      blockedLoop: sum(({ play }) => play.blocked.size + (play.stalls > 0 ? 1 : 0)),
      lockWait: failed('lockWait'),
      abortedTransaction: failed('abortedTransaction'),
    });
    expect(yes.hostKeyFailure).toBe(sum(({ play }) => (play.keysRefused > 0 ? 1 : 0)));
    expect(yes.tunnelFlapping).toBeLessThanOrEqual(
      sum(({ play }) => (play.tunnelsLost >= FLAPPING_LOSSES ? 1 : 0)),
    );
    expect(sum(({ play }) => play.tunnelsLost)).toBeGreaterThan(0);
    // Other connections may be lost soon after a sleep too.
    expect(yes.sleepLoss).toBeGreaterThanOrEqual(sum(({ play }) => play.lostBySleep));
    expect(yes.sleepLoss).toBeLessThanOrEqual(lostAfterSleep(day.tape));
  });

  it('is found to be damaged, and where, with any byte changed', { timeout: HOURS }, async () => {
    let count = 0;
    let skip = 0;
    for (const segment of segments()) {
      // Of the first segment each byte, where the whole day is looked at.
      const each = IS_WHOLE && segment.segment === 1 ? 1 : EACH_BYTE;
      let byte = skip;
      for (; byte < segment.byteCount; byte += each) {
        const line = segment.lineAt(byte);
        const report = await segment.flipped(byte);
        expect([segment.segment, byte, segment.isFound(report, line, line + 1), report.damages[0]]).toEqual([
          segment.segment,
          byte,
          true,
          report.damages[0],
        ]);
        count++;
      }
      skip = byte - segment.byteCount;
    }
    expect(count).toBeGreaterThan(50);
  });

  it.each(Object.keys(HARMS))(
    'is found to be damaged, and where, with any record %s',
    {
      timeout: HOURS,
    },
    async (name) => {
      let count = 0;
      for (const segment of segments())
        for (const line of segment.records.filter((_, at) => at % EACH_RECORD === 0)) {
          const [lines, others] = HARMS[name]!(segment.line(line), segment.line(line + 1));
          const report = await segment.replaced(line, lines, others);
          expect([segment.segment, line, segment.isFound(report, line, line + 1), report.damages[0]]).toEqual(
            [segment.segment, line, true, report.damages[0]],
          );
          count++;
        }
      expect(count).toBeGreaterThan(20);
    },
  );
});
