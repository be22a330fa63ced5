import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AT_START,
  bodyPx,
  columnAt,
  columnEdges,
  columnsSeen,
  type Extent,
  edgeAt,
  isScaled,
  leftShowing,
  placed,
  ROW_PX,
  rowsSeen,
  SCROLL_PX_MAX,
  type ScrollPosition,
  scrolled,
  scrollTopAt,
  scrollTopMax,
  settled,
  topAt,
  topMax,
  topShowing,
} from '../../../../../src/ui/result/grid/geometry.ts';

const viewport = fc.integer({ min: 0, max: 3000 });
const extents: fc.Arbitrary<Extent> = fc.record({
  rows: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 200_000_000 })),
  viewportPx: viewport,
});
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('rows and pixels', () => {
  it('keeps the body within what a browser lays out exactly', () => {
    fc.assert(fc.property(extents, ({ rows }) => bodyPx(rows) <= SCROLL_PX_MAX));
  });

  it('maps the thumb to rows and back without ever turning round', () => {
    fc.assert(
      fc.property(extents, share, share, (extent, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const most = scrollTopMax(extent);
        expect(topAt(extent, low * most)).toBeLessThanOrEqual(topAt(extent, high * most));
        const top = topMax(extent);
        expect(scrollTopAt(extent, low * top)).toBeLessThanOrEqual(scrollTopAt(extent, high * top));
      }),
    );
  });

  it('reaches the first and the last row exactly, up to 100 M rows', () => {
    for (const rows of [1, 40, 307_692, 307_693, 1_000_000, 10_000_000, 100_000_000]) {
      for (const viewportPx of [100, 555, 1391]) {
        const extent = { rows, viewportPx };
        expect(topAt(extent, 0)).toBe(0);
        const top = topAt(extent, scrollTopMax(extent));
        expect(rowsSeen(extent, top).to).toBe(rows);
        expect(top).toBe(Math.max(0, rows * ROW_PX - viewportPx));
        // The last row's lower edge is the body's.
        const { scrollTop } = placed(extent, top);
        if (rows * ROW_PX > viewportPx) expect(rows * ROW_PX - (top - scrollTop)).toBe(bodyPx(rows));
      }
    }
  });

  it('draws every row that is seen inside of the body', () => {
    fc.assert(
      fc.property(extents, share, (extent, at) => {
        const { scrollTop, top } = placed(extent, at * topMax(extent));
        const { from, to } = rowsSeen(extent, top);
        expect(from * ROW_PX - (top - scrollTop)).toBeGreaterThan(-ROW_PX);
        expect(to * ROW_PX - (top - scrollTop)).toBeLessThanOrEqual(bodyPx(extent.rows) + ROW_PX);
      }),
    );
  });

  it('shows any row it is asked for, and stays where the row is seen already', () => {
    fc.assert(
      fc.property(extents, share, share, (extent, at, which) => {
        fc.pre(extent.rows > 0 && extent.viewportPx >= ROW_PX);
        const row = Math.floor(which * (extent.rows - 1));
        const top = topShowing(extent, Math.round(at * topMax(extent)), row);
        expect(row * ROW_PX).toBeGreaterThanOrEqual(top);
        expect((row + 1) * ROW_PX).toBeLessThanOrEqual(top + extent.viewportPx);
        expect(topShowing(extent, top, row)).toBe(top);
      }),
    );
  });
});

describe('scrolling', () => {
  const huge: Extent = { rows: 10_000_000, viewportPx: 600 };

  /** What a browser does with a wheel of `by`. */
  function wheel(extent: Extent, position: ScrollPosition, by: number): ScrollPosition {
    const scrollTop = Math.min(Math.max(0, position.scrollTop + by), scrollTopMax(extent));
    return scrolled(extent, position, scrollTop, true);
  }

  it('moves a short result pixel by pixel', () => {
    const extent = { rows: 1000, viewportPx: 600 };
    expect(wheel(extent, AT_START, 120)).toEqual({ scrollTop: 120, top: 120 });
  });

  it('moves a result of 10 M rows by what the wheel says, not by a share of it', () => {
    const middle = placed(huge, 100_000_000);
    expect(wheel(huge, middle, 120).top).toBe(100_000_120);
    expect(wheel(huge, middle, -120).top).toBe(99_999_880);
  });

  it('reads a drag of the scrollbar as a share of the whole', () => {
    const { top } = scrolled(huge, AT_START, scrollTopMax(huge) / 2, false);
    expect(top).toBe(Math.round(topMax(huge) / 2));
  });

  it('ends at the last row when the thumb is dragged to its end, however short the last step', () => {
    const near = placed(huge, topMax(huge) - 40_000);
    expect(scrolled(huge, near, scrollTopMax(huge), false).top).toBe(topMax(huge));
    expect(scrolled(huge, placed(huge, 40_000), 0, false).top).toBe(0);
  });

  it('reaches both ends by wheel alone, from anywhere', () => {
    fc.assert(
      fc.property(share, fc.integer({ min: 50, max: 500 }), (at, by) => {
        for (const [start, end] of [
          [Math.min(at * topMax(huge), 60_000), 0],
          [Math.max(at * topMax(huge), topMax(huge) - 60_000), topMax(huge)],
        ] as const) {
          let position = placed(huge, start);
          for (let step = 0; step < 2500 && position.top !== end; step++) {
            const next = wheel(huge, position, end === 0 ? -by : by);
            // What is seen never moves by more than the wheel, and never back.
            expect(Math.abs(next.top - position.top)).toBeLessThanOrEqual(by + 1);
            position = next;
          }
          expect(position).toEqual({ scrollTop: scrollTopAt(huge, end), top: end });
        }
      }),
      { numRuns: 30 },
    );
  });

  it('puts the thumb back to its place without moving the rows', () => {
    fc.assert(
      fc.property(share, fc.array(fc.integer({ min: -900, max: 900 }), { maxLength: 50 }), (at, steps) => {
        let position = placed(huge, at * topMax(huge));
        for (const step of steps) position = wheel(huge, position, step);
        const rested = settled(huge, position);
        expect(rested.top).toBe(position.top);
        expect(rested.scrollTop).toBe(scrollTopAt(huge, rested.top));
        expect(settled(huge, rested)).toBe(rested);
      }),
    );
  });

  it('keeps the rows in view while a result grows past what can be scrolled pixel by pixel', () => {
    const before = { rows: 307_000, viewportPx: 600 };
    const position = placed(before, 7_000_000);
    const after = settled({ rows: 5_000_000, viewportPx: 600 }, position);
    expect(isScaled(before)).toBe(false);
    expect(after.top).toBe(7_000_000);
    expect(after.scrollTop).toBeLessThan(position.scrollTop);
  });
});

describe('columns', () => {
  const widths = fc.array(fc.integer({ min: 32, max: 2000 }), { minLength: 1, maxLength: 300 });

  it('finds the column over a pixel', () => {
    fc.assert(
      fc.property(widths, share, (all, at) => {
        const edges = columnEdges(all);
        const x = Math.min(Math.floor(at * edges.at(-1)!), edges.at(-1)! - 1);
        const column = columnAt(edges, x);
        expect(edges[column]).toBeLessThanOrEqual(x);
        expect(edges[column + 1]).toBeGreaterThan(x);
      }),
    );
  });

  it('draws all that is in view and little else', () => {
    fc.assert(
      fc.property(widths, share, fc.integer({ min: 1, max: 2000 }), (all, at, width) => {
        const edges = columnEdges(all);
        const left = Math.floor(at * Math.max(0, edges.at(-1)! - width));
        const { from, to } = columnsSeen(edges, left, width);
        expect(edges[from]).toBeLessThanOrEqual(left);
        expect(edges[to]).toBeGreaterThanOrEqual(Math.min(left + width, edges.at(-1)!));
        expect(to - from).toBeLessThanOrEqual(Math.ceil(width / 32) + 1);
      }),
    );
  });

  it('finds the edge that is nearest to a pixel', () => {
    const edges = columnEdges([100, 50, 200]);
    expect([-5, 0, 50, 51, 124, 126, 251, 5000].map((x) => edgeAt(edges, x))).toEqual([
      0, 0, 0, 1, 1, 2, 3, 3,
    ]);
  });

  it('has nothing to draw of no columns', () => {
    expect(columnsSeen(columnEdges([]), 0, 500)).toEqual({ from: 0, to: 0 });
  });

  it('shows the beginning of a column that is wider than the view', () => {
    const edges = columnEdges([100, 900, 100]);
    expect(leftShowing(edges, 0, 400, 1)).toBe(100);
    expect(leftShowing(edges, 0, 400, 0)).toBe(0);
    expect(leftShowing(edges, 0, 400, 2)).toBe(700);
  });
});
