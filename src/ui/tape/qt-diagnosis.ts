import { css, html, LitElement, nothing } from 'lit';
import type { Finding } from '../../events/diagnosis/report.ts';
import { shared } from '../controls/shared.css.ts';

/** Proving records that a finding links to; further ones are near them. */
const LINKS_MAX = 6;

/**
 * What a diagnosis found: each cause that holds in a sentence, what to do, and links to the records that prove it; then what the tape
 * does not say, and what was ruled out. Fires `qt-choose-event` with a seq.
 */
export class QtDiagnosis extends LitElement {
  static override properties = { findings: { attribute: false } };
  static override styles = [
    shared,
    css`
      :host { display: block; font-size: 12px; line-height: 17px; user-select: text; }
      h3 { margin: 0; font-size: 12px; font-weight: 600; }
      p { margin: 2px 0; }
      article { margin: 0 0 10px; padding-left: 10px; border-left: 2px solid var(--qt-state-waiting); }
      .advice, .proof, details { color: var(--qt-fg-muted); }
      .proof button { min-height: 24px; padding: 0 4px; color: var(--qt-accent); font-family: var(--qt-font-mono); font-size: 11px; }
      .proof button:hover { text-decoration: underline; }
      summary { min-height: 24px; cursor: pointer; }
      ul { margin: 0 0 6px; padding-left: 16px; }
      li strong { font-weight: 600; }
    `,
  ];

  /** What the causes say, in their order. */
  declare findings: readonly Finding[];

  constructor() {
    super();
    this.findings = [];
  }

  protected override render() {
    const of = (answer: Finding['answer']) => this.findings.filter((one) => one.answer === answer);
    const holding = of('yes');
    const unknown = of('cantTell');
    const ruledOut = of('no');
    return html`
      ${
        holding.length === 0
          ? html`<p>The tape shows nothing that is wrong or slow.</p>`
          : holding.map((finding) => this.article(finding))
      }
      ${
        unknown.length === 0
          ? nothing
          : html`<details>
              <summary>What the tape does not say (${unknown.length})</summary>
              <ul>${unknown.map(({ title, sentence }) => html`<li><strong>${title}?</strong> ${sentence}</li>`)}</ul>
            </details>`
      }
      ${
        ruledOut.length === 0
          ? nothing
          : html`<details>
              <summary>Ruled out (${ruledOut.length})</summary>
              <ul>${ruledOut.map(({ title, sentence }) => html`<li><strong>${title}:</strong> no. ${sentence}</li>`)}</ul>
            </details>`
      }
    `;
  }

  private article({ title, sentence, advice, events }: Finding) {
    return html`<article>
      <h3>${title}</h3>
      <p>${sentence}</p>
      <p class="advice">${advice}</p>
      <p class="proof">
        Proved by
        ${events.slice(0, LINKS_MAX).map((seq) => html`<button @click=${() => this.choose(seq)} aria-label="Show record ${seq}">#${seq}</button>`)}
      </p>
    </article>`;
  }

  private choose(seq: number): void {
    const detail = { detail: seq, bubbles: true, composed: true };
    this.dispatchEvent(new CustomEvent('qt-choose-event', detail));
  }
}

customElements.define('qt-diagnosis', QtDiagnosis);
