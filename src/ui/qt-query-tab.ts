import type { SQLNamespace } from '@codemirror/lang-sql';
import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { FailureText } from '../events/failure.ts';
import { STATEMENT_TIMEOUT_MAX_MS } from '../events/limits.ts';
import type { Profile } from '../events/profile.ts';
import { resultIdOf } from '../events/result.ts';
import { sentences } from '../events/sentences.ts';
import type { ConnectionView } from '../events/views/connection-view.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { SessionView } from '../events/views/session-view.ts';
import type { QueryText } from '../events/wire.ts';
import type { Client } from './client.ts';
import { faultPlace, lineOf } from './place.ts';
import './qt-choice.ts';
import type { QtEditor, RunRequest } from './qt-editor.ts';
import './qt-editor.ts';
import './qt-failure.ts';
import './qt-messages.ts';
import './qt-refusal.ts';
import './qt-result.ts';
import './qt-result-footer.ts';
import './qt-run-button.ts';
import './qt-splitter.ts';
import type { TransactionWish } from './qt-transaction-bar.ts';
import './qt-transaction-bar.ts';
import { judgedPlace, type RefusalAct, refusalWords } from './refusal-words.ts';
import { currentOf } from './scripts.ts';
import { shared } from './shared.css.ts';
import type { Tab } from './tabs.ts';
import { duration, lostTransaction, rowsText, thousands } from './words.ts';

const TIMEOUTS_MS = [0, 5_000, 30_000, 300_000] as const;
const ROW_LIMITS = [0, 100, 1_000, 10_000] as const;

/** What the settings of a statement are kept under, for this browser. */
const TIMEOUT_KEY = 'querytape.timeoutMs';
const LIMIT_KEY = 'querytape.rowsMax';
const GO_ON_KEY = 'querytape.goOnAfterError';
const EDITOR_KEY = 'querytape.editorHeight';

function kept(key: string, otherwise: number): number {
  const value = Number(localStorage.getItem(key) ?? Number.NaN);
  return Number.isFinite(value) ? value : otherwise;
}

/** One tab: toolbar, editor, and what came of its statements. Fires `qt-edit`; talks to the server through `client`. */
export class QtQueryTab extends LitElement {
  static override properties = {
    client: { attribute: false },
    tab: { attribute: false },
    profile: { attribute: false },
    session: { attribute: false },
    connection: { attribute: false },
    unopened: { attribute: false },
    queries: { attribute: false },
    names: { attribute: false },
    blocked: { type: String },
    alarm: { type: String },
    sending: { state: true },
    refusal: { state: true },
    words: { state: true },
    shown: { state: true },
    editorHeight: { state: true },
    timeoutMs: { state: true },
    rowsMax: { state: true },
    manualCommit: { state: true },
    goOn: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; flex: 1; }
      .toolbar {
        display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; min-height: 42px; padding: 4px 12px; flex: none;
        border-bottom: 1px solid var(--qt-border); white-space: nowrap;
      }
      /* It gives way before anything wraps. */
      .crumb { flex: 1 1 0; color: var(--qt-fg-muted); overflow: hidden; text-overflow: ellipsis; min-width: 0; }
      .crumb b { color: var(--qt-fg); font-weight: 600; }
      select.choice { height: 28px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg-raised); padding: 0 6px; color: var(--qt-fg-muted); field-sizing: content; cursor: pointer; }
      select.choice option { background: var(--qt-bg-raised); color: var(--qt-fg); }
      .settings { margin-left: auto; display: flex; gap: 8px; flex: none; }
      .notice {
        display: flex; gap: 8px; align-items: center; padding: 5px 14px; flex: none; color: var(--qt-fg-muted);
        border-bottom: 1px solid var(--qt-border); background: var(--qt-bg-raised);
      }
      .notice.failed { color: var(--qt-state-failed); background: var(--qt-failed-soft); }
      /* What was a good height in a tall window leaves room for the result in a low one. */
      .editor { flex: none; min-height: 60px; max-height: calc(100% - 220px); }
      .result { display: flex; flex-direction: column; flex: 1; min-height: 0; }
      .bar { display: flex; height: 32px; flex: none; border-bottom: 1px solid var(--qt-border); padding: 0 6px; overflow-x: auto; scrollbar-width: none; }
      .bar button { flex: none; padding: 0 10px; color: var(--qt-fg-muted); border-bottom: 2px solid transparent; white-space: nowrap; }
      .bar button[aria-selected='true'] { color: var(--qt-fg); font-weight: 600; border-bottom-color: var(--qt-accent); }
      .empty { flex: 1; display: grid; place-content: center; justify-items: center; text-align: center; color: var(--qt-fg-muted); gap: 6px; padding: 20px; }
      kbd { font: 12px var(--qt-font-mono); border: 1px solid var(--qt-border-strong); border-radius: 4px; padding: 0 5px; }
    `,
  ];

  declare client: Client;
  declare tab: Tab;
  declare profile: Profile | undefined;
  /** The profile's latest session, in whatever state. */
  declare session: SessionView | undefined;
  /** The tab's own server connection, where it has one. */
  declare connection: ConnectionView | undefined;
  /** Why it is not open, where something went wrong. */
  declare unopened: FailureText | null;
  /** The queries of this tab's latest script, in its order. */
  declare queries: readonly QueryView[];
  declare names: SQLNamespace;
  /** Why nothing can be run; empty when it can. */
  declare blocked: string;
  /** What of that has to be said aloud; empty where there is nothing. */
  declare alarm: string;
  declare protected sending: boolean;
  declare protected refusal: FailureText | null;
  /** The server's words, by query; null once they are forgotten. */
  declare protected words: ReadonlyMap<string, QueryText | null>;
  /** What is shown below: a query's result, or `messages`; null is decided by what there is. */
  declare protected shown: string | null;
  declare protected editorHeight: number;
  declare protected timeoutMs: number;
  declare protected rowsMax: number;
  /** What is done is kept by Commit alone. */
  declare protected manualCommit: boolean;
  /** A script goes on after an error. */
  declare protected goOn: boolean;
  /** Where the submitted text began in the editor; null when that was before this page was loaded. */
  private ranAt: number | null = null;
  private readonly asked = new Set<string>();

  constructor() {
    super();
    this.unopened = null;
    this.queries = [];
    this.names = {};
    this.blocked = '';
    this.alarm = '';
    this.sending = false;
    this.refusal = null;
    this.words = new Map();
    this.shown = null;
    this.editorHeight = kept(EDITOR_KEY, 190);
    this.timeoutMs = kept(TIMEOUT_KEY, 0);
    this.rowsMax = kept(LIMIT_KEY, 0);
    this.manualCommit = false;
    this.goOn = kept(GO_ON_KEY, 0) === 1;
  }

  override focus(): void {
    // A new tab has no editor yet.
    void this.updateComplete.then(() => this.editor?.focus());
  }

  /** What F6 goes to below the editor: the rows, else the messages; null while there are neither. */
  get resultPane(): HTMLElement | null {
    const grid = this.renderRoot
      .querySelector('qt-result')
      ?.shadowRoot?.querySelector<HTMLElement>('qt-grid');
    return grid ?? this.renderRoot.querySelector<HTMLElement>('.bar [aria-selected=true]');
  }

  run(what: 'statement' | 'all'): void {
    this.editor?.run(what);
  }

  /** Runs the whole text, as when a table is opened from the tree. */
  runAll(): void {
    void this.updateComplete.then(() => this.run('all'));
  }

  cancel(): void {
    const living = this.queries.filter(({ outcome, cancel }) => outcome === null && cancel === null);
    // The one that runs is asked first; those behind it then have nothing to wait for.
    for (const { queryId } of living) void this.client.command({ type: 'query.cancel', queryId });
  }

  /** Whether the tape is heard; `blocked` changes with it. */
  private get heard(): boolean {
    return this.client.link === 'open';
  }

  get editor(): QtEditor | null {
    return this.renderRoot.querySelector('qt-editor');
  }

  private get current(): QueryView | undefined {
    return currentOf(this.queries);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // A process that went after it took the command may never have written of it.
    if (!this.heard) this.sending = false;
    if (!changed.has('queries')) return;
    if (this.queries[0]?.scriptId !== changed.get('queries')?.[0]?.scriptId) {
      // The tape has the script now: it says more than the answer to the command, if there was one.
      this.sending = false;
      this.refusal = null;
    }
    for (const query of this.queries) {
      const hasWords = query.failure !== null || query.notices > 0 || query.outcome === 'refused';
      if (query.outcome !== null && hasWords && !this.asked.has(query.queryId))
        void this.learn(query.queryId);
    }
  }

  private async learn(queryId: string): Promise<void> {
    this.asked.add(queryId);
    try {
      const text = await this.client.query(queryId);
      this.words = new Map(this.words).set(queryId, text);
    } catch {
      // Nobody answered; the next look at the queries asks again.
      this.asked.delete(queryId);
    }
  }

  private async submit({ text, offset }: RunRequest): Promise<void> {
    const { current, session } = this;
    if (this.blocked || session?.state !== 'ready' || this.sending) return;
    if (current && current.outcome === null) {
      // What waits to be read on from makes room for the next; what runs has to be cancelled first, by its owner.
      if (current.state !== 'paused') return;
      this.cancel();
    }
    this.refusal = null;
    this.shown = null;
    this.ranAt = offset;
    this.sending = true;
    const { timeoutMs, rowsMax } = this;
    const { sessionId } = session;
    const answer = await this.client.command({
      type: 'query.submit',
      sessionId,
      tabId: this.tab.tabId,
      text,
      timeoutMs,
      rowsMax,
      manualCommit: this.manualCommit,
      goOnAfterError: this.goOn,
    });
    if (!('refused' in answer)) return;
    this.sending = false;
    this.refusal = { ...answer.refused, source: 'client' };
  }

  protected override render() {
    const fault = this.fault();
    return html`
      <div class="toolbar">
        <qt-run-button
          .query=${this.current} ?sending=${this.sending} .blocked=${this.blocked} .heard=${this.heard}
          @qt-run-pressed=${() => this.run('statement')} @qt-cancel-pressed=${this.cancel}
        ></qt-run-button>
        <qt-transaction-bar
          .session=${this.session} .connection=${this.connection} ?manual=${this.manualCommit} ?busy=${this.current?.outcome === null}
          @qt-manual-commit=${({ detail }: CustomEvent<boolean>) => {
            this.manualCommit = detail;
          }}
          @qt-transaction=${({ detail }: CustomEvent<TransactionWish>) => this.transaction(detail)}
        ></qt-transaction-bar>
        ${this.crumb()}
        <span class="settings">${this.onError()} ${this.limit()} ${this.timeout()}</span>
      </div>
      ${this.notice()}
      <div class="editor" style="height:${this.editorHeight}px">
        <qt-editor
          .engine=${this.session?.engine ?? this.profile?.target.engine ?? 'postgres'} .text=${this.tab.text} .names=${this.names} .fault=${fault?.at ?? null}
          @qt-run=${(event: CustomEvent<RunRequest>) => this.submit(event.detail)}
        ></qt-editor>
      </div>
      ${this.failure(fault)}
      <qt-splitter
        orientation="horizontal" label="Height of the editor" .value=${this.editorHeight} min="60" max="900"
        @qt-split=${(event: CustomEvent<number>) => this.resizeEditor(event.detail)}
      ></qt-splitter>
      <div class="result" role="region" aria-label="Result">${this.outcome()}</div>
    `;
  }

  /** Why nothing can be run here, and the way to change it. */
  private notice() {
    const { profile, session, alarm, unopened } = this;
    const state = session?.state ?? 'offline';
    if (alarm) return html`<div class="notice failed" role="alert">${alarm}</div>`;
    if (session?.interrupted.includes(this.tab.tabId))
      return html`<div class="notice failed" role="alert">
        <span>${lostTransaction(session, this.tab.tabId)}
          ${
            session.idleRollbacks[this.tab.tabId]
              ? nothing
              : html`<button class="link" data-testid="loss-seen" @click=${() => this.transaction({ type: 'transaction.rollback' })}>Roll back to go on</button>`
          }</span>
      </div>`;
    if (state === 'ready' || this.client.link !== 'open') return nothing;
    if (!profile)
      return html`<div class="notice late" role="status">${
        this.client.keeping.vault.state === 'locked'
          ? html`<span>This tab's connection is in the vault. <button class="link" @click=${this.unlock}>Unlock it</button></span>`
          : "This tab's connection is not known any more."
      }</div>`;
    const why = unopened
      ? html`<b class="mono">${unopened.code}</b> ${sentences(unopened.message, unopened.advice)}`
      : nothing;
    if (state !== 'offline' && state !== 'failed')
      return html`<div class="notice late" role="status"><span>${profile.name}: ${state.split('.').join(', ')}… ${why}</span></div>`;
    const open = (): boolean =>
      this.dispatchEvent(
        new CustomEvent('qt-open-profile', { detail: profile.profileId, bubbles: true, composed: true }),
      );
    return html`<div class="notice late" role="status">
      <span>${profile.name} ${state === 'failed' ? 'could not be opened.' : 'is not open.'} ${why}
        <button class="link" @click=${open}>${state === 'failed' ? 'Retry' : `Open ${profile.name}`}</button>
      </span>
    </div>`;
  }

  private unlock(): void {
    this.dispatchEvent(new CustomEvent('qt-open-vault', { bubbles: true, composed: true }));
  }

  private crumb() {
    const { profile } = this;
    if (!profile) return nothing;
    return html`<span class="crumb" title="${profile.name}: ${profile.target.user}@${profile.target.host}:${profile.target.port}/${profile.target.database}"
      ><b>${profile.name}</b> › ${profile.target.database} › ${profile.target.user}</span
    >`;
  }

  /** Asks for a step of the tab's transaction, and says what became of it where that is not what was asked for. */
  async transaction(wish: TransactionWish): Promise<boolean> {
    const { session } = this;
    if (!session) return false;
    this.refusal = null;
    const answer = await this.client.command({
      ...wish,
      sessionId: session.sessionId,
      tabId: this.tab.tabId,
    });
    if ('refused' in answer) {
      this.refusal = { ...answer.refused, source: 'client' };
      return false;
    }
    for (const queryId of answer.queryIds ?? []) {
      const { query, failure } = await this.client.ended(queryId);
      if (query.outcome === 'succeeded') continue;
      const code = query.failure?.code ?? query.refusedCode ?? query.outcome ?? 'unknown';
      this.refusal = failure ?? { code, source: 'client', message: `It ended as ${query.outcome}.` };
      return false;
    }
    return true;
  }

  private onError() {
    return html`<select class="choice" aria-label="After an error in a script" data-testid="on-error"
      @change=${(event: Event) => {
        this.goOn = (event.target as HTMLSelectElement).value === 'on';
        localStorage.setItem(GO_ON_KEY, this.goOn ? '1' : '0');
      }}>
      <option value="stop" ?selected=${!this.goOn}>Stop on error</option>
      <option value="on" ?selected=${this.goOn}>Go on after errors</option>
    </select>`;
  }

  private limit() {
    return html`<qt-choice
      name="Limit" unit="rows" .value=${this.rowsMax} .values=${ROW_LIMITS}
      .text=${(rows: number) => (rows === 0 ? 'No limit' : `Limit ${rowsText(rows)}`)}
      @qt-chosen=${({ detail }: CustomEvent<number>) => {
        localStorage.setItem(LIMIT_KEY, String(detail));
        this.rowsMax = detail;
      }}
    ></qt-choice>`;
  }

  private timeout() {
    return html`<qt-choice
      name="Timeout" unit="seconds" scale="1000" max=${STATEMENT_TIMEOUT_MAX_MS} .value=${this.timeoutMs} .values=${TIMEOUTS_MS}
      .text=${(ms: number) => (ms === 0 ? 'No timeout' : `Timeout ${duration(ms)}`)}
      @qt-chosen=${({ detail }: CustomEvent<number>) => {
        localStorage.setItem(TIMEOUT_KEY, String(detail));
        this.timeoutMs = detail;
      }}
    ></qt-choice>`;
  }

  private resizeEditor(height: number): void {
    this.editorHeight = height;
    localStorage.setItem(EDITOR_KEY, String(height));
  }

  /** The first query that failed, with the server's words, and the place in the editor's text. */
  private fault(): { words: FailureText; at: number | null } | null {
    const failed = this.queries.find(({ outcome }) => outcome === 'failed' || outcome?.startsWith('lost'));
    if (!failed?.failure) return null;
    const words = this.words.get(failed.queryId);
    if (words === undefined) return null;
    const { code } = failed.failure;
    const said: FailureText = words?.failure ?? {
      ...failed.failure,
      message: WITHOUT_WORDS[code] ?? FORGOTTEN,
    };
    const advice = said.advice ?? LOST[failed.outcome ?? ''];
    const place = words ? faultPlace(this.tab.text, words, this.ranAt) : null;
    return { words: advice === undefined ? said : { ...said, advice }, at: place };
  }

  private failure(fault: { words: FailureText; at: number | null } | null) {
    const failure = this.refusal ?? fault?.words;
    if (!failure) return this.refused();
    const at = this.refusal ? null : (fault?.at ?? null);
    return html`<qt-failure
      .failure=${failure} place=${at === null ? '' : `line ${lineOf(this.tab.text, at)}`}
      @qt-show-place=${() => at !== null && this.editor?.reveal(at)}
    ></qt-failure>`;
  }

  /** The first statement that was refused: which rule, where, and who may change it. */
  private refused() {
    const refused = this.queries.find(({ outcome }) => outcome === 'refused');
    const { session, profile, client } = this;
    if (!refused || !session) return nothing;
    const words = this.words.get(refused.queryId) ?? null;
    const { sources, variables } = client.keeping.policy;
    const pointer = `/environments/${session.environment}/blockDangerous`;
    const said = refusalWords(refused.refusedCode ?? 'refused', {
      profileName: profile?.name ?? 'the connection',
      environment: session.environment,
      editable: client.isSaved(session.profileId),
      flavour: session.server?.flavour ?? session.engine,
      judgement: words?.judgement ?? null,
      variable: sources[pointer] === 'environment' ? (variables[pointer] ?? null) : null,
      message: null,
    });
    const at = words && judgedPlace(this.tab.text, words, this.ranAt, said.position);
    return html`<qt-refusal
      .refusal=${said} place=${at === null ? '' : `line ${lineOf(this.tab.text, at)}`}
      @qt-show-place=${() => at !== null && this.editor?.reveal(at)} @qt-refusal-act=${(event: CustomEvent<RefusalAct>) => this.act(event, refused)}
    ></qt-refusal>`;
  }

  /** What is done about a refusal here; the rest is for those above. */
  private act(event: CustomEvent<RefusalAct>, refused: QueryView): void {
    if (event.detail === 'run-again') void this.readAgain(refused);
    else if (event.detail === 'rollback') void this.transaction({ type: 'transaction.rollback' });
  }

  private outcome() {
    const { queries } = this;
    if (queries.length === 0)
      return html`<div class="empty">
        <span>Rows appear here while the statement still runs.</span>
        <span><kbd>Ctrl</kbd> <kbd>Enter</kbd> runs the statement under the cursor · <kbd>Ctrl</kbd> <kbd>.</kbd> cancels it on the server</span>
      </div>`;
    const results = queries.flatMap((query) =>
      Array.from({ length: Math.max(query.resultSets, query.columns > 0 ? 1 : 0) }, (_, at) => ({
        query,
        resultId: resultIdOf(query.queryId, at + 1),
      })),
    );
    const shown = this.shown ?? results.at(0)?.resultId ?? 'messages';
    const query = results.find(({ resultId }) => resultId === shown)?.query;
    const notices = queries.reduce((sum, one) => sum + one.notices, 0);
    return html`
      <div class="bar" role="tablist" aria-label="Results" @keydown=${this.barKey}>
        ${results.map(({ resultId }, i) => this.choose(resultId, shown, results.length > 1 ? `Result ${i + 1}` : 'Result'))}
        ${this.choose('messages', shown, notices > 0 ? `Messages ${thousands(notices)}` : 'Messages')}
      </div>
      ${
        query
          ? html`<qt-result
              .client=${this.client} .query=${query} .resultId=${shown} .session=${this.session} ?manualCommit=${this.manualCommit}
              @qt-read-again=${() => this.readAgain(query)}
            ></qt-result>`
          : html`<qt-messages .queries=${queries} .words=${this.words} .heard=${this.heard}></qt-messages>`
      }
      <qt-result-footer .client=${this.client} .query=${query ?? this.current!} .heard=${this.heard}></qt-result-footer>
    `;
  }

  /** Runs a statement again because a person asked for it. */
  private async readAgain({ queryId }: QueryView): Promise<void> {
    const words = await this.client.query(queryId);
    if (words) await this.submit({ text: words.text, offset: words.offset + (this.ranAt ?? 0) });
  }

  private choose(id: string, shown: string, label: string) {
    return html`<button role="tab" aria-selected=${id === shown} tabindex=${id === shown ? 0 : -1} @click=${() => {
      this.shown = id;
    }}>${label}</button>`;
  }

  private barKey(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    const tabs = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=tab]')];
    const at = tabs.findIndex((tab) => tab.ariaSelected === 'true');
    const next = tabs[(at + by + tabs.length) % tabs.length];
    next?.click();
    next?.focus();
  }
}

const FORGOTTEN = 'The words are not remembered any more; the code is on the tape.';

/** What failures mean whose words nobody has to remember. */
const WITHOUT_WORDS: Readonly<Record<string, string>> = {
  'profile.passwordNeeded':
    'This connection asks for its password each time, and what was typed went with the lock. Close the connection and open it again.',
};

/** What to do about a lost statement. */
const LOST: Readonly<Record<string, string>> = {
  'lost.notRun': 'It never left this machine. It can be run again.',
  'lost.mayHaveCompleted': 'It may have completed on the server. Look there before running it again.',
};

customElements.define('qt-query-tab', QtQueryTab);
