import { describe, expect, it } from 'vitest';
import { ColumnLayouts } from '../../../../../src/ui/result/grid/column-layouts.ts';
import { measure } from './fake-canvas.ts';

const columnsOf = (names: string, type = 'text') =>
  [...names].map((name) => ({ name, type, numeric: false }));

describe('the layouts of a tab’s results', () => {
  it('gives a result with the same columns the layout of the one before it', () => {
    const layouts = new ColumnLayouts();
    const first = layouts.of(columnsOf('abc'), measure);
    first.resize(0, 222);
    first.move(0, 2);
    first.setShown([1], false);
    layouts.of(columnsOf('xy'), measure);
    const again = layouts.of(columnsOf('abc'), measure);
    expect(again.order).toEqual([2, 0]);
    expect(again.edges[2]! - again.edges[1]!).toBe(222);
    again.fitAll(() => ['a long text of the next result'], measure);
    expect(again.widths[0]).toBe(222);
  });

  it('begins afresh where a name or a type is another', () => {
    const layouts = new ColumnLayouts();
    layouts.of(columnsOf('abc'), measure).setShown([1], false);
    for (const columns of [columnsOf('abd'), columnsOf('abc', 'int'), columnsOf('ab'), columnsOf('abcd')])
      expect(layouts.of(columns, measure).hidden).toBe(0);
    expect(layouts.of(columnsOf('abc'), measure).hidden).toBe(1);
  });

  it('shows columns that a growing result brings behind the others, which stay as they are', () => {
    const layouts = new ColumnLayouts();
    const first = layouts.of(columnsOf('abc'), measure);
    first.move(2, 0);
    first.setShown([1], false);
    first.resize(0, 333);
    const grown = layouts.extended(first, columnsOf('abcde'), measure);
    expect(grown.order).toEqual([2, 0, 3, 4]);
    expect(grown.isHidden(1)).toBe(true);
    expect(grown.edges[1]).toBe(333);
  });

  it('gives a result that grows what was arranged of all its columns, unless the user arranges it before', () => {
    const layouts = new ColumnLayouts();
    const run = () => layouts.of(columnsOf('ab'), measure);
    layouts.extended(run(), columnsOf('abc'), measure).setShown([2], false);
    const again = layouts.extended(run(), columnsOf('abc'), measure);
    expect(again.order).toEqual([0, 1]);
    const arranged = run();
    arranged.move(0, 1);
    const other = layouts.extended(arranged, columnsOf('abc'), measure);
    expect(other.order).toEqual([1, 0, 2]);
    expect(layouts.extended(other, columnsOf('abcd'), measure).order).toEqual([1, 0, 2, 3]);
  });

  it('forgets the layout that was not needed for longest', () => {
    const layouts = new ColumnLayouts();
    layouts.of(columnsOf('a1'), measure).setShown([0], false);
    layouts.of(columnsOf('a2'), measure).setShown([0], false);
    for (let count = 0; count < 49; count++) {
      layouts.of(columnsOf('a1'), measure);
      layouts.of(columnsOf(`b${String.fromCodePoint(0x100 + count)}`), measure);
    }
    expect(layouts.of(columnsOf('a1'), measure).hidden).toBe(1);
    expect(layouts.of(columnsOf('a2'), measure).hidden).toBe(0);
  });
});
