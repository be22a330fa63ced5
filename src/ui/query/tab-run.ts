import type { ReactiveControllerHost } from 'lit';
import type { Command, CommandAnswer } from '../../events/command.ts';
import type { FailureText } from '../../events/failure.ts';
import type { TransactionOptions } from '../../events/transaction.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { type SessionView, sessionOpen } from '../../events/views/session-view.ts';
import type { QueryText } from '../../events/wire.ts';
import type { Tab } from '../app/tabs.ts';
import { keysOf } from '../controls/key-bindings.ts';
import type { RunRequest } from '../editor/qt-editor.ts';
import { notOpenText } from '../selectors/availability.ts';
import type { StepRequest } from './qt-transaction.ts';
import { changeSettings, type RunSettings, readSettings } from './run-settings.ts';

const RUNS = `A statement is running in this tab. Cancel it (${keysOf('page', 'cancel')}) or wait until it ends.`;
const CANCELLING = 'The statement is being cancelled. Wait until the server confirms.';
const NOTHING_RUNS = 'Nothing is running in this tab.';
const NOT_SENT = 'Nothing was sent.';
const NOT_RUN = 'The statement that waited for it was not run.';
const SENDING = 'The statement is on its way to Querytape.';

/** The tab that runs statements, as it is now. */
export interface RunningTab extends Pick<ReactiveControllerHost, 'requestUpdate'> {
  readonly tab: Tab;
  readonly session: SessionView | undefined;
  /** Why nothing can be run; empty if something can. */
  readonly blocked: string;
  /** The connection is being opened: what is run waits for that. */
  readonly isOpening: boolean;
  /** The query that runs or waits on the tab's connection; none that only reads the catalogue. */
  readonly activeQuery: QueryView | undefined;
  /** The queries of its latest script, in its order. */
  readonly queries: readonly QueryView[];
  /** The latest step of its transaction. */
  readonly steps: readonly QueryView[];
}

/** What a run asks of its tab and the page. */
interface RunOrders {
  readonly send: (command: Command) => Promise<CommandAnswer>;
  /** The text of a query; null where it is not known any more. */
  readonly words: (queryId: string) => Promise<QueryText | null>;
  /** Says in one quiet line why nothing was done. */
  readonly say: (why: string) => void;
  /** Says in that line what was done. */
  readonly sayDone: (what: string) => void;
  /** Whether unsaved edits may be discarded, which the user decides. */
  readonly mayLeave: () => Promise<boolean>;
  /** A statement is sent: the results before it are left. */
  readonly sent: () => void;
  /** The statement that was sent is on the tape: the edits of the results before it are over. */
  readonly taken: () => void;
}

/** What a tab sends: statements, cancels and steps of its transaction, and why one was refused. */
export class TabRun {
  /** A statement is on its way to the program. */
  sending = false;
  /** What waits until the connection is open, and runs then. */
  waiting: RunRequest | null = null;
  /** Why the last statement or step was refused. */
  refusal: FailureText | null = null;
  /** Offset of the submitted text in the editor; null if it was submitted before this page was loaded. */
  ranAt: number | null = null;
  /** How the next statement runs. */
  settings: RunSettings = readSettings();
  /** The step that began a transaction from here, and how. */
  private begun: ({ readonly queryId: string } & TransactionOptions) | null = null;

  constructor(
    private readonly host: RunningTab,
    private readonly orders: RunOrders,
  ) {}

  /** Runs a text of the editor, unless something stands in the way, which is said then. */
  async submit(request: RunRequest): Promise<void> {
    const { say } = this.orders;
    if (this.sending) return say(SENDING);
    if (this.host.isOpening) {
      say('');
      return this.become({ waiting: request, refusal: null });
    }
    if (this.lacking) return say(this.lacking);
    if (!(await this.makeRoom())) return;
    // What stands in the way may have changed while the user was asked.
    const { session } = this.host;
    if (this.lacking || !session) return say(this.lacking);
    const { text, offset } = request;
    this.become({ refusal: null, sending: true });
    this.orders.sent();
    this.ranAt = offset;
    const { sessionId } = session;
    const { tabId, manualCommit = false } = this.host.tab;
    const answer = await this.orders.send({
      type: 'query.submit',
      sessionId,
      tabId,
      text,
      ...this.settings,
      ...(manualCommit ? { manualCommit } : {}),
    });
    if ('refused' in answer)
      this.become({ sending: false, refusal: { ...answer.refused, source: 'client' } });
  }

  /** Why nothing can be run now; empty if something can. */
  private get lacking(): string {
    const { session, blocked } = this.host;
    return blocked || (session && sessionOpen(session.state) ? '' : notOpenText(session));
  }

  /** To be called once the tab is drawn: what waits runs where the connection is open, and is given up where it is not opened. */
  follow(): void {
    const { waiting } = this;
    if (!waiting || this.host.isOpening) return;
    this.become({ waiting: null });
    if (this.lacking === '') void this.submit(waiting);
    else
      this.become({
        refusal: { code: 'session.notReady', source: 'client', message: `${this.lacking} ${NOT_RUN}` },
      });
  }

  /** Changes how statements run, in this tab and in those that are opened later. */
  change(changes: Partial<RunSettings>): void {
    this.become({ settings: changeSettings(this.settings, changes) });
  }

  /** Runs a statement of the tab's script again, when the user clicks. */
  async again(queryId: string): Promise<void> {
    const words = await this.orders.words(queryId).catch(() => null);
    if (words) return this.submit({ text: words.text, offset: (this.ranAt ?? 0) + words.offset });
    const message = 'The statement’s text is no longer available. Run it from the editor.';
    this.become({ refusal: { code: 'query.forgotten', source: 'client', message } });
  }

  /** Cancels what runs and what waits behind it. */
  cancel(): void {
    if (this.waiting) {
      this.become({ waiting: null });
      this.orders.sayDone(NOT_SENT);
      return;
    }
    const { queries, activeQuery } = this.host;
    const own = queries.filter(({ outcome, cancel }) => outcome === null && cancel === null);
    const all =
      activeQuery && activeQuery.cancel === null && !own.includes(activeQuery) ? [activeQuery, ...own] : own;
    if (all.length === 0) this.orders.say(activeQuery ? CANCELLING : NOTHING_RUNS);
    // The running one is cancelled first; those behind it then have nothing to wait for.
    for (const { queryId } of all) void this.cancelOne(queryId);
  }

  private async cancelOne(queryId: string): Promise<void> {
    const answer = await this.orders.send({ type: 'query.cancel', queryId });
    if ('refused' in answer) this.orders.say(answer.refused.message);
  }

  /** Asks for a step of the tab's transaction. */
  async step(request: StepRequest): Promise<void> {
    const { session, tab } = this.host;
    if (!session) return;
    this.become({ refusal: null });
    const place = { sessionId: session.sessionId, tabId: tab.tabId };
    const options = request.step === 'begin' ? { options: request.options } : {};
    const answer = await this.orders.send({ type: `transaction.${request.step}`, ...place, ...options });
    if ('refused' in answer) this.become({ refusal: { ...answer.refused, source: 'client' } });
    else if (request.step === 'begin')
      this.begun = { queryId: answer.queryIds?.[0] ?? '', ...request.options };
  }

  /** How the transaction was begun, while that is its latest step. */
  get begunWith(): string {
    const { begun } = this;
    if (begun === null || this.host.steps.at(-1)?.queryId !== begun.queryId) return '';
    const level = begun.isolationLevel?.toLowerCase() ?? '';
    return [level, begun.readOnly ? 'read-only' : ''].filter((word) => word !== '').join(', ');
  }

  /** The tape has another script of the tab, which is more than the command's answer. */
  scriptArrived(): void {
    if (this.sending) this.orders.taken();
    this.sending = false;
    this.refusal = null;
  }

  /** The tape is not received: a process that ended after it took the command may never have recorded it. */
  linkLost(): void {
    this.sending = false;
  }

  /**
   * Whether the next statement may run: staged edits may be discarded, and the connection is free or can be
   * freed.
   */
  private async makeRoom(): Promise<boolean> {
    if (!(await this.orders.mayLeave())) return false;
    const { activeQuery } = this.host;
    if (!activeQuery) return true;
    // The running statement has to be cancelled first, by the user.
    if (activeQuery.state !== 'paused') {
      this.orders.say(activeQuery.cancel ? CANCELLING : RUNS);
      return false;
    }
    // A paused result gives way to the next. It only reads, outside a transaction, so nothing is lost with
    // it.
    this.cancel();
    return true;
  }

  private become(change: Partial<Pick<TabRun, 'sending' | 'waiting' | 'refusal' | 'settings'>>): void {
    Object.assign(this, change);
    this.host.requestUpdate();
  }
}
