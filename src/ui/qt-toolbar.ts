import { css, html, LitElement, nothing } from 'lit';
import { STATEMENT_TIMEOUT_MAX_MS } from '../events/limits.ts';
import type { Profile } from '../events/profile.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { SessionView } from '../events/views/session-view.ts';
import { icon } from './icons.ts';
import './qt-choice.ts';
import { menuBelow } from './qt-menu.ts';
import './qt-run-button.ts';
import './qt-transaction.ts';
import type { RunSettings } from './run-settings.ts';
import { shared } from './shared.css.ts';
import type { TransactionControls } from './transactions.ts';
import { duration, rowsText } from './words.ts';

const TIMEOUTS_MS = [0, 5_000, 30_000, 300_000] as const;
const ROW_LIMITS = [0, 100, 1_000, 10_000] as const;

/**
 * What stands above the editor: Run, where it runs, the transaction, and how statements run. Fires `qt-run-pressed`,
 * `qt-cancel-pressed`, `qt-transaction`, `qt-manual-commit` and `qt-settings`.
 */
export class QtToolbar extends LitElement {
  static override properties = {
    profile: { attribute: false },
    session: { attribute: false },
    query: { attribute: false },
    sending: { type: Boolean },
    blocked: { type: String },
    heard: { attribute: false },
    controls: { attribute: false },
    since: { attribute: false },
    begunWith: { type: String },
    manual: { type: Boolean },
    settings: { attribute: false },
  };
  static override styles = [
    shared,
    css`
      :host {
        container-type: inline-size; display: flex; align-items: center; gap: 10px; height: 42px; padding: 0 12px; flex: none;
        border-bottom: 1px solid var(--qt-border); white-space: nowrap; overflow-x: auto; overflow-y: hidden; scrollbar-width: none;
      }
      .crumb { color: var(--qt-fg-muted); overflow: hidden; text-overflow: ellipsis; min-width: 0; flex: 0 1 auto; }
      .crumb b { color: var(--qt-fg); font-weight: 600; }
      .settings { margin-left: auto; display: flex; gap: 8px; flex: none; }
      .more[aria-pressed='true'] { color: var(--qt-accent); }
    `,
  ];

  declare profile: Profile | undefined;
  declare session: SessionView | undefined;
  /** The query that the run button speaks of. */
  declare query: QueryView | undefined;
  declare sending: boolean;
  declare blocked: string;
  declare heard: boolean;
  declare controls: TransactionControls;
  /** Since when the tab is in a transaction; null outside one. */
  declare since: number | null;
  /** With what it was begun here, in words. */
  declare begunWith: string;
  declare manual: boolean;
  declare settings: RunSettings;

  protected override render() {
    const { controls, session, settings } = this;
    return html`<qt-run-button
        .query=${this.query} ?sending=${this.sending} .blocked=${this.blocked} .heard=${this.heard}
        .bestEffort=${session?.server?.capabilities.cancel === 'bestEffort'}
      ></qt-run-button>
      ${this.crumb()}
      <span class="settings">
        <qt-transaction .controls=${controls} .since=${this.since} .begunWith=${this.begunWith} .server=${session?.server ?? null} ?manual=${this.manual}></qt-transaction>
        ${this.limit()} ${this.timeout()}
        <button
          class="icon more" data-testid="more" aria-haspopup="menu" aria-label="How scripts run" aria-pressed=${settings.goOnAfterError}
          title=${settings.goOnAfterError ? 'Scripts go on after an error' : 'Scripts stop at the first error'} @click=${this.more}
        >${icon('ellipsis')}</button>
      </span>`;
  }

  private crumb() {
    const { profile } = this;
    if (!profile) return nothing;
    const { host, port, database, user } = profile.target;
    const parts = [database, user].filter((part) => part !== '').map((part) => ` › ${part}`);
    const at = `${user ? `${user}@` : ''}${host}:${port}/${database}`;
    return html`<span class="crumb" title="${profile.name}: ${at}"><b>${profile.name}</b>${parts.join('')}</span>`;
  }

  private limit() {
    return html`<qt-choice
      name="Limit" picture="list-ordered" unit="rows" .value=${this.settings.rowsMax} .values=${ROW_LIMITS}
      .text=${(rows: number) => (rows === 0 ? 'No limit' : `Limit ${rowsText(rows)}`)}
      @qt-chosen=${({ detail }: CustomEvent<number>) => this.set({ rowsMax: detail })}
    ></qt-choice>`;
  }

  private timeout() {
    return html`<qt-choice
      name="Timeout" picture="timer" unit="seconds" scale="1000" max=${STATEMENT_TIMEOUT_MAX_MS} .value=${this.settings.timeoutMs} .values=${TIMEOUTS_MS}
      .text=${(ms: number) => (ms === 0 ? 'No timeout' : `Timeout ${duration(ms)}`)}
      @qt-chosen=${({ detail }: CustomEvent<number>) => this.set({ timeoutMs: detail })}
    ></qt-choice>`;
  }

  private more(event: Event): void {
    const { goOnAfterError } = this.settings;
    menuBelow(event.currentTarget as HTMLElement, 'How scripts run', [
      {
        label: 'Scripts stop at the first error',
        checked: !goOnAfterError,
        act: () => this.set({ goOnAfterError: false }),
      },
      {
        label: 'Scripts go on after an error',
        checked: goOnAfterError,
        act: () => this.set({ goOnAfterError: true }),
      },
    ]);
  }

  private set(detail: Partial<RunSettings>): void {
    this.dispatchEvent(new CustomEvent('qt-settings', { detail }));
  }
}

customElements.define('qt-toolbar', QtToolbar);
