import { css, html, LitElement, nothing } from 'lit';
import type { FailureText } from '../../events/failure.ts';
import { failureLines } from '../../events/failure-lines.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { QueryText } from '../../events/wire.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { thousands } from '../format/format.ts';
import { footer } from '../format/query-status.ts';
import { isWarning } from './results.ts';

/** The state or outcome of each statement of a script, with the server's notices. */
export class QtMessages extends LitElement {
  static override properties = {
    queries: { attribute: false },
    words: { attribute: false },
    heard: { attribute: false },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; flex: 1; min-height: 0; overflow: auto; }
      ol { margin: 0; padding: 8px 12px; list-style: none; user-select: text; }
      li { display: flex; align-items: start; gap: 10px; padding: 2px 0; counter-increment: statement; }
      li::before {
        content: counter(statement); min-width: 2ch; text-align: right; color: var(--qt-fg-faint);
        font: 12px/20px var(--qt-font-mono);
      }
      ol.one li::before { display: none; }
      .dot { margin-top: 6px; }
      .said { min-width: 0; overflow-wrap: anywhere; }
      .verdict.waiting { color: var(--qt-state-waiting); }
      .verdict.failed { color: var(--qt-state-failed); }
      pre { margin: 0; white-space: pre-wrap; color: var(--qt-fg-muted); }
      .warning { color: var(--qt-state-waiting); }
    `,
  ];

  /** The script's statements, in its order. */
  declare queries: readonly QueryView[];
  /** The server's words, by query. */
  declare words: ReadonlyMap<string, QueryText | null>;
  /** Whether the tape is received. */
  declare heard: boolean;

  constructor() {
    super();
    this.queries = [];
    this.words = new Map();
    this.heard = true;
  }

  protected override render() {
    const { queries } = this;
    // Of a long script the page remembers the statements that ended last.
    const before = `counter-reset:statement ${queries[0]?.scriptIndex ?? 0}`;
    return html`<ol class=${queries.length === 1 ? 'one' : ''} style=${before}>${queries.map((query) => this.message(query))}</ol>`;
  }

  private message(query: QueryView) {
    const { tone, parts, verdict } = footer(query, null, this.heard);
    const words = this.words.get(query.queryId);
    const untold = query.outcome === null || !words ? 0 : query.notices - words.notices.length;
    return html`<li data-testid="message">
      <span class="dot ${tone}"></span>
      <div class="said">
        ${parts.map((part, i) => html`${i > 0 ? ' · ' : ''}<span class=${i === verdict ? `verdict ${tone}` : ''}>${part}</span>`)}
        ${words?.failure ? this.said(words.failure, false) : nothing} ${words?.notices.map((notice) => this.said(notice, isWarning(notice.severity)))}
        ${untold > 0 ? html`<pre class="mono">and ${thousands(untold)} more, counted but not stored</pre>` : nothing}
      </div>
    </li>`;
  }

  private said(failure: FailureText, isLoud: boolean) {
    const { severity, message, advice } = failure;
    const more = [...failureLines(failure), ...(advice ? [advice] : [])].map((text) => `\n${text}`);
    const loud = isLoud ? 'warning' : '';
    return html`<pre class="mono ${loud}">${escapeInvisible(`${severity ? `${severity}: ` : ''}${message}${more.join('')}`)}</pre>`;
  }
}

customElements.define('qt-messages', QtMessages);
