import { css, html, LitElement, nothing } from 'lit';
import { durationText } from '../../events/duration-text.ts';
import type { SpanSummary } from '../../events/replay-view.ts';
import { shared } from '../controls/shared.css.ts';
import { actorName } from '../format/actor-name.ts';
import { thousands } from '../format/format.ts';

/** Statements that are listed. */
const LISTED = 6;

/** How the statements of a span ended, and those that took longest. Fires `qt-choose-event` with the record that ended one. */
export class QtSlowest extends LitElement {
  static override properties = { summary: { attribute: false } };
  static override styles = [
    shared,
    css`
      :host { display: block; font-size: 12px; line-height: 18px; }
      p { margin: 0 0 4px; color: var(--qt-fg-muted); font-variant-numeric: tabular-nums; }
      ol { list-style: none; margin: 0; padding: 0; }
      button { display: grid; grid-template-columns: 64px minmax(0, 1fr) auto; gap: 8px; width: 100%; min-height: 24px; align-items: center; text-align: left; }
      button:hover { background: var(--qt-bg-hover); }
      .took { text-align: right; font-family: var(--qt-font-mono); font-size: 11px; }
      .shape { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-family: var(--qt-font-mono); font-size: 11px; }
      .outcome { color: var(--qt-fg-muted); }
    `,
  ];

  declare summary: SpanSummary;

  protected override render() {
    const { outcomes, slowest } = this.summary;
    const words = Object.entries(outcomes)
      .sort(([, a], [, b]) => b - a)
      .map(([outcome, count]) => `${thousands(count)} ${outcome}`);
    return html`<p>${words.length === 0 ? 'No statement ended here.' : words.join(' · ')}</p>
      ${
        slowest.length === 0
          ? nothing
          : html`<ol>${slowest.slice(0, LISTED).map(
              ({ seq, tookMs, outcome, shape, queryId }) =>
                html`<li><button type="button" title="${queryId}\n${shape}" @click=${() => this.choose(seq)}>
                  <span class="took">${durationText(tookMs)}</span><span class="shape">${shape || actorName('query', queryId)}</span><span class="outcome">${outcome}</span>
                </button></li>`,
            )}</ol>`
      }`;
  }

  private choose(seq: number): void {
    this.dispatchEvent(new CustomEvent('qt-choose-event', { detail: seq, bubbles: true, composed: true }));
  }
}

customElements.define('qt-slowest', QtSlowest);
