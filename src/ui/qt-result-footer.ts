import { css, html, LitElement, nothing } from 'lit';
import type { QueryView } from '../events/views/query-view.ts';
import type { Client } from './client.ts';
import { icon } from './icons.ts';
import { shared } from './shared.css.ts';
import { footer, thousands } from './words.ts';

const TICK_MS = 100;
const FORMATS = ['csv', 'json', 'ndjson', 'sql', 'xlsx'] as const;

/** The sentence below a result: how the query stands or ended, in figures. */
export class QtResultFooter extends LitElement {
  static override properties = { client: { attribute: false }, query: { attribute: false } };
  static override styles = [
    shared,
    css`
      footer {
        display: flex; align-items: center; gap: 18px; height: 30px; padding: 0 12px; flex: none;
        border-top: 1px solid var(--qt-border); color: var(--qt-fg-muted); white-space: nowrap; overflow: hidden;
      }
      footer .dot { margin-right: -10px; }
      footer .part { overflow: hidden; text-overflow: ellipsis; }
      footer .waiting { color: var(--qt-state-waiting); }
      footer .failed { color: var(--qt-state-failed); }
      footer .end { margin-left: auto; display: flex; align-items: center; gap: 14px; }
      b { font-weight: 600; color: var(--qt-fg); }
      select { border: 0; background: none; color: var(--qt-fg-muted); }
      option { background: var(--qt-bg-raised); color: var(--qt-fg); }
    `,
  ];

  declare client: Client;
  declare query: QueryView;
  private ticking: ReturnType<typeof setInterval> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.ticking);
    this.ticking = undefined;
  }

  protected override updated(): void {
    if (this.query.outcome === null) this.ticking ??= setInterval(() => this.requestUpdate(), TICK_MS);
    else {
      clearInterval(this.ticking);
      this.ticking = undefined;
    }
  }

  protected override render() {
    const { query } = this;
    const { tone, parts } = footer(query, Date.now());
    const shown = parts.map((part, i) => {
      const [figure, ...rest] = part.split(' ');
      // The figure is what is looked for; the words around it stay quiet.
      return /^\d/.test(part)
        ? html`<span class="part"><b>${figure}</b> ${rest.join(' ')}</span>`
        : html`<span class="part ${i === parts.length - 1 ? tone : ''}">${part}</span>`;
    });
    return html`<footer data-testid="result-footer" role="status">
      <span class="dot ${tone}"></span>${shown}
      <span class="end">
        ${
          query.outcome === null && query.columns > 0
            ? html`<span>fetching ${thousands(10_000)} ahead</span>
              <button class="link" @click=${this.fetchAll}>Fetch all</button>`
            : nothing
        }
        ${
          query.columns > 0
            ? html`<label title="Export the rows that are here">
              ${icon('download', 14)}
              <select aria-label="Export" @change=${this.chooseExport}>
                <option value="">Export</option>
                ${FORMATS.map((format) => html`<option value=${format}>${format.toUpperCase()}</option>`)}
              </select>
            </label>`
            : nothing
        }
      </span>
    </footer>`;
  }

  private fetchAll(): void {
    void this.client.command({ type: 'query.fetchAll', queryId: this.query.queryId });
  }

  private chooseExport(event: Event): void {
    const select = event.target as HTMLSelectElement;
    if (select.value) this.export(select.value);
    select.value = '';
  }

  private export(format: string): void {
    const link = document.createElement('a');
    link.href = `/api/results/${this.query.queryId}/export?format=${format}`;
    link.download = `result.${format}`;
    link.click();
  }
}

customElements.define('qt-result-footer', QtResultFooter);
