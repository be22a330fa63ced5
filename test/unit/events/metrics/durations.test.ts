import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Durations } from '../../../../src/events/metrics/durations.ts';

describe('durations', () => {
  it('have no quantiles where there is none', () => {
    expect(new Durations().quantiles()).toBeNull();
  });

  it('have quantiles at most 9 % above the true ones, and never below them', () => {
    const ms = fc.double({ min: 0.001, max: 1e8, noNaN: true });
    fc.assert(
      fc.property(fc.array(ms, { minLength: 1, maxLength: 300 }), (values) => {
        const durations = new Durations();
        for (const value of values) durations.add(value);
        const sorted = values.toSorted((a, b) => a - b);
        const { count, p50, p95, p99, max } = durations.quantiles()!;
        expect([count, max]).toEqual([values.length, sorted.at(-1)]);
        for (const [share, quantile] of [
          [0.5, p50],
          [0.95, p95],
          [0.99, p99],
        ] as const) {
          const exact = sorted[Math.ceil(share * values.length) - 1]!;
          expect(quantile).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
          expect(quantile).toBeLessThanOrEqual(exact * 1.0906);
        }
      }),
    );
  });
});
