import { describe, expect, it } from 'vitest';
import {
  COLUMN_PX_MAX,
  COLUMN_PX_MIN,
  ColumnLayout,
  DRAGGED_PX_MIN,
} from '../../../../../src/ui/result/grid/column-layout.ts';
import { measure } from './fake-canvas.ts';

const columns = ['id', 'name', 'a_rather_long_column_name'].map((name) => ({
  name,
  type: 'text',
  numeric: false,
}));
const layout = () => new ColumnLayout(columns, measure);

describe('the layout of columns', () => {
  it('begins with widths from names and types, within bounds', () => {
    expect(layout().widths).toEqual([COLUMN_PX_MIN, COLUMN_PX_MIN, 25 * 7 + 24]);
  });

  it('has room in the narrowest for what an inserted row has in it', () => {
    // In the grid's typeface a character of a value takes 7.2 px, and 21 px stand beside it.
    expect(COLUMN_PX_MIN).toBeGreaterThanOrEqual('default'.length * 7.2 + 21);
  });

  it('takes widths from the first rows, but for columns set by hand', () => {
    const columns = layout();
    columns.resize(0, 300);
    columns.fitAll((index) => ['x'.repeat(index === 1 ? 500 : 20)], measure);
    expect(columns.widths).toEqual([300, COLUMN_PX_MAX, 199]);
    expect([...columns.edges]).toEqual([0, 300, 720, 919]);
  });

  it('keeps a width with its column when columns change places', () => {
    const columns = layout();
    columns.resize(0, 111);
    expect(columns.move(0, 1)).toBe(1);
    expect(columns.order).toEqual([1, 0, 2]);
    expect(columns.edges[2]! - columns.edges[1]!).toBe(111);
    expect(columns.move(2, 3)).toBe(2);
  });

  it('moves a column over several others, and no farther than there are places', () => {
    const columns = layout();
    expect(columns.move(0, 2)).toBe(2);
    expect(columns.order).toEqual([1, 2, 0]);
    expect(columns.move(2, -5)).toBe(0);
    expect(columns.order).toEqual([0, 1, 2]);
    expect(columns.move(0, 99)).toBe(2);
    columns.restoreOrder();
    expect(columns.order).toEqual([0, 1, 2]);
  });

  it('hides columns and shows them again where they were, with their widths', () => {
    const columns = layout();
    columns.resize(1, 222);
    columns.setShown([1], false);
    expect([columns.order, columns.places, columns.hidden]).toEqual([[0, 2], 2, 1]);
    expect(columns.column(1).name).toBe('a_rather_long_column_name');
    expect(columns.isHidden(1)).toBe(true);
    // Its place is beside a hidden one now.
    columns.move(0, 1);
    columns.setShown([1], true);
    expect(columns.order).toEqual([1, 2, 0]);
    expect(columns.edges[1]).toBe(222);
  });

  it('keeps one column in view', () => {
    const columns = layout();
    columns.setShown([0, 1, 2], false);
    expect(columns.order).toEqual([0, 1, 2]);
    columns.setShown([0, 1], false);
    const { order } = columns;
    columns.setShown([2], false);
    expect(columns.order).toBe(order);
  });

  it('lets no column vanish', () => {
    const columns = layout();
    columns.resize(0, -50);
    expect(columns.widths[0]).toBe(DRAGGED_PX_MIN);
  });
});
