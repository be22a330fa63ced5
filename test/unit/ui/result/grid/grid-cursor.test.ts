import { describe, expect, it } from 'vitest';
import { GridCursor } from '../../../../../src/ui/result/grid/grid-cursor.ts';
import { at, HEADER_ROW } from '../../../../../src/ui/result/grid/selection.ts';
import { fakeCanvas } from './fake-canvas.ts';

describe('the cursor of a grid', () => {
  it('begins in the first cell, or in the header where there are no rows', () => {
    expect(new GridCursor(fakeCanvas(5).canvas).selection).toEqual(at(0, 0));
    expect(new GridCursor(fakeCanvas(0).canvas).selection).toEqual(at(HEADER_ROW, 0));
  });

  it('leaves the selection that there is when the grid gets the focus', () => {
    const { canvas } = fakeCanvas(5);
    const cursor = new GridCursor(canvas);
    cursor.begin();
    expect(canvas.selection).toEqual(at(0, 0));
    cursor.select(at(3, 1));
    cursor.begin();
    expect(canvas.selection).toEqual(at(3, 1));
  });

  it('makes a cell active by the index of its column, wherever that is shown', () => {
    const { canvas, shown } = fakeCanvas(5, [2, 0]);
    const cursor = new GridCursor(canvas);
    expect(cursor.active).toBeNull();
    cursor.activate(4, 0);
    expect(canvas.selection).toEqual(at(4, 1));
    expect(shown).toEqual([{ row: 4, column: 1 }]);
    expect(cursor.active).toMatchObject({ row: 4, column: 0, value: 'id 4' });
  });

  it.each([
    [5, 0],
    [-1, 0],
    [0, 1],
  ])('activates nothing in row %i, column %i, which is not shown', (row, column) => {
    const { canvas } = fakeCanvas(5, [2, 0]);
    new GridCursor(canvas).activate(row, column);
    expect(canvas.selection).toBeNull();
  });

  it('selects everything from the active cell, and nothing where there are no rows', () => {
    const { canvas } = fakeCanvas(5);
    const cursor = new GridCursor(canvas);
    cursor.select(at(HEADER_ROW, 2));
    cursor.selectAll();
    expect(canvas.selection).toEqual({ ...at(0, 2), reach: 'all' });
    const { canvas: empty } = fakeCanvas(0);
    new GridCursor(empty).selectAll();
    expect(empty.selection).toBeNull();
  });

  it('shows a cell that was pressed, and scrolls nothing for a header or a row number', () => {
    const { canvas, shown } = fakeCanvas(5);
    const cursor = new GridCursor(canvas);
    cursor.press({ type: 'cell', row: 2, place: 1 }, false);
    expect(canvas.selection).toEqual(at(2, 1));
    cursor.press({ type: 'rowNumber', row: 3 }, false);
    expect(canvas.selection).toEqual({ ...at(3, 0), reach: 'rows' });
    cursor.press({ type: 'column', place: 2 }, false);
    expect(canvas.selection).toEqual({ ...at(0, 2), reach: 'columns' });
    cursor.press({ type: 'corner' }, false);
    expect(canvas.selection?.reach).toBe('all');
    expect(shown).toEqual([{ row: 2, column: 1 }]);
  });

  it('stretches from where it was pressed', () => {
    const { canvas } = fakeCanvas(5);
    const cursor = new GridCursor(canvas);
    cursor.press({ type: 'cell', row: 1, place: 0 }, false);
    cursor.stretch('cell', 3, 2);
    expect(canvas.selection).toEqual({
      anchor: { row: 1, column: 0 },
      lead: { row: 3, column: 2 },
      reach: 'cells',
    });
  });
});
