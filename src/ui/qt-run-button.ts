import { css, html, LitElement } from 'lit';
import type { QueryView } from '../events/views/query-view.ts';
import { icon } from './icons.ts';
import { shared } from './shared.css.ts';
import { runButton } from './words.ts';

/** How often the running clock is drawn anew. */
const TICK_MS = 100;

/**
 * Run, which becomes Cancel in the same place and the same width, and says what is true and no more. Fires `qt-run-pressed`
 * and `qt-cancel-pressed`.
 */
export class QtRunButton extends LitElement {
  static override properties = {
    query: { attribute: false },
    sending: { type: Boolean },
    blocked: { type: String },
  };
  static override styles = [
    shared,
    css`
      button {
        display: inline-flex; align-items: center; gap: 8px; width: 230px; height: 28px; padding: 0 12px;
        border-radius: var(--qt-radius); border: 1px solid var(--qt-accent); background: var(--qt-accent);
        color: var(--qt-on-accent); font-weight: 600; white-space: nowrap; overflow: hidden;
      }
      button.cancel {
        border-color: var(--qt-state-failed); background: transparent; color: var(--qt-state-failed);
      }
      button:disabled { opacity: 1; }
      button[data-blocked] { background: var(--qt-bg-sunken); border-color: var(--qt-border); color: var(--qt-fg-muted); }
      button svg { flex: none; width: 13px; height: 13px; fill: currentColor; }
      .state { font-weight: 500; overflow: hidden; text-overflow: ellipsis; }
      kbd { margin-left: auto; font: inherit; font-size: 11px; font-weight: 400; opacity: 0.85; }
    `,
  ];

  declare query: QueryView | undefined;
  /** The command is on its way; the tape says nothing of it yet. */
  declare sending: boolean;
  /** Why nothing can be run; empty when it can. */
  declare blocked: string;
  private ticking: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.sending = false;
    this.blocked = '';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.ticking);
    this.ticking = undefined;
  }

  protected override updated(): void {
    const alive = this.query !== undefined && this.query.outcome === null;
    if (alive) this.ticking ??= setInterval(() => this.requestUpdate(), TICK_MS);
    else {
      clearInterval(this.ticking);
      this.ticking = undefined;
    }
  }

  protected override render() {
    const { act, label, state } = runButton(this.query, this.sending, Date.now());
    const blocked = act === 'run' && this.blocked !== '';
    const cancelling = label === 'Cancel';
    const title = blocked
      ? this.blocked
      : cancelling
        ? 'Cancel on the server (Ctrl+.)'
        : 'Run the statement under the cursor (Ctrl+Enter), the whole text (Ctrl+Shift+Enter)';
    return html`<button
      data-testid="run-button"
      class=${cancelling ? 'cancel' : 'run'}
      title=${title}
      ?disabled=${act === 'wait' || blocked}
      ?data-blocked=${blocked}
      @click=${() => this.press(act)}
    >
      ${icon(cancelling ? 'square' : 'play', 13)}<span>${label}</span>
      <span class="state mono" aria-live="polite">${state}</span>
      ${state === '' && !blocked ? html`<kbd>Ctrl ⏎</kbd>` : ''}
    </button>`;
  }

  private press(act: 'run' | 'cancel' | 'wait'): void {
    const type = act === 'cancel' ? 'qt-cancel-pressed' : 'qt-run-pressed';
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true }));
  }
}

customElements.define('qt-run-button', QtRunButton);
