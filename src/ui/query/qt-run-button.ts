import { css, html, LitElement, nothing } from 'lit';
import type { QueryView } from '../../events/views/query-view.ts';
import { Clock } from '../controls/clock.ts';
import { icon } from '../controls/icons.ts';
import { keyCaps, keysOf } from '../controls/key-bindings.ts';
import { shared } from '../controls/shared.css.ts';
import { type RunButton, runButton } from '../format/query-status.ts';

/** How often the running clock is drawn again. */
const TICK_MS = 100;
/** What a hand needs from seeing Cancel to pressing it. */
const AIM_MS = 400;

/**
 * Run, which becomes Cancel in the same place and the same width, and says what is true and no more. Fires
 * `qt-run-pressed` and `qt-cancel-pressed`.
 */
export class QtRunButton extends LitElement {
  static override properties = {
    query: { attribute: false },
    sending: { type: Boolean },
    blocked: { type: String },
    opening: { type: Boolean },
    waits: { type: Boolean },
    heard: { attribute: false },
    bestEffort: { attribute: false },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; flex: none; }
      button {
        display: flex; align-items: center; gap: 8px; width: 256px; height: 28px; padding: 0 11px;
        border-radius: var(--qt-radius); border: 1px solid var(--qt-accent); background: var(--qt-accent);
        color: var(--qt-on-accent); font-weight: 600; white-space: nowrap; overflow: hidden; text-align: left;
      }
      button:focus-visible { outline-offset: 2px; }
      button:hover:not([aria-disabled='true']) { filter: brightness(1.06); }
      button.cancel { border-color: var(--qt-state-failed); background: transparent; color: var(--qt-state-failed); }
      button.cancel:hover:not([aria-disabled='true']) { background: var(--qt-failed-soft); filter: none; }
      button.cancelling { border-color: var(--qt-state-waiting); background: transparent; color: var(--qt-state-waiting); }
      button[aria-disabled='true'] { opacity: 1; }
      button[data-blocked] { background: var(--qt-bg-sunken); border-color: var(--qt-border); color: var(--qt-fg-muted); }
      button svg { flex: none; width: 13px; height: 13px; fill: currentColor; }
      .state { font-size: 12px; font-weight: 500; font-variant-numeric: tabular-nums; overflow: hidden; text-overflow: ellipsis; }
      /* The longest truth takes two lines rather than more room. */
      .state.long { font-size: 11px; line-height: 12px; white-space: normal; }
      @container (max-width: 900px) { button { width: 216px; } }
      @container (max-width: 780px) { button { width: 190px; } }
      @container (max-width: 660px) {
        button { width: 160px; }
        kbd { display: none; }
      }
      kbd { margin-left: auto; font: 11px var(--qt-font-sans); font-feature-settings: 'calt' 0, 'liga' 0; }
    `,
  ];

  declare query: QueryView | undefined;
  /** The command is being sent; the tape has no record of it yet. */
  declare sending: boolean;
  /** Why nothing can be run; empty if something can. */
  declare blocked: string;
  /** The connection is being opened. */
  declare opening: boolean;
  /** What was run waits until the connection is open. */
  declare waits: boolean;
  /** Whether the tape is received; otherwise the current state is unknown. */
  declare heard: boolean;
  /** The server can't confirm a cancel. */
  declare bestEffort: boolean;
  /** When the button began to say Cancel; null while it does not. */
  private cancelSince: number | null = null;
  /** Until when a press may still be meant for the Cancel that stood here. */
  private guardedUntil = 0;

  constructor() {
    super();
    new Clock(this, TICK_MS, () => this.heard && this.query?.outcome === null);
    this.sending = false;
    this.blocked = '';
    this.opening = false;
    this.waits = false;
    this.heard = true;
    this.bestEffort = false;
  }

  protected override willUpdate(): void {
    const lives = this.query !== undefined && this.query.outcome === null;
    const canCancel = this.waits || (this.heard && !this.sending && lives);
    const now = performance.now();
    if (canCancel) this.cancelSince ??= now;
    else if (this.cancelSince !== null) {
      if (now - this.cancelSince >= AIM_MS) this.guardedUntil = now + AIM_MS;
      this.cancelSince = null;
    }
  }

  protected override render() {
    const said = this.waits ? WAITS : runButton(this.query, this.sending, Date.now(), this.heard);
    const { act, label, state } = said;
    const blocked = act === 'run' && this.blocked !== '';
    const kind = act === 'run' || this.sending ? 'run' : label === '' ? 'cancelling' : 'cancel';
    return html`<button
      data-testid="run-button" class=${kind} title=${blocked ? this.blocked : this.titleOf(kind)}
      aria-disabled=${act === 'wait' || blocked ? 'true' : nothing} ?data-blocked=${blocked || (kind === 'run' && this.opening)} @click=${() => this.press(act)}
    >
      ${icon(kind === 'run' ? 'play' : 'square', 13)}${label ? html`<span>${label}</span>` : nothing}
      ${state ? html`<span class="state ${state.length > 34 ? 'long' : ''}">${state}</span>` : nothing}
      ${state === '' && !blocked ? html`<kbd>${keyCaps(keysOf('editor', 'statement'))}</kbd>` : nothing}
    </button>`;
  }

  private titleOf(kind: 'run' | 'cancel' | 'cancelling'): string {
    if (this.waits) return TITLES.waits;
    if (!this.heard) return TITLES.unheard;
    if (kind === 'run' && this.opening) return TITLES.opening;
    return kind === 'cancel' && this.bestEffort ? TITLES.bestEffort : TITLES[kind];
  }

  /** What can't be pressed has the focus all the same, as it is Cancel or Run again in a moment. A press that comes as the statement ends was aimed at Cancel: it must not run the text once more. */
  private press(act: RunButton['act']): void {
    if (act === 'wait' || (act === 'run' && performance.now() < this.guardedUntil)) return;
    const type = act === 'cancel' ? 'qt-cancel-pressed' : 'qt-run-pressed';
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true }));
  }
}

const WAITS: RunButton = { act: 'cancel', label: 'Cancel', state: 'waiting for the connection' };

const TITLES = {
  opening: 'The connection is still opening. What you run waits for it.',
  waits: `It runs once the connection is open. Cancel: nothing is sent (${keysOf('page', 'cancel')})`,
  run: `Run the statement under the cursor (${keysOf('editor', 'statement')}), the whole text (${keysOf('editor', 'all')})`,
  cancel: `Cancel on the server (${keysOf('page', 'cancel')})`,
  bestEffort: `Cancel, best effort (${keysOf('page', 'cancel')}): this server does not confirm that it stopped, and the statement may continue there.`,
  unheard: 'The connection to Querytape is lost. The statement’s outcome is shown once it is back.',
  cancelling: 'The server was asked to stop. It counts as cancelled once the server confirms.',
} as const;

customElements.define('qt-run-button', QtRunButton);
