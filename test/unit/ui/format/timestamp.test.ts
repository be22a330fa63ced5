import { describe, expect, it } from 'vitest';
import { minuteStamp, stamp, stampRange, timeOfDay } from '../../../../src/ui/format/timestamp.ts';

/** A local time. */
const at = (...parts: [number, number, number, number, number, number]): number =>
  new Date(...parts).getTime();

describe('a time on the page', () => {
  const morning = at(2026, 10, 9, 1, 2, 3);

  it('is the same in every country, and sorts as it reads', () => {
    expect(minuteStamp(morning)).toBe('2026-11-09 01:02');
    expect(stamp(morning)).toBe('2026-11-09 01:02:03');
    expect(timeOfDay(morning)).toBe('01:02:03');
    expect(timeOfDay(at(2026, 10, 9, 13, 0, 0))).toBe('13:00:00');
  });

  it('has one date in a range of one day, and two in a longer one', () => {
    expect(stampRange(morning, at(2026, 10, 9, 23, 59, 59))).toBe('2026-11-09 01:02:03 – 23:59:59');
    expect(stampRange(morning, at(2026, 10, 10, 0, 0, 0))).toBe('2026-11-09 01:02:03 – 2026-11-10 00:00:00');
  });
});
