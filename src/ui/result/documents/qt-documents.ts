import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { ejsonLine, ejsonPlain, isNumber, readEjson } from '../../../events/ejson.ts';
import type { Column } from '../../../events/result.ts';
import { writeClipboard } from '../../controls/clipboard.ts';
import { icon } from '../../controls/icons.ts';
import { chordOf, commandFor } from '../../controls/key-bindings.ts';
import { shared } from '../../controls/shared.css.ts';
import { beginning } from '../../format/display-text.ts';
import { escapeInvisible } from '../../format/escape-invisible.ts';
import { thousands } from '../../format/format.ts';
import { bodyPx, ROW_PX, rowsSeen } from '../grid/geometry.ts';
import { gridTokens } from '../grid/grid.css.ts';
import { gridNotice } from '../grid/grid-notice.css.ts';
import { noticeLine } from '../grid/grid-notice.ts';
import { GridNotices } from '../grid/grid-notices.ts';
import { RowLoader, type WindowSource } from '../grid/row-loader.ts';
import { ScrollView } from '../grid/scroll-view.ts';
import { type DocumentLine, DocumentLines } from './document-lines.ts';

const OVER = 6;
const AHEAD_ROWS = 100;
/** Characters of a value on its line; the whole is on hover and in the clipboard. */
const LINE_UNITS_MAX = 300;
const HOVER_UNITS_MAX = 2000;

/** What a document's number takes of its line: its fields begin below its text. */
const NUMBERED_PX = 34;

/**
 * A result's documents as trees, of which only the lines in view are drawn. Digits are those that the server
 * sent.
 */
export class QtDocuments extends LitElement {
  static override properties = {
    columns: { attribute: false },
    source: { attribute: false },
    rowsHere: { type: Number },
    complete: { type: Boolean },
    active: { state: true },
    heard: { state: true },
  };
  static override styles = [
    shared,
    gridTokens,
    gridNotice,
    css`
      :host { display: block; position: relative; min-height: 0; background: var(--_bg); }
      .scroller { position: absolute; inset: 0; overflow: auto; outline: none; font: 12px/16px var(--_mono); font-variant-ligatures: none; contain: strict; }
      .head {
        position: sticky; top: 0; z-index: 2; display: flex; align-items: center; height: 38px; border-bottom: 1px solid var(--_border);
        background: var(--_bg); font: 600 12px/16px var(--_sans); padding: 0 12px;
      }
      .head .type { color: var(--_fg); }
      .body { position: relative; }
      .line {
        position: absolute; left: 0; right: 0; top: 0; display: flex; align-items: center; gap: 6px; height: 26px; padding-right: 12px;
        white-space: pre; cursor: default;
      }
      .line:hover { background: var(--_hover); }
      .line.own { border-top: 1px solid var(--_border); }
      .line.active { background: var(--_accent-soft); }
      .scroller:focus .active { outline: 2px solid var(--_accent); outline-offset: -2px; }
      .twist { width: 12px; height: 12px; flex: none; color: var(--_faint); cursor: pointer; }
      .twist svg { display: block; }
      .number { color: var(--_faint); flex: none; min-width: 34px; text-align: right; margin-right: 4px; }
      .name { color: var(--qt-code-name, var(--_accent)); flex: none; max-width: 45%; overflow: hidden; text-overflow: ellipsis; }
      .value { overflow: hidden; text-overflow: ellipsis; min-width: 0; }
      .string { color: var(--qt-code-string, var(--_well)); }
      .number-value { color: var(--qt-code-number, var(--_accent)); }
      .null { color: var(--_faint); font-style: italic; }
      .group { color: var(--_muted); }
      .type { margin-left: auto; padding-left: 16px; flex: none; color: var(--_faint); }
      .empty { padding: 54px 16px; margin: 0; color: var(--_muted); font: 13px/20px var(--_sans); }
      .late-line { color: var(--_faint); }
    `,
  ];

  declare columns: readonly Column[];
  declare source: WindowSource | null;
  declare rowsHere: number;
  declare complete: boolean;
  /** The place of the active line. */
  declare protected active: number;
  declare protected heard: string;
  private readonly lines = new DocumentLines();
  private readonly notices = new GridNotices(this);
  private view: ScrollView | undefined;
  private feed: RowLoader | undefined;
  /** The first document is unfolded once, when it comes. */
  private greeted = false;
  /** What is to be the active line once its document is here. */
  private sought: { row: number; column: number; isWanted: (text: string) => boolean } | null = null;
  private readonly resizes = new ResizeObserver(() => this.measured());

  constructor() {
    super();
    this.columns = [];
    this.source = null;
    this.rowsHere = 0;
    this.complete = false;
    this.active = 0;
    this.heard = '';
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('.scroller')?.focus({ preventScroll: true });
  }

  /** The document and the column of the field that the active line is of; the column is -1 for the document's own. */
  get activeCell(): { readonly row: number; readonly column: number } | null {
    const line = this.lines.at(this.active, this.read);
    if (!line) return null;
    const field = this.lines.fieldOf(line);
    return { row: line.row, column: this.columns.findIndex(({ name }) => name === field) };
  }

  /** Makes a field's line active, or that of the innermost part of it whose text `isWanted`, and brings it into view. */
  activate(row: number, column: number, isWanted: (text: string) => boolean): void {
    this.sought = { row, column, isWanted };
    this.goTo(this.lines.placeOf(row));
    this.requestUpdate();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.resizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resizes.disconnect();
    this.feed?.close();
    this.feed = undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('source')) {
      this.lines.clear();
      this.notices.show(null);
      this.greeted = false;
      this.sought = null;
      this.active = 0;
      this.heard = '';
      this.view?.reset();
    }
    if (changed.has('source') || (this.source && !this.feed)) {
      this.feed?.close();
      const feed =
        this.source &&
        new RowLoader(this.source, {
          isDrawn: () => false,
          arrived: () => undefined,
          changed: () => this.requestUpdate(),
        });
      this.feed = feed ?? undefined;
    }
    this.lines.rows = this.rowsHere;
    if (this.feed) this.feed.rowsHere = this.rowsHere;
    if (this.greeted || this.rowsHere === 0) return;
    const first = this.lines.at(0, this.read);
    if (!first?.node) return;
    this.greeted = true;
    this.lines.toggle(first);
  }

  protected override firstUpdated(): void {
    const scroller = this.renderRoot.querySelector<HTMLElement>('.scroller')!;
    this.view = new ScrollView(scroller, () => this.requestUpdate());
    this.measured();
  }

  protected override updated(): void {
    const { view, feed, lines } = this;
    if (!view || !feed) return;
    view.setRows(lines.count);
    this.reveal();
    const seen = rowsSeen(view.extent, view.top, OVER);
    const rows = lines.rowsOf(seen.from, seen.to);
    feed.want(rows, [{ from: rows.to, to: rows.to + AHEAD_ROWS }]);
    const drawSoon = (): void => this.requestUpdate();
    this.notices.rowsDrawn({ feed, sourceRows: this.rowsHere, drawSoon }, rows);
  }

  /** Goes to what is sought, once its document is here. */
  private reveal(): void {
    const node = this.sought && this.read(this.sought.row);
    if (!node) return;
    const { row, column, isWanted } = this.sought!;
    this.sought = null;
    const place = this.lines.reveal(row, node, this.columns[column]!.name, isWanted);
    this.view!.setRows(this.lines.count);
    this.goTo(place);
    this.requestUpdate();
  }

  private measured(): void {
    this.view?.measure(0);
    this.requestUpdate();
  }

  private readonly read = (row: number) => {
    const text = this.feed?.document(row);
    return text === undefined ? undefined : readEjson(text);
  };

  protected override render() {
    const { view, lines } = this;
    const seen = view
      ? rowsSeen({ rows: lines.count, viewportPx: view.extent.viewportPx }, view.top, OVER)
      : null;
    const shown: unknown[] = [];
    for (let at = seen?.from ?? 0; at < (seen?.to ?? 0); at++) {
      const line = lines.at(at, this.read);
      if (line) shown.push(this.line(line, at));
    }
    return html`<div
        class="scroller" role="treegrid" tabindex="0" aria-label="Documents" aria-rowcount=${this.complete ? lines.count + 1 : -1}
        aria-activedescendant=${lines.count > 0 ? `line-${this.active}` : nothing} @keydown=${this.key}
      >
        <div class="head" role="row" aria-rowindex="1"><span role="columnheader">Document</span><span class="type" role="columnheader">Type</span></div>
        <div class="body" role="rowgroup" style="height:${bodyPx(lines.count)}px">${shown}</div>
        ${lines.rows === 0 && this.complete ? html`<p class="empty">No documents.</p>` : nothing}
      </div>
      ${this.notices.shown ? noticeLine(this.notices.shown) : nothing}
      <div class="heard" role="status">${this.heard}</div>`;
  }

  private line(line: DocumentLine, at: number) {
    const { level, name, node, expanded, path } = line;
    const own = path === '';
    const kind = own && node ? `${thousands(node.entries.length)} fields` : (node?.kind ?? '');
    const y = at * ROW_PX - (this.view?.shiftPx ?? 0);
    return html`<div
      class="line ${own ? 'own' : ''} ${at === this.active ? 'active' : ''}"
      role="row"
      id="line-${at}"
      aria-level=${level}
      aria-rowindex=${at + 2}
      aria-expanded=${expanded === null ? nothing : expanded} aria-selected=${at === this.active}
      style="transform:translateY(${y}px);padding-left:${level === 1 ? 8 : NUMBERED_PX + (level - 1) * 18}px"
      @click=${(event: MouseEvent) => this.pressed(event, line, at)} @dblclick=${() => this.toggle(line)}
    >
      <span class="twist" aria-hidden="true">${expanded === null ? nothing : icon(expanded ? 'chevron-down' : 'chevron-right', 12)}</span>
      <span role="gridcell" style="display:contents">
        ${own ? html`<span class="number">${thousands(Number(name))}</span>` : html`<span class="name" title=${escapeInvisible(name)}>${escapeInvisible(name)}:</span>`}
        ${node ? this.value(line) : html`<span class="late-line late">${this.isUnread(line.row) ? 'not read' : 'reading…'}</span>`}
      </span>
      <span class="type" role="gridcell">${kind}</span>
    </div>`;
  }

  private isUnread(row: number): boolean {
    return this.feed?.failureIn({ from: row, to: row + 1 }) !== undefined;
  }

  private value({ node, expanded }: DocumentLine) {
    const { kind, text, entries } = node!;
    const isGroup = kind === 'object' || kind === 'array';
    if (isGroup && expanded)
      return html`<span class="value group">${kind === 'array' ? `[ ${entries.length} ]` : ''}</span>`;
    const line = beginning(ejsonLine(node!, LINE_UNITS_MAX), LINE_UNITS_MAX);
    const shown = kind === 'string' ? JSON.stringify(line) : line;
    const look = isGroup
      ? 'group'
      : isNumber(kind)
        ? 'number-value'
        : kind === 'null' || kind === 'undefined'
          ? 'null'
          : kind === 'string'
            ? 'string'
            : '';
    return html`<span class="value ${look}" title=${beginning(text, HOVER_UNITS_MAX)}>${shown}</span>`;
  }

  private pressed(event: MouseEvent, line: DocumentLine, at: number): void {
    this.active = at;
    const twist = (event.target as Element).closest('.twist');
    if (twist) this.toggle(line);
  }

  private toggle(line: DocumentLine): void {
    if (line.expanded === null) return;
    this.lines.toggle(line);
    this.requestUpdate();
  }

  private key(event: KeyboardEvent): void {
    const { lines, view } = this;
    const line = lines.at(this.active, this.read);
    if (!line || !view) return;
    const page = Math.max(1, Math.floor(view.extent.viewportPx / ROW_PX) - 1);
    const steps: Record<string, number> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: lines.count - 1,
    };
    const command = commandFor('documents', chordOf(event));
    if (command === 'copy') void this.copy(line);
    else if (command === 'find') this.dispatchEvent(new Event('qt-find', { bubbles: true, composed: true }));
    else if (steps[event.key] !== undefined) this.goTo(steps[event.key]!);
    else if (event.key === 'ArrowRight' && line.expanded === false) this.toggle(line);
    else if (event.key === 'ArrowRight' && line.expanded) this.goTo(this.active + 1);
    else if (event.key === 'ArrowLeft' && line.expanded) this.toggle(line);
    else if (event.key === 'ArrowLeft') this.goTo(lines.parentOf(this.active, line));
    else if (event.key === 'Enter' || event.key === ' ') this.toggle(line);
    else return;
    event.preventDefault();
  }

  private goTo(index: number): void {
    this.active = Math.min(Math.max(index, 0), Math.max(0, this.lines.count - 1));
    this.view?.show(this.active, 0, Float64Array.of(0, 0));
  }

  /** A string's own text and a number's digits; all else as Extended JSON. */
  private async copy({ node }: DocumentLine): Promise<void> {
    if (!node) return;
    const copied = await writeClipboard(ejsonPlain(node.text));
    this.heard = copied ? 'Copied.' : 'The browser blocked the clipboard.';
  }
}

customElements.define('qt-documents', QtDocuments);
