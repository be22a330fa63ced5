import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE_ROWS } from '../../../../../src/events/window-frame.ts';
import { RowCache } from '../../../../../src/ui/result/grid/row-cache.ts';
import { numberedWindow } from './data-rows.ts';

describe('the cache of windows', () => {
  it('gives back each row of what it was given', () => {
    const cache = new RowCache();
    cache.add(numberedWindow(200, 200));
    cache.add(numberedWindow(0, 200));
    for (const row of [0, 1, 199, 200, 399]) expect(cache.cells(row, [])).toEqual([String(row)]);
    expect(cache.cells(400, [])).toBeUndefined();
  });

  it('asks for a whole page first, and for the rest of one that came short', () => {
    const cache = new RowCache();
    expect(cache.gapAt(1234)).toEqual({ from: 1200, to: 1400 });
    cache.add(numberedWindow(1200, 30));
    expect(cache.gapAt(1234)).toEqual({ from: 1234, to: 1400 });
    cache.add(numberedWindow(1300, 10));
    expect(cache.gapAt(1234)).toEqual({ from: 1234, to: 1300 });
    expect(cache.gapAt(1310)).toEqual({ from: 1310, to: 1400 });
  });

  it('takes a longer window for a shorter one at the same place', () => {
    const cache = new RowCache();
    cache.add(numberedWindow(0, 10));
    cache.add(numberedWindow(0, 200));
    cache.add(numberedWindow(0, 10));
    expect(cache.has(199)).toBe(true);
    expect(cache.bytes).toBe(numberedWindow(0, 200).rows.byteLength);
  });

  it('lets go first of what was not looked at for longest', () => {
    const one = numberedWindow(0, 200, 1000, 100).rows.byteLength;
    const cache = new RowCache(2 * one);
    cache.add(numberedWindow(0, 200, 1000, 100));
    cache.add(numberedWindow(200, 200, 1000, 100));
    cache.cells(0, []);
    cache.add(numberedWindow(400, 200, 1000, 100));
    expect([0, 200, 400].map((row) => cache.has(row))).toEqual([true, false, true]);
  });

  it('stays within its bytes, but for one window that is larger alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: PAGE_ROWS }), fc.nat(200)), {
          maxLength: 60,
        }),
        (windows) => {
          const cache = new RowCache(20_000);
          for (const [from, count, padTo] of windows) {
            const frame = numberedWindow(from, count, 1_000_000, padTo);
            cache.add(frame);
            expect(cache.cells(from, [])![0]!.startsWith(String(from))).toBe(true);
            expect(cache.bytes).toBeLessThanOrEqual(Math.max(20_000, cache.bytes === 0 ? 0 : 60_000));
          }
        },
      ),
    );
    const cache = new RowCache(100);
    cache.add(numberedWindow(0, 50));
    cache.add(numberedWindow(400, 50));
    expect(cache.bytes).toBe(numberedWindow(400, 50).rows.byteLength);
  });

  it('refuses a window that has fewer rows than it says', () => {
    const frame = numberedWindow(0, 3);
    expect(() => new RowCache().add({ ...frame, count: 4 })).toThrow(RangeError);
  });
});
