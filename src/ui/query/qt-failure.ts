import { css, html, LitElement, nothing } from 'lit';
import type { FailureText } from '../../events/failure.ts';
import { failureParts } from '../../events/failure-lines.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';

/**
 * A failure where it happened: code, the server's words, what to do. Fires `qt-show-place` to show its
 * position in the editor.
 */
export class QtFailure extends LitElement {
  static override properties = {
    failure: { attribute: false },
    codeWord: { type: String, attribute: 'code-word' },
    place: { type: String },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; flex: none; }
      div.failure {
        border-left: 3px solid var(--qt-state-failed); background: var(--qt-failed-soft);
        padding: 7px 14px 7px 13px; overflow-wrap: anywhere; max-height: 32vh; overflow: auto; user-select: text;
      }
      p { margin: 0; }
      .message { white-space: pre-wrap; margin-right: 8px; }
      .code { color: var(--qt-state-failed); font-weight: 600; margin-right: 8px; white-space: nowrap; }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 12px; margin: 3px 0 0; }
      dl:empty { display: none; }
      dt { color: var(--qt-fg-muted); }
      dd { margin: 0; white-space: pre-wrap; }
    `,
  ];

  declare failure: FailureText | null;
  /** What the server's codes are called, such as `SQLSTATE`. */
  declare codeWord: string;
  /** The place in words, such as `line 3`; empty where there is none. */
  declare place: string;

  constructor() {
    super();
    this.failure = null;
    this.codeWord = '';
    this.place = '';
  }

  protected override render() {
    const { failure, codeWord, place } = this;
    if (!failure) return nothing;
    const { code, message, advice, source } = failure;
    const lines = [...failureParts(failure), ...(advice ? [['To do', advice]] : [])];
    return html`<div class="failure" role="alert" data-testid="failure">
      <p>
        <span class="code mono">${source === 'server' ? `${codeWord} ${code}` : code}</span
        ><span class="message">${escapeInvisible(message)}</span>
        ${place ? html`<button class="link" title="Go there" @click=${this.showPlace}>${place}</button>` : nothing}
      </p>
      ${lines.length === 0 ? nothing : html`<dl>${lines.map(([name, text]) => html`<dt>${name}</dt><dd class=${name === 'Query' ? 'mono' : ''}>${escapeInvisible(text)}</dd>`)}</dl>`}
    </div>`;
  }

  private showPlace(): void {
    this.dispatchEvent(new CustomEvent('qt-show-place', { bubbles: true, composed: true }));
  }
}

customElements.define('qt-failure', QtFailure);
