import { css, html, LitElement, nothing } from 'lit';
import type { Chart } from '../events/chart.ts';
import type { Envelope } from '../events/envelope.ts';
import { icon } from './icons.ts';
import './qt-statechart.ts';
import { shared } from './shared.css.ts';
import { eventText, eventTone, thousands } from './words.ts';

/** Lines shown; older ones are on the tape. */
const LINES_MAX = 1000;

/** `07.112` where the second is new, `.112` within it. */
function clock(at: number, before: number | undefined): string {
  const second = Math.floor(at / 1000);
  const millis = String(at % 1000).padStart(3, '0');
  if (before !== undefined && Math.floor(before / 1000) === second) return `.${millis}`;
  return `${String(second % 60).padStart(2, '0')}.${millis}`;
}

/** The live events of the current tab, and the statechart of the actor they belong to. */
export class QtTapePanel extends LitElement {
  static override properties = {
    envelopes: { attribute: false },
    charts: { attribute: false },
    actor: { type: String },
    chosen: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; background: var(--qt-bg-raised); }
      h2 {
        display: flex; align-items: center; height: 36px; margin: 0; padding: 0 6px 0 14px; flex: none;
        font-size: 12px; font-weight: 600; color: var(--qt-fg-muted);
      }
      h2 span { margin-right: auto; }
      qt-statechart { margin: 0 12px 8px; flex: none; }
      ol { list-style: none; margin: 0; padding: 0 0 8px; overflow: auto; flex: 1; min-height: 0; }
      li button {
        display: grid; grid-template-columns: 52px 8px 1fr; gap: 10px; align-items: center; width: 100%; height: 24px;
        padding: 0 12px 0 14px; text-align: left; font: 12px/16px var(--qt-font-mono);
      }
      li button:hover { background: var(--qt-bg-hover); }
      li button[aria-expanded='true'] { background: var(--qt-accent-soft); }
      time { color: var(--qt-fg-faint); text-align: right; }
      .what { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .ignored .what { color: var(--qt-fg-faint); }
      .ignored .dot { background: none; border: 1.5px solid var(--qt-fg-faint); }
      pre {
        margin: 0; padding: 8px 14px; font: 11px/16px var(--qt-font-mono); background: var(--qt-bg-sunken);
        white-space: pre-wrap; overflow-wrap: anywhere; user-select: text;
      }
      .empty { padding: 4px 14px; color: var(--qt-fg-muted); }
    `,
  ];

  /** The tab's records, oldest first. */
  declare envelopes: readonly Envelope[];
  declare charts: Readonly<Record<string, Chart>>;
  /** The query that the chart shows. */
  declare actor: string;
  /** The record that is shown whole. */
  declare protected chosen: number | null;
  private follows = true;

  constructor() {
    super();
    this.envelopes = [];
    this.charts = {};
    this.actor = '';
    this.chosen = null;
  }

  /** The newest event, else the button that hides the panel. */
  override focus(): void {
    const buttons = this.renderRoot.querySelectorAll<HTMLElement>('li button, h2 button');
    buttons[buttons.length - 1]?.focus();
  }

  protected override updated(): void {
    const list = this.renderRoot.querySelector('ol');
    if (list && this.follows) list.scrollTop = list.scrollHeight;
  }

  protected override render() {
    const shown = this.envelopes.slice(-LINES_MAX);
    const chosen = shown.find(({ seq }) => seq === this.chosen);
    const subject = chosen?.machine ? chosen : shown.findLast(({ actor }) => actor === this.actor);
    const chart = subject?.machine ? this.charts[subject.machine] : undefined;
    return html`
      <h2>
        <span>Tape · this tab</span>
        <button class="icon" title="Hide the tape (Ctrl+J)" aria-label="Hide the tape" @click=${this.hide}>
          ${icon('close')}
        </button>
      </h2>
      ${chart && subject ? html`<qt-statechart .chart=${chart} .state=${subject.state ?? ''} .previous=${this.stateBefore(subject)}></qt-statechart>` : nothing}
      ${
        shown.length === 0
          ? html`<p class="empty">Run a statement: every step of its life appears here as it is written to the tape.</p>`
          : html`<ol aria-label="Events of this tab" @scroll=${this.scrolled}>
            ${shown.map((envelope, i) => this.line(envelope, shown[i - 1]?.at))}
          </ol>`
      }
    `;
  }

  private line(envelope: Envelope, before: number | undefined) {
    const { seq, at, ignored, state, cause } = envelope;
    const open = seq === this.chosen;
    const title = `seq ${thousands(seq)}${cause === null ? '' : ` · caused by ${thousands(cause)}`} · ${state ?? ''}${ignored ? ' · ignored' : ''}`;
    return html`<li class=${ignored ? 'ignored' : ''}>
      <button data-testid="tape-event" aria-expanded=${open} title=${title} @click=${() => this.choose(open ? null : seq)}>
        <time datetime=${new Date(at).toISOString()}>${clock(at, before)}</time>
        <span class="dot ${eventTone(envelope)}"></span><span class="what">${eventText(envelope)}</span>
      </button>
      ${open ? this.detail(envelope) : nothing}
    </li>`;
  }

  private detail(envelope: Envelope) {
    const { cause } = envelope;
    return html`<pre>${JSON.stringify(envelope, null, 2)}</pre>
      ${cause === null ? nothing : html`<p class="empty"><button class="link" @click=${() => this.choose(cause)}>Show its cause, seq ${thousands(cause)}</button></p>`}`;
  }

  private choose(seq: number | null): void {
    this.chosen = seq;
    this.follows = seq === null;
  }

  private stateBefore(subject: Envelope): string {
    const { actor, seq } = subject;
    return this.envelopes.findLast((one) => one.actor === actor && one.seq < seq)?.state ?? '';
  }

  private scrolled(event: Event): void {
    const list = event.target as HTMLElement;
    this.follows = list.scrollHeight - list.scrollTop - list.clientHeight < 30;
  }

  private hide(): void {
    this.dispatchEvent(new CustomEvent('qt-toggle-tape', { bubbles: true, composed: true }));
  }
}

customElements.define('qt-tape-panel', QtTapePanel);
