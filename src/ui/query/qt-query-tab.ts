import { html, LitElement, type PropertyValues } from 'lit';
import { DEFAULT_ENGINE } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import type { FailureText } from '../../events/failure.ts';
import { type LexicalFacts, NO_FACTS } from '../../events/lexical-facts.ts';
import type { Profile } from '../../events/profile.ts';
import type { SessionState } from '../../events/session-state.ts';
import type { ConnectionView } from '../../events/views/connection-view.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { type SessionView, sessionOpening } from '../../events/views/session-view.ts';
import type { Client } from '../api/client.ts';
import { ClientConsumer } from '../api/client-context.ts';
import { sendCommand } from '../api/command-request.ts';
import type { Question } from '../controls/qt-confirm.ts';
import type { QtEditor, RunRequest } from '../editor/qt-editor.ts';
import { discardQuestion } from '../result/edit/edit-words.ts';
import { TabEdits } from '../result/edit/tab-edits.ts';
import { type Refused, refusedOf, statementErrorOf } from './statement-error.ts';
import '../editor/qt-editor.ts';
import type { QtResults } from '../result/qt-results.ts';
import '../result/qt-results.ts';
import '../controls/qt-splitter.ts';
import './qt-tab-notice.ts';
import './qt-toolbar.ts';
import { namespaceOf } from '../api/session-states.ts';
import type { Tab } from '../app/tabs.ts';
import { shared } from '../controls/shared.css.ts';
import { currentOf } from '../selectors/latest-script.ts';
import { inTransaction, lossText, transactionControls } from '../selectors/transactions.ts';
import { BriefHint } from './brief-hint.ts';
import { deskLink } from './desk-link.ts';
import { EDITOR_HEIGHT, EditorHeight } from './editor-height.ts';
import { failurePane } from './failure-pane.ts';
import type { StepRequest } from './qt-transaction.ts';
import { queryTabStyles } from './query-tab.css.ts';
import type { RunSettings } from './run-settings.ts';
import { StatementTexts } from './statement-texts.ts';
import { TabRun } from './tab-run.ts';

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
    blocked: { type: String },
    opening: { type: Boolean },
    alarm: { type: String },
    revision: { state: true },
  };
  static override styles = [shared, queryTabStyles];

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
  /** The query that runs or waits on its connection; none that only reads the catalogue. */
  declare activeQuery: QueryView | undefined;
  /** Why nothing can be run; empty if something can. */
  declare blocked: string;
  /** The user has asked to open the connection, and the tape has no session of that yet. */
  declare opening: boolean;
  /** The part of that which is announced; empty if there is none. */
  declare alarm: string;
  /** Changes whenever an edit has. */
  declare protected revision: number;
  private readonly texts = new StatementTexts(
    (queryId) => this.client.query(queryId),
    () => this.requestUpdate(),
  );
  private readonly context = new ClientConsumer(this);
  private readonly height = new EditorHeight(this);
  private readonly hint = new BriefHint(this);
  private readonly sent = new TabRun(this, {
    send: (command) => sendCommand(this, command),
    words: (queryId) => this.client.query(queryId),
    say: (why) => this.hint.say(why),
    sayDone: (what) => this.hint.say(what, true),
    mayLeave: () => this.mayLeave('run'),
    sent: () => this.renderRoot.querySelector<QtResults>('qt-results')?.reset(),
    taken: () => {
      this.desk.clear();
      this.revision++;
    },
  });
  private readonly desk = new TabEdits(
    deskLink(this, () => this.client),
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
    this.blocked = '';
    this.opening = false;
    this.alarm = '';
    this.revision = 0;
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
    this.sent.cancel();
  }

  /** Lists the columns of the result in view, to show and hide them. */
  listColumns(): void {
    if (!this.renderRoot.querySelector<QtResults>('qt-results')?.listColumns())
      this.say('No table of rows is in view.');
  }

  /** Shows in one quiet line why a request did nothing. */
  say(why: string): void {
    this.hint.say(why);
  }

  /** Asks for a step of the tab's transaction. */
  step(request: StepRequest): Promise<void> {
    return this.sent.step(request);
  }

  /** Whether unsaved edits may be discarded; asks if there are any. */
  async mayLeave(act: string): Promise<boolean> {
    const { unsaved } = this;
    return unsaved === 0 || (await this.ask(discardQuestion(unsaved, act))) === 'discard';
  }

  /** Whether the connection is being opened, so that what is run waits for it. */
  get isOpening(): boolean {
    return this.blocked === '' && (this.opening || sessionOpening(this.session?.state ?? ''));
  }

  /** Whether the tape is received; `blocked` changes with it. */
  private get heard(): boolean {
    return this.client.link === 'open';
  }

  get editor(): QtEditor | null {
    return this.renderRoot.querySelector('qt-editor');
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { activeQuery, queries, session, blocked } = this;
    this.hint.follow(
      `${activeQuery?.queryId} ${queries[0]?.scriptId}`,
      [session?.sessionId, session?.state, blocked].join('\n'),
    );
    if (!this.heard) this.sent.linkLost();
    if (changed.has('queries') && this.queries[0]?.scriptId !== changed.get('queries')?.[0]?.scriptId)
      this.sent.scriptArrived();
    if (changed.has('queries') || changed.has('steps')) this.texts.follow([...this.queries, ...this.steps]);
  }

  protected override updated(): void {
    this.sent.follow();
  }

  protected override render() {
    const { session, connection, activeQuery, queries, tab, sent } = this;
    const fault = statementErrorOf(queries, this.steps, this.texts.values, tab.text, sent.ranAt);
    const unheard = this.heard ? '' : this.blocked;
    const controls = transactionControls(session, tab.tabId, connection, activeQuery, unheard);
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
        .query=${activeQuery ?? currentOf(queries)}
        ?sending=${sent.sending}
        .blocked=${this.blocked}
        ?opening=${this.isOpening}
        ?waits=${sent.waiting !== null}
        .heard=${this.heard}
        .controls=${controls}
        .since=${unheard ? null : (connection?.transactionSince ?? null)}
        .begunWith=${sent.begunWith}
        ?manual=${manual}
        .settings=${sent.settings}
        .hint=${this.hint.text}
        @qt-run-pressed=${() => this.run('statement')}
        @qt-cancel-pressed=${this.cancel}
        @qt-transaction=${(event: CustomEvent<StepRequest>) => this.step(event.detail)}
        @qt-say=${(event: CustomEvent<string>) => this.say(event.detail)}
        @qt-settings=${(event: CustomEvent<Partial<RunSettings>>) => sent.change(event.detail)}
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
      <div class="editor" style="height:${this.height.px}px">
        <qt-editor
          .text=${tab.text}
          .fault=${fault?.at ?? null}
          .engine=${engine}
          .namespace=${namespace}
          .facts=${this.facts ?? session?.server ?? NO_FACTS}
          @qt-run=${(event: CustomEvent<RunRequest>) => sent.submit(event.detail)}
        ></qt-editor>
      </div>
      ${failurePane(
        {
          refusal: sent.refusal,
          fault,
          refused: () => this.refused(),
          text: tab.text,
          codeWord: descriptorOf(engine).words.errorCode,
        },
        {
          reveal: (offset) => this.editor?.reveal(offset),
          again: (queryId) => void sent.again(queryId),
          rollback: () => void this.step({ step: 'rollback' }),
        },
      )}
      <qt-splitter
        orientation="horizontal"
        label="Height of the editor"
        .value=${this.height.px}
        min=${EDITOR_HEIGHT.min}
        max=${EDITOR_HEIGHT.max}
        @qt-split=${(event: CustomEvent<number>) => this.height.resize(event.detail)}
      ></qt-splitter>
      <div class="result" role="region" aria-label="Result">
        <qt-results
          .tabId=${tab.tabId}
          .queries=${queries}
          .words=${this.texts.values}
          .heard=${this.heard}
          .session=${session}
          .activeQuery=${activeQuery}
          ?inTransaction=${inTransaction(tab, connection)}
          ?manual=${manual}
          .desk=${this.desk}
          .revision=${this.revision}
          @qt-run-again=${(event: CustomEvent<string>) => sent.again(event.detail)}
        ></qt-results>
      </div>
    `;
  }

  private refused(): Refused | null {
    const { session, client } = this;
    if (!session) return null;
    return refusedOf(this.queries, this.texts.values, this.tab.text, this.sent.ranAt, {
      session,
      name: this.profile?.name ?? 'the connection',
      editable: client.isSaved(session.profileId),
      policy: client.config.policy,
    });
  }
}

customElements.define('qt-query-tab', QtQueryTab);
