import { css, html, LitElement, nothing } from 'lit';
import type { Finding } from '../../events/diagnosis/report.ts';
import { shared } from '../controls/shared.css.ts';
import { actorName } from '../format/actor-name.ts';

/** Proving records that a finding links to; further ones are near them. */
const LINKS_MAX = 6;

/**
 * What a diagnosis found: each cause that holds in a sentence, what to do, and links to the records that prove it; then what the tape
 * does not say, and what was ruled out. Fires `qt-choose-event` with a seq, and `qt-choose-subject` with a finding.
 */
export class QtDiagnosis extends LitElement {
  static override properties = {
    findings: { attribute: false },
    named: { type: Boolean },
  };
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
      .proof button:first-child { margin-left: -4px; }
      summary { min-height: 24px; cursor: pointer; }
      ul { margin: 0 0 6px; padding-left: 16px; }
      li strong { font-weight: 600; }
    `,
  ];

  /** What the causes say, in their order. */
  declare findings: readonly Finding[];
  /** They are of several statements and connections, so each says which. */
  declare named: boolean;

  constructor() {
    super();
    this.findings = [];
    this.named = false;
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

  private article(finding: Finding) {
    const { title, sentence, advice, events } = finding;
    return html`<article>
      <h3>${title}</h3>
      ${this.named ? this.subject(finding) : nothing}
      <p>${sentence}</p>
      <p class="advice">${advice}</p>
      <p class="proof">
        Proved by
        ${events.slice(0, LINKS_MAX).map((seq) => html`<button @click=${() => this.fire('qt-choose-event', seq)} aria-label="Show record ${seq}">#${seq}</button>`)}
      </p>
    </article>`;
  }

  /** The statement or connection that a finding is about; a start of the program is the whole tape's. */
  private subject(finding: Finding) {
    const { kind, id } = finding.subject;
    if (kind === 'run') return nothing;
    return html`<p class="proof"><button
      @click=${() => this.fire('qt-choose-subject', finding)}
      title="Show it on the tape"
    >${actorName(kind, id)}</button></p>`;
  }

  private fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-diagnosis', QtDiagnosis);
