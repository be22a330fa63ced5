import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Column } from '../../events/result.ts';
import { fontsLoaded } from './canvas-measure.ts';
import type { CellViewer } from './cell-viewer.ts';
import './cell-viewer.ts';
import { writeClipboard } from './clipboard.ts';
import { type CopyEnd, copyRectangle } from './copier.ts';
import type { CopyFormatName, SqlDialect } from './copy-format.ts';
import { beginning, figure, HOVER_UNITS_MAX, rowNumber } from './display-text.ts';
import { columnAt, ROW_PX, type Span } from './geometry.ts';
import { gridStyles, gridTokens } from './grid.css.ts';
import { GridCanvas } from './grid-canvas.ts';
import { cellFailed, copying, type Notice, notCopied, noticeLine, rowsFailed } from './grid-notice.ts';
import { commandOf, type GridCommand } from './keys.ts';
import { type GridPart, PointerControl, type PressedPart } from './pointer-control.ts';
import type { Reach, Selection } from './selection.ts';
import { at, type Cell, extendedTo, HEADER_ROW, isOneCell, moved, rectangle, within } from './selection.ts';
import type { WindowSource } from './window-feed.ts';

export type { WindowSource } from './window-feed.ts';

/** Detail of `qt-active-cell`. `column` is the index in `columns`. `value` is read when it is asked for. */
export interface ActiveCell {
  readonly row: number;
  readonly column: number;
  /** The server's own text, null for NULL, undefined while the row isn't here and for the header (row -1). */
  readonly value: string | null | undefined;
}

/** Detail of `qt-copied`. */
export interface Copied {
  readonly cells: number;
  readonly format: CopyFormatName;
}

/** Detail of `qt-columns-changed`: somebody has resized or moved columns. Widths are by index. */
export interface ColumnsChanged {
  readonly order: readonly number[];
  readonly widths: readonly number[];
}

/** Wait before a copy says that it is at work. */
const QUIET_MS = 300;

/**
 * The rows of a result, virtual on both axes. The skeleton is Lit's; rows and header are drawn by a `GridCanvas`.
 * This element has the selection, obeys keys and pointer, copies, and says what could not be done.
 */
export class QtGrid extends LitElement {
  static override properties = {
    columns: { attribute: false },
    rowsHere: { type: Number, attribute: 'rows-here' },
    complete: { type: Boolean },
    source: { attribute: false },
    order: { attribute: false },
    label: { type: String },
    table: { type: String },
    dialect: { type: String },
    documents: { type: Boolean },
    notice: { state: true },
    heard: { state: true },
  };
  static override styles = [gridTokens, gridStyles];

  declare columns: readonly Column[];
  declare rowsHere: number;
  declare complete: boolean;
  declare source: WindowSource | null;
  /** Indices of the columns to show, in that order; empty shows all. */
  declare order: readonly number[];
  declare label: string;
  /** The table that a copied INSERT names, as it is to be written. */
  declare table: string;
  declare dialect: SqlDialect;
  /** Values are Extended JSON, one document a row. */
  declare documents: boolean;
  declare protected notice: Notice | null;
  declare protected heard: string;
  #canvas: GridCanvas | undefined;
  #copying: AbortController | undefined;
  #told = '';
  readonly #resizes = new ResizeObserver(() => this.#canvas?.sized());

  constructor() {
    super();
    this.columns = [];
    this.rowsHere = 0;
    this.complete = false;
    this.source = null;
    this.order = [];
    this.label = 'Result';
    this.table = 'table_name';
    this.dialect = 'postgres';
    this.documents = false;
    this.notice = null;
    this.heard = '';
  }

  /** The active cell, by the index of its column; null before there is one. */
  get activeCell(): ActiveCell | null {
    const lead = this.#canvas?.selection?.lead;
    if (!this.#canvas || !lead) return null;
    const { layout, feed } = this.#canvas;
    const column = layout.order[lead.column]!;
    return {
      row: lead.row,
      column,
      get value() {
        return feed?.cells(lead.row)?.[column];
      },
    };
  }

  /** Makes a cell active and brings it into view. `column` is an index. */
  activate(row: number, column: number): void {
    const place = this.#canvas?.layout.order.indexOf(column) ?? -1;
    if (place < 0 || row < 0 || row >= this.rowsHere) return;
    this.#selectAndShow(at(row, place));
  }

  selectAll(): void {
    if (!this.#canvas) return;
    const { rows, columns } = this.#canvas.bounds;
    if (rows === 0 || columns === 0) return;
    const { row, column } = this.#canvas.selection?.lead ?? { row: 0, column: 0 };
    this.#select({ ...at(Math.max(0, row), column), reach: 'all' });
  }

  /** Copies the selection. Resolves once it is on the clipboard, or the grid has said why it isn't. */
  async copyAs(format: CopyFormatName): Promise<void> {
    const { selection, layout, feed, bounds } = this.#canvas ?? {};
    if (!selection || !layout || !feed || !bounds) return;
    const range = rectangle(selection, bounds);
    const indices = layout.order.slice(range.left, range.right);
    this.#copying?.abort();
    const stop = new AbortController();
    this.#copying = stop;
    const begun = performance.now();
    const end = await copyRectangle(
      {
        format,
        rectangle: range,
        columns: indices.map((index) => layout.columns[index]!),
        indices,
        rows: feed.read({ from: range.top, to: range.bottom }),
        options: { table: this.table, dialect: this.dialect },
      },
      stop.signal,
      (rows) => {
        if (stop.signal.aborted || performance.now() - begun < QUIET_MS) return;
        const cancel = { label: 'Cancel', act: () => stop.abort() };
        this.notice = copying(rows, range.bottom - range.top, cancel);
      },
    );
    if (this.#copying !== stop) return;
    this.#copying = undefined;
    this.#copyEnded(end, format);
  }

  /** Makes a column as wide as its name and the rows in view need. */
  fitColumn(column: number): void {
    const place = this.#canvas?.layout.order.indexOf(column) ?? -1;
    if (place >= 0) this.#canvas!.fit(place);
  }

  /** Asks again for rows that could not be read. */
  retry(): void {
    this.#canvas?.feed?.retry();
    this.#canvas?.drawSoon();
  }

  /** Opens the viewer on the active cell. */
  async viewCell(): Promise<void> {
    const { selection, layout, feed } = this.#canvas ?? {};
    if (!selection || !layout || !feed || selection.lead.row === HEADER_ROW) return;
    const { row, column: place } = selection.lead;
    const index = layout.order[place]!;
    try {
      const { value } = await feed.read({ from: row, to: row + 1 }).next();
      const column = layout.columns[index]!;
      const viewer = this.renderRoot.querySelector<CellViewer>('qt-cell-viewer')!;
      await viewer.open({ column, row: rowNumber(row), value: value?.[index] ?? null });
    } catch (error) {
      const retry = { label: 'Retry', act: () => void this.viewCell() };
      this.notice = cellFailed((error as Error).message, [retry, this.#closeAction()]);
    }
  }

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>('.scroller')?.focus({ preventScroll: true, ...options });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizes.disconnect();
    this.#copying?.abort();
    this.#canvas?.pause();
  }

  override render(): TemplateResult {
    const bare = this.columns.length === 0;
    const empty = bare || this.rowsHere === 0;
    return html`
      <div
        class="scroller"
        role="grid"
        tabindex="0"
        aria-label=${this.label}
        aria-readonly="true"
        aria-multiselectable="true"
        aria-rowcount=${this.complete ? this.rowsHere + 1 : -1}
        aria-colcount=${this.order.length || this.columns.length}
        ?hidden=${bare}
        @keydown=${this.#keyed}
        @focus=${this.#focused}
        @mouseover=${this.#hovered}
      >
        <div class="head" role="row" aria-rowindex="1">
          <div class="corner" role="none"></div>
          <div class="columns" role="none"></div>
        </div>
        <div class="body" role="rowgroup">
          <div class="gutter" aria-hidden="true"></div>
          <div class="rows" role="none"></div>
        </div>
      </div>
      ${bare && (this.complete || this.source) ? html`<p class="empty alone">The statement returned no columns.</p>` : nothing}
      ${!bare && empty && this.complete ? html`<p class="empty">No rows.</p>` : nothing}
      ${this.notice ? noticeLine(this.notice) : nothing}
      <div class="heard" role="status">${this.heard}</div>
      <qt-cell-viewer @close=${() => this.focus()}></qt-cell-viewer>
    `;
  }

  protected override firstUpdated(): void {
    const part = (name: string): HTMLElement => this.renderRoot.querySelector<HTMLElement>(`.${name}`)!;
    const [scroller, head, corner, columns] = ['scroller', 'head', 'corner', 'columns'].map(part);
    const [body, gutter, rows] = ['body', 'gutter', 'rows'].map(part);
    const parts = { scroller: scroller!, head: head!, corner: corner!, columns: columns!, body: body! };
    const canvas = new GridCanvas({ ...parts, gutter: gutter!, rows: rows! }, (span) => this.#drawn(span));
    this.#canvas = canvas;
    new PointerControl(parts.scroller, canvas, {
      press: (at_, extend) => this.#pressed(at_, extend),
      drag: (from, row, place) => this.#stretched(from, row, place),
      resize: (place, px) => this.#resize(place, px),
      fit: (place) => {
        canvas.fit(place);
        this.#columnsChanged();
      },
      view: () => void this.viewCell(),
    });
    // The page's fonts may come later than the first rows.
    void fontsLoaded(parts.scroller).then(() => canvas.remeasure());
  }

  protected override updated(changed: PropertyValues<this>): void {
    const canvas = this.#canvas!;
    if (changed.has('source')) {
      this.#copying?.abort();
      this.notice = null;
      canvas.selection = null;
      canvas.setSource(this.source);
    }
    if (changed.has('documents')) canvas.documents = this.documents;
    if (changed.has('columns')) {
      canvas.selection = null;
      canvas.setColumns(this.columns, this.order);
    } else if (changed.has('order')) {
      const active = this.activeCell;
      canvas.layout.reorder(this.order);
      const place = active ? canvas.layout.order.indexOf(active.column) : -1;
      canvas.selection = active && place >= 0 ? at(active.row, place) : null;
    }
    const same = !changed.has('source') && !changed.has('columns') && !changed.has('order');
    if (same && !changed.has('rowsHere')) return;
    canvas.setRows(this.rowsHere);
    if (canvas.selection) canvas.selection = within(canvas.selection, canvas.bounds);
  }

  #drawn(rows: Span): void {
    const failure = this.#canvas?.feed?.failureIn(rows);
    if (!failure && this.notice?.about === 'rows') this.notice = null;
    if (failure && !this.notice) {
      this.notice = rowsFailed(failure, this.rowsHere, {
        label: 'Retry',
        act: () => {
          this.retry();
          this.focus();
        },
      });
    }
    const active = this.activeCell;
    const told = active ? `${active.row} ${active.column}` : '';
    if (told === this.#told) return;
    this.#told = told;
    if (active) this.#fire('qt-active-cell', active);
  }

  #fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  #select(selection: Selection): void {
    this.#canvas!.selection = selection;
    this.#canvas!.drawSoon();
  }

  #selectAndShow(selection: Selection): void {
    this.#select(selection);
    this.#canvas!.show(selection.lead);
  }

  #first(): Selection {
    return at(this.rowsHere > 0 ? 0 : HEADER_ROW, 0);
  }

  #focused(): void {
    const canvas = this.#canvas!;
    if (!canvas.selection && canvas.layout.places > 0) this.#select(this.#first());
  }

  #keyed(event: KeyboardEvent): void {
    const canvas = this.#canvas!;
    if (event.isComposing || canvas.layout.places === 0) return;
    const selection = canvas.selection ?? this.#first();
    const command = commandOf(event, selection.lead.row === HEADER_ROW);
    // An Esc that has nothing to end here is for whoever is outside.
    const idle = !this.#copying && !this.notice && isOneCell(selection);
    if (!command || (command.type === 'collapse' && idle)) return;
    event.preventDefault();
    event.stopPropagation();
    this.#obey(command, selection);
  }

  #obey(command: GridCommand, selection: Selection): void {
    switch (command.type) {
      case 'move':
        this.#selectAndShow(moved(selection, command.move, this.#canvas!.bounds, command.extend));
        break;
      case 'resizeColumn':
        this.#resize(
          selection.lead.column,
          this.#canvas!.columnBox(selection.lead.column).width + command.byPx,
        );
        break;
      case 'moveColumn':
        this.#moveColumn(selection.lead, command.by);
        break;
      case 'selectRow':
        if (selection.lead.row !== HEADER_ROW) this.#reach(selection, 'rows');
        break;
      case 'selectColumn':
        this.#reach(selection, 'columns');
        break;
      case 'selectAll':
        this.selectAll();
        break;
      case 'collapse':
        this.#copying?.abort();
        this.notice = null;
        this.#select(at(selection.lead.row, selection.lead.column));
        break;
      case 'copy':
        void this.copyAs('tsv');
        break;
      case 'view':
        void this.viewCell();
    }
  }

  /** Stretches a selection over whole rows or columns. */
  #reach(selection: Selection, reach: Reach): void {
    this.#select({ ...selection, reach });
  }

  #moveColumn({ row, column }: Cell, by: -1 | 1): void {
    this.#selectAndShow(at(row, this.#canvas!.layout.move(column, by)));
    this.#columnsChanged();
  }

  #resize(place: number, px: number): void {
    this.#canvas!.resize(place, px);
    this.#columnsChanged();
  }

  #columnsChanged(): void {
    const { order, widths } = this.#canvas!.layout;
    this.#fire('qt-columns-changed', { order: [...order], widths: [...widths] } satisfies ColumnsChanged);
  }

  #pressed(part: GridPart, extend: boolean): void {
    const { selection, view, layout } = this.#canvas!;
    if (part.type === 'grip') return;
    if (part.type === 'corner') {
      this.selectAll();
    } else if (extend && selection) {
      const row = part.type === 'column' ? 0 : part.row;
      this.#stretched(part.type, row, part.type === 'rowNumber' ? 0 : part.place);
    } else if (part.type === 'cell') {
      this.#selectAndShow(at(part.row, part.place));
    } else if (part.type === 'rowNumber') {
      this.#select({ ...at(part.row, columnAt(layout.edges, view.left)), reach: 'rows' });
    } else {
      // The active cell is one in view, so that a click on a name scrolls nothing.
      const row = Math.min(Math.ceil(view.top / ROW_PX), this.rowsHere - 1);
      this.#select({ ...at(row, part.place), reach: 'columns' });
    }
  }

  #stretched(from: PressedPart, row: number, place: number): void {
    if (this.rowsHere === 0) return;
    const { selection } = this.#canvas!;
    const lead = {
      row: from === 'column' ? Math.max(0, selection?.lead.row ?? 0) : row,
      column: from === 'rowNumber' ? (selection?.lead.column ?? 0) : place,
    };
    const reach = from === 'cell' ? 'cells' : from === 'column' ? 'columns' : 'rows';
    this.#select(extendedTo(selection, lead, reach));
  }

  /** Gives a cell that is cut its whole text to hover. */
  #hovered(event: MouseEvent): void {
    const element = (event.target as HTMLElement).closest<HTMLElement>('.cell');
    const index = this.#canvas!.layout.order[Number(element?.ariaColIndex) - 1];
    if (!element || index === undefined) return;
    const row = Number(element.closest('.row')!.getAttribute('aria-rowindex')) - 2;
    const { shown, value } = this.#canvas!.textAt(row, index);
    const cut = (typeof shown === 'object' && shown?.cut) || element.scrollWidth > element.clientWidth;
    element.title = cut ? beginning(value ?? '', HOVER_UNITS_MAX) : '';
  }

  #copyEnded(end: CopyEnd, format: CopyFormatName): void {
    this.notice = notCopied(end, {
      export: { label: 'Export…', act: () => this.#fire('qt-export-requested', {}) },
      again: { label: 'Copy again', act: () => void this.#copyAgain(end, format) },
      close: this.#closeAction(),
    });
    if (end.type !== 'copied') return;
    this.heard = `Copied ${figure(end.cells)} ${end.cells === 1 ? 'cell' : 'cells'}.`;
    this.#fire('qt-copied', { cells: end.cells, format } satisfies Copied);
  }

  async #copyAgain(end: CopyEnd, format: CopyFormatName): Promise<void> {
    if (end.type !== 'blocked') return this.copyAs(format);
    const copied = await writeClipboard(end.text);
    this.#copyEnded(copied ? { type: 'copied', cells: end.cells } : end, format);
  }

  #closeAction(): { label: string; act(): void } {
    return {
      label: 'Close',
      act: () => {
        this.notice = null;
        this.focus();
      },
    };
  }
}

customElements.define('qt-grid', QtGrid);

declare global {
  interface HTMLElementTagNameMap {
    'qt-grid': QtGrid;
  }
}
