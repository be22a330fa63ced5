import { expect, it } from 'vitest';
import type { GridCanvas } from '../../../../../src/ui/result/grid/grid-canvas.ts';
import { selectedCells } from '../../../../../src/ui/result/grid/selected-cells.ts';
import { at, HEADER_ROW, type Reach, type Selection } from '../../../../../src/ui/result/grid/selection.ts';

/** A grid whose three columns are shown in another order: number, text, number. */
function seen(selection: Selection | null, rows = 10, documents = false) {
  const columns = [false, true, true].map((numeric, i) => ({ name: `${i}`, type: '', numeric }));
  const canvas = {
    selection,
    bounds: { rows, columns: 3, pageRows: 5 },
    layout: { order: [2, 0, 1], columns },
  };
  return selectedCells(canvas as unknown as GridCanvas, documents);
}

const stretched = (row: number, column: number, reach: Reach = 'cells'): Selection => ({
  anchor: { row: 1, column: 0 },
  lead: { row, column },
  reach,
});

it('names rows, cells and the columns that have numbers, by their places in the result', () => {
  expect(seen(stretched(3, 1))).toEqual({ from: 1, rows: 3, cells: 6, numeric: [2] });
  expect(seen(stretched(1, 2))).toEqual({ from: 1, rows: 1, cells: 3, numeric: [2, 1] });
  expect(seen(stretched(0, 0, 'columns'))).toEqual({ from: 0, rows: 10, cells: 10, numeric: [2] });
  expect(seen(stretched(1, 1), 10, true)).toMatchObject({ numeric: [2, 0] });
});

it('is none of a single cell, a header, or a result without rows, however that is selected', () => {
  expect(seen(null)).toBeNull();
  expect(seen(at(4, 1))).toBeNull();
  expect(seen(stretched(HEADER_ROW, 2))).toBeNull();
  expect(seen({ ...at(0, 0), reach: 'columns' }, 1)).toBeNull();
  expect(seen(stretched(0, 0, 'all'), 0)).toBeNull();
});
