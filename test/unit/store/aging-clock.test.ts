import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgingClock } from '../../../src/store/aging-clock.ts';
import { CLOCK_LEAP_BELIEVED_MS, CLOCK_LEAP_MS } from '../../../src/store/limits.ts';
import { DAY, openTexts, segmentsOf, statement, textsIn } from './history/texts-support.ts';
import { appendAll, newFolder, open, segmentFiles } from './tape/folder.ts';
import { passphrase } from './vault/vault-support.ts';

const YEAR = 365 * DAY;

describe('a clock by which things are too old', () => {
  it('is believed in steps, and backwards', () => {
    const clock = new AgingClock(1000 * DAY);
    for (const now of [1000 * DAY + CLOCK_LEAP_MS, 1040 * DAY, 10 * DAY, 11 * DAY])
      expect(clock.look(now)).toBe(now);
  });

  it('is not believed far ahead before it has stayed there', () => {
    const clock = new AgingClock(1000);
    const leap = 1000 + CLOCK_LEAP_MS + 1;
    expect(clock.look(leap)).toBe(1000);
    expect(clock.look(leap + CLOCK_LEAP_BELIEVED_MS - 1)).toBe(1000);
    expect(clock.look(leap + CLOCK_LEAP_BELIEVED_MS)).toBe(leap + CLOCK_LEAP_BELIEVED_MS);
    expect(clock.look(leap + CLOCK_LEAP_BELIEVED_MS + 1)).toBe(leap + CLOCK_LEAP_BELIEVED_MS + 1);
  });

  it('has to stay there from its latest leap on', () => {
    const clock = new AgingClock(0);
    expect(clock.look(YEAR)).toBe(0);
    // Set right in between.
    expect(clock.look(DAY)).toBe(DAY);
    expect(clock.look(YEAR + 2 * DAY)).toBe(DAY);
    // Another leap, which ends earlier.
    expect(clock.look(YEAR)).toBe(DAY);
    expect(clock.look(YEAR + CLOCK_LEAP_BELIEVED_MS - 1)).toBe(DAY);
  });
});

it('a start whose clock is a year ahead cuts no segment of the tape, and a later start by the right clock what is too old', async () => {
  const folder = newFolder();
  const at = 1000 * DAY;
  const options = { segmentBytes: 500, ageMaxMs: () => 20 * DAY };
  const tape = await open(folder, { ...options, now: () => at });
  for (let day = 0; day < 20; day++) await appendAll(tape, ['a', 'b', 'c'], at + day * DAY);
  await tape.close();
  const before = segmentFiles(folder);
  const ahead = await open(folder, { ...options, now: () => at + YEAR });
  await appendAll(ahead, ['d', 'e', 'f', 'g', 'h'], at + YEAR);
  await ahead.close();
  expect(segmentFiles(folder)).toEqual(expect.arrayContaining(before));
  const right = await open(folder, { ...options, now: () => at + 30 * DAY });
  expect(right.firstSeq).toBeGreaterThan(1);
  expect(segmentFiles(folder)).toContain(before.at(-1));
});

it('a start whose clock is a year ahead deletes nothing of the history, and shows it again by the right clock', async () => {
  const before = await openTexts();
  await before.vault.create({ passphrase: passphrase() });
  before.texts.history.submitted([statement('q1', 'select 1')]);
  await before.texts.close();
  const place = await openTexts(before.folder);
  await place.vault.unlock(passphrase());
  place.now += YEAR;
  place.texts.history.submitted([statement('q2', 'select 2', { at: place.now })]);
  await place.texts.history.written();
  for (let minute = 0; minute < 3; minute++) await place.texts.history.sweep();
  expect(segmentsOf(place.folder)).toHaveLength(2);
  expect(await textsIn(place)).toEqual(['select 2']);
  place.now = statSync(join(place.folder, 'history')).mtimeMs;
  await place.texts.history.sweep();
  expect(await textsIn(place)).toEqual(['select 2', 'select 1']);
  // It stays there.
  place.now += YEAR;
  await place.texts.history.sweep();
  place.now += DAY;
  await place.texts.history.sweep();
  expect(segmentsOf(place.folder)).toEqual([]);
});
