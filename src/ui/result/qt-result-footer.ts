import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { CUT_WORDS } from '../../events/cut-words.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { sendCommand } from '../api/command-request.ts';
import { download, json } from '../api/request.ts';
import { Clock } from '../controls/clock.ts';
import { icon } from '../controls/icons.ts';
import { menuBelow } from '../controls/qt-menu.ts';
import { shared } from '../controls/shared.css.ts';
import { footer, runsWithoutRow } from '../format/query-status.ts';
import { type ScriptSentence, scriptSentence } from '../format/script-status.ts';

const TICK_MS = 100;
/** Formats of an export, as its request names them, with their labels. */
const FORMATS = {
  csv: 'CSV',
  'csv&spreadsheet=true': 'CSV for spreadsheets',
  xlsx: 'XLSX',
  json: 'JSON',
  ndjson: 'NDJSON',
  'sql&into=table': 'SQL',
} as const;

/**
 * The sentence below a result: how the query stands or ended, in figures, and where its script stopped. Offers to ask who blocks one
 * that waits long. What is inside of it stands before the export. Fires `qt-show-messages`.
 */
export class QtResultFooter extends LitElement {
  static override properties = {
    query: { attribute: false },
    script: { attribute: false },
    resultId: { type: String },
    heard: { attribute: false },
    documents: { type: Boolean },
    all: { state: true },
    refused: { state: true },
  };
  static override styles = [
    shared,
    css`
      footer {
        display: flex; align-items: center; gap: 18px; height: 30px; padding: 0 12px; flex: none;
        border-top: 1px solid var(--qt-border); color: var(--qt-fg-muted); white-space: nowrap; overflow: hidden;
        font-variant-numeric: tabular-nums;
      }
      footer .dot { margin-right: -10px; }
      qt-blockers { padding: 6px 12px; max-height: 40vh; overflow: auto; border-top: 1px solid var(--qt-border); }
      .part { overflow: hidden; text-overflow: ellipsis; flex: 0 1 auto; }
      .part.rows, .script { flex: none; }
      .verdict.waiting { color: var(--qt-state-waiting); }
      .verdict.failed { color: var(--qt-state-failed); }
      .end { margin-left: auto; display: flex; align-items: center; gap: 14px; flex: none; max-width: 70%; }
      .problem { overflow: hidden; text-overflow: ellipsis; }
      b { font-weight: 600; color: var(--qt-fg); }
      .verdict b { color: inherit; }
      .export { display: flex; align-items: center; gap: 4px; height: 24px; }
      .export:hover { color: var(--qt-fg); }
    `,
  ];

  declare query: QueryView;
  /** All of the script that the query is of, in its order. */
  declare script: readonly QueryView[];
  /** The result in view; empty while messages are. */
  declare resultId: string;
  /** Whether the tape is received. */
  declare heard: boolean;
  /** The rows are documents. */
  declare documents: boolean;
  /** The query all of whose rows are fetched. */
  declare protected all: string;
  /** Why rows were not fetched or exported; empty where nothing was refused. */
  declare protected refused: string;

  constructor() {
    super();
    new Clock(this, TICK_MS, () => this.heard && this.query.outcome === null);
    this.script = [];
    this.heard = true;
    this.documents = false;
    this.all = '';
    this.refused = '';
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const isOther = changed.has('query') && changed.get('query')?.queryId !== this.query.queryId;
    if (isOther || changed.has('resultId')) this.refused = '';
  }

  protected override render() {
    const { query } = this;
    const { tone, parts, verdict } = footer(query, Date.now(), this.heard);
    const shown = parts.map(
      (part, i) =>
        html`<span class="part ${i === verdict ? `verdict ${tone}` : ''} ${i === 0 && query.columns > 0 ? 'rows' : ''}" title=${part}>${figures(part)}</span>`,
    );
    const around = scriptSentence(this.script, query, this.heard);
    const end = around && around.tone !== 'running' ? [around.words] : [];
    return html`${this.wait()}
      <footer data-testid="result-footer" aria-label="Result">
        <span class="dot ${tone}"></span>${shown}${around ? this.around(around) : nothing}
        <span class="end"><slot></slot>${query.columns > 0 ? [this.problem(), this.ahead(), this.exports()] : nothing}</span>
      </footer>
      <span class="heard" role="status">${query.outcome === null ? '' : [...parts, ...end].join(', ')}</span>`;
  }

  /** Where the script is, or what became of it, which leads to its messages where these are not in view. */
  private around({ tone, words }: ScriptSentence) {
    if (this.resultId === '') return html`<span class="verdict script ${tone}">${words}</span>`;
    return html`<button
      class="link verdict script ${tone}"
      title="Show the messages of every statement"
      @click=${() => this.dispatchEvent(new Event('qt-show-messages'))}
    >${words}</button>`;
  }

  /** The question who blocks a statement that has run for some time without a row. */
  private wait() {
    const { query } = this;
    if (!this.heard || !runsWithoutRow(query, Date.now())) return nothing;
    return html`<qt-blockers queryId=${query.queryId} runs></qt-blockers>`;
  }

  /** The way to the rest of a result that is paused. */
  private ahead() {
    const { query } = this;
    if (query.outcome !== null || query.cancel || !this.heard) return nothing;
    if (this.all === query.queryId) return html`<span>fetching all</span>`;
    return query.state === 'paused'
      ? html`<button class="link" title="Read all rows now and store them on this machine" @click=${this.fetchAll}>Fetch all</button>`
      : nothing;
  }

  private problem() {
    const { refused } = this;
    return refused
      ? html`<span class="verdict failed problem" role="alert" data-testid="footer-problem" title=${refused}>${refused}</span>`
      : nothing;
  }

  private exports() {
    const { outcome, cut } = this.query;
    const missing = outcome === null ? 'the statement still runs' : cut && CUT_WORDS[cut];
    const title = missing
      ? `Export the rows fetched so far, with every column. Not all rows are here: ${missing}`
      : 'Export these rows, with every column of the statement';
    return html`<button class="export" aria-haspopup="menu" title=${title} @click=${this.chooseExport}>
      ${icon('download', 14)} Export ${icon('chevron-down', 12)}
    </button>`;
  }

  private async fetchAll(): Promise<void> {
    const { queryId } = this.query;
    this.refused = '';
    const answer = await sendCommand(this, { type: 'query.fetchAll', queryId });
    if (this.query.queryId !== queryId) return;
    if ('refused' in answer) this.refused = `could not fetch all rows: ${answer.refused.message}`;
    else this.all = queryId;
  }

  /** Offers the formats, once the program has said that it still has the rows: a result that is shown may have been dropped. */
  private async chooseExport({ currentTarget }: Event): Promise<void> {
    const { shown } = this;
    const had = this.exporting(shown, json(`/api/results/${shown}`));
    if (!(await had) || shown !== this.shown) return;
    // Documents have no SQL.
    const formats = Object.entries(FORMATS).filter(
      ([format]) => !format.startsWith('sql') || !this.documents,
    );
    menuBelow(
      currentTarget as HTMLElement,
      'Export',
      formats.map(([format, label]) => ({
        label,
        act: () => void this.exporting(shown, download(`/api/results/${shown}/export?format=${format}`)),
      })),
    );
  }

  /** Says why a step of the export of a result has failed, while that is in view. */
  private async exporting(resultId: string, step: Promise<unknown>): Promise<boolean> {
    this.refused = '';
    try {
      await step;
      return true;
    } catch (error) {
      if (resultId === this.shown) this.refused = `export failed: ${(error as Error).message}`;
      return false;
    }
  }

  /** The result in view, else the latest. */
  private get shown(): string {
    return this.resultId || this.query.queryId;
  }
}

/** The figures are what is looked for; the words around them stay quiet. */
function figures(part: string) {
  return part
    .split(/(\d[\d\u00a0.]*(?: (?:ms|s|min|h)\b)?)/)
    .map((piece, i) => (i % 2 === 1 ? html`<b>${piece}</b>` : piece));
}

customElements.define('qt-result-footer', QtResultFooter);
