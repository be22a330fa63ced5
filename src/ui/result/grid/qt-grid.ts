import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { FormatName } from '../../../events/formats/format.ts';
import type { Column, RowEncoding } from '../../../events/result.ts';
import { menuAt } from '../../controls/qt-menu.ts';
import { beginning, figure, HOVER_UNITS_MAX, kindOf, rowNumber } from '../../format/display-text.ts';
import { escapeInvisible } from '../../format/escape-invisible.ts';
import { fontsLoaded } from './canvas-measure.ts';
import { pastedCells } from './cell-clipboard.ts';
import type { EditorEnd } from './cell-editor.ts';
import { documentCell } from './document-cell.ts';
import { HEADER_PX, ROW_PX, type Span } from './geometry.ts';
import { gridStyles, gridTokens } from './grid.css.ts';
import { GridCanvas } from './grid-canvas.ts';
import { GridCopies } from './grid-copies.ts';
import { GridDialogs } from './grid-dialogs.ts';
import type { GridEditing } from './grid-editing.ts';
import { GridEditor } from './grid-editor.ts';
import { gridMenu } from './grid-menu.ts';
import { cellFailed, type Notice, noticeLine, rowsFailed } from './grid-notice.ts';
import { pasteCells } from './grid-paste.ts';
import { commandOf, type GridCommand, isEditCommand } from './keys.ts';
import { type GridPart, PointerControl, type PressedPart } from './pointer-control.ts';
import { pressedOn, stretched } from './pointer-selection.ts';
import type { WindowSource } from './row-loader.ts';
import type { Reach, Selection } from './selection.ts';
import { at, type Cell, HEADER_ROW, holds, isOneCell, moved, rectangle, within } from './selection.ts';

export type { WindowSource } from './row-loader.ts';

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
  readonly format: FormatName;
}

/** Detail of `qt-columns-changed`: the user has resized or moved columns. Widths are by index. */
export interface ColumnsChanged {
  readonly order: readonly number[];
  readonly widths: readonly number[];
}

/**
 * The rows of a result, virtual on both axes. The skeleton is Lit's; rows and header are drawn by a
 * `GridCanvas`. This element has the selection, obeys keys and pointer, copies, and says what could not be
 * done.
 */
export class QtGrid extends LitElement {
  static override properties = {
    columns: { attribute: false },
    rowsHere: { type: Number, attribute: 'rows-here' },
    complete: { type: Boolean },
    missing: { type: String },
    source: { attribute: false },
    order: { attribute: false },
    label: { type: String },
    table: { type: String },
    encoding: { type: String },
    documents: { type: Boolean },
    editing: { attribute: false },
    revision: { type: Number },
    notice: { state: true },
    heard: { state: true },
  };
  static override styles = [gridTokens, gridStyles];

  declare columns: readonly Column[];
  declare rowsHere: number;
  declare complete: boolean;
  /** Why the result has more rows than are here; empty where all are. */
  declare missing: string;
  declare source: WindowSource | null;
  /** Indices of the columns to show, in that order; empty shows all. */
  declare order: readonly number[];
  declare label: string;
  /** The table that a copied INSERT names, as it is to be written. */
  declare table: string;
  /** How the rows are encoded, which says how a copy writes them. */
  declare encoding: RowEncoding;
  /** Values are Extended JSON, drawn in readable form. */
  declare documents: boolean;
  /** Receives staged edits; null if the rows can't be edited. */
  declare editing: GridEditing | null;
  /** Changes whenever `editing` has. */
  declare revision: number;
  declare protected notice: Notice | null;
  declare protected heard: string;
  #canvas: GridCanvas | undefined;
  readonly #dialogs = new GridDialogs(() => this.renderRoot);
  readonly #copies = new GridCopies({
    notice: (notice) => {
      this.notice = notice;
    },
    copied: (cells, format) => {
      this.heard = `Copied ${figure(cells)} ${cells === 1 ? 'cell' : 'cells'}.`;
      this.#fire('qt-copied', { cells, format } satisfies Copied);
    },
    export: () => this.#fire('qt-export-requested', {}),
    close: () => this.#closeAction(),
    again: (format, spreadsheet) => this.copyAs(format, spreadsheet),
  });
  #editor: GridEditor | undefined;
  #told = '';
  readonly #resizes = new ResizeObserver(() => this.#canvas?.sized());

  constructor() {
    super();
    this.columns = [];
    this.rowsHere = 0;
    this.complete = false;
    this.missing = '';
    this.source = null;
    this.order = [];
    this.label = 'Result';
    this.table = 'table_name';
    this.encoding = 'postgres-datarow';
    this.documents = false;
    this.editing = null;
    this.revision = 0;
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
    if (place < 0 || row < 0 || row >= this.#rows) return;
    this.#selectAndShow(at(row, place));
  }

  selectAll(): void {
    if (!this.#canvas) return;
    const { rows, columns } = this.#canvas.bounds;
    if (rows === 0 || columns === 0) return;
    const { row, column } = this.#canvas.selection?.lead ?? { row: 0, column: 0 };
    this.#select({ ...at(Math.max(0, row), column), reach: 'all' });
  }

  /**
   * Copies the selection; for spreadsheets so that no cell is taken for a formula. Resolves once it is on the
   * clipboard, or the grid has reported why it isn't.
   */
  async copyAs(format: FormatName, spreadsheet = false): Promise<void> {
    const { selection, layout, feed, bounds } = this.#canvas ?? {};
    if (!selection || !layout || !feed || !bounds) return;
    const range = rectangle(selection, bounds);
    const indices = layout.order.slice(range.left, range.right);
    await this.#copies.copy({
      format,
      rectangle: range,
      columns: indices.map((index) => layout.columns[index]!),
      indices,
      rows: this.#canvas!.read({ from: range.top, to: range.bottom }),
      missing: range.bottom >= bounds.rows ? this.missing : '',
      options: { table: this.table, encoding: this.documents ? 'ejson' : this.encoding, spreadsheet },
    });
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
      const { value } = await this.#canvas!.read({ from: row, to: row + 1 }).next();
      const column = layout.columns[index]!;
      const cell = { column, row: rowNumber(row), value: value?.[index] ?? null };
      await this.#dialogs.view(this.documents ? documentCell(cell) : cell);
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
    this.#copies.stop();
    this.#canvas?.pause();
  }

  override render(): TemplateResult {
    const bare = this.columns.length === 0;
    const empty = bare || this.#rows === 0;
    return html`
      <div
        class="scroller"
        role="grid"
        tabindex="0"
        aria-label=${this.label}
        aria-readonly=${this.editing?.can ? 'false' : 'true'}
        aria-multiselectable="true"
        aria-rowcount=${this.complete ? this.#rows + 1 : -1}
        aria-colcount=${this.order.length || this.columns.length}
        ?hidden=${bare}
        @keydown=${this.#keyed}
        @focus=${this.#focused}
        @mouseover=${this.#hovered}
        @contextmenu=${this.#contextMenu}
        @paste=${this.#pasted}
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
      <qt-value-editor @close=${() => this.focus()}></qt-value-editor>
    `;
  }

  protected override firstUpdated(): void {
    const part = (name: string): HTMLElement => this.renderRoot.querySelector<HTMLElement>(`.${name}`)!;
    const [scroller, head, corner, columns] = ['scroller', 'head', 'corner', 'columns'].map(part);
    const [body, gutter, rows] = ['body', 'gutter', 'rows'].map(part);
    const own = { scroller: scroller!, head: head!, corner: corner!, columns: columns!, body: body! };
    const parts = { ...own, gutter: gutter!, rows: rows! };
    const canvas = new GridCanvas(parts, (span) => this.#drawn(span));
    this.#canvas = canvas;
    new PointerControl(parts.scroller, canvas, {
      press: (at_, extend) => this.#pressed(at_, extend),
      drag: (from, row, place) => this.#stretched(from, row, place),
      resize: (place, px) => this.#resize(place, px),
      fit: (place) => {
        canvas.fit(place);
        this.#columnsChanged();
      },
      view: () =>
        this.#obey({ type: this.editing?.can ? 'edit' : 'view' }, canvas.selection ?? this.#first()),
    });
    this.#editor = new GridEditor(canvas, {
      rows: parts.rows,
      enlarge: (value) => this.#dialogs.edit(value),
      leave: (to) => this.#left(to),
    });
    // The page's fonts may come later than the first rows.
    void fontsLoaded(parts.scroller).then(() => canvas.remeasure());
    void this.#dialogs.load().catch(() => undefined);
  }

  protected override updated(changed: PropertyValues<this>): void {
    const canvas = this.#canvas!;
    if (changed.has('source')) {
      this.#copies.stop();
      this.notice = null;
      canvas.selection = null;
      canvas.setSource(this.source);
    }
    if (changed.has('documents')) canvas.documents = this.documents;
    canvas.editing = this.editing;
    const grown = !changed.has('source') && continues(this.columns, changed.get('columns'));
    if (changed.has('columns') && grown) canvas.extendColumns(this.columns, this.order);
    else if (changed.has('columns')) {
      canvas.selection = null;
      canvas.setColumns(this.columns, this.order);
    } else if (changed.has('order')) {
      const active = this.activeCell;
      canvas.layout.reorder(this.order);
      const place = active ? canvas.layout.order.indexOf(active.column) : -1;
      canvas.selection = active && place >= 0 ? at(active.row, place) : null;
    }
    const same = !changed.has('source') && !changed.has('columns') && !changed.has('order');
    if (same && !changed.has('rowsHere') && !changed.has('revision') && !changed.has('editing')) return;
    canvas.setRows(this.rowsHere);
    if (canvas.selection) canvas.selection = within(canvas.selection, canvas.bounds);
    if (changed.has('source') && this.source?.first) canvas.drawNow();
  }

  /** Rows on the screen: those that are here, and inserted ones behind them. */
  get #rows(): number {
    return this.rowsHere + (this.editing?.rowsAfter ?? 0);
  }

  /** An editor in a cell was closed; the active cell is the next one in its direction. */
  #left(to: EditorEnd): void {
    const { selection, bounds } = this.#canvas!;
    if (selection && to !== 'stay') this.#selectAndShow(moved(selection, to, bounds, false));
    this.#canvas!.drawSoon();
    const inside = this.shadowRoot?.activeElement;
    if (to !== 'stay' || inside == null) this.focus();
  }

  #drawn(rows: Span): void {
    this.#editor?.place();
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
    const command = commandOf(event, selection.lead.row === HEADER_ROW, this.editing !== null);
    // An Escape that has nothing to end here is left to the page.
    const idle = !this.#copies.underWay && !this.notice && isOneCell(selection);
    if (!command || (command.type === 'collapse' && idle)) return;
    event.preventDefault();
    event.stopPropagation();
    this.#obey(command, selection);
  }

  #obey(command: GridCommand, selection: Selection): void {
    if (command.type === 'edit' && !this.editing?.can) {
      void this.viewCell();
      return;
    }
    if (isEditCommand(command)) {
      if (this.editing) this.#editor!.obey(this.editing, command, selection);
      const added = command.type === 'insertRow' || command.type === 'duplicateRow';
      if (added && this.editing?.can)
        void this.updateComplete.then(() => this.#selectAndShow(at(this.#rows - 1, 0)));
      return;
    }
    switch (command.type) {
      case 'apply':
        this.#fire('qt-apply', null);
        break;
      case 'menu':
        this.#menu();
        break;
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
        this.#copies.stop();
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

  /** Does what a key or a button elsewhere asks for. */
  obey(command: GridCommand): void {
    const canvas = this.#canvas;
    if (!canvas || canvas.layout.places === 0) return;
    this.#obey(command, canvas.selection ?? this.#first());
    if (command.type !== 'edit' && command.type !== 'typed') this.focus();
  }

  #pasted(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    const { selection, bounds } = this.#canvas!;
    // What is pasted into an editor over a cell is its own.
    if (!this.editing || !selection || text === '' || this.#editor?.isOpen) return;
    event.preventDefault();
    if (this.editing.can)
      pasteCells(this.#canvas!, this.editing, pastedCells(text), rectangle(selection, bounds));
    else this.#editor!.edit(this.editing, selection.lead);
  }

  #contextMenu(event: MouseEvent): void {
    if (!this.editing) return;
    event.preventDefault();
    const cell = this.#cellOf(event.target);
    const { selection, bounds } = this.#canvas!;
    // What is selected stays so where the pointer is in it.
    if (cell && !(selection && holds(rectangle(selection, bounds), cell.row, cell.column)))
      this.#select(at(cell.row, cell.column));
    this.#menu(event.clientX, event.clientY);
  }

  /** The cell that an event's target is in. */
  #cellOf(target: EventTarget | null): Cell | null {
    const element = (target as HTMLElement).closest<HTMLElement>('.cell');
    const row = element?.closest('.row')?.getAttribute('aria-rowindex');
    return element && row ? { row: Number(row) - 2, column: Number(element.ariaColIndex) - 1 } : null;
  }

  /** What can be done with the active cell and the rows selected, at the pointer or below the cell. */
  #menu(x?: number, y?: number): void {
    const { view } = this.#canvas!;
    const { lead } = this.#canvas!.selection ?? this.#first();
    const box = this.getBoundingClientRect();
    const left = box.left + this.#canvas!.columnBox(lead.column).left;
    const top = box.top + (lead.row + 1) * ROW_PX - view.top + HEADER_PX;
    const items = gridMenu(
      this.editing,
      (command) => this.obey(command),
      (format, spreadsheet) => void this.copyAs(format, spreadsheet),
      this.documents,
    );
    menuAt(this, 'Cell', items, x ?? left, y ?? top);
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
    this.#editor?.close();
    const { canvas, selection } = pressedOn(this.#canvas!, part, extend, this.rowsHere);
    if (canvas === 'all') this.selectAll();
    else if (selection && canvas === 'show') this.#selectAndShow(selection);
    else if (selection) this.#select(selection);
  }

  #stretched(from: PressedPart, row: number, place: number): void {
    const selection = stretched(this.#canvas!, from, row, place);
    if (selection) this.#select(selection);
  }

  /** Gives a cell that is cut its whole text to hover. */
  #hovered(event: MouseEvent): void {
    const element = (event.target as HTMLElement).closest<HTMLElement>('.cell');
    const cell = this.#cellOf(event.target);
    const index = cell ? this.#canvas!.layout.order[cell.column] : undefined;
    if (!element || !cell || index === undefined) return;
    const { shown, value } = this.#canvas!.textAt(cell.row, index);
    const cut = (typeof shown === 'object' && shown?.cut) || element.scrollWidth > element.clientWidth;
    const text = cut ? beginning(value ?? '', HOVER_UNITS_MAX) : '';
    element.title = escapeInvisible(this.documents ? kindOf(value, text) : text);
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

/** Whether columns are the earlier ones, with more details or with more columns after them. */
function continues(columns: readonly Column[], before: readonly Column[] | undefined): boolean {
  if (!before || before.length === 0 || columns.length < before.length) return false;
  return before.every(({ name }, i) => columns[i]!.name === name);
}

customElements.define('qt-grid', QtGrid);

declare global {
  interface HTMLElementTagNameMap {
    'qt-grid': QtGrid;
  }
}
