import { css, html, LitElement, nothing } from 'lit';
import { lacks } from '../events/capabilities.ts';
import type { Command } from '../events/command.ts';
import type { ConnectionView } from '../events/views/connection-view.ts';
import type { SessionView } from '../events/views/session-view.ts';
import { shared } from './shared.css.ts';

/** What is asked of the tab's transaction; the tab adds who it is. */
export type TransactionWish =
  | { readonly type: 'transaction.begin'; readonly options: { isolationLevel?: string; readOnly?: boolean } }
  | { readonly type: 'transaction.commit' | 'transaction.rollback' };
type Begin = Extract<Command, { type: 'transaction.begin' }>;

/**
 * A tab's transaction: whether statements commit by themselves, and the steps that the protocol's state allows. Fires
 * `qt-transaction` with a `TransactionWish` and `qt-manual-commit` with a boolean.
 */
export class QtTransactionBar extends LitElement {
  static override properties = {
    session: { attribute: false },
    connection: { attribute: false },
    manual: { type: Boolean },
    busy: { type: Boolean },
    choosing: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; align-items: center; gap: 6px; flex: none; }
      button.step, select {
        height: 28px; padding: 0 9px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius);
        background: var(--qt-bg-raised); color: var(--qt-fg-muted); white-space: nowrap;
      }
      select { field-sizing: content; cursor: pointer; }
      button.step:hover:not(:disabled), select:hover { border-color: var(--qt-border-strong); color: var(--qt-fg); }
      button.step:disabled { opacity: 0.55; cursor: default; }
      button.commit { color: var(--qt-state-well); border-color: currentcolor; }
      button.rollback { color: var(--qt-state-waiting); border-color: currentcolor; }
      option { background: var(--qt-bg-raised); color: var(--qt-fg); }
    `,
  ];

  declare session: SessionView | undefined;
  /** The tab's own connection, where it has one. */
  declare connection: ConnectionView | undefined;
  declare manual: boolean;
  /** A statement runs: what is asked waits behind it. */
  declare busy: boolean;
  declare protected choosing: boolean;

  constructor() {
    super();
    this.manual = false;
    this.busy = false;
    this.choosing = false;
  }

  protected override render() {
    const server = this.session?.server;
    if (!server || this.session?.readOnly) return nothing;
    const { transactions } = server.capabilities;
    const why = transactions ? '' : lacks(server.flavour, 'transactions');
    return html`${this.mode(why)} ${this.steps(why)}`;
  }

  private mode(why: string) {
    return html`<select
      aria-label="Commits" data-testid="commit-mode" ?disabled=${why !== ''}
      title=${why || 'Whether each statement is committed by itself, or what was done is kept by Commit alone'}
      @change=${(event: Event) => this.fire('qt-manual-commit', (event.target as HTMLSelectElement).value === 'manual')}
    >
      <option value="auto" ?selected=${!this.manual}>Auto-commit</option>
      <option value="manual" ?selected=${this.manual}>Manual commit</option>
    </select>`;
  }

  private steps(why: string) {
    const transaction = this.connection?.transaction ?? 'none';
    const step = (type: 'transaction.commit' | 'transaction.rollback', label: string, name: string) =>
      html`<button class="step ${name}" data-testid=${name} @click=${() => this.fire('qt-transaction', { type })}>${label}</button>`;
    if (transaction === 'failed') return step('transaction.rollback', 'Roll back', 'rollback');
    if (transaction === 'open')
      return [
        step('transaction.commit', 'Commit', 'commit'),
        step('transaction.rollback', 'Roll back', 'rollback'),
      ];
    return html`<select aria-label="Begin a transaction" data-testid="begin" ?disabled=${why !== '' || this.busy} title=${why || 'Begin a transaction'}
      @change=${this.begin}>
      <option value="">Begin…</option>
      ${this.choices().map(({ value, text }) => html`<option value=${value}>${text}</option>`)}
    </select>`;
  }

  /** How a transaction can be begun on this server. */
  private choices(): { value: string; text: string }[] {
    const { isolationLevels, readOnlyTransactions } = this.session!.server!.capabilities;
    const ways: Begin['options'][] = [
      {},
      ...(readOnlyTransactions ? [{ readOnly: true }] : []),
      ...isolationLevels.map((isolationLevel) => ({ isolationLevel })),
    ];
    return ways.map((way) => ({
      value: JSON.stringify(way),
      text: way?.readOnly ? 'Read only' : (way?.isolationLevel?.toLowerCase() ?? 'Begin'),
    }));
  }

  private begin(event: Event): void {
    const select = event.target as HTMLSelectElement;
    const { value } = select;
    select.value = '';
    if (value)
      this.fire('qt-transaction', {
        type: 'transaction.begin',
        options: JSON.parse(value),
      } as TransactionWish);
  }

  private fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-transaction-bar', QtTransactionBar);
