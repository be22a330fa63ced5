import type { SQLNamespace } from '@codemirror/lang-sql';
import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { FailureText } from '../events/failure.ts';
import type { Profile } from '../events/profile.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { QueryText } from '../events/wire.ts';
import type { Client } from './client.ts';
import type { QtEditor, RunRequest } from './qt-editor.ts';
import './qt-editor.ts';
import './qt-failure.ts';
import './qt-result.ts';
import './qt-result-footer.ts';
import './qt-run-button.ts';
import './qt-splitter.ts';
import { shared } from './shared.css.ts';
import type { Tab } from './tabs.ts';
import { duration, footer, rowsText } from './words.ts';

const TIMEOUTS_MS = [0, 5_000, 30_000, 300_000] as const;
const ROW_LIMITS = [0, 100, 1_000, 10_000] as const;

/** What the settings of a statement are kept under, for this browser. */
const TIMEOUT_KEY = 'querytape.timeoutMs';
const LIMIT_KEY = 'querytape.rowsMax';
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
    sessionId: { attribute: false },
    queries: { attribute: false },
    names: { attribute: false },
    blocked: { type: String },
    sending: { state: true },
    refusal: { state: true },
    words: { state: true },
    shown: { state: true },
    editorHeight: { state: true },
    timeoutMs: { state: true },
    rowsMax: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; flex: 1; }
      .toolbar {
        display: flex; align-items: center; gap: 12px; height: 42px; padding: 0 12px; flex: none;
        border-bottom: 1px solid var(--qt-border); white-space: nowrap; overflow: hidden;
      }
      .crumb { color: var(--qt-fg-muted); overflow: hidden; text-overflow: ellipsis; }
      .crumb b { color: var(--qt-fg); font-weight: 600; }
      .settings { margin-left: auto; display: flex; gap: 8px; }
      .settings select {
        height: 28px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg-raised);
        padding: 0 8px; color: var(--qt-fg-muted);
      }
      option { background: var(--qt-bg-raised); color: var(--qt-fg); }
      .closed { padding: 6px 14px; flex: none; color: var(--qt-fg-muted); border-bottom: 1px solid var(--qt-border); background: var(--qt-bg-raised); }
      .editor { flex: none; min-height: 60px; }
      .result { display: flex; flex-direction: column; flex: 1; min-height: 0; }
      .bar { display: flex; height: 32px; flex: none; border-bottom: 1px solid var(--qt-border); padding: 0 6px; overflow-x: auto; scrollbar-width: none; }
      .bar button { padding: 0 10px; color: var(--qt-fg-muted); border-bottom: 2px solid transparent; white-space: nowrap; }
      .bar button[aria-selected='true'] { color: var(--qt-fg); font-weight: 600; border-bottom-color: var(--qt-accent); }
      .messages { flex: 1; overflow: auto; margin: 0; padding: 8px 14px; list-style: none; user-select: text; }
      .messages li { display: grid; grid-template-columns: 24px 1fr; align-items: start; padding: 2px 0; }
      .messages .dot { margin-top: 6px; }
      .messages pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; color: var(--qt-fg-muted); }
      .empty { flex: 1; display: grid; place-content: center; text-align: center; color: var(--qt-fg-muted); gap: 6px; padding: 20px; }
      kbd { font: 12px var(--qt-font-mono); border: 1px solid var(--qt-border-strong); border-radius: 4px; padding: 0 5px; }
    `,
  ];

  declare client: Client;
  declare tab: Tab;
  declare profile: Profile | undefined;
  /** The session to run on; null while none is ready. */
  declare sessionId: string | null;
  /** The queries of this tab's latest script, in its order. */
  declare queries: readonly QueryView[];
  declare names: SQLNamespace;
  /** Why nothing can be run; empty when it can. */
  declare blocked: string;
  declare protected sending: boolean;
  declare protected refusal: FailureText | null;
  /** The server's words, by query. */
  declare protected words: ReadonlyMap<string, QueryText>;
  /** What is shown below: a query's result, or `messages`; null is decided by what there is. */
  declare protected shown: string | null;
  declare protected editorHeight: number;
  declare protected timeoutMs: number;
  declare protected rowsMax: number;
  /** Where the submitted text began in the editor. */
  private offset = 0;
  private readonly asked = new Set<string>();

  constructor() {
    super();
    this.sessionId = null;
    this.queries = [];
    this.names = {};
    this.blocked = '';
    this.sending = false;
    this.refusal = null;
    this.words = new Map();
    this.shown = null;
    this.editorHeight = kept(EDITOR_KEY, 190);
    this.timeoutMs = kept(TIMEOUT_KEY, 0);
    this.rowsMax = kept(LIMIT_KEY, 0);
  }

  override focus(): void {
    this.editor?.focus();
  }

  focusResult(): void {
    this.renderRoot.querySelector('qt-result')?.shadowRoot?.querySelector('qt-grid')?.focus();
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

  private get editor(): QtEditor | null {
    return this.renderRoot.querySelector('qt-editor');
  }

  /** The query that the run button speaks of: the one that lives, else the last. */
  private get current(): QueryView | undefined {
    return this.queries.find(({ outcome }) => outcome === null) ?? this.queries.at(-1);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('queries')) return;
    if (this.queries[0]?.scriptId !== changed.get('queries')?.[0]?.scriptId) this.sending = false;
    for (const query of this.queries) {
      const hasWords = query.failure !== null || query.notices > 0;
      if (query.outcome === null || !hasWords || this.asked.has(query.queryId)) continue;
      this.asked.add(query.queryId);
      void this.client.query(query.queryId).then((text) => {
        if (text) this.words = new Map(this.words).set(query.queryId, text);
      });
    }
  }

  private async submit({ text, offset }: RunRequest): Promise<void> {
    if (this.blocked || !this.sessionId || this.sending) return;
    const { current } = this;
    if (current && current.outcome === null) {
      // What waits to be read on from makes room for the next; what runs has to be cancelled first, by its owner.
      if (current.state !== 'paused') return;
      this.cancel();
    }
    this.refusal = null;
    this.shown = null;
    this.offset = offset;
    this.sending = true;
    const { timeoutMs, rowsMax, sessionId } = this;
    const answer = await this.client.command({
      type: 'query.submit',
      sessionId,
      tabId: this.tab.tabId,
      text,
      timeoutMs,
      rowsMax,
    });
    if (!('refused' in answer)) return;
    this.sending = false;
    this.refusal = { ...answer.refused, source: 'client' };
  }

  protected override render() {
    return html`
      <div class="toolbar">
        <qt-run-button
          .query=${this.current} ?sending=${this.sending} .blocked=${this.blocked}
          @qt-run-pressed=${() => this.run('statement')} @qt-cancel-pressed=${this.cancel}
        ></qt-run-button>
        ${this.crumb()}
        <span class="settings">
          ${this.choice('Limit', ROW_LIMITS, this.rowsMax, LIMIT_KEY, (rows) => (rows === 0 ? 'No limit' : `Limit ${rowsText(rows)}`))}
          ${this.choice('Timeout', TIMEOUTS_MS, this.timeoutMs, TIMEOUT_KEY, (ms) => (ms === 0 ? 'No timeout' : `Timeout ${duration(ms)}`))}
        </span>
      </div>
      ${this.closed()}
      <div class="editor" style="height:${this.editorHeight}px">
        <qt-editor
          .text=${this.tab.text} .names=${this.names} .fault=${this.fault()?.at ?? null}
          @qt-run=${(event: CustomEvent<RunRequest>) => this.submit(event.detail)}
        ></qt-editor>
      </div>
      ${this.failure()}
      <qt-splitter
        orientation="horizontal" label="Height of the editor" .value=${this.editorHeight} min="60" max="900"
        @qt-split=${(event: CustomEvent<number>) => this.resizeEditor(event.detail)}
      ></qt-splitter>
      <div class="result" role="region" aria-label="Result">${this.outcome()}</div>
    `;
  }

  /** A connection that is not open, and the way to open it. */
  private closed() {
    const { profile, sessionId } = this;
    if (sessionId !== null || !profile) return nothing;
    const open = (): boolean =>
      this.dispatchEvent(
        new CustomEvent('qt-open-profile', { detail: profile.profileId, bubbles: true, composed: true }),
      );
    return html`<div class="closed" role="status">
      ${profile.name} is not open. <button class="link" @click=${open}>Open ${profile.name}</button>
    </div>`;
  }

  private crumb() {
    const { profile } = this;
    if (!profile) return nothing;
    return html`<span class="crumb" title="${profile.target.host}:${profile.target.port}"
      ><b>${profile.name}</b> › ${profile.target.database} › ${profile.target.user}</span
    >`;
  }

  private choice(
    name: string,
    values: readonly number[],
    value: number,
    key: string,
    text: (value: number) => string,
  ) {
    const all = values.includes(value) ? values : [...values, value];
    const chosen = (event: Event): void => {
      const select = event.target as HTMLSelectElement;
      const custom = select.value === 'custom';
      const said = custom ? prompt(name === 'Limit' ? 'Rows' : 'Seconds', '') : select.value;
      const number = Number(said) * (custom && name === 'Timeout' ? 1000 : 1);
      if (said !== null && Number.isSafeInteger(number) && number >= 0) {
        localStorage.setItem(key, String(number));
        if (key === LIMIT_KEY) this.rowsMax = number;
        else this.timeoutMs = number;
      }
      this.requestUpdate();
      select.value = String(key === LIMIT_KEY ? this.rowsMax : this.timeoutMs);
    };
    return html`<select aria-label=${name} data-testid=${name.toLowerCase()} .value=${String(value)} @change=${chosen}>
      ${all.map((one) => html`<option value=${one} ?selected=${one === value}>${text(one)}</option>`)}
      <option value="custom">Other…</option>
    </select>`;
  }

  private resizeEditor(height: number): void {
    this.editorHeight = height;
    localStorage.setItem(EDITOR_KEY, String(height));
  }

  /** The first query that failed, with the server's words, and the place in the editor's text. */
  private fault(): { words: QueryText; at: number | null } | null {
    const failed = this.queries.find(({ outcome }) => outcome === 'failed' || outcome?.startsWith('lost'));
    const words = failed && this.words.get(failed.queryId);
    if (!words?.failure) return null;
    const { position } = words.failure;
    if (position === undefined) return { words, at: null };
    // The server counts characters, the editor UTF-16 units.
    const before = [...words.text].slice(0, position - 1).join('').length;
    return { words, at: this.offset + words.offset + before };
  }

  private failure() {
    const fault = this.fault();
    const failure = this.refusal ?? fault?.words.failure ?? this.refusedWords();
    if (!failure) return nothing;
    const line = fault?.at == null ? 0 : this.tab.text.slice(0, fault.at).split('\n').length;
    return html`<qt-failure
      .failure=${failure} place=${line > 0 ? `line ${line}` : ''}
      @qt-show-place=${() => fault?.at != null && this.editor?.reveal(fault.at)}
    ></qt-failure>`;
  }

  private refusedWords(): FailureText | null {
    const refused = this.queries.find(({ outcome }) => outcome === 'refused');
    if (!refused) return null;
    const code = refused.refusedCode ?? 'refused';
    return {
      code,
      source: 'client',
      message: REFUSALS[code] ?? 'The statement was refused; nothing was sent.',
    };
  }

  private outcome() {
    const { queries } = this;
    if (queries.length === 0)
      return html`<div class="empty">
        <span>Rows appear here while the statement still runs.</span>
        <span><kbd>Ctrl</kbd> <kbd>Enter</kbd> runs the statement under the cursor · <kbd>Ctrl</kbd> <kbd>.</kbd> cancels it on the server</span>
      </div>`;
    const results = queries.filter(({ columns }) => columns > 0);
    const shown = this.shown ?? results.at(0)?.queryId ?? 'messages';
    const query = queries.find(({ queryId }) => queryId === shown);
    return html`
      <div class="bar" role="tablist" aria-label="Results">
        ${results.map(({ queryId }, i) => this.choose(queryId, shown, results.length > 1 ? `Result ${i + 1}` : 'Result'))}
        ${this.choose('messages', shown, 'Messages')}
      </div>
      ${query ? html`<qt-result .client=${this.client} .query=${query}></qt-result>` : this.messages()}
      <qt-result-footer .client=${this.client} .query=${query ?? this.current!}></qt-result-footer>
    `;
  }

  private choose(id: string, shown: string, label: string) {
    return html`<button role="tab" aria-selected=${id === shown} @click=${() => {
      this.shown = id;
    }}>${label}</button>`;
  }

  private messages() {
    const now = Date.now();
    return html`<ul class="messages">
      ${this.queries.map((query) => {
        const { tone, parts } = footer(query, now);
        const words = this.words.get(query.queryId);
        return html`<li data-testid="message">
          <span class="dot ${tone}"></span>
          <div>
            ${parts.join(' · ')}
            ${(words?.notices ?? []).map(({ severity, message }) => html`<pre class="mono">${severity}: ${message}</pre>`)}
          </div>
        </li>`;
      })}
    </ul>`;
  }
}

/** What a refusal means and what to do, by its code. */
const REFUSALS: Readonly<Record<string, string>> = {
  'tape.unavailable':
    "The tape can't be written, so the statement was not sent. Make room on the disk of the data folder; it goes on by itself.",
  'readOnly.notProvenRead':
    'The connection is read-only, and the statement is not proven to read. Nothing was sent.',
};

customElements.define('qt-query-tab', QtQueryTab);
