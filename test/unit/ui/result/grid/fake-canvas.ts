import { ColumnLayout } from '../../../../../src/ui/result/grid/column-layout.ts';
import type { GridCanvas } from '../../../../../src/ui/result/grid/grid-canvas.ts';
import type { Cell, Selection } from '../../../../../src/ui/result/grid/selection.ts';

/** Widths by the number of characters. */
export const measure = {
  name: (text: string) => text.length * 7,
  type: (text: string) => text.length * 6,
  value: (text: string) => text.length * 7,
};

/** A canvas without a page: three columns, and what was shown and resized. */
export function fakeCanvas(rows: number, order: readonly number[] = [0, 1, 2]) {
  const columns = ['id', 'name', 'price'].map((name) => ({ name, type: 'text', numeric: false }));
  const layout = new ColumnLayout(columns, measure);
  for (const [place, index] of order.entries()) layout.move(layout.order.indexOf(index), place);
  const others = layout.order.filter((index) => !order.includes(index));
  layout.setShown(others, false);
  const shown: Cell[] = [];
  const canvas = {
    layout,
    feed: { cells: (row: number) => columns.map(({ name }) => `${name} ${row}`) },
    selection: null as Selection | null,
    editing: null as GridCanvas['editing'],
    sourceRows: rows,
    view: { left: 0, top: 0 },
    get bounds() {
      return {
        rows: this.sourceRows + (this.editing?.rowsAfter ?? 0),
        columns: layout.places,
        pageRows: 10,
      };
    },
    columnBox: () => ({ left: 0, width: 100 }),
    setRows: () => undefined,
    drawSoon: () => {},
    fit: () => {},
    resize: (place: number, px: number) => layout.resize(place, px),
    show: (cell: Cell) => shown.push(cell),
    sized: () => {},
  };
  return { canvas: canvas as unknown as GridCanvas, shown };
}
