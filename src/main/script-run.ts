import type { Command } from '../events/command.ts';
import { AFTER_CANCEL_WORDS, CUT_WORDS } from '../events/cut-words.ts';
import type { FailureText } from '../events/failure.ts';
import type { Profile } from '../events/profile.ts';
import { resultIdOf } from '../events/result.ts';
import { counted } from '../events/sentences.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { QueryText } from '../events/wire.ts';
import { type Client, LiveState } from './client.ts';
import { failureWords } from './failure-words.ts';
import { say } from './output.ts';
import { refusalSentence } from './refusal-sentence.ts';
import type { ResultOutput } from './result-output.ts';
import { terminalLine } from './terminal-text.ts';

/** What is run, as `query.submit` takes it. */
type Script = Pick<
  Command & { type: 'query.submit' },
  'text' | 'timeoutMs' | 'rowsMax' | 'goOnAfterError' | 'fetchAll'
>;

interface ScriptRunOptions {
  readonly client: Client;
  readonly profile: Profile;
  readonly output: ResultOutput;
  /** Aborts when the script has to end for a reason outside of it. */
  readonly signal: AbortSignal;
  /** The name that confirms a dangerous statement, or null where no prompt is possible. */
  readonly confirmation: (question: string) => Promise<string | null>;
}

/**
 * One script in a session of its own, which ends with it: rows to standard output, how each statement ended
 * to stderr.
 */
export class ScriptRun {
  private current: string | undefined;
  private isSubmitted = false;
  private isCancelled = false;
  /** Statements that were not confirmed. */
  private readonly declined = new Set<string>();
  private live!: LiveState;
  private statements = 0;
  private text = '';
  private rowsMax = 0;

  constructor(private readonly options: ScriptRunOptions) {}

  /** Cancels what runs; the rest of the script ends with it. False where nothing of it was sent yet. */
  cancel(): boolean {
    if (!this.isSubmitted) return false;
    const { client } = this.options;
    this.isCancelled = true;
    if (this.current !== undefined)
      void client.command({ type: 'query.cancel', queryId: this.current }).catch(() => undefined);
    return true;
  }

  /** Resolves with the exit code. @throws Error where the session can't be opened, or the signal's reason */
  async run(script: Script, password: { readonly password?: string }): Promise<number> {
    const { client, profile, signal } = this.options;
    const lease = await client.lease();
    this.live = await LiveState.follow(client);
    try {
      const { leaseId } = lease;
      const { profileId } = profile;
      const opened = await client.command({ type: 'session.open', profileId, leaseId, ...password });
      const sessionId = opened.sessionId!;
      this.live.watch(sessionId);
      await this.ready(sessionId);
      return await this.runIn(sessionId, script);
    } finally {
      // The session ends with its lease.
      if (signal.aborted) lease.socket.terminate();
      else lease.socket.close();
      this.live.close();
    }
  }

  private async ready(sessionId: string): Promise<void> {
    const { client, profile, signal } = this.options;
    const session = await this.live.until(({ sessions }) => {
      const found = sessions[sessionId];
      return found && ['ready', 'failed', 'offline'].includes(found.state) ? found : undefined;
    }, signal);
    if (session.state === 'ready') return;
    const answer = await client.get(`/api/sessions/${sessionId}`);
    const { failure } = (await answer.json()) as { failure: FailureText | null };
    throw new Error(failure ? failureWords(failure) : `${profile.name} could not be opened.`);
  }

  private async runIn(sessionId: string, script: Script): Promise<number> {
    const { client, output, signal } = this.options;
    const submit = { type: 'query.submit', sessionId, tabId: 'run', ...script } as const;
    signal.throwIfAborted();
    this.isSubmitted = true;
    const { queryIds = [] } = await client.command(submit);
    this.statements = queryIds.length;
    this.text = script.text;
    this.rowsMax = script.rowsMax ?? 0;
    let code = 0;
    for (const queryId of queryIds) {
      this.current = queryId;
      // What was cancelled last may have ended by then, and this one runs already.
      if (this.isCancelled) this.cancel();
      if (!(await this.statement(queryId))) code = 1;
    }
    await output.end();
    const left = Object.values(this.live.state.connections).some(
      (connection) => connection.sessionId === sessionId && connection.transaction !== 'none',
    );
    if (left) say(TRANSACTION_LEFT);
    return left ? 1 : code;
  }

  /** Follows one statement to its end; true when it succeeded. */
  private async statement(queryId: string): Promise<boolean> {
    const { output, signal } = this.options;
    let printed = 0;
    let asked = false;
    for (;;) {
      const query = await this.live.until(() => {
        const now = this.live.query(queryId);
        if (!now) return undefined;
        const hasRows = output.canFollow && printed === 0 && now.columns > 0;
        const isDone = now.outcome !== null || (now.state === 'confirming' && !asked) || hasRows;
        return isDone ? now : undefined;
      }, signal);
      if (query.outcome === null && query.state === 'confirming') {
        asked = true;
        await this.confirm(queryId);
        continue;
      }
      // How many there are is known at the end; one that failed on the way has its first.
      const count = query.outcome === null ? 1 : Math.max(query.resultSets, query.columns > 0 ? 1 : 0);
      for (; printed < count; printed++) await output.add(resultIdOf(queryId, printed + 1));
      if (query.outcome !== null) return this.sayEnd(query);
    }
  }

  /** Prompts whether a dangerous statement may run. Where no prompt is possible it is refused at once. */
  private async confirm(queryId: string): Promise<void> {
    const { client, profile, confirmation } = this.options;
    const { text, judgement, challenge } = await this.words(queryId);
    const dangers = (judgement?.dangers ?? []).map(({ reason }) => `  ${reason}`);
    say([`Dangerous on ${profile.environment}: ${excerpt(text)}`, ...dangers].join('\n'));
    const question = `Type ${terminalLine(profile.name)} to run it, anything else to cancel: `;
    const name = await confirmation(question);
    if (name !== null && challenge) {
      const confirm = { type: 'query.confirm', queryId, challenge: challenge.id, name } as const;
      const refused = await client.command(confirm).then(
        () => null,
        (error: Error) => error.message,
      );
      if (refused === null) return;
      say(refused);
    }
    this.declined.add(queryId);
    await client.command({ type: 'query.cancel', queryId }).catch(() => undefined);
  }

  /**
   * Says on stderr how a statement ended. True when it succeeded and its rows are all there, or as many as
   * were requested: a result that was cut otherwise is not what the script asked for.
   */
  private async sayEnd(query: QueryView): Promise<boolean> {
    const { cancel, outcome, queryId } = query;
    const words = await this.words(queryId);
    for (const notice of words.notices) say(failureWords(notice));
    const missing = notAllRows(query);
    if (outcome === 'succeeded') {
      // A command such as CREATE TABLE has none to count.
      const rows = query.rowsAffected ?? (query.resultSets > 0 ? query.rows : null);
      const parts = [query.command || 'done', rows === null ? '' : counted(rows, 'row'), missing];
      say([...parts, `server ${query.serverMs} ms`].filter((part) => part !== '').join(' · '));
      const isAskedFor = query.cut === 'rowLimit' && query.afterCancel === null;
      return missing === '' || (isAskedFor && query.rowsMax === this.rowsMax);
    }
    const where = this.where(query, words.offset);
    const cut = query.cut !== null && query.rows > 0 ? ` · ${missing}` : '';
    if (words.failure && (outcome === 'failed' || outcome?.startsWith('lost'))) {
      say(`${failureWords(words.failure, words)}${where === '' ? '' : `\nin${where}`}${cut}`);
      if (outcome !== 'failed') say(this.ending(query, words));
      return false;
    }
    // The server's message for a cancelled statement blames a user's request, whoever sent the cancel.
    const isOurs = outcome === 'refused' || outcome === 'cancelled' || outcome === 'timedOut';
    const failure = words.failure && !isOurs ? `: ${failureWords(words.failure)}` : '';
    const confirmed =
      cancel?.confirmedAfterMs != null ? `, confirmed by the server in ${cancel.confirmedAfterMs} ms` : '';
    const place = where === '' ? '' : ` (${where.trim()})`;
    say(`${this.ending(query, words)}${confirmed}${cut}${failure}${place}`);
    return false;
  }

  /** How a statement ended that did not succeed. */
  private ending({ queryId, cancel, outcome, refusedCode, timeoutMs }: QueryView, words: QueryText): string {
    const { profile } = this.options;
    if (this.declined.has(queryId))
      return `refused: ${refusalSentence('confirmation.needed', profile, words.judgement, undefined)}`;
    if (cancel?.reason === 'scriptStopped') return 'not run: the script had stopped before it';
    if (cancel?.reason === 'sessionClosed') return 'cancelled with its session';
    switch (outcome) {
      case 'refused': {
        const code = refusedCode ?? 'refused';
        const sentence = refusalSentence(code, profile, words.judgement, words.failure?.message);
        return `refused (${code}): ${sentence}`;
      }
      case 'timedOut':
        return `timed out after ${timeoutMs} ms`;
      case 'lost.notRun':
        return 'not run: the connection was lost before the statement was sent';
      case 'lost.mayHaveCompleted':
        return 'lost: the connection was lost while it ran. It may have completed on the server; check there';
      default:
        return outcome!;
    }
  }

  /** ` statement 2 of 3, line 4` in a script of several; nothing else. */
  private where({ scriptIndex }: QueryView, offset: number): string {
    if (this.statements < 2) return '';
    const line = this.text.slice(0, offset).split('\n').length;
    return ` statement ${scriptIndex + 1} of ${this.statements}${line > 1 ? `, line ${line}` : ''}`;
  }

  private async words(queryId: string): Promise<QueryText> {
    const answer = await this.options.client.get(`/api/queries/${queryId}`);
    if (answer.ok) return (await answer.json()) as QueryText;
    const forgotten = { text: '', params: [], offset: 0, failure: null, judgement: null, challenge: null };
    return { queryId, ...forgotten, notices: [] };
  }
}

/** Why a statement did not do all of it, and why rows are missing; empty where that is not so. */
function notAllRows({ cut, afterCancel, rows, rowsMax }: QueryView): string {
  const limit = cut === 'rowLimit' ? ` of ${rowsMax}` : '';
  const why = cut === null ? [] : [`only ${counted(rows, 'row')} printed, ${CUT_WORDS[cut]}${limit}`];
  return [...(afterCancel === null ? [] : [AFTER_CANCEL_WORDS[afterCancel]]), ...why].join(' · ');
}

/** The beginning of a statement, in one line. */
function excerpt(text: string): string {
  const line = terminalLine(text).replace(/ +/g, ' ').trim();
  return line.length > EXCERPT_UNITS ? `${line.slice(0, EXCERPT_UNITS)}…` : line;
}
const EXCERPT_UNITS = 200;

const TRANSACTION_LEFT =
  'The script left a transaction open, and it is rolled back. End the script with COMMIT to keep its changes.';
