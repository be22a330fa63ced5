import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { Command } from '../../events/command.ts';
import { DEFAULT_ENGINE } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import type { FailureText } from '../../events/failure.ts';
import type { LexicalFacts } from '../../events/lexical-facts.ts';
import type { Profile } from '../../events/profile.ts';
import type { SessionState } from '../../events/session-state.ts';
import type { TransactionOptions } from '../../events/transaction.ts';
import type { ConnectionView } from '../../events/views/connection-view.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { type SessionView, sessionOpen } from '../../events/views/session-view.ts';
import type { QueryText } from '../../events/wire.ts';
import type { Client } from '../api/client.ts';
import { ClientConsumer } from '../api/client-context.ts';
import { sendCommand } from '../api/command-request.ts';
import { KeyedReads } from '../api/keyed-reads.ts';
import type { Question } from '../controls/qt-confirm.ts';
import type { CompletionNames } from '../editor/completion-names.ts';
import type { QtEditor, RunRequest } from '../editor/qt-editor.ts';
import { changesText } from '../result/edit/edit-words.ts';
import { TabEdits } from '../result/edit/tab-edits.ts';
import { lineOf } from './error-position.ts';
import { type Refused, refusedOf, type StatementError, statementErrorOf } from './statement-error.ts';
import '../editor/qt-editor.ts';
import './qt-failure.ts';
import './qt-refusal.ts';
import type { QtResults } from '../result/qt-results.ts';
import '../result/qt-results.ts';
import '../controls/qt-splitter.ts';
import './qt-tab-notice.ts';
import './qt-toolbar.ts';
import { namespaceOf } from '../api/session-states.ts';
import type { Tab } from '../app/tabs.ts';
import { keysOf } from '../controls/key-bindings.ts';
import { shared } from '../controls/shared.css.ts';
import { currentOf } from '../selectors/latest-script.ts';
import { lossText, transactionControls } from '../selectors/transactions.ts';
import type { StepRequest } from './qt-transaction.ts';
import type { RefusalAct } from './refusal-text.ts';
import { changeSettings, type RunSettings, readSettings } from './run-settings.ts';

/** How long a hint is shown why a key or a click did nothing. */
const HINT_MS = 6000;
const RUNS = `A statement is running in this tab. Cancel it (${keysOf('page', 'cancel')}) or wait until it ends.`;
const CANCELLING = 'The statement is being cancelled. Wait until the server confirms.';
const NOTHING_RUNS = 'Nothing is running in this tab.';
const NOT_OPEN = 'Open the connection first.';
const SENDING = 'The statement is on its way to Querytape.';
const EDITOR_KEY = 'querytape.editorHeight';

/** Facts before the server was reached: its flavour and version decide how a text is read. */
const NO_FACTS: LexicalFacts = {};

/** One tab: toolbar, editor, results and errors. Fires `qt-edit` and sends commands. */
export class QtQueryTab extends LitElement {
  static override properties = {
    ask: { attribute: false },
    tab: { attribute: false },
    profile: { attribute: false },
    session: { attribute: false },
    connection: { attribute: false },
    state: { attribute: false },
    facts: { attribute: false },
    whyLost: { attribute: false },
    unopened: { attribute: false },
    queries: { attribute: false },
    steps: { attribute: false },
    activeQuery: { attribute: false },
    names: { attribute: false },
    blocked: { type: String },
    alarm: { type: String },
    sending: { state: true },
    refusal: { state: true },
    editorHeight: { state: true },
    settings: { state: true },
    revision: { state: true },
    hint: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; flex: 1; }
      /* What was a good height in a tall window leaves room for the result in a low one. */
      .editor { flex: none; min-height: 60px; max-height: calc(100% - 220px); }
      .result { display: flex; flex-direction: column; flex: 1; min-height: 0; }
    `,
  ];

  /** Asks the user, over the page. */
  declare ask: <T extends string>(question: Question<T>) => Promise<T>;
  declare tab: Tab;
  declare profile: Profile | undefined;
  /** The profile's latest session, in whatever state. */
  declare session: SessionView | undefined;
  /** The tab's own connection, once it has one. */
  declare connection: ConnectionView | undefined;
  /**
   * What the tab's connection holds of its session, or the session's own while the tab has none; null while
   * that is not known.
   */
  declare state: SessionState | null;
  /** The connection's settings that a text's meaning depends on; null where there is none. */
  declare facts: LexicalFacts | null;
  /** Why the lost connection's session state could not be restored, in the server's words. */
  declare whyLost: FailureText | null;
  /** Why it is not open, after an error. */
  declare unopened: FailureText | null;
  /** The queries of this tab's latest script, in its order. */
  declare queries: readonly QueryView[];
  /** The latest step of its transaction. */
  declare steps: readonly QueryView[];
  /** The query that runs or waits on its connection, whatever its purpose. */
  declare activeQuery: QueryView | undefined;
  declare names: CompletionNames;
  /** Why nothing can be run; empty if something can. */
  declare blocked: string;
  /** The part of that which is announced; empty if there is none. */
  declare alarm: string;
  declare protected sending: boolean;
  declare protected refusal: FailureText | null;
  declare protected editorHeight: number;
  declare protected settings: RunSettings;
  /** Changes whenever an edit has. */
  declare protected revision: number;
  /** Why the last request did nothing; shown for a moment. */
  declare protected hint: string;
  private hinting: ReturnType<typeof setTimeout> | undefined;
  /** Offset of the submitted text in the editor; null if it was submitted before this page was loaded. */
  private ranAt: number | null = null;
  /** The step that began a transaction from here, and how. */
  private begun: ({ readonly queryId: string } & TransactionOptions) | null = null;
  /** The server's texts by query; the version is the number of notices, and whether the query has ended. */
  private readonly texts = new KeyedReads<QueryText | null>(
    (queryId) => this.client.query(queryId),
    () => this.requestUpdate(),
  );
  private readonly context = new ClientConsumer(this);
  private readonly desk = new TabEdits(
    {
      command: (command) => sendCommand(this, command),
      ended: (queryId) => this.client.ended(queryId),
      words: (queryId) => this.client.query(queryId),
      catalogue: (sessionId, request) => this.client.catalogue(sessionId, request, this.tab.tabId),
    },
    () => {
      this.revision++;
    },
  );

  constructor() {
    super();
    this.unopened = null;
    this.state = null;
    this.facts = null;
    this.whyLost = null;
    this.queries = [];
    this.steps = [];
    this.names = {};
    this.blocked = '';
    this.alarm = '';
    this.sending = false;
    this.refusal = null;
    this.editorHeight = Number(localStorage.getItem(EDITOR_KEY)) || 190;
    this.settings = readSettings();
    this.revision = 0;
    this.hint = '';
  }

  private get client(): Client {
    return this.context.client;
  }

  override focus(): void {
    // A new tab has no editor yet.
    void this.updateComplete.then(() => this.editor?.focus());
  }

  /** Changes of rows that are not saved. */
  get unsaved(): number {
    return this.desk.waiting;
  }

  /** Where F6 moves the focus below the editor: the rows, else the messages; null while there are neither. */
  get resultPane(): HTMLElement | null {
    return this.renderRoot.querySelector<QtResults>('qt-results')?.pane ?? null;
  }

  run(what: 'statement' | 'all'): void {
    this.editor?.run(what);
  }

  /** Runs the whole text, as when a table is opened from the tree. */
  runAll(): void {
    void this.updateComplete.then(() => this.run('all'));
  }

  cancel(): void {
    const own = this.queries.filter(({ outcome, cancel }) => outcome === null && cancel === null);
    const { activeQuery } = this;
    const all =
      activeQuery && activeQuery.cancel === null && !own.includes(activeQuery) ? [activeQuery, ...own] : own;
    if (all.length === 0) this.say(activeQuery ? CANCELLING : NOTHING_RUNS);
    // The running one is cancelled first; those behind it then have nothing to wait for.
    for (const { queryId } of all) void this.request({ type: 'query.cancel', queryId });
  }

  /** Shows in one quiet line why a request did nothing. */
  say(why: string): void {
    this.hint = why;
    clearTimeout(this.hinting);
    this.hinting = setTimeout(() => {
      this.hint = '';
    }, HINT_MS);
  }

  /** Sends a command whose answer matters only where it is a refusal. */
  private async request(command: Command): Promise<void> {
    const answer = await sendCommand(this, command);
    if ('refused' in answer) this.say(answer.refused.message);
  }

  /** Asks for a step of the tab's transaction. */
  async step(request: StepRequest): Promise<void> {
    const { session } = this;
    if (!session) return;
    this.refusal = null;
    const place = { sessionId: session.sessionId, tabId: this.tab.tabId };
    const options = request.step === 'begin' ? { options: request.options } : {};
    const answer = await sendCommand(this, { type: `transaction.${request.step}`, ...place, ...options });
    if ('refused' in answer) this.refusal = { ...answer.refused, source: 'client' };
    else if (request.step === 'begin')
      this.begun = { queryId: answer.queryIds?.[0] ?? '', ...request.options };
  }

  /** How the transaction was begun, while that is its latest step. */
  private begunWith(): string {
    const { begun } = this;
    if (begun === null || this.steps.at(-1)?.queryId !== begun.queryId) return '';
    const level = begun.isolationLevel?.toLowerCase() ?? '';
    return [level, begun.readOnly ? 'read-only' : ''].filter((word) => word !== '').join(', ');
  }

  /** Whether unsaved edits may be discarded; asks if there are any. */
  async mayLeave(act: string): Promise<boolean> {
    const { unsaved } = this;
    if (unsaved === 0) return true;
    const answer = await this.ask({
      title: `${changesText(unsaved)} not applied`,
      lines: ['They exist only in this page and would be lost.'],
      choices: [
        { answer: 'discard', label: `Discard and ${act}`, danger: true },
        { answer: 'keep', label: 'Keep editing' },
      ],
    });
    return answer === 'discard';
  }

  /** Whether the tape is received; `blocked` changes with it. */
  private get heard(): boolean {
    return this.client.link === 'open';
  }

  get editor(): QtEditor | null {
    return this.renderRoot.querySelector('qt-editor');
  }

  private get current(): QueryView | undefined {
    return this.activeQuery ?? currentOf(this.queries);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // A hint about the last statement is not true of the next.
    if (changed.has('activeQuery') && changed.get('activeQuery')?.queryId !== this.activeQuery?.queryId)
      this.hint = '';
    // A process that ended after it took the command may never have recorded it.
    if (!this.heard) this.sending = false;
    if (changed.has('queries') && this.queries[0]?.scriptId !== changed.get('queries')?.[0]?.scriptId) {
      // The tape has the script now, which is more than the command's answer.
      this.sending = false;
      this.refusal = null;
    }
    if (!changed.has('queries') && !changed.has('steps')) return;
    for (const query of [...this.queries, ...this.steps]) {
      const hasWords = query.failure !== null || query.notices > 0 || query.outcome === 'refused';
      const said = `${query.notices} ${query.outcome !== null}`;
      const isNews = query.outcome !== null ? hasWords : query.notices > 0;
      if (isNews) this.texts.want(query.queryId, said);
    }
  }

  private async submit({ text, offset }: RunRequest): Promise<void> {
    const { session } = this;
    if (this.blocked || !session || !sessionOpen(session.state)) return this.say(this.blocked || NOT_OPEN);
    if (this.sending) return this.say(SENDING);
    if (!(await this.makeRoom())) return;
    this.refusal = null;
    this.renderRoot.querySelector<QtResults>('qt-results')?.reset();
    this.ranAt = offset;
    this.sending = true;
    const { sessionId } = session;
    const { tabId, manualCommit = false } = this.tab;
    const answer = await sendCommand(this, {
      type: 'query.submit',
      sessionId,
      tabId,
      text,
      ...this.settings,
      ...(manualCommit ? { manualCommit } : {}),
    });
    if ('refused' in answer) {
      this.sending = false;
      this.refusal = { ...answer.refused, source: 'client' };
      return;
    }
    this.desk.clear();
    this.revision++;
  }

  /**
   * Whether a statement runs in a transaction. One that a statement began is reported once that statement has
   * ended.
   */
  private get inTransaction(): boolean {
    return (this.tab.manualCommit ?? false) || (this.connection?.transaction ?? 'none') !== 'none';
  }

  /**
   * Whether the next statement may run: staged edits may be discarded, and the connection is free or can be
   * freed.
   */
  private async makeRoom(): Promise<boolean> {
    if (!(await this.mayLeave('run'))) return false;
    const { activeQuery } = this;
    if (!activeQuery) return true;
    // The running statement has to be cancelled first, by the user.
    if (activeQuery.state !== 'paused') {
      this.say(activeQuery.cancel ? CANCELLING : RUNS);
      return false;
    }
    // A paused result gives way to the next. It only reads, outside a transaction, so nothing is lost with
    // it.
    this.cancel();
    return true;
  }

  /** Runs a statement of the tab's script again, when the user clicks. */
  private async runAgain(queryId: string): Promise<void> {
    const words = await this.client.query(queryId).catch(() => null);
    if (words) return this.submit({ text: words.text, offset: (this.ranAt ?? 0) + words.offset });
    this.refusal = {
      code: 'query.forgotten',
      source: 'client',
      message: 'The statement’s text is no longer available. Run it from the editor.',
    };
  }

  protected override render() {
    const { session, connection, activeQuery, queries, tab } = this;
    const fault = statementErrorOf(queries, this.steps, this.texts.values, tab.text, this.ranAt);
    const controls = transactionControls(session, tab.tabId, connection, activeQuery);
    const manual = tab.manualCommit ?? false;
    const engine = session?.engine ?? this.profile?.target.engine ?? DEFAULT_ENGINE;
    const home = descriptorOf(engine).homeNamespace || (this.profile?.target.database ?? '');
    const namespace = namespaceOf(engine, this.state) ?? home;
    return html`
      <qt-toolbar
        .profile=${this.profile}
        .session=${session}
        .state=${this.state}
        .connectionId=${connection?.connectionId ?? ''}
        .restored=${connection?.restored ?? []}
        .query=${this.current}
        ?sending=${this.sending}
        .blocked=${this.blocked}
        .heard=${this.heard}
        .controls=${controls}
        .since=${connection?.transactionSince ?? null}
        .begunWith=${this.begunWith()}
        ?manual=${manual}
        .settings=${this.settings}
        .hint=${this.hint}
        @qt-run-pressed=${() => this.run('statement')} @qt-cancel-pressed=${this.cancel}
        @qt-transaction=${(event: CustomEvent<StepRequest>) => this.step(event.detail)}
        @qt-say=${(event: CustomEvent<string>) => this.say(event.detail)}
        @qt-settings=${(event: CustomEvent<Partial<RunSettings>>) => {
          this.settings = changeSettings(this.settings, event.detail);
        }}
      ></qt-toolbar>
      <qt-tab-notice
        .profile=${this.profile}
        .session=${session}
        .unopened=${this.unopened}
        .alarm=${this.alarm}
        .linked=${this.heard}
        ?rollingBack=${session?.idleRollbacks[tab.tabId] != null}
        ?locked=${this.client.config.vault.state === 'locked'}
        .lost=${controls.status === 'lost' ? lossText(session!, tab.tabId, this.steps.at(-1), this.whyLost) : ''}
        @qt-transaction=${(event: CustomEvent<StepRequest>) => this.step(event.detail)}
      ></qt-tab-notice>
      <div class="editor" style="height:${this.editorHeight}px">
        <qt-editor
          .text=${tab.text}
          .names=${this.names}
          .fault=${fault?.at ?? null}
          .engine=${engine}
          .namespace=${namespace}
          .facts=${this.facts ?? session?.server ?? NO_FACTS}
          @qt-run=${(event: CustomEvent<RunRequest>) => this.submit(event.detail)}
        ></qt-editor>
      </div>
      ${this.failure(fault)}
      <qt-splitter
        orientation="horizontal" label="Height of the editor" .value=${this.editorHeight} min="60" max="900"
        @qt-split=${(event: CustomEvent<number>) => this.resizeEditor(event.detail)}
      ></qt-splitter>
      <div class="result" role="region" aria-label="Result">
        <qt-results
          .tabId=${tab.tabId}
          .queries=${queries}
          .words=${this.texts.values}
          .heard=${this.heard}
          .session=${session}
          .activeQuery=${activeQuery}
          ?inTransaction=${this.inTransaction}
          ?manual=${manual}
          .desk=${this.desk}
          .revision=${this.revision}
          @qt-run-again=${(event: CustomEvent<string>) => this.runAgain(event.detail)}
        ></qt-results>
      </div>
    `;
  }

  private resizeEditor(height: number): void {
    this.editorHeight = height;
    localStorage.setItem(EDITOR_KEY, String(height));
  }

  private failure(fault: StatementError | null) {
    const failure = this.refusal ?? fault?.words;
    const refused = failure ? null : this.refused();
    if (refused) return this.refusedElement(refused);
    if (!failure) return nothing;
    const at = this.refusal ? null : (fault?.at ?? null);
    return html`<qt-failure
      .failure=${failure}
      place=${this.lineText(at)}
      @qt-show-place=${() => at !== null && this.editor?.reveal(at)}
    ></qt-failure>`;
  }

  private refused(): Refused | null {
    const { session, profile, client } = this;
    if (!session) return null;
    const editable = client.isSaved(session.profileId);
    const { policy } = client.config;
    const name = profile?.name ?? 'the connection';
    return refusedOf(this.queries, this.texts.values, this.tab.text, this.ranAt, {
      session,
      name,
      editable,
      policy,
    });
  }

  /**
   * Which rule refused, where, and who may change it. Actions of this tab are done here; the others bubble.
   */
  private refusedElement({ query, words, at }: Refused) {
    const act = ({ detail }: CustomEvent<RefusalAct>): void => {
      if (detail === 'run-again') void this.runAgain(query.queryId);
      else if (detail === 'rollback') void this.step({ step: 'rollback' });
    };
    return html`<qt-refusal
      .refusal=${words} place=${this.lineText(at)}
      @qt-show-place=${() => at !== null && this.editor?.reveal(at)} @qt-refusal-act=${act}
    ></qt-refusal>`;
  }

  private lineText(at: number | null): string {
    return at === null ? '' : `line ${lineOf(this.tab.text, at)}`;
  }
}

customElements.define('qt-query-tab', QtQueryTab);
