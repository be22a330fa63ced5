import type { ColumnLayout } from './column-layout.ts';
import type { GridCanvas } from './grid-canvas.ts';
import { at, HEADER_ROW, rearranged } from './selection.ts';

const RESIZE_STEP_PX = 16;

/** What columns are arranged on. */
type ArrangedCanvas = Pick<
  GridCanvas,
  'columnBox' | 'fit' | 'layout' | 'resize' | 'selection' | 'show' | 'sized'
>;

/** What the user does with the columns of a grid: it changes what is shown of the result, and nothing else. */
export class GridColumns {
  /** `changed` is called after each change. */
  constructor(
    private readonly canvas: ArrangedCanvas,
    private readonly changed: () => void,
  ) {}

  get layout(): ColumnLayout {
    return this.canvas.layout;
  }

  /** Indices of the columns selected; of rows or of everything, that of the active cell. */
  get selected(): readonly number[] {
    const { layout, selection } = this.canvas;
    const { anchor, lead, reach } = selection ?? at(0, 0);
    const from = reach === 'rows' || reach === 'all' ? lead.column : anchor.column;
    return layout.order.slice(Math.min(from, lead.column), Math.max(from, lead.column) + 1);
  }

  /** Makes the column at a place as wide as `px`. */
  resize(place: number, px: number): void {
    this.canvas.resize(place, px);
    this.changed();
  }

  /** Makes it wider, or narrower, by one step. */
  widen(place: number, by: -1 | 1): void {
    this.resize(place, this.canvas.columnBox(place).width + by * RESIZE_STEP_PX);
  }

  /** Makes the column at a place as wide as its name and the rows in view need. */
  fit(place: number): void {
    this.canvas.fit(place);
    this.changed();
  }

  /** Moves the column at a place to another one, as far as there is one, and makes it the active one. */
  move(place: number, to: number): void {
    const { canvas } = this;
    const { lead, reach } = canvas.selection ?? at(HEADER_ROW, place);
    let column = place;
    const moved = this.arrange((layout) => {
      column = layout.move(place, to);
    });
    if (!moved) return;
    canvas.selection = { ...at(lead.row, column), reach: reach === 'columns' ? reach : 'cells' };
    canvas.show(canvas.selection.lead);
  }

  hideSelected(): void {
    this.setShown(this.selected, false);
  }

  hideOthers(): void {
    this.showOnly(this.selected);
  }

  showAll(): void {
    this.setShown(this.layout.sequence, true);
  }

  /** Shows these columns and hides all others. */
  showOnly(indices: readonly number[]): void {
    this.arrange((layout) => {
      const others = layout.sequence.filter((index) => !indices.includes(index));
      layout.setShown(indices, true);
      layout.setShown(others, false);
    });
  }

  /** Shows columns again, or hides them. Where no column would be left in view, nothing happens. */
  setShown(indices: readonly number[], shown: boolean): void {
    this.arrange((layout) => layout.setShown(indices, shown));
  }

  /** Shows the columns in the order of the statement again. */
  restoreOrder(): void {
    this.arrange((layout) => layout.restoreOrder());
  }

  /** Changes the layout, and says whether anything did. What is selected stays with its columns. */
  private arrange(change: (layout: ColumnLayout) => void): boolean {
    const { canvas } = this;
    const { layout, selection } = canvas;
    const { order } = layout;
    change(layout);
    if (layout.order === order) return false;
    if (selection) canvas.selection = rearranged(selection, order, layout.order);
    canvas.sized();
    this.changed();
    return true;
  }
}
