import type { CataloguePage, CatalogueRequest } from '../../events/catalogue.ts';
import type { Chart } from '../../events/chart.ts';
import type { Command, CommandAnswer } from '../../events/command.ts';
import type { PolicyView, ProfileView, VaultView } from '../../events/config.ts';
import type { Finding, QueryDiagnosis } from '../../events/diagnosis/report.ts';
import type { Drafts } from '../../events/draft.ts';
import type { Envelope } from '../../events/envelope.ts';
import type { FailureText } from '../../events/failure.ts';
import type { HistoryPage } from '../../events/history.ts';
import { WS_CLIENTS_MAX, WS_HEARTBEAT_MS } from '../../events/limits.ts';
import type { OtlpTarget } from '../../events/otlp/otlp-target.ts';
import type { Profile } from '../../events/profile.ts';
import type { Prompt, PromptList } from '../../events/prompt.ts';
import { PROTOCOL } from '../../events/protocol-version.ts';
import { queryIdOf, type ResultMeta } from '../../events/result.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { apply, emptyState, type State } from '../../events/views/state.ts';
import { decodeWindow, metaOf, PAGE_ROWS, type WindowFrame } from '../../events/window-frame.ts';
import type { Down, QueryText, TapeHealth } from '../../events/wire.ts';
import { CommandQueue } from './command-queue.ts';
import { type Config, changesConfig, NO_CONFIG, profilesToShow } from './config.ts';
import { type FirstWindow, FirstWindows } from './first-window.ts';
import { json, openSocket, post, Refused, request } from './request.ts';
import type { ConnectionReport } from './session-states.ts';

/** Records held for the tape panel; the tape itself has them all. */
const ENVELOPES_KEPT = 5000;
/** Records before the state that are fetched to fill the panel after a reload. */
const ENVELOPES_BEFORE = 1000;
/** Changes wait so long for the first rows of what this page has submitted: a statement that is quicker is drawn once. */
const FIRST_ROWS_WAIT_MS = 80;
/** Looks without a message, half a heartbeat apart, after which the program counts as silent. */
const SILENT_LOOKS = 4;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5000;
/** Between attempts of a page that may be let in later. */
const DENIED_RETRY_MS = 15_000;

/** Codes by which a page is turned away for good: what lets one in is not that of this run. */
const NOT_LET_IN = /^(?:cookie|key)\./;

/** WebSocket close code: as many pages are open as may be. */
const CLOSE_FULL = 4001;
const TOO_MANY_PAGES = `${WS_CLIENTS_MAX} pages of Querytape are open, which is the most. Close one; this page then continues by itself.`;
const OUTDATED = 'Querytape was updated since this page was loaded. Reload the page.';

/** What `GET /api/state` says of the program. */
interface AppFacts {
  readonly version: string;
  readonly runId: string;
  readonly processId: number;
  readonly unsavedProfiles: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  readonly otlp: readonly OtlpTarget[];
  readonly demoProblem: string | null;
}

/**
 * The page's link to the server, and its fold of the tape: starts from the state and applies every record, by the
 * same code as the server. Fires `change`, at most once a frame, and at once when rows that this page waits for are here:
 * what comes shortly before them is drawn with them.
 */
export class Client extends EventTarget {
  app: AppFacts | null = null;
  /** Those that can be opened, and those that are open. */
  profiles: readonly Profile[] = [];
  /** The vault, its profiles and the policy; another object whenever one of them is different. */
  config: Config = NO_CONFIG;
  health: TapeHealth = { state: 'durable', durableSeq: 0, code: null };
  state: State = emptyState();
  envelopes: Envelope[] = [];
  /** `silent`: the socket is open, and the program has given no sign of life for a while. */
  link: 'connecting' | 'open' | 'silent' | 'lost' = 'connecting';
  /** When the program last sent anything; milliseconds since 1970 UTC. */
  heardAt = Date.now();
  /** Names this page to the program, which gives each page tabs of its own. */
  readonly pageId = `page-${crypto.randomUUID().slice(0, 13)}`;
  charts: Readonly<Record<string, Chart>> = {};
  /** Why this page is not let in, and what to do, in the server's words; null while it is. */
  denied: string | null = null;
  private readonly commands = new CommandQueue(this.pageId);
  private retryMs = RETRY_MIN_MS;
  private readonly firstWindows = new FirstWindows();
  /** The animation frame that `change` is fired in; 0 where nothing has changed. */
  private frame = 0;
  /** Runs while `change` waits for first rows. */
  private rowsTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether a profile's role may write, by profile id, as the last test of it found; null where that is unknown. */
  readonly mayWrite = new Map<string, boolean | null>();
  /** Reads of the configuration; the answer to the latest counts. */
  private configAsked = 0;
  private configRead: Promise<void> = Promise.resolve();
  /** The last record that came; the next one has to follow it. */
  private lastSeq = 0;

  /**
   * Fetches the state and follows the tape from there; retries without a limit. `from` is where the records
   * begin: some way before the state, to fill the panel, or right after it, where earlier ones may have been
   * deleted.
   */
  async start(from: 'before' | 'here' = 'before'): Promise<void> {
    try {
      const said = await json<{ app: AppFacts; health: TapeHealth; state: State }>('/api/state');
      this.app = said.app;
      this.health = said.health;
      this.state = said.state;
      if (from === 'before') this.envelopes = [];
      if (Object.keys(this.charts).length === 0) this.charts = await json('/api/machines');
      this.denied = null;
      await this.readConfig();
      this.follow(from === 'here' ? said.state.seq : Math.max(0, said.state.seq - ENVELOPES_BEFORE));
    } catch (error) {
      this.denied = error instanceof Refused ? error.message : null;
      this.link = 'lost';
      // The key of an earlier run is never taken again, and each attempt is a record on the tape.
      if (!(error instanceof Refused && NOT_LET_IN.test(error.code))) this.retry();
    }
    this.changed();
  }

  /** Sends a command: the one way from this page to the program's commands, which keeps their order. */
  async command(command: Command): Promise<CommandAnswer> {
    const answer = await this.commands.send(command);
    if (command.type === 'query.submit' && 'accepted' in answer) {
      this.firstWindows.expect(answer.queryIds ?? []);
      // The records may be here before the answer.
      this.firstWindows.look(this.state.queries);
      this.awaitFirstRows();
    }
    return answer;
  }

  /** Sends a command while the page is closing, and waits for no answer. */
  commandAtLast(command: Command): void {
    this.commands.sendAtLast(command);
  }

  /** The texts of the tabs that were open. @throws Refused where they can't be read now */
  drafts(): Promise<Drafts> {
    return json<Drafts>('/api/drafts');
  }

  /**
   * Asks for tabs of this page's own, and returns those that no other open page has. @throws where there is
   * no answer
   */
  async claimTabs(tabIds: readonly string[]): Promise<readonly string[]> {
    const claim = { pageId: this.pageId, tabIds };
    const claimed = await post<{ tabIds: readonly string[] }>('/api/tabs/claim', claim);
    return claimed.tabIds;
  }

  /** Reads the configuration. Without an answer, the last one stays. */
  readConfig(): Promise<void> {
    this.configRead = this.fetchConfig(++this.configAsked);
    return this.configRead;
  }

  private async fetchConfig(asked: number): Promise<void> {
    try {
      const [vault, { profiles }, policy] = await Promise.all([
        json<VaultView>('/api/vault'),
        json<{ profiles: ProfileView[] }>('/api/profiles'),
        json<PolicyView>('/api/policy'),
      ]);
      // Who waits for this answer waits for the newer one.
      if (asked !== this.configAsked) return this.configRead;
      this.config = { vault, profiles, policy };
      this.showProfiles();
      this.changed();
    } catch {
      // `start` asks again once there is a link.
    }
  }

  /** Whether a profile is in the vault, and so can be edited. */
  isSaved(profileId: string | undefined): boolean {
    return this.config.profiles.some(
      ({ profile, kept }) => kept === 'vault' && profile.profileId === profileId,
    );
  }

  private showProfiles(): void {
    this.profiles = profilesToShow(this.config.profiles, this.profiles, this.state.sessions);
  }

  /**
   * The words of a query that the tape may not hold; null once they are forgotten. Throws if there is no
   * answer.
   */
  async query(queryId: string): Promise<QueryText | null> {
    if (this.isOfEarlierRun(queryId)) return null;
    return json<QueryText>(`/api/queries/${queryId}`).catch((error) => {
      if (error instanceof Refused) return null;
      throw error;
    });
  }

  /** Why a statement is slow or went wrong. @throws Refused when that can't be said */
  async diagnosis(queryId: string): Promise<readonly Finding[]> {
    const { findings } = await json<QueryDiagnosis>(`/api/diagnosis?queryId=${queryId}`);
    return findings;
  }

  /** Resolves with a query once it has ended; undefined where it is not known any more. */
  ended(queryId: string): Promise<QueryView | undefined> {
    const asked = this.app?.runId;
    return new Promise((resolve) => {
      const look = (): void => {
        const query = this.state.queries[queryId];
        const restarted = this.app?.runId !== asked;
        // The answer to a command may come before its records do.
        if (query?.outcome == null && !(restarted && this.link === 'open')) return;
        this.removeEventListener('change', look);
        resolve(query);
      };
      this.addEventListener('change', look);
      look();
    });
  }

  async sessionFailure(sessionId: string): Promise<FailureText | null> {
    const { failure } = await json<{ failure: FailureText | null }>(`/api/sessions/${sessionId}`);
    return failure;
  }

  /** What a connection holds of its session, with its values, and the words of its failure. */
  connection(connectionId: string): Promise<ConnectionReport> {
    return json<ConnectionReport>(`/api/connections/${connectionId}`);
  }

  async result(resultId: string): Promise<ResultMeta> {
    this.mustBeOfThisRun(resultId);
    return json<ResultMeta>(`/api/results/${resultId}`);
  }

  /** The first window of a result of a query that is at `outcome`, if the program has sent it; given once. */
  takeFirstWindow(resultId: string, outcome: QueryView['outcome']): FirstWindow | undefined {
    return this.firstWindows.take(resultId, outcome);
  }

  /** What a result is like, with its first rows. @throws Refused when it is gone */
  async firstWindow(resultId: string): Promise<FirstWindow> {
    this.mustBeOfThisRun(resultId);
    return firstWindowOf(await this.windowBytes(resultId, `from=0&count=${PAGE_ROWS}&meta=true`));
  }

  private mustBeOfThisRun(resultId: string): void {
    if (this.isOfEarlierRun(queryIdOf(resultId)))
      throw new Refused('result.gone', 'Querytape was restarted since. Run the statement again.');
  }

  /** What an earlier run of the program had in memory was lost with it. */
  private isOfEarlierRun(queryId: string): boolean {
    const query = this.state.queries[queryId];
    return query !== undefined && this.app !== null && query.submittedAt < this.app.startedAt;
  }

  /** @throws Refused when the result is no longer stored */
  async window(resultId: string, from: number, count: number): Promise<WindowFrame> {
    return decodeWindow(await this.windowBytes(resultId, `from=${from}&count=${count}`));
  }

  private async windowBytes(resultId: string, query: string): Promise<Uint8Array> {
    const answer = await request(`/api/results/${resultId}/rows?${query}`);
    if (!answer.ok) {
      const { code, message } = (await answer.json()) as { code: string; message: string };
      throw new Refused(code, message);
    }
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** `tabId` reads what that tab sees: its temporary tables, and what its open transaction has made. */
  catalogue<P extends CataloguePage>(
    sessionId: string,
    request: CatalogueRequest,
    tabId?: string,
  ): Promise<P> {
    const query = new URLSearchParams(tabId === undefined ? {} : { tabId });
    for (const [name, value] of Object.entries(request)) {
      if (value === null || value === undefined) continue;
      query.set(name, String(typeof value === 'object' ? value.name : value));
      if (typeof value === 'object') query.set(`${name}Namespace`, value.namespace);
    }
    return json<P>(`/api/sessions/${sessionId}/catalogue?${query}`);
  }

  /** A page of the history, by its path. @throws Refused where it can't be read now */
  history(path: string): Promise<HistoryPage> {
    return json<HistoryPage>(path);
  }

  /** The open questions to the user, with what is on no tape. */
  async prompts(): Promise<readonly Prompt[]> {
    return (await json<PromptList>('/api/prompts')).prompts;
  }

  private follow(after: number): void {
    const socket = openSocket(`/api/events?after=${after}&page=${this.pageId}`);
    socket.binaryType = 'arraybuffer';
    // Looks since the last message: a page that stood still looks once, before it takes what came in that time.
    let looks = 0;
    const watch = setInterval(() => {
      looks += 1;
      if (looks > SILENT_LOOKS) this.fallSilent();
    }, WS_HEARTBEAT_MS / 2);
    this.lastSeq = after;
    let again: 'before' | 'here' | null = null;
    const begin = (from: 'before' | 'here'): void => {
      again = from;
      socket.close();
    };
    socket.onmessage = ({ data }) => {
      if (again !== null) return;
      looks = 0;
      this.heardAt = Date.now();
      if (this.link === 'silent') this.link = 'open';
      if (data instanceof ArrayBuffer) {
        this.firstWindows.arrived(firstWindowOf(new Uint8Array(data)));
        return this.changedNow();
      }
      const message = JSON.parse(String(data)) as Down;
      switch (message.type) {
        case 'hello':
          if (message.protocol !== PROTOCOL) this.denied = OUTDATED;
          if (this.app && message.runId !== this.app.runId) return begin('before');
          this.link = 'open';
          this.health = message.health;
          break;
        case 'events':
          this.retryMs = RETRY_MIN_MS;
          if (!this.take(message.envelopes as unknown as Envelope[])) return begin('here');
          break;
        case 'health':
          this.health = message.health;
          break;
        case 'resync':
          return begin('here');
      }
      this.changed();
    };
    socket.onclose = ({ code }) => {
      clearInterval(watch);
      if (code === CLOSE_FULL) this.denied = TOO_MANY_PAGES;
      if (again === null) this.link = 'lost';
      this.retry(again ?? 'before');
    };
  }

  /** The program sends nothing: it is stopped, or its machine is busy. */
  private fallSilent(): void {
    if (this.link !== 'open') return;
    this.link = 'silent';
    this.changed();
  }

  /** Folds records; false when one is missing, and the fold would not be the tape's. */
  private take(envelopes: readonly Envelope[]): boolean {
    let configChanged = false;
    for (const envelope of envelopes) {
      if (envelope.seq !== this.lastSeq + 1) return false;
      this.lastSeq = envelope.seq;
      if (envelope.seq > this.state.seq) {
        apply(this.state, envelope);
        configChanged ||= changesConfig(envelope);
      }
      this.envelopes.push(envelope);
    }
    this.firstWindows.look(this.state.queries);
    if (!this.firstWindows.isWaiting) this.endWait();
    else if (this.firstWindows.isDue) this.awaitFirstRows();
    if (this.envelopes.length > ENVELOPES_KEPT * 1.2) this.envelopes = this.envelopes.slice(-ENVELOPES_KEPT);
    if (configChanged) void this.readConfig();
    // A profile that is no longer listed is dropped with its session.
    else if (this.profiles.length > this.config.profiles.length) this.showProfiles();
    return true;
  }

  private retry(from: 'before' | 'here' = 'before'): void {
    this.changed();
    setTimeout(() => void this.start(from), this.denied === null ? this.retryMs : DENIED_RETRY_MS);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MAX_MS);
  }

  private awaitFirstRows(): void {
    if (!this.firstWindows.isWaiting) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.rowsTimer ??= setTimeout(() => this.changedNow(), FIRST_ROWS_WAIT_MS);
  }

  private endWait(): void {
    clearTimeout(this.rowsTimer);
    this.rowsTimer = undefined;
  }

  private changed(): void {
    if (this.rowsTimer === undefined) this.frame ||= requestAnimationFrame(() => this.changedNow());
  }

  private changedNow(): void {
    this.endWait();
    this.firstWindows.giveUp();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.dispatchEvent(new Event('change'));
  }
}

function firstWindowOf(bytes: Uint8Array): FirstWindow {
  return { meta: metaOf(bytes), frame: decodeWindow(bytes) };
}
