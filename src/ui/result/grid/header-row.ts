import type { SortKey } from '../../../events/result-order.ts';
import { escapeInvisible } from '../../format/escape-invisible.ts';
import { shortened } from '../../format/format.ts';
import type { ColumnLayout } from './column-layout.ts';
import type { Span } from './geometry.ts';
import { cellId } from './row-pool.ts';
import { type Cell, HEADER_ROW, type Rectangle } from './selection.ts';

interface HeaderFrame {
  readonly columns: Span;
  readonly layout: ColumnLayout;
  readonly selected: Rectangle | null;
  readonly lead: Cell | null;
  readonly order: readonly SortKey[];
}

/** The names and types of the columns in view, in a pool like the rows'. */
export class HeaderRow {
  readonly #element: HTMLElement;
  readonly #cells: HeaderCell[] = [];

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  paint({ columns, layout, selected, lead, order }: HeaderFrame): void {
    while (this.#cells.length < columns.to - columns.from) this.#cells.push(new HeaderCell(this.#element));
    const size = this.#cells.length;
    for (let place = columns.from; place < columns.to; place++) {
      const isLead = lead !== null && lead.row === HEADER_ROW && lead.column === place;
      const marked = selected !== null && place >= selected.left && place < selected.right;
      const key = order.find(({ column }) => column === layout.order[place]);
      const sort = key && (key.descending ? 'descending' : 'ascending');
      this.#cells[place % size]!.paint(place, layout, marked, isLead ? cellId(lead) : '', sort ?? null);
    }
    for (const cell of this.#cells) cell.hideUnlessPlaced();
  }
}

class HeaderCell {
  readonly #element = document.createElement('div');
  readonly #name = document.createElement('span');
  readonly #type = document.createElement('span');
  #placed = false;
  #key = '';

  constructor(row: HTMLElement) {
    this.#element.className = 'column';
    this.#element.setAttribute('role', 'columnheader');
    this.#name.className = 'name';
    this.#type.className = 'type';
    const grip = document.createElement('span');
    grip.className = 'grip';
    this.#element.append(this.#name, this.#type, grip);
    row.append(this.#element);
  }

  paint(place: number, layout: ColumnLayout, marked: boolean, id: string, sort: string | null): void {
    this.#placed = true;
    const left = layout.edges[place]!;
    const width = layout.edges[place + 1]! - left;
    const column = layout.column(place);
    const key = `${place} ${left} ${width} ${marked} ${id} ${sort} ${column.type} ${column.name}`;
    if (key === this.#key) return;
    this.#key = key;
    this.#element.ariaColIndex = String(place + 1);
    this.#element.ariaSort = sort;
    this.#element.id = id;
    this.#element.style.left = `${left}px`;
    this.#element.style.width = `${width}px`;
    this.#element.title = escapeInvisible(`${shortened(column.name, 500)}\n${shortened(column.type, 200)}`);
    this.#element.classList.toggle('numeric', column.numeric);
    this.#element.classList.toggle('selected', marked);
    this.#element.classList.toggle('lead', id !== '');
    this.#name.textContent = escapeInvisible(shortened(column.name, 200));
    this.#type.textContent = escapeInvisible(shortened(column.type, 200));
  }

  /** Ends a frame: an element that got no place in it is not to be seen. */
  hideUnlessPlaced(): void {
    this.#element.hidden = !this.#placed;
    this.#placed = false;
  }
}
