import type { Column } from '../../../events/result.ts';
import { orderOf, type SortKey } from '../../../events/result-order.ts';
import { documentShown, rowNumber, type Shown, shown, shownText } from '../../format/display-text.ts';
import { canvasMeasure } from './canvas-measure.ts';
import { CellTextCache } from './cell-text-cache.ts';
import { type ColumnLayout, columnWidth, DRAGGED_PX_MAX, type TextMeasure } from './column-layout.ts';
import type { ColumnLayouts } from './column-layouts.ts';
import { bodyPx, columnAt, columnsSeen, HEADER_PX, ROW_PX, rowsSeen, type Span } from './geometry.ts';
import type { GridEditing, RowLook } from './grid-editing.ts';
import type { GridParts } from './grid-parts.ts';
import { HeaderRow } from './header-row.ts';
import { RowLoader, type WindowSource } from './row-loader.ts';
import { cellId, RowPool, type ShownLook } from './row-pool.ts';
import { ScrollView } from './scroll-view.ts';
import { type Bounds, type Cell, HEADER_ROW, rearranged, rectangle, type Selection } from './selection.ts';

/** Rows drawn beyond the edges, so that a scroll shows them before the page has drawn the next frame. */
const ROWS_OVER = 8;
const COLUMNS_OVER = 1;
/** Time for decoding in one frame; the rest of the rows come in the next one. */
const DECODE_MS = 6;
/** Rows that widths are measured from, and the largest of them in bytes. */
const SAMPLE_ROWS = 60;
const SAMPLE_ROW_BYTES_MAX = 64 * 1024;
/** Rows beyond the view that are fetched before they are looked at. */
const AHEAD_ROWS = 200;
/** A larger row is read again for the viewer and the clipboard only. */
const READ_AGAIN_BYTES_MAX = 1024 * 1024;
/** Room beside a row's number. */
const GUTTER_EXTRA_PX = 22;

/** What an inserted row leaves to the server. */
const LEFT_OPEN: Shown = { pieces: [{ text: 'default', mark: false }], cut: false, look: 'missing' };

/** Draws once a frame what is in view, fetches what is missing, and knows what is where. */
export class GridCanvas {
  readonly view: ScrollView;
  layout: ColumnLayout;
  /** Drawn with the next frame. */
  selection: Selection | null = null;
  feed: RowLoader | undefined;
  gutterPx = 0;
  /** Rows of the source; those behind them are only here. */
  sourceRows = 0;
  /** What is drawn otherwise than it was read; null where nothing can be. */
  editing: GridEditing | null = null;
  readonly #parts: GridParts;
  readonly #layouts: ColumnLayouts;
  readonly #drawn: (rows: Span) => void;
  readonly #pool: RowPool;
  readonly #header: HeaderRow;
  #shown = new CellTextCache();
  #measure: TextMeasure;
  #columns: readonly Column[] = [];
  #rows = 0;
  #order: readonly SortKey[] = [];
  #leftOpen: readonly Shown[] = [];
  #write: (value: string | null) => Shown = shown;
  #fitted = false;
  #frame = 0;

  /** `drawn` is called after each frame with the rows that are in view. */
  constructor(parts: GridParts, layouts: ColumnLayouts, drawn: (rows: Span) => void) {
    this.#parts = parts;
    this.#layouts = layouts;
    this.#drawn = drawn;
    this.#pool = new RowPool(parts.rows, parts.gutter);
    this.#header = new HeaderRow(parts.columns);
    this.view = new ScrollView(parts.scroller, () => this.drawSoon());
    this.#measure = canvasMeasure(parts.scroller);
    this.layout = layouts.of([], this.#measure);
  }

  get bounds(): Bounds {
    const pageRows = Math.max(1, Math.floor(this.view.extent.viewportPx / ROW_PX) - 1);
    return { rows: this.#rows, columns: this.layout.places, pageRows };
  }

  /** Starts over with another result, or with the first rows of the same one in another order (`isSorted`). */
  setSource(source: WindowSource | null, isSorted = false): void {
    const { left } = this.view;
    this.close();
    this.#shown = new CellTextCache();
    this.#fitted &&= isSorted;
    this.#order = orderOf(source?.resultId ?? '');
    this.feed =
      source === null
        ? undefined
        : new RowLoader(source, {
            isDrawn: (row) => this.#shown.has(row),
            // Rows so large that the next window pushes them out are read at once.
            arrived: (rows) => this.#decode([this.#both(rows, this.#seen())]),
            changed: () => this.drawSoon(),
          });
    if (this.feed) this.feed.columns = this.#columns;
    this.view.reset();
    if (isSorted) this.view.scrollLeftTo(left);
  }

  /** The columns of another result; those that the user arranged before stay so. */
  setColumns(columns: readonly Column[]): void {
    this.#columns = columns;
    if (this.feed) this.feed.columns = columns;
    this.layout = this.#layouts.of(columns, this.#measure);
    this.#fitted = false;
  }

  /** The same columns with more details, or more columns after them: widths and order stay. */
  extendColumns(columns: readonly Column[]): void {
    const grown = columns.length > this.#columns.length;
    this.#columns = columns;
    if (this.feed) this.feed.columns = columns;
    const { order } = this.layout;
    this.layout = this.#layouts.extended(this.layout, columns, this.#measure);
    if (this.selection) this.selection = rearranged(this.selection, order, this.layout.order);
    if (grown) this.#shown = new CellTextCache();
    if (grown) this.#fitted = false;
    this.sized();
  }

  /** `rows` of the source, and behind them those that are only here. */
  setRows(rows: number): void {
    this.sourceRows = rows;
    this.#rows = rows + (this.editing?.rowsAfter ?? 0);
    if (this.feed) this.feed.rowsHere = rows;
    this.sized();
  }

  /** A row as it was read; an inserted one has no values, and one that isn't here is undefined. */
  seenAt(row: number): readonly (string | null)[] | undefined {
    return row < this.sourceRows ? this.feed?.cells(row) : [];
  }

  /** Rows in order as they are drawn, with what was changed of them. Rejects with the source's error. */
  async *read({ from, to }: Span): AsyncGenerator<readonly (string | null)[]> {
    let row = from;
    if (from < this.sourceRows) {
      for await (const cells of this.feed!.read({ from, to: Math.min(to, this.sourceRows) })) {
        yield this.#changed(cells, this.editing?.look(row));
        row++;
      }
    }
    for (; row < to; row++) yield this.#changed([], this.editing?.look(row));
  }

  #changed(cells: readonly (string | null)[], look: RowLook | undefined): readonly (string | null)[] {
    if (!look || look.cells.size === 0) return cells;
    return this.#columns.map((_, index) => {
      const changed = look.cells.get(index);
      return changed ? changed.value : (cells[index] ?? null);
    });
  }

  /** Values are Extended JSON, drawn in readable form. */
  set documents(documents: boolean) {
    this.#write = documents ? documentShown : shown;
    this.#shown = new CellTextCache();
  }

  /** Measures again once the page's fonts are here. */
  remeasure(): void {
    this.#measure = canvasMeasure(this.#parts.scroller);
    this.#fitted = false;
    this.sized();
  }

  /** Lays out again after columns, rows or the element have changed their size. The active cell stays in view. */
  sized(): void {
    const lead = this.selection?.lead.row ?? HEADER_ROW;
    const wasSeen = this.view.shows(lead);
    this.#fitFirstRows();
    const { scroller, head, corner, columns, body, gutter, rows } = this.#parts;
    scroller.ariaColCount = String(this.layout.places);
    this.gutterPx =
      Math.ceil(this.#measure.value(rowNumber(Math.max(999, this.#rows - 1)))) + GUTTER_EXTRA_PX;
    for (const part of [gutter, corner]) part.style.width = `${this.gutterPx}px`;
    for (const part of [rows, columns]) part.style.left = `${this.gutterPx}px`;
    for (const part of [head, body]) part.style.width = `${this.gutterPx + this.layout.widthPx}px`;
    body.style.height = `${bodyPx(this.#rows)}px`;
    this.view.measure(this.gutterPx);
    this.view.setRows(this.#rows);
    if (wasSeen) this.view.showRow(lead);
    this.drawSoon();
  }

  /** Stops what is under way. */
  close(): void {
    this.feed?.close();
    this.feed = undefined;
    this.pause();
  }

  /** Draws nothing until it is resumed. */
  pause(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  drawSoon(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** Draws what is here without waiting for the next frame, which then shows it. */
  drawNow(): void {
    this.pause();
    this.#draw();
  }

  /** Scrolls a cell into view, by the shortest distance. */
  show({ row, column }: Cell): void {
    this.view.show(row, column, this.layout.edges);
    this.drawSoon();
  }

  /** What is drawn for a cell and, unless it is megabytes, its whole value. */
  textAt(row: number, index: number): { shown: Shown | undefined; value: string | null | undefined } {
    const small = (this.feed?.rowBytes(row) ?? 0) <= READ_AGAIN_BYTES_MAX;
    return {
      shown: this.#shown.get(row)?.[index],
      value: small ? this.feed?.cells(row)?.[index] : undefined,
    };
  }

  resize(place: number, px: number): void {
    this.layout.resize(place, px);
    this.sized();
  }

  /** As wide as the name and the rows from the first in view on need. */
  fit(place: number): void {
    const index = this.layout.order[place]!;
    const texts = this.#sample(this.#seen().from).map((row) => shownText(row[index] ?? null));
    this.resize(place, columnWidth(this.layout.column(place), texts, this.#measure, DRAGGED_PX_MAX / 2));
  }

  /** The cell nearest to a point of the scroller. */
  nearest(x: number, y: number): { row: number; place: number } {
    const row = Math.floor((this.view.top + y - HEADER_PX) / ROW_PX);
    const place = columnAt(this.layout.edges, this.view.left + x - this.gutterPx);
    return { row: Math.min(Math.max(row, 0), this.#rows - 1), place };
  }

  /** Whether a point of the scroller lies on a row, not below or beside. */
  covers(x: number, y: number): boolean {
    const above = this.view.top + y - HEADER_PX < this.#rows * ROW_PX;
    return above && this.view.left + x - this.gutterPx < this.layout.widthPx;
  }

  columnBox(place: number): { left: number; width: number } {
    const { edges } = this.layout;
    const left = this.gutterPx + edges[place]! - this.view.left;
    return { left, width: edges[place + 1]! - edges[place]! };
  }

  #seen(over = 0): Span {
    return rowsSeen(this.view.extent, this.view.top, over);
  }

  #both(a: Span, b: Span): Span {
    return { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
  }

  #draw(): void {
    const { view, layout, selection } = this;
    if (this.#fitFirstRows()) this.sized();
    const seen = this.#seen();
    const rows = this.#seen(ROWS_OVER);
    const columns = columnsSeen(layout.edges, view.left, view.widthPx, COLUMNS_OVER);
    const late = this.#decode([seen, rows]);
    const selected = selection ? rectangle(selection, this.bounds) : null;
    const lead = selection?.lead ?? null;
    if (this.#leftOpen.length !== this.#columns.length) this.#leftOpen = this.#columns.map(() => LEFT_OPEN);
    const shownAt = (row: number): readonly Shown[] | undefined =>
      row < this.sourceRows ? this.#shown.get(row) : this.#leftOpen;
    const look = (row: number): ShownLook | undefined => this.#lookAt(row);
    this.#header.paint({ columns, layout, selected, lead, order: this.#order });
    this.#pool.paint({ rows, columns, layout, shiftPx: view.shiftPx, selected, lead, shown: shownAt, look });
    this.#pointToLead(lead, rows, columns);
    this.feed?.want(seen, [
      rows,
      { from: seen.to, to: seen.to + AHEAD_ROWS },
      { from: Math.max(0, seen.from - AHEAD_ROWS), to: seen.from },
    ]);
    if (late) this.drawSoon();
    this.#drawn(rows);
  }

  /** Reads rows that have come; true where time ran out before the last. */
  #decode(spans: readonly Span[]): boolean {
    const until = performance.now() + DECODE_MS;
    for (const span of spans) {
      for (let row = span.from; row < span.to; row++) {
        if (this.#shown.has(row)) continue;
        if (performance.now() > until) return true;
        const cells = this.feed?.cells(row);
        if (cells) this.#shown.put(row, cells, this.#write);
      }
    }
    return false;
  }

  /** What a row shows instead of what was read. */
  #lookAt(row: number): ShownLook | undefined {
    const look = this.editing?.look(row);
    if (!look) return undefined;
    const cells = new Map<number, { shown: Shown; mark: string }>();
    for (const [index, { value, mark }] of look.cells) cells.set(index, { shown: this.#write(value), mark });
    return { mark: look.mark, wrong: look.wrong, cells };
  }

  /** Fits the columns to the first rows in view, once; false where they are fitted already, or no row is here. */
  #fitFirstRows(): boolean {
    if (this.#fitted) return false;
    const rows = this.#sample(this.#seen().from);
    if (rows.length === 0) return false;
    this.#fitted = true;
    this.layout.fitAll((index) => rows.map((row) => shownText(row[index] ?? null)), this.#measure);
    return true;
  }

  /** What is shown of the rows from `from` on, as far as they are here and small. */
  #sample(from: number): (readonly Shown[])[] {
    const rows: (readonly Shown[])[] = [];
    for (let row = from; row < Math.min(from + SAMPLE_ROWS, this.sourceRows); row++) {
      const bytes = this.feed?.rowBytes(row) ?? Number.POSITIVE_INFINITY;
      const cells =
        this.#shown.get(row) ??
        (bytes <= SAMPLE_ROW_BYTES_MAX
          ? this.#shown.put(row, this.feed!.cells(row)!, this.#write)
          : undefined);
      if (cells) rows.push(cells);
    }
    return rows;
  }

  /** Tells a screen reader where the active cell is, as long as it is drawn. */
  #pointToLead(lead: Cell | null, rows: Span, columns: Span): void {
    const drawn =
      lead !== null &&
      lead.column >= columns.from &&
      lead.column < columns.to &&
      (lead.row === HEADER_ROW || (lead.row >= rows.from && lead.row < rows.to));
    const { scroller } = this.#parts;
    const id = drawn ? cellId(lead) : null;
    if (scroller.getAttribute('aria-activedescendant') === id) return;
    if (id) scroller.setAttribute('aria-activedescendant', id);
    else scroller.removeAttribute('aria-activedescendant');
  }
}
