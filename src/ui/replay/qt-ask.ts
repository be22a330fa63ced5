import { css, html, LitElement, nothing } from 'lit';
import type { AskHit } from '../../events/ask/asker.ts';
import { ASK_EXAMPLES } from '../../events/ask/examples.ts';
import type { AskProblem } from '../../events/ask/expression.ts';
import { ASK_UNITS_MAX } from '../../events/limits.ts';
import type { AskProgress } from '../../events/replay-view.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { icon } from '../controls/icons.ts';
import { menuBelow } from '../controls/qt-menu.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';

/**
 * The line in which an expression is asked of the tape: examples, what is wrong with it and where, progress, and the way from hit to hit.
 * Fires `qt-ask` with an expression, `qt-ask-stop`, `qt-ask-clear`, and `qt-ask-hit` with a hit.
 */
export class QtAsk extends LitElement {
  static override properties = {
    progress: { attribute: false },
    problem: { attribute: false },
    failure: { type: String },
    hits: { attribute: false },
    seq: { type: Number },
    text: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    css`
      :host { display: block; flex: none; border-bottom: 1px solid var(--qt-border); font-size: 12px; }
      form { display: flex; align-items: center; gap: 8px; padding: 6px 12px 6px 16px; flex-wrap: wrap; }
      label { color: var(--qt-fg-muted); font-weight: 600; }
      .text { flex: 1; min-width: 220px; height: 28px; font-family: var(--qt-font-mono); font-size: 12px; }
      .button { height: 28px; padding: 0 10px; }
      .said { color: var(--qt-fg-muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
      .wrong { padding: 0 16px 8px; color: var(--qt-state-failed); overflow-wrap: anywhere; }
      pre { margin: 0 0 2px; font: 12px/16px var(--qt-font-mono); color: var(--qt-fg); white-space: pre-wrap; overflow-wrap: anywhere; }
      mark { background: var(--qt-failed-soft); color: inherit; border-bottom: 2px solid var(--qt-state-failed); padding-right: 1px; }
    `,
  ];

  declare progress: AskProgress | null;
  declare problem: AskProblem | null;
  /** Why it could not be asked; empty where it could. */
  declare failure: string;
  /** The hits that count: those of the chosen range. */
  declare hits: readonly AskHit[];
  /** The record that is shown. */
  declare seq: number;
  declare protected text: string;

  constructor() {
    super();
    this.progress = null;
    this.problem = null;
    this.failure = '';
    this.hits = [];
    this.seq = 0;
    this.text = '';
  }

  /** Puts an expression into the field, as a view that was opened has it. */
  show(expression: string): void {
    this.text = expression;
  }

  override focus(): void {
    this.renderRoot.querySelector('input')?.focus();
  }

  protected override render() {
    const { progress, problem, failure, text } = this;
    const isRunning = progress?.state === 'running';
    return html`<form @submit=${this.submit}>
        <label for="expression">Ask</label>
        <input
          id="expression"
          class="input text"
          autocomplete="off"
          spellcheck="false"
          maxlength=${ASK_UNITS_MAX}
          placeholder="connection.transaction = open and idle &gt; 60 s"
          .value=${text}
          aria-invalid=${problem !== null}
          aria-describedby="said"
          @input=${(event: Event) => this.edit((event.target as HTMLInputElement).value)}
        />
        <button class="button" type="button" aria-haspopup="menu" @click=${this.examples}>Examples…</button>
        <button
          class="button"
          data-testid="ask"
          ?disabled=${text.trim() === '' && !isRunning}
        >${isRunning ? 'Stop' : 'Ask'}</button>
        <span id="said" class="said" role="status" data-testid="ask-said">${progress ? this.said(progress) : nothing}</span>
        <button
          class="button"
          type="button"
          title="The hit before this event"
          aria-label="Previous hit"
          ?disabled=${this.hits.length === 0}
          @click=${() => this.step(-1)}
        >${icon('chevron-left', 13)}</button>
        <button
          class="button"
          type="button"
          title="The hit after this event"
          aria-label="Next hit"
          ?disabled=${this.hits.length === 0}
          @click=${() => this.step(1)}
        >${icon('chevron-right', 13)}</button>
        ${
          progress || problem
            ? html`<button class="button" type="button" @click=${this.clear}>Clear</button>`
            : nothing
        }
      </form>
      ${problem ? this.wrong(problem) : nothing}
      ${failure === '' ? nothing : html`<div class="wrong" role="alert">${failure}</div>`}`;
  }

  private said({ state, reason, evaluated, records, count, hits }: AskProgress) {
    const found = `${thousands(count)} ${count === 1 ? 'hit' : 'hits'}`;
    const inRange = this.hits.length < hits.length ? `, ${thousands(this.hits.length)} in the range` : '';
    const listed = count > hits.length ? `, the first ${thousands(hits.length)} listed` : '';
    if (state === 'running')
      return `${found} so far · ${Math.floor((evaluated / Math.max(1, records)) * 100)} % asked`;
    if (state === 'done') return `${found}${inRange}${listed}`;
    return `${found}${inRange} · ${state} at ${thousands(evaluated)} of ${thousands(records)}${reason ? `: ${reason}` : ''}`;
  }

  private wrong({ offset, length, message }: AskProblem) {
    const { text } = this;
    return html`<div class="wrong" role="alert" data-testid="ask-problem">
      <pre>${text.slice(0, offset)}<mark>${text.slice(offset, offset + Math.max(1, length)) || ' '}</mark>${text.slice(offset + Math.max(1, length))}</pre>
      ${message}
    </div>`;
  }

  private edit(text: string): void {
    this.text = text;
    if (this.problem) this.fire('qt-ask-clear', null);
  }

  private examples({ currentTarget }: Event): void {
    menuBelow(
      currentTarget as HTMLElement,
      'Examples',
      ASK_EXAMPLES.map(({ expression, finds }) => ({ label: finds, act: () => this.take(expression) })),
    );
  }

  private take(example: string): void {
    this.show(example);
    this.focus();
  }

  private submit(event: Event): void {
    event.preventDefault();
    if (this.progress?.state === 'running') this.fire('qt-ask-stop', null);
    else if (this.text.trim() !== '') this.fire('qt-ask', this.text);
  }

  private readonly clear = (): void => {
    this.text = '';
    this.fire('qt-ask-clear', null);
  };

  /** To the nearest hit beyond the record that is shown; from the last one to the first. */
  private step(direction: 1 | -1): void {
    const { hits, seq } = this;
    const hit =
      direction === 1
        ? (hits.find((one) => one.seq > seq) ?? hits[0])
        : (hits.findLast((one) => one.seq < seq) ?? hits.at(-1));
    if (hit) this.fire('qt-ask-hit', hit);
  }

  private fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-ask', QtAsk);
