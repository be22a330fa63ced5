import { css, html, LitElement, type PropertyValues } from 'lit';
import { CUT_WORDS } from '../../events/cut-words.ts';
import type { Engine } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import type { ResultMeta } from '../../events/result.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { Client } from '../api/client.ts';
import './documents/qt-documents.ts';
import { placeOf } from './edit/editable.ts';
import type { ResultEdits } from './edit/result-edits.ts';
import type { QtGrid, WindowSource } from './grid/qt-grid.ts';
import './grid/qt-grid.ts';
import { shared } from '../controls/shared.css.ts';

/** One result's rows. Fires `qt-meta` with what the server says of it, whenever that is read. */
export class QtResult extends LitElement {
  static override properties = {
    client: { attribute: false },
    query: { attribute: false },
    resultId: { type: String },
    engine: { type: String },
    oneOfMany: { type: Boolean },
    editing: { attribute: false },
    revision: { type: Number },
    asDocuments: { type: Boolean },
    meta: { state: true },
    gone: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; flex: 1; }
      qt-grid, qt-documents { flex: 1; min-height: 0; }
      .none { flex: 1; display: grid; place-content: center; color: var(--qt-fg-muted); text-align: center; }
    `,
  ];

  declare client: Client;
  declare query: QueryView;
  declare resultId: string;
  declare engine: Engine;
  /** A statement may give several results here, so that its rows are not those of one of them. */
  declare oneOfMany: boolean;
  declare editing: ResultEdits | null;
  declare revision: number;
  /** Documents are shown as trees, not as a table. */
  declare asDocuments: boolean;
  declare protected meta: ResultMeta | null;
  declare protected gone: string;
  private source: WindowSource | null = null;
  /** What the meta was read for: a result, and how far it was. */
  private asked = '';
  private reading = false;

  constructor() {
    super();
    this.oneOfMany = false;
    this.editing = null;
    this.revision = 0;
    this.asDocuments = false;
    this.meta = null;
    this.gone = '';
  }

  get grid(): QtGrid | null {
    return this.renderRoot.querySelector('qt-grid');
  }

  /** What takes the focus: the rows. */
  get pane(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('qt-grid, qt-documents');
  }

  private get rows(): number {
    const { meta, query } = this;
    return meta && (this.oneOfMany || meta.encoding === 'ejson') ? meta.rows : Math.max(query.rows, 0);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('resultId')) {
      this.meta = null;
      this.gone = '';
      this.asked = '';
    }
    void this.learn();
    if (this.editing) this.editing.rowsHere = this.rows;
  }

  /**
   * Reads what the result is like: when its first row is here; again when it has ended, as columns may be known better by then;
   * and as it grows where documents bring new columns, or where the query's rows are not this result's alone.
   */
  private async learn(): Promise<void> {
    const { query, resultId, meta } = this;
    if (query.columns === 0 || this.reading) return;
    const grows = this.oneOfMany || meta?.encoding === 'ejson';
    const wanted = `${resultId} ${query.outcome ?? (grows ? query.rows : '')}`;
    if (this.asked === wanted) return;
    this.asked = wanted;
    this.reading = true;
    try {
      const next = await this.client.result(resultId);
      if (resultId !== this.resultId) return;
      if (meta?.resultId !== resultId)
        this.source = { window: (from, count) => this.client.window(resultId, from, count) };
      // The same columns stay the same array, so that nothing is laid out anew.
      const same = meta && JSON.stringify(meta.columns) === JSON.stringify(next.columns);
      this.meta = same ? { ...next, columns: meta.columns } : next;
      this.dispatchEvent(new CustomEvent('qt-meta', { detail: this.meta }));
    } catch (error) {
      if (resultId === this.resultId && !this.meta) this.gone = (error as Error).message;
    } finally {
      this.reading = false;
      // What changed while it was read.
      this.requestUpdate();
    }
  }

  protected override render() {
    const { meta, query, gone } = this;
    if (gone) return html`<div class="none">${gone}</div>`;
    if (!meta || meta.resultId !== this.resultId)
      return html`<div class="none">${query.outcome === null ? 'No row yet.' : ''}</div>`;
    const complete = query.outcome !== null;
    const documents = meta.encoding === 'ejson';
    if (documents && this.asDocuments)
      return html`<qt-documents .source=${this.source} .rowsHere=${this.rows} .complete=${complete}></qt-documents>`;
    const place = placeOf(meta.columns);
    const table =
      'why' in place
        ? 'table_name'
        : descriptorOf(this.engine).qualified(place.namespace, place.collection, '');
    return html`<qt-grid
      label="Result"
      .columns=${meta.columns}
      .rowsHere=${this.rows}
      .complete=${complete}
      .missing=${complete ? (meta.cut ? CUT_WORDS[meta.cut] : '') : 'the statement still runs'}
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
