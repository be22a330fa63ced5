import { css, html, LitElement, nothing } from 'lit';
import { lacks } from '../../events/capabilities.ts';
import type { ServerSummary } from '../../events/connection.ts';
import type { TransactionOptions } from '../../events/transaction.ts';
import { Clock } from '../controls/clock.ts';
import { icon } from '../controls/icons.ts';
import { option } from '../controls/option.ts';
import { shared } from '../controls/shared.css.ts';
import { age } from '../format/format.ts';
import type { TransactionControls } from '../selectors/transactions.ts';

/** How often its age is drawn again. */
const TICK_MS = 1000;

/** Detail of `qt-transaction`: a step of the tab's transaction. */
export type StepRequest =
  | { readonly step: 'begin'; readonly options: TransactionOptions }
  | { readonly step: 'commit' }
  | { readonly step: 'rollback' };

/**
 * The transaction in the toolbar: who commits, and Begin, or Commit and Roll back while one is there. Fires
 * `qt-transaction` and `qt-manual-commit`, and `qt-say` with the reason where a press can do nothing.
 */
export class QtTransaction extends LitElement {
  static override properties = {
    controls: { attribute: false },
    server: { attribute: false },
    since: { attribute: false },
    begunWith: { type: String },
    manual: { type: Boolean },
    level: { state: true },
    readOnly: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; align-items: center; gap: 8px; flex: none; }
      select, button.plain, .pair {
        height: 28px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg-raised);
        color: var(--qt-fg-muted);
      }
      select { padding: 0 6px; field-sizing: content; cursor: pointer; }
      .box { position: relative; display: inline-flex; }
      .box svg { display: none; position: absolute; left: 8px; top: 7px; pointer-events: none; color: var(--qt-fg-muted); }
      .box.set svg { color: var(--qt-accent); }
      .age { color: var(--qt-state-waiting); font-size: 12px; font-variant-numeric: tabular-nums; }
      .age.failed { color: var(--qt-state-failed); }
      /* Words are pushed out of the box, as the system may choose their colour. */
      @container (max-width: 660px) {
        .box svg { display: block; }
        .box select { width: 32px; padding: 0 0 0 32px; appearance: none; }
        .age { display: none; }
        button.plain { padding: 0 8px; }
      }
      @container (max-width: 900px) { .with { display: none; } }
      @container (max-width: 800px) {
        .box:not(.set) svg { display: block; }
        .box:not(.set) select { width: 32px; padding: 0 0 0 32px; appearance: none; }
      }
      select:hover:not(:disabled), button:hover:not([aria-disabled='true']) { border-color: var(--qt-border-strong); color: var(--qt-fg); }
      option { background: var(--qt-bg-raised); color: var(--qt-fg); }
      .pair { display: flex; }
      .pair button { padding: 0 9px; height: 26px; }
      .pair button + button { min-width: 24px; padding: 0 5px; border-left: 1px solid var(--qt-border); border-radius: 0 5px 5px 0; }
      .pair svg { width: 12px; height: 12px; vertical-align: -2px; }
      button.plain { padding: 0 11px; }
      button.commit { border-color: var(--qt-state-waiting); color: var(--qt-state-waiting); font-weight: 600; }
      button.needed { border-color: var(--qt-state-failed); color: var(--qt-state-failed); font-weight: 600; }
      button[aria-disabled='true'] { opacity: 0.55; cursor: default; }
      form {
        position: fixed; inset: auto; margin: 0; width: 290px; padding: 12px 14px; border: 1px solid var(--qt-border-strong);
        border-radius: 8px; background: var(--qt-bg-raised); color: var(--qt-fg); box-shadow: var(--qt-shadow);
      }
      form[popover]:popover-open { display: grid; gap: 10px; }
      label { display: flex; align-items: center; gap: 8px; }
      label.field { display: grid; gap: 3px; }
      label span { color: var(--qt-fg-muted); font-size: 12px; }
      form select { width: 100%; color: var(--qt-fg); background: var(--qt-bg); }
      form .why { margin: 0; font-size: 12px; line-height: 17px; color: var(--qt-fg-muted); }
      form button { justify-self: start; height: 28px; padding: 0 14px; border-radius: var(--qt-radius); background: var(--qt-accent); color: var(--qt-on-accent); font-weight: 600; }
      form button:hover { color: var(--qt-on-accent) !important; filter: brightness(1.06); }
      input[type='checkbox'] { accent-color: var(--qt-accent); }
    `,
  ];

  declare controls: TransactionControls;
  /** Who answers and what it can do; null before it was reached. */
  declare server: ServerSummary | null;
  /** Since when the transaction is there; null outside one. */
  declare since: number | null;
  /** With what it was begun, in words: `serializable`. */
  declare begunWith: string;
  /** Whether the user commits, rather than each statement. */
  declare manual: boolean;
  declare protected level: string;
  declare protected readOnly: boolean;

  constructor() {
    super();
    new Clock(this, TICK_MS, () => this.since !== null);
    this.server = null;
    this.since = null;
    this.begunWith = '';
    this.manual = false;
    this.level = '';
    this.readOnly = false;
  }

  protected override render() {
    const { status } = this.controls;
    return html`${this.who()} ${status === 'none' ? this.begin() : this.end()}`;
  }

  /** Who commits. A server without transactions has no choice, and says so. */
  private who() {
    const { manual } = this.controls;
    const title = this.manual
      ? 'A statement begins a transaction, which Commit or Roll back ends'
      : 'Each statement is committed by itself, unless a transaction is open';
    return html`<span class="box ${this.manual ? 'set' : ''}">${icon('commit', 14)}<select
      aria-label="Commit"
      data-testid="commit-mode"
      title=${`${this.manual ? 'Manual commit' : 'Autocommit'}: ${manual || title}`}
      ?disabled=${manual !== '' && !this.manual}
      @change=${this.chooseWho}
    >
      ${option('auto', 'Autocommit', !this.manual)}
      ${option('manual', 'Manual commit', this.manual)}
    </select></span>`;
  }

  private begin() {
    const { begin } = this.controls;
    const { capabilities } = this.server ?? {};
    const options =
      capabilities && (capabilities.isolationLevels.length > 0 || capabilities.readOnlyTransactions);
    return html`<span class="pair">
      <button
        data-testid="begin"
        aria-disabled=${begin ? 'true' : nothing}
        title=${begin || 'Begin a transaction with the server’s defaults'}
        @click=${() => this.ask(begin, { step: 'begin', options: {} })}
      >Begin</button>
      ${
        options
          ? html`<button
              aria-label="Begin with options" title=${begin || 'Begin with an isolation level, or read-only'} aria-haspopup="dialog"
              aria-disabled=${begin ? 'true' : nothing} @click=${this.openOptions}
            >${icon('chevron-down', 12)}</button>${this.options()}`
          : nothing
      }
    </span>`;
  }

  private options() {
    const { capabilities, flavour } = this.server!;
    return html`<form popover aria-label="Begin a transaction" @submit=${this.beginWith}>
      ${
        capabilities.isolationLevels.length > 0
          ? html`<label class="field"><span>Isolation level</span>
              <select @change=${(event: Event) => {
                this.level = (event.target as HTMLSelectElement).value;
              }}>
                ${option('', 'The server’s default', this.level === '')}
                ${capabilities.isolationLevels.map((one) => option(one, one.toLowerCase(), one === this.level))}
              </select></label>`
          : html`<p class="why">${flavour} has no isolation levels to choose from.</p>`
      }
      <label title=${capabilities.readOnlyTransactions ? '' : lacks(flavour, 'readOnlyTransactions')}>
        <input type="checkbox" ?disabled=${!capabilities.readOnlyTransactions} .checked=${this.readOnly} @change=${(
          event: Event,
        ) => {
          this.readOnly = (event.target as HTMLInputElement).checked;
        }} />Read-only
      </label>
      ${capabilities.readOnlyTransactions ? nothing : html`<p class="why">${lacks(flavour, 'readOnlyTransactions')}</p>`}
      <button>Begin</button>
    </form>`;
  }

  private end() {
    const { status, commit, rollback } = this.controls;
    const needed = status !== 'open';
    return html`${this.age()}${
      status === 'lost'
        ? nothing
        : html`<button
            class="plain commit" data-testid="commit" aria-disabled=${commit ? 'true' : nothing}
            title=${commit || 'Make the transaction’s changes permanent'}
            @click=${() => this.ask(commit, { step: 'commit' })}
          >Commit</button>`
    }<button
        class="plain ${needed ? 'needed' : ''}" data-testid="rollback" aria-disabled=${rollback ? 'true' : nothing}
        title=${rollback || (status === 'lost' ? 'Acknowledge and continue' : 'Undo what the transaction changed')}
        @click=${() => this.ask(rollback, { step: 'rollback' })}
      >Roll back</button>`;
  }

  /** How long it is there, and how it was begun. */
  private age() {
    if (this.since === null) return nothing;
    const { status } = this.controls;
    const words = status === 'failed' ? 'failed' : 'open';
    const how = this.begunWith ? html`<span class="with"> · ${this.begunWith}</span>` : nothing;
    return html`<span class="age ${status}" data-testid="transaction-age" title="The transaction is ${words}${this.begunWith ? `, begun ${this.begunWith}` : ''}"
      >${status === 'failed' ? 'failed ' : ''}${age(Date.now() - this.since)}${how}</span>`;
  }

  private ask(lacking: string, detail: StepRequest): void {
    if (lacking) this.say(lacking);
    else this.dispatchEvent(new CustomEvent('qt-transaction', { detail, bubbles: true, composed: true }));
  }

  /** Says why a press did nothing. */
  private say(detail: string): void {
    this.dispatchEvent(new CustomEvent('qt-say', { detail, bubbles: true, composed: true }));
  }

  private openOptions(event: Event): void {
    const { begin } = this.controls;
    if (begin) {
      this.say(begin);
      return;
    }
    const form = this.renderRoot.querySelector('form');
    if (!form) return;
    const { right, bottom } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    form.style.left = `${Math.max(4, right - 290)}px`;
    form.style.top = `${bottom + 4}px`;
    form.showPopover();
    form.querySelector<HTMLElement>('select:enabled, input:enabled, button')?.focus();
  }

  private beginWith(event: Event): void {
    event.preventDefault();
    (event.currentTarget as HTMLElement).hidePopover();
    const options: TransactionOptions = {
      ...(this.level ? { isolationLevel: this.level } : {}),
      ...(this.readOnly ? { readOnly: true } : {}),
    };
    this.ask(this.controls.begin, { step: 'begin', options });
  }

  private chooseWho(event: Event): void {
    const detail = (event.target as HTMLSelectElement).value === 'manual';
    this.dispatchEvent(new CustomEvent('qt-manual-commit', { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-transaction', QtTransaction);
