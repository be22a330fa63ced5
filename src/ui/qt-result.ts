import { css, html, LitElement, type PropertyValues } from 'lit';
import type { ResultMeta } from '../events/result.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { Client } from './client.ts';
import './grid/qt-grid.ts';
import type { WindowSource } from './grid/qt-grid.ts';
import { shared } from './shared.css.ts';

/** One query's rows. */
export class QtResult extends LitElement {
  static override properties = {
    client: { attribute: false },
    query: { attribute: false },
    meta: { state: true },
    gone: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; flex: 1; }
      qt-grid { flex: 1; min-height: 0; }
      .none { flex: 1; display: grid; place-content: center; color: var(--qt-fg-muted); text-align: center; }
    `,
  ];

  declare client: Client;
  declare query: QueryView;
  declare protected meta: ResultMeta | null;
  declare protected gone: string;
  private source: WindowSource | null = null;
  /** The query whose columns were asked for. */
  private asked = '';

  constructor() {
    super();
    this.meta = null;
    this.gone = '';
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('query')) return;
    const { queryId, columns } = this.query;
    if (this.asked === queryId || columns === 0) return;
    this.asked = queryId;
    this.meta = null;
    this.gone = '';
    void this.learn(queryId);
  }

  private async learn(queryId: string): Promise<void> {
    try {
      const meta = await this.client.result(queryId);
      if (queryId !== this.asked) return;
      this.source = { window: (from, count) => this.client.window(queryId, from, count) };
      this.meta = meta;
    } catch (error) {
      if (queryId === this.asked) this.gone = (error as Error).message;
    }
  }

  protected override render() {
    const { meta, query, gone } = this;
    if (gone) return html`<div class="none">${gone}</div>`;
    if (!meta || meta.queryId !== query.queryId) {
      const waiting = query.outcome === null ? 'No row yet.' : '';
      return html`<div class="none">${waiting}</div>`;
    }
    const ended = query.outcome !== null;
    return html`<qt-grid
      label="Result"
      .columns=${meta.columns}
      .rowsHere=${Math.max(query.rows, 0)}
      .complete=${ended}
      .source=${this.source}
    ></qt-grid>`;
  }
}

customElements.define('qt-result', QtResult);
