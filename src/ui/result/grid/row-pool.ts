import { rowNumber, type Shown } from '../../format/display-text.ts';
import type { ColumnLayout } from './column-layout.ts';
import { ROW_PX, type Span } from './geometry.ts';
import { type Cell, holds, type Rectangle } from './selection.ts';

/** What the pool is to show now. */
interface RowsFrame {
  readonly rows: Span;
  /** Places, not indices. */
  readonly columns: Span;
  readonly layout: ColumnLayout;
  /** Subtracted from a row's pixel in the result to give its pixel in the body. */
  readonly shiftPx: number;
  readonly selected: Rectangle | null;
  readonly lead: Cell | null;
  /** What a row shows, by column index; undefined while it isn't here. */
  shown(row: number): readonly Shown[] | undefined;
  /** What of it is drawn otherwise; undefined for a row that is as it was read. */
  look(row: number): ShownLook | undefined;
}

/** How a row is drawn that is not as it was read. */
export interface ShownLook {
  readonly mark: string | null;
  readonly wrong: boolean;
  readonly cells: ReadonlyMap<number, { readonly shown: Shown; readonly mark: string }>;
}

/** The id of the active cell. A different one each time it moves, so that a screen reader announces it. */
export function cellId({ row, column }: Cell): string {
  return `cell-${row}-${column}`;
}

/**
 * A few row elements, used again and again: a row has the element `row % pool`, so that a scroll by one row
 * touches one element. Each remembers what it shows, and only what differs is written.
 */
export class RowPool {
  readonly #body: HTMLElement;
  readonly #gutter: HTMLElement;
  readonly #rows: PooledRow[] = [];
  #cells = 0;

  constructor(body: HTMLElement, gutter: HTMLElement) {
    this.#body = body;
    this.#gutter = gutter;
  }

  get size(): number {
    return this.#rows.length;
  }

  paint(frame: RowsFrame): void {
    const { from, to } = frame.rows;
    while (this.#rows.length < to - from) this.#rows.push(new PooledRow(this.#body, this.#gutter));
    this.#cells = Math.max(this.#cells, frame.columns.to - frame.columns.from);
    const size = this.#rows.length;
    const used = new Set<PooledRow>();
    for (let row = from; row < to; row++) {
      const pooled = this.#rows[row % size]!;
      pooled.paint(row, frame, this.#cells);
      used.add(pooled);
    }
    for (const pooled of this.#rows) if (!used.has(pooled)) pooled.hide();
  }
}

class PooledRow {
  readonly #element = document.createElement('div');
  readonly #number = document.createElement('div');
  readonly #cells: PooledCell[] = [];
  #row = -1;
  #y = Number.NaN;
  #pending = false;
  #marked = false;
  #mark = '';
  #hidden = false;

  constructor(body: HTMLElement, gutter: HTMLElement) {
    this.#element.className = 'row';
    this.#element.setAttribute('role', 'row');
    this.#number.className = 'number';
    body.append(this.#element);
    gutter.append(this.#number);
  }

  paint(row: number, frame: RowsFrame, cells: number): void {
    const y = row * ROW_PX - frame.shiftPx;
    if (y !== this.#y) {
      this.#y = y;
      this.#element.style.transform = `translateY(${y}px)`;
      this.#number.style.transform = `translateY(${y}px)`;
    }
    if (row !== this.#row) {
      this.#row = row;
      this.#number.textContent = rowNumber(row);
      // The header is row 1.
      this.#element.setAttribute('aria-rowindex', String(row + 2));
    }
    this.#setHidden(false);
    const values = frame.shown(row);
    if (this.#pending !== !values) {
      this.#pending = !values;
      this.#element.classList.toggle('pending', !values);
      this.#element.ariaBusy = values ? null : 'true';
    }
    const marked = frame.selected !== null && row >= frame.selected.top && row < frame.selected.bottom;
    if (marked !== this.#marked) {
      this.#marked = marked;
      this.#number.classList.toggle('selected', marked);
    }
    const look = frame.look(row);
    this.#setMark([look?.mark ?? '', look?.wrong ? 'wrong' : ''].join(' ').trim());
    this.#paintCells(row, frame, cells, values, look);
  }

  #setMark(mark: string): void {
    if (mark === this.#mark) return;
    for (const element of [this.#element, this.#number]) {
      if (this.#mark) element.classList.remove(...this.#mark.split(' '));
      if (mark) element.classList.add(...mark.split(' '));
    }
    this.#mark = mark;
  }

  hide(): void {
    this.#setHidden(true);
  }

  #paintCells(
    row: number,
    frame: RowsFrame,
    cells: number,
    values: readonly Shown[] | undefined,
    look: ShownLook | undefined,
  ): void {
    const { columns, layout, selected, lead } = frame;
    while (this.#cells.length < cells) this.#cells.push(new PooledCell(this.#element));
    for (let place = columns.from; place < columns.to; place++) {
      const cell = this.#cells[place % cells]!;
      cell.place(place, layout);
      const isLead = lead !== null && lead.row === row && lead.column === place;
      cell.select(selected !== null && holds(selected, row, place), isLead ? cellId(lead) : '');
      const index = layout.order[place]!;
      const changed = look?.cells.get(index);
      cell.mark(changed?.mark ?? '');
      cell.show(changed ? changed.shown : values ? values[index] : '', layout.column(place).numeric);
    }
    for (const cell of this.#cells) cell.hideUnlessPlaced();
  }

  #setHidden(hidden: boolean): void {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    this.#element.hidden = hidden;
    this.#number.hidden = hidden;
  }
}

/** What a screen reader says of a cell that is not as it was read. */
const MARKS: Readonly<Record<string, string>> = {
  changed: 'changed, not applied',
  saved: 'applied, shown as sent',
  failed: 'changed, could not be applied',
  unknown: 'changed, unknown whether it was applied',
};

class PooledCell {
  readonly #element = document.createElement('div');
  readonly #text = document.createTextNode('');
  #place = -1;
  #left = -1;
  #width = -1;
  #shown: Shown | undefined = '';
  #numeric = false;
  #mark = '';
  #look = '';
  #selected = false;
  #id = '';
  #placed = false;
  #hidden = false;

  constructor(row: HTMLElement) {
    this.#element.className = 'cell';
    this.#element.setAttribute('role', 'gridcell');
    this.#element.append(this.#text);
    row.append(this.#element);
  }

  place(place: number, layout: ColumnLayout): void {
    this.#placed = true;
    const left = layout.edges[place]!;
    const width = layout.edges[place + 1]! - left;
    if (left !== this.#left) {
      this.#left = left;
      this.#element.style.left = `${left}px`;
    }
    if (width !== this.#width) {
      this.#width = width;
      this.#element.style.width = `${width}px`;
    }
    if (place !== this.#place) {
      this.#place = place;
      this.#element.ariaColIndex = String(place + 1);
    }
  }

  select(selected: boolean, id: string): void {
    if (selected !== this.#selected) {
      this.#selected = selected;
      this.#element.ariaSelected = selected ? 'true' : null;
    }
    if (id === this.#id) return;
    this.#id = id;
    if (id) this.#element.id = id;
    else this.#element.removeAttribute('id');
    this.#element.classList.toggle('lead', id !== '');
  }

  /** A class that says how the cell is not as it was read. */
  mark(mark: string): void {
    if (mark === this.#mark) return;
    if (this.#mark) this.#element.classList.remove(this.#mark);
    if (mark) this.#element.classList.add(mark);
    this.#mark = mark;
    if (MARKS[mark]) this.#element.setAttribute('aria-description', MARKS[mark]);
    else this.#element.removeAttribute('aria-description');
  }

  show(shown: Shown | undefined, column: boolean): void {
    const look = typeof shown === 'object' && shown !== null ? (shown.look ?? '') : '';
    // A document's value is what it is, whatever its column mostly holds.
    const numeric = look === 'figure' || (column && (look === '' || look === 'missing'));
    if (look !== this.#look) {
      if (this.#look) this.#element.classList.remove(this.#look);
      if (look) this.#element.classList.add(look);
      this.#look = look;
    }
    if (numeric !== this.#numeric) {
      this.#numeric = numeric;
      this.#element.classList.toggle('numeric', numeric);
    }
    if (shown === this.#shown) return;
    const wasNull = this.#shown === null;
    const wasMarked = typeof this.#shown === 'object' && !wasNull;
    this.#shown = shown;
    if ((shown === null) !== wasNull) this.#element.classList.toggle('null', shown === null);
    if (typeof shown === 'object' && shown !== null) {
      this.#element.replaceChildren(
        ...shown.pieces.map(({ text, mark }) => (mark ? markElement(text) : text)),
      );
      return;
    }
    this.#text.data = shown === null ? 'NULL' : (shown ?? '');
    if (wasMarked) this.#element.replaceChildren(this.#text);
  }

  /** Ends a frame: an element that got no place in it is not to be seen. */
  hideUnlessPlaced(): void {
    const hidden = !this.#placed;
    this.#placed = false;
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    this.#element.hidden = hidden;
  }
}

function markElement(text: string): HTMLElement {
  const mark = document.createElement('span');
  mark.className = 'mark';
  mark.textContent = text;
  return mark;
}
