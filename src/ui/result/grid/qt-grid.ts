import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { FormatName } from '../../../events/formats/format.ts';
import type { Column, RowEncoding } from '../../../events/result.ts';
import { thousands } from '../../format/format.ts';
import { type ChangedInputs, giveInputs } from './canvas-inputs.ts';
import { fontsLoaded } from './canvas-measure.ts';
import type { EditorEnd } from './cell-editor.ts';
import { hoverCell } from './cell-hover.ts';
import { ColumnLayouts } from './column-layouts.ts';
import type { Span } from './geometry.ts';
import { gridStyles, gridTokens } from './grid.css.ts';
import { GridCanvas } from './grid-canvas.ts';
import { GridColumns } from './grid-columns.ts';
import { GridCommands } from './grid-commands.ts';
import type { GridCopies } from './grid-copies.ts';
import { GridCursor } from './grid-cursor.ts';
import { GridDialogs } from './grid-dialogs.ts';
import type { GridEditing } from './grid-editing.ts';
import { GridEditor } from './grid-editor.ts';
import type { ActiveCell, ColumnsChanged, Copied } from './grid-events.ts';
import { GridMenu } from './grid-menu.ts';
import { gridNotice } from './grid-notice.css.ts';
import { noticeLine } from './grid-notice.ts';
import { GridNotices } from './grid-notices.ts';
import { gridParts } from './grid-parts.ts';
import { KeyboardControl } from './keyboard-control.ts';
import type { GridCommand } from './keys.ts';
import { PointerControl } from './pointer-control.ts';
import type { WindowSource } from './row-loader.ts';
import { moved } from './selection.ts';

export type { WindowSource } from './row-loader.ts';

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
    layouts: { attribute: false },
    label: { type: String },
    table: { type: String },
    encoding: { type: String },
    documents: { type: Boolean },
    editing: { attribute: false },
    revision: { type: Number },
    heard: { state: true },
  };
  static override styles = [gridTokens, gridStyles, gridNotice];

  declare columns: readonly Column[];
  declare rowsHere: number;
  declare complete: boolean;
  /** Why the result has more rows than are here; empty where all are. */
  declare missing: string;
  declare source: WindowSource | null;
  /** How columns were arranged in earlier results of the same place. Given once. */
  declare layouts: ColumnLayouts;
  declare label: string;
  /** The table that the rows are of, as a copied INSERT names it; empty where they are not of one. */
  declare table: string;
  /** How the rows are encoded, which says how a copy writes them. */
  declare encoding: RowEncoding;
  /** Values are Extended JSON, drawn in readable form. */
  declare documents: boolean;
  /** Receives staged edits; null if the rows can't be edited. */
  declare editing: GridEditing | null;
  /** Changes whenever `editing` has. */
  declare revision: number;
  declare protected heard: string;
  #canvas: GridCanvas | undefined;
  #columns: GridColumns | undefined;
  #cursor: GridCursor | undefined;
  #commands: GridCommands | undefined;
  readonly #notices = new GridNotices(this);
  readonly #dialogs = new GridDialogs(
    () => this.renderRoot,
    (what, error, retry) => this.#notices.dialogFailed(what, error, retry),
  );
  /** Made with the first copy. */
  #copies: GridCopies | undefined;
  #editor: GridEditor | undefined;
  #menu: GridMenu | undefined;
  /** As it was reported last. */
  #selected = '';
  readonly #resizes = new ResizeObserver(() => this.#canvas?.sized());

  constructor() {
    super();
    this.columns = [];
    this.rowsHere = 0;
    this.complete = false;
    this.missing = '';
    this.source = null;
    this.layouts = new ColumnLayouts();
    this.label = 'Result';
    this.table = '';
    this.encoding = 'postgres-datarow';
    this.documents = false;
    this.editing = null;
    this.revision = 0;
    this.heard = '';
  }

  /** The active cell, by the index of its column; null before there is one. */
  get activeCell(): ActiveCell | null {
    return this.#cursor?.active ?? null;
  }

  /** Indices of the columns that are shown, in that order. */
  get columnOrder(): readonly number[] {
    return this.#canvas?.layout.order ?? [];
  }

  /** Makes a cell active and brings it into view. `column` is an index; a hidden one is shown again. */
  activate(row: number, column: number): void {
    this.#columns?.setShown([column], true);
    this.#cursor?.activate(row, column);
  }

  /** Does what a key or a button elsewhere asks for. */
  obey(command: GridCommand): void {
    if (!this.#canvas || this.#canvas.layout.places === 0) return;
    this.#commands!.obey(command);
    if (command.type !== 'edit' && command.type !== 'typed') this.focus();
  }

  /**
   * Copies the selection; for spreadsheets so that no cell is taken for a formula. Resolves once it is on the
   * clipboard, or the grid has reported why it isn't.
   */
  async copyAs(format: FormatName, spreadsheet = false): Promise<void> {
    if (!this.#canvas) return;
    const { documents, editing, missing } = this;
    const encoding = documents ? 'ejson' : this.encoding;
    const isOwn = format === 'sql' && this.table !== '';
    const table = this.table || 'table_name';
    // Where the catalogue can't be read, no column is known to be computed.
    const infos = isOwn ? await editing?.infos().catch(() => []) : undefined;
    const options = { table, infos, encoding, spreadsheet };
    await this.#dialogs.open('Nothing could be copied', ({ GridCopies }) => {
      this.#copies ??= new GridCopies({
        notice: (notice) => this.#notices.show(notice),
        copied: (cells, format) => {
          this.heard = `Copied ${thousands(cells)} ${cells === 1 ? 'cell' : 'cells'}.`;
          this.#fire('qt-copied', { cells, format } satisfies Copied);
        },
        export: () => this.#fire('qt-export-requested', {}),
        close: () => this.#notices.close,
        again: (format, spreadsheet) => this.copyAs(format, spreadsheet),
      });
      return this.#copies.copySelection(this.#canvas!, format, options, missing);
    });
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
    this.#copies?.stop();
    this.#canvas?.pause();
  }

  override render(): TemplateResult {
    const bare = this.columns.length === 0;
    const rows = this.rowsHere + (this.editing?.rowsAfter ?? 0);
    const empty = bare || rows === 0;
    return html`
      <div
        class="scroller"
        role="grid"
        tabindex="0"
        aria-label=${this.label}
        aria-readonly=${this.editing?.can ? 'false' : 'true'}
        aria-multiselectable="true"
        aria-rowcount=${this.complete ? rows + 1 : -1}
        ?hidden=${bare}
        @mouseover=${({ target }: Event) => hoverCell(this.#canvas!, target, this.documents)}
        @contextmenu=${(event: MouseEvent) => this.editing && this.#menu?.openAt(event)}
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
      ${this.#notices.shown ? noticeLine(this.#notices.shown) : nothing}
      <div class="heard" role="status">${this.heard}</div>
      <qt-column-list @close=${() => this.focus()}></qt-column-list>
      <qt-cell-viewer @close=${() => this.focus()}></qt-cell-viewer>
      <qt-value-editor @close=${() => this.focus()}></qt-value-editor>
    `;
  }

  protected override firstUpdated(): void {
    const parts = gridParts(this.renderRoot);
    const canvas = new GridCanvas(parts, this.layouts, (span) => this.#drawn(span));
    const columns = new GridColumns(canvas, () => this.#columnsChanged());
    const cursor = new GridCursor(canvas);
    const editor = new GridEditor(canvas, {
      rows: parts.rows,
      enlarge: (value) => this.#dialogs.edit(value),
      leave: (to) => this.#left(to),
    });
    const menu = new GridMenu(this, canvas, cursor, columns, this.#dialogs, this.#notices);
    const commands = new GridCommands(canvas, cursor, columns, editor, {
      apply: () => this.#fire('qt-apply', null),
      copy: (format) => void this.copyAs(format),
      dismiss: () => this.#dismiss(),
      find: () => this.#fire('qt-find', null),
      listColumns: () => void this.#dialogs.list(columns),
      menu: () => void menu.open(),
      view: () => void this.#dialogs.view(canvas, this.documents),
      staged: () => this.updateComplete,
    });
    this.#canvas = canvas;
    this.#columns = columns;
    this.#cursor = cursor;
    this.#editor = editor;
    this.#commands = commands;
    this.#menu = menu;
    new PointerControl(parts.scroller, canvas, {
      press: (part, extend) => {
        editor.close();
        cursor.press(part, extend);
      },
      drag: (from, row, place) => cursor.stretch(from, row, place),
      move: (place, to) => columns.move(place, to),
      resize: (place, px) => columns.resize(place, px),
      fit: (place) => columns.fit(place),
      sort: (place) => menu.sortBy(place),
      view: () => commands.obey({ type: this.editing?.can ? 'edit' : 'view' }),
    });
    new KeyboardControl(parts.scroller, canvas, cursor, editor, {
      obey: (command) => commands.obey(command),
      busy: () => this.#copies?.underWay === true || this.#notices.shown !== null,
    });
    // The page's fonts may come later than the first rows.
    void fontsLoaded(parts.scroller).then((late) => late && canvas.remeasure());
    void this.#dialogs.load().catch(() => undefined);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('source')) this.heard = '';
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('source')) {
      this.#dismiss();
      this.#editor!.close();
      this.#selected = '';
    }
    giveInputs(this.#canvas!, this, changed as ChangedInputs);
    if (changed.has('columns')) this.#columnsChanged();
  }

  /** Stops the copy under way, and closes what is said at the foot. */
  #dismiss(): void {
    this.#copies?.stop();
    this.#notices.show(null);
  }

  /** An editor in a cell was closed; the active cell is the next one in its direction. */
  #left(to: EditorEnd): void {
    const { selection, bounds } = this.#canvas!;
    if (selection && to !== 'stay') this.#cursor!.selectAndShow(moved(selection, to, bounds, false));
    this.#canvas!.drawSoon();
    const inside = this.shadowRoot?.activeElement;
    if (to !== 'stay' || inside == null) this.focus();
  }

  #drawn(rows: Span): void {
    this.#editor?.place();
    this.#notices.rowsDrawn(this.#canvas!, rows);
    const selected = this.#dialogs.loaded?.selectedCells(this.#canvas!, this.documents) ?? null;
    const key = JSON.stringify(selected);
    if (key === this.#selected) return;
    this.#selected = key;
    this.#fire('qt-selection', selected);
  }

  #fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  #columnsChanged(): void {
    const { order, hidden } = this.#canvas!.layout;
    this.#fire('qt-columns-changed', { order, hidden } satisfies ColumnsChanged);
  }
}

customElements.define('qt-grid', QtGrid);

declare global {
  interface HTMLElementTagNameMap {
    'qt-grid': QtGrid;
  }
}
