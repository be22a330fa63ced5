import { Task, TaskStatus } from '@lit/task';
import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { CUT_WORDS } from '../../events/cut-words.ts';
import type { Engine } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import type { ResultMeta } from '../../events/result.ts';
import { unsortedId } from '../../events/result-order.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { ClientConsumer } from '../api/client-context.ts';
import type { FirstWindow } from '../api/first-window.ts';
import { placeOf } from './edit/editable.ts';
import type { ResultEdits } from './edit/result-edits.ts';
import type { ColumnLayouts } from './grid/column-layouts.ts';
import type { QtGrid, WindowSource } from './grid/qt-grid.ts';
import './grid/qt-grid.ts';
import { shared } from '../controls/shared.css.ts';

/** One result's rows. Fires `qt-meta` with what the server says of it, whenever that is read. */
export class QtResult extends LitElement {
  static override properties = {
    query: { attribute: false },
    resultId: { type: String },
    engine: { type: String },
    oneOfMany: { type: Boolean },
    editing: { attribute: false },
    revision: { type: Number },
    asDocuments: { type: Boolean },
    layouts: { attribute: false },
    finding: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; flex: 1; }
      qt-grid, qt-documents { flex: 1; min-height: 0; }
      .none { flex: 1; display: grid; place-content: center; color: var(--qt-fg-muted); text-align: center; }
    `,
  ];

  declare query: QueryView;
  declare resultId: string;
  declare engine: Engine;
  /** A statement may give several results here, so that its rows are not those of one of them. */
  declare oneOfMany: boolean;
  declare editing: ResultEdits | null;
  declare revision: number;
  /** Documents are shown as trees, not as a table. */
  declare asDocuments: boolean;
  /** How columns were arranged in earlier results of the same place. */
  declare layouts: ColumnLayouts;
  /** The bar is open that finds a text in the rows. */
  declare protected finding: boolean;
  private source: WindowSource | null = null;
  private readonly context = new ClientConsumer(this);
  /**
   * What the result is like: read when its first row is here; again when it has ended, as columns may be
   * known better by then; and as it grows where documents bring new columns, or where the query's rows are
   * not this result's alone.
   */
  private readonly meta = new Task(this, {
    task: async ([resultId, version]: readonly string[]) =>
      resultId === '' || version === this.sent ? this.latest : this.read(resultId!),
    args: () => this.wanted(),
  });
  /** The version of the result that the program sent by itself, with its first rows. */
  private sent: string | null = null;
  /** The latest request. */
  private asked: readonly string[] = ['', ''];
  /** Of the result in view; stays while it is read again. */
  private latest: ResultMeta | null = null;

  constructor() {
    super();
    this.oneOfMany = false;
    this.editing = null;
    this.revision = 0;
    this.asDocuments = false;
    this.finding = false;
    this.addEventListener('qt-find', () => this.find());
  }

  get grid(): QtGrid | null {
    return this.renderRoot.querySelector('qt-grid');
  }

  /** What takes the focus: the rows. */
  get pane(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('qt-grid, qt-documents');
  }

  /** Opens the bar that finds a text in the rows, or goes to it. */
  find(): void {
    // Loaded with the first of them.
    import('./find/qt-find-bar.ts').catch(() => undefined);
    this.finding = true;
    // Whoever asked for it may take the focus first.
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('qt-find-bar')?.focus());
  }

  private found(): void {
    this.finding = false;
    this.pane?.focus();
  }

  /** What is known of the rows comes with the result's own answers, and not with the query. */
  private get grows(): boolean {
    return this.oneOfMany || this.latest?.encoding === 'ejson';
  }

  private get rows(): number {
    const { latest: meta, query } = this;
    return meta && this.grows ? meta.rows : Math.max(query.rows, 0);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('resultId')) {
      const { latest, resultId } = this;
      this.finding = false;
      if (latest && unsortedId(latest.resultId) === unsortedId(resultId))
        this.sorted({ ...latest, resultId });
      else this.latest = this.sent = null;
    }
    if (this.latest === null && this.query.columns > 0) this.takeFirst();
    if (this.editing) this.editing.rowsHere = this.rows;
  }

  /**
   * The result to read, and how far it is; the same again while an answer is on its way, so that each is
   * used.
   */
  private wanted(): readonly string[] {
    const { query, resultId, meta } = this;
    if (query.columns === 0) return ['', ''];
    if (meta.status === TaskStatus.PENDING && this.asked[0] === resultId) return this.asked;
    this.asked = [resultId, this.version];
    return this.asked;
  }

  /** How far the result is, as far as what is said of it depends on that. */
  private get version(): string {
    const { query, grows } = this;
    return String(query.outcome ?? (grows ? query.rows : ''));
  }

  /** Shows what the program sent by itself, without waiting for anything. */
  private takeFirst(): void {
    const first = this.context.client.takeFirstWindow(this.resultId, this.query.outcome);
    if (!first) return;
    this.begin(first);
    this.latest = first.meta;
    this.sent = this.version;
    this.said(first.meta);
  }

  /** The same rows in another order. */
  private sorted(meta: ResultMeta): void {
    this.begin(null);
    this.latest = meta;
    this.sent = this.version;
    this.said(meta);
  }

  /** Another result, or another order: the grid gets its rows from a source of its own. */
  private begin(first: FirstWindow | null): void {
    const { resultId } = this;
    const { client } = this.context;
    const window: WindowSource['window'] = (from, count) => client.window(resultId, from, count);
    // Rows that were too many bytes to be sent are asked for by the grid.
    this.source = { resultId, window, ...(first?.frame.count ? { first: first.frame } : {}) };
  }

  private async read(resultId: string): Promise<ResultMeta> {
    const { client } = this.context;
    let next: ResultMeta;
    if (this.latest === null) {
      // Where rows can't be read, the grid asks for them again and says why.
      const first = await client.firstWindow(resultId).catch(() => null);
      next = first?.meta ?? (await client.result(resultId));
      // The program may have sent it while it was asked for.
      if (resultId === this.resultId && this.latest === null) this.begin(first);
    } else {
      next = await client.result(resultId);
    }
    if (resultId !== this.resultId) return next;
    const { latest } = this;
    // The same columns stay the same array, so that they keep their layout.
    const same = latest && JSON.stringify(latest.columns) === JSON.stringify(next.columns);
    this.latest = same ? { ...next, columns: latest.columns } : next;
    this.said(this.latest);
    return this.latest;
  }

  private said(meta: ResultMeta): void {
    this.dispatchEvent(new CustomEvent('qt-meta', { detail: meta }));
  }

  protected override render() {
    const { latest: meta, query } = this;
    const ended = query.outcome !== null;
    if (!meta && this.meta.status === TaskStatus.ERROR)
      return html`<div class="none">${(this.meta.error as Error).message}</div>`;
    if (!meta || meta.resultId !== this.resultId)
      return html`<div class="none ${ended ? 'late' : ''}">${ended ? 'Reading the rows…' : 'No row yet.'}</div>`;
    const complete = ended && (!this.grows || meta.complete);
    const bar = this.finding
      ? html`<qt-find-bar .meta=${meta} .view=${() => this.pane} ?edited=${this.editing?.edits.waiting.length} @close=${this.found}></qt-find-bar>`
      : nothing;
    const documents = meta.encoding === 'ejson';
    if (documents && this.asDocuments) {
      // Only MongoDB's results have it: loaded with the first of them.
      import('./documents/qt-documents.ts').catch(() => undefined);
      return html`${bar}<qt-documents
        .columns=${meta.columns}
        .source=${this.source}
        .rowsHere=${this.rows}
        .complete=${complete}
      ></qt-documents>`;
    }
    const place = placeOf(meta.columns);
    const table =
      'why' in place ? '' : descriptorOf(this.engine).qualified(place.namespace, place.collection, '');
    return html`${bar}<qt-grid
      ?finding=${this.finding}
      label="Result"
      .layouts=${this.layouts}
      .columns=${meta.columns}
      .rowsHere=${this.rows}
      .complete=${complete}
      .missing=${ended ? (meta.cut ? CUT_WORDS[meta.cut] : '') : 'the statement still runs'}
      .source=${this.source}
      ?documents=${documents}
      .encoding=${meta.encoding}
      .table=${table}
      .editing=${this.editing}
      .revision=${this.revision}
    ></qt-grid>`;
  }
}

customElements.define('qt-result', QtResult);
