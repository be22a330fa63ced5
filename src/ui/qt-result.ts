import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { CataloguePage, ColumnInfo } from '../events/catalogue.ts';
import type { ResultMeta } from '../events/result.ts';
import { readRows, rowCodec } from '../events/rows.ts';
import { ejsonDocument } from '../events/rows-ejson.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { SessionView } from '../events/views/session-view.ts';
import type { Client } from './client.ts';
import type { CellViewer } from './grid/cell-viewer.ts';
import './grid/cell-viewer.ts';
import './grid/qt-grid.ts';
import type { QtGrid, WindowSource } from './grid/qt-grid.ts';
import './qt-row-editor.ts';
import type { QtRowEditor, RowServer } from './qt-row-editor.ts';
import { cellsOf, type Editable, editable, type NotEditable, placeOf } from './row-edits.ts';
import { shared } from './shared.css.ts';

/** One query's rows. */
export class QtResult extends LitElement {
  static override properties = {
    client: { attribute: false },
    query: { attribute: false },
    resultId: { type: String },
    session: { attribute: false },
    meta: { state: true },
    gone: { state: true },
    editing: { state: true },
    saved: { state: true },
    manualCommit: { type: Boolean },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; flex: 1; }
      qt-grid { flex: 1; min-height: 0; }
      .edits { display: flex; gap: 14px; align-items: center; padding: 4px 12px; border-top: 1px solid var(--qt-border); color: var(--qt-fg-muted); font-size: 12px; flex: none; }
      .none { flex: 1; display: grid; place-content: center; color: var(--qt-fg-muted); text-align: center; }
    `,
  ];

  declare client: Client;
  declare query: QueryView;
  /** Which of the query's results. */
  declare resultId: string;
  declare session: SessionView | undefined;
  declare protected meta: ResultMeta | null;
  declare protected gone: string;
  /** What can be edited here, or why nothing can; null while that is not known. */
  declare protected editing: Editable | NotEditable | null;
  /** Edits saved since the rows were read. */
  declare protected saved: number;
  declare manualCommit: boolean;
  private source: WindowSource | null = null;
  /** The query whose columns were asked for. */
  private asked = '';
  /** The result whose columns were asked for after its end. */
  private endKnown = '';

  constructor() {
    super();
    this.meta = null;
    this.gone = '';
    this.resultId = '';
    this.editing = null;
    this.saved = 0;
    this.manualCommit = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('query') && !changed.has('resultId')) return;
    const { resultId, query } = this;
    if (query.columns === 0) return;
    if (this.asked !== resultId) {
      this.asked = resultId;
      this.meta = null;
      this.gone = '';
      this.editing = null;
      this.saved = 0;
      this.source = { window: (from, count) => this.client.window(resultId, from, count) };
      void this.learn(resultId);
    } else if (this.meta && query.columns > this.meta.columns.length) void this.learn(resultId);
    // Where columns come from is known for certain once the statement has ended.
    if (query.outcome !== null && this.endKnown !== resultId) {
      this.endKnown = resultId;
      void this.learn(resultId);
    }
  }

  private async learn(resultId: string): Promise<void> {
    try {
      const meta = await this.client.result(resultId);
      if (resultId !== this.asked) return;
      const same = JSON.stringify(this.meta?.columns) === JSON.stringify(meta.columns);
      this.meta = same && this.meta ? { ...meta, columns: this.meta.columns } : meta;
      if (meta.complete) await this.learnEditing(meta);
    } catch (error) {
      if (resultId === this.asked) this.gone = (error as Error).message;
    }
  }

  /** Whether the rows can be edited, and why not. */
  private async learnEditing({ resultId, columns }: ResultMeta): Promise<void> {
    const { session } = this;
    const place = placeOf(columns);
    if (!session || 'why' in place) {
      this.editing = 'why' in place ? place : null;
      return;
    }
    const { namespace, collection } = place;
    const page = await this.client
      .catalogue<CataloguePage & { columns: readonly ColumnInfo[] }>(session.sessionId, {
        list: 'columns',
        namespace,
        collection,
      })
      .catch(() => null);
    if (resultId === this.asked) this.editing = page ? editable(session, columns, page.columns) : null;
  }

  /** Opens the form on the active row; without one, or with `add`, for a new row. */
  async edit(add = false): Promise<void> {
    const { editing, meta, session, source } = this;
    if (!meta || !session || !source || !editing || 'why' in editing) return;
    const grid = this.renderRoot.querySelector<QtGrid>('qt-grid');
    const cell = grid?.activeCell;
    const server: RowServer = {
      send: (wish) =>
        this.client.command({
          ...wish,
          sessionId: session.sessionId,
          tabId: this.query.tabId!,
          manualCommit: this.manualCommit,
        }),
      ended: (queryId) => this.client.ended(queryId),
    };
    const editor = this.renderRoot.querySelector<QtRowEditor>('qt-row-editor')!;
    if (add || !cell || cell.row < 0) return editor.open(editing, null, server);
    const frame = await source.window(cell.row, 1);
    const [row] = readRows(rowCodec(frame.encoding), frame.rows, meta.columns);
    if (row)
      editor.open(editing, cellsOf(meta.columns, row), server, meta.columns[cell.column]?.origin?.column);
  }

  private edits(): TemplateResult | typeof nothing {
    const { editing, saved } = this;
    if (!editing) return nothing;
    if ('why' in editing)
      return html`<div class="edits" data-testid="edits"><span>${editing.why}</span>${this.documentLink()}</div>`;
    return html`<div class="edits" data-testid="edits">
      <button class="link" @click=${() => this.edit()} title="F2 in the grid">Edit row…</button>
      <button class="link" @click=${() => this.edit(true)}>Add row…</button>
      ${this.documentLink()}
      ${
        saved > 0
          ? html`<span role="status">${saved === 1 ? 'An edit was' : `${saved} edits were`} saved since these rows were read.
        <button class="link" @click=${() => this.dispatchEvent(new CustomEvent('qt-read-again', { bubbles: true, composed: true }))}>Read them again</button></span>`
          : nothing
      }
    </div>`;
  }

  /** The whole document of the active row, as a tree of its fields. */
  private documentLink(): TemplateResult | typeof nothing {
    if (this.meta?.encoding !== 'ejson') return nothing;
    return html`<button class="link" @click=${() => this.showDocument()}>Show document</button>`;
  }

  private async showDocument(): Promise<void> {
    const { meta, source } = this;
    const row = Math.max(0, this.renderRoot.querySelector<QtGrid>('qt-grid')?.activeCell?.row ?? 0);
    if (!meta || !source) return;
    const frame = await source.window(row, 1);
    if (frame.count === 0) return;
    const column = { name: 'document', type: 'json', numeric: false };
    const value = ejsonDocument(frame.rows, 0);
    const viewer = this.renderRoot.querySelector<CellViewer>('qt-cell-viewer')!;
    await viewer.open({ column, row: String(row + 1), value });
  }

  private gridKey(event: KeyboardEvent): void {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (!plain || event.key !== 'F2') return;
    event.preventDefault();
    void this.edit();
  }

  protected override render() {
    const { meta, query, gone } = this;
    if (gone) return html`<div class="none">${gone}</div>`;
    if (!meta || meta.resultId !== this.resultId) {
      const waiting = query.outcome === null ? 'No row yet.' : '';
      return html`<div class="none">${waiting}</div>`;
    }
    const ended = query.outcome !== null;
    return html`<qt-grid
      @keydown=${this.gridKey}
      label="Result" ?documents=${meta.encoding === 'ejson'}
      .columns=${meta.columns}
      .rowsHere=${Math.max(query.rows, 0)}
      .complete=${ended}
      .source=${this.source}
    ></qt-grid>
    ${this.edits()}
    <qt-cell-viewer></qt-cell-viewer>
    <qt-row-editor @qt-row-saved=${() => {
      this.saved++;
    }}></qt-row-editor>`;
  }
}

customElements.define('qt-result', QtResult);
