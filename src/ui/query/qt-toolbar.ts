import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { durationText } from '../../events/duration-text.ts';
import { STATEMENT_TIMEOUT_MAX_MS } from '../../events/limits.ts';
import type { Profile } from '../../events/profile.ts';
import { type SessionState, stateWords } from '../../events/session-state.ts';
import type { StateKind } from '../../events/state-kind.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { SessionView } from '../../events/views/session-view.ts';
import { icon } from '../controls/icons.ts';
import '../controls/qt-combo.ts';
import { menuBelow } from '../controls/qt-menu.ts';
import './qt-run-button.ts';
import './qt-transaction.ts';
import { hasMoved, placeOf } from '../api/session-states.ts';
import { shared } from '../controls/shared.css.ts';
import { rowsText } from '../format/format.ts';
import type { TransactionControls } from '../selectors/transactions.ts';
import type { RunSettings } from './run-settings.ts';

const TIMEOUTS_MS = [0, 5_000, 30_000, 300_000] as const;
/** How long a database or schema that a new connection changed is highlighted. */
const MOVED_SHOWN_MS = 8_000;
const ROW_LIMITS = [0, 100, 1_000, 10_000] as const;

/**
 * The bar above the editor: Run, the target, the transaction, and how statements run. Fires `qt-run-pressed`,
 * `qt-cancel-pressed`, `qt-transaction`, `qt-manual-commit` and `qt-settings`.
 */
export class QtToolbar extends LitElement {
  static override properties = {
    profile: { attribute: false },
    session: { attribute: false },
    state: { attribute: false },
    connectionId: { type: String },
    restored: { attribute: false },
    moved: { state: true },
    query: { attribute: false },
    sending: { type: Boolean },
    blocked: { type: String },
    opening: { type: Boolean },
    waits: { type: Boolean },
    heard: { attribute: false },
    controls: { attribute: false },
    since: { attribute: false },
    begunWith: { type: String },
    manual: { type: Boolean },
    settings: { attribute: false },
    hint: { type: String },
  };
  static override styles = [
    shared,
    css`
      :host {
        container-type: inline-size; display: flex; align-items: center; gap: 10px; height: 42px; padding: 0 12px; flex: none;
        border-bottom: 1px solid var(--qt-border); white-space: nowrap; overflow-x: auto; overflow-y: hidden; scrollbar-width: none;
      }
      .crumb { color: var(--qt-fg-muted); overflow: hidden; text-overflow: ellipsis; min-width: 0; flex: 0 1 auto; }
      /* Up to three lines rather than half a sentence. */
      .hint {
        display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; min-width: 0; flex: 0 1 auto;
        font-size: 12px; line-height: 13px; white-space: normal; color: var(--qt-state-waiting);
      }
      .hint:empty { display: none; }
      .moved { color: var(--qt-state-waiting); font-weight: 600; }
      .crumb b { color: var(--qt-fg); font-weight: 600; }
      .settings { margin-left: auto; display: flex; gap: 8px; flex: none; }
      .more[aria-pressed='true'] { color: var(--qt-accent); }
    `,
  ];

  declare profile: Profile | undefined;
  declare session: SessionView | undefined;
  /** Where statements run, as the server reports it; null while that is unknown. */
  declare state: SessionState | null;
  /** The tab's own connection; empty while it has none. */
  declare connectionId: string;
  /** The session state that was restored as it opened. */
  declare restored: readonly StateKind[];
  /** Changed by a new connection, not by a statement: highlighted for a moment. */
  declare protected moved: boolean;
  private seen: { readonly connectionId: string; readonly state: SessionState } | null = null;
  private calming: ReturnType<typeof setTimeout> | undefined;
  /** The query that the run button speaks of. */
  declare query: QueryView | undefined;
  declare sending: boolean;
  declare blocked: string;
  /** The connection is being opened. */
  declare opening: boolean;
  /** What was run waits until the connection is open. */
  declare waits: boolean;
  declare heard: boolean;
  declare controls: TransactionControls;
  /** Since when the tab is in a transaction; null outside one. */
  declare since: number | null;
  /** With what it was begun here, in words. */
  declare begunWith: string;
  declare manual: boolean;
  declare settings: RunSettings;
  /** Why the last request did nothing; shown in place of the crumb. */
  declare hint: string;

  protected override render() {
    const { controls, session, settings } = this;
    return html`<qt-run-button
        .query=${this.query} ?sending=${this.sending} .blocked=${this.blocked} .heard=${this.heard}
        ?opening=${this.opening} ?waits=${this.waits}
        .bestEffort=${session?.server?.capabilities.cancel === 'bestEffort'}
      ></qt-run-button>
      <span class="hint" role="status" data-testid="hint" title=${this.hint}>${this.hint}</span>${this.hint ? nothing : this.crumb()}
      <span class="settings">
        <qt-transaction
          .controls=${controls}
          .since=${this.since}
          .begunWith=${this.begunWith}
          .server=${session?.server ?? null}
          ?manual=${this.manual}
        ></qt-transaction>
        ${this.limit()} ${this.timeout()}
        <button
          class="icon more" data-testid="more" aria-haspopup="menu" aria-label="How scripts run" aria-pressed=${settings.goOnAfterError}
          title=${settings.goOnAfterError ? 'Scripts continue after an error' : 'Scripts stop at the first error'}
          @click=${this.more}
        >${icon('ellipsis')}</button>
      </span>`;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { state, connectionId, seen, restored } = this;
    if (!(changed.has('state') || changed.has('connectionId')) || state === null) return;
    const isNew = seen !== null && connectionId !== '' && seen.connectionId !== connectionId;
    if (isNew && (hasMoved(seen.state, state) || restored.length > 0)) this.alert();
    // The catalogue's connection is not the tab's.
    if (connectionId !== '') this.seen = { connectionId, state };
  }

  private alert(): void {
    this.moved = true;
    clearTimeout(this.calming);
    this.calming = setTimeout(() => {
      this.moved = false;
    }, MOVED_SHOWN_MS);
  }

  /** Where statements run: by the profile until the server reports it. */
  private crumb() {
    const { profile, state, restored } = this;
    if (!profile) return nothing;
    const { host, port, database, user } = profile.target;
    const place = state ? placeOf(state) : [database, user].filter((part) => part !== '');
    const again = restored.length > 0 ? `. Reconnected: ${stateWords(restored)} set again` : '';
    const at = `${user ? `${user}@` : ''}${host}:${port}/${database}${again}`;
    return html`<span class="crumb" title="${profile.name}: ${at}"
      ><b>${profile.name}</b><span class=${this.moved ? 'moved' : ''} data-testid="crumb-place">${place.map((part) => ` › ${part}`).join('')}</span></span
    >`;
  }

  private limit() {
    return html`<qt-combo
      name="Limit" picture="list-ordered" unit="rows" .value=${this.settings.rowsMax} .values=${ROW_LIMITS}
      .text=${(rows: number) => (rows === 0 ? 'No limit' : `Limit ${rowsText(rows)}`)}
      @qt-chosen=${({ detail }: CustomEvent<number>) => this.set({ rowsMax: detail })}
    ></qt-combo>`;
  }

  private timeout() {
    return html`<qt-combo
      name="Timeout"
      picture="timer"
      unit="seconds"
      scale="1000"
      max=${STATEMENT_TIMEOUT_MAX_MS}
      .value=${this.settings.timeoutMs}
      .values=${TIMEOUTS_MS}
      .text=${(ms: number) => (ms === 0 ? 'No timeout' : `Timeout ${durationText(ms)}`)}
      @qt-chosen=${({ detail }: CustomEvent<number>) => this.set({ timeoutMs: detail })}
    ></qt-combo>`;
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
        label: 'Scripts continue after an error',
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
