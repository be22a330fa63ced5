import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampedSpan, ticks, zoomed } from '../../../../src/ui/replay/time-span.ts';

const DAY = 86_400_000;
const time = fc.integer({ min: 0, max: 40 * 365 * DAY });
const length = fc.integer({ min: 10, max: 400 * DAY });

describe('a span of time', () => {
  it('stays within the tape, and keeps its length where the tape has room for it', () => {
    fc.assert(
      fc.property(time, length, time, length, (from, long, wholeFrom, wholeLong) => {
        const whole = { from: wholeFrom, to: wholeFrom + wholeLong };
        const span = clampedSpan({ from, to: from + long }, whole);
        expect(span.from).toBeGreaterThanOrEqual(whole.from);
        expect(span.to).toBeLessThanOrEqual(whole.to);
        expect(span.to - span.from).toBe(Math.min(long, wholeLong));
      }),
    );
  });

  it('zooms around a time that stays where it is', () => {
    const span = zoomed({ from: 1000, to: 2000 }, 0.5, 1250);
    expect(span).toEqual({ from: 1125, to: 1625 });
    expect((1250 - span.from) / (span.to - span.from)).toBe(0.25);
  });

  it('has few ticks on its axis, in order, inside it, and at even steps', () => {
    fc.assert(
      fc.property(time, length, (from, long) => {
        const at = ticks({ from, to: from + long }, 8);
        expect(at.length).toBeLessThanOrEqual(9 + Math.ceil(long / (8 * 7 * DAY)));
        for (const one of at) {
          expect(one).toBeGreaterThanOrEqual(from);
          expect(one).toBeLessThanOrEqual(from + long);
        }
        const steps = new Set(at.slice(1).map((one, index) => one - at[index]!));
        expect(steps.size).toBeLessThanOrEqual(1);
      }),
    );
  });
});
