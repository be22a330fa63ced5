import type { Observable } from 'rxjs';
import type { BundlePreview, BundleRequest } from '../events/bundle.ts';
import type { CataloguePage, CatalogueRequest } from '../events/catalogue.ts';
import type { Chart } from '../events/chart.ts';
import type { Command, CommandAnswer } from '../events/command.ts';
import type { PolicyView, ProfileView, VaultView } from '../events/config.ts';
import type { QueryDiagnosis } from '../events/diagnosis/report.ts';
import type { Drafts } from '../events/draft.ts';
import type { Envelope } from '../events/envelope.ts';
import type { FailureText } from '../events/failure.ts';
import type { HistoryPage, HistoryWish } from '../events/history.ts';
import type { StatementFacts } from '../events/judgement.ts';
import type { LogLine } from '../events/log/log-entry.ts';
import type { MetricsReport, MetricsWish } from '../events/metrics/metrics-report.ts';
import type { ProcessFigures } from '../events/metrics/process-figures.ts';
import type { OtlpTarget } from '../events/otlp/otlp-target.ts';
import type { Profile } from '../events/profile.ts';
import type { Prompt } from '../events/prompt.ts';
import type { ReplayReport } from '../events/replay-report.ts';
import type { OpenReplay, ReplayQuestion } from '../events/replay-view.ts';
import type { ResultMeta } from '../events/result.ts';
import type { SessionState } from '../events/session-state.ts';
import type { ResolvedSshHost, SshAgentKeys, SshHostNames } from '../events/ssh-lookup.ts';
import type { TraceWish } from '../events/trace/trace-wish.ts';
import type { State } from '../events/views/state.ts';
import type { QueryText, TapeHealth } from '../events/wire.ts';

/** A result, as far as it is read. */
export interface ReadableResult {
  /** The same rows as they were read, which is faster, where these are sorted. */
  readonly unsorted?: ReadableResult;
  meta(): ResultMeta;
  /** A ready frame (doc/wire.md): rows from `from`, at most `count`. */
  window(from: number, count: number): Promise<Uint8Array>;
  /** Rows from `from` to the last one that is here now, or with `follow` to the end of the result. */
  rowsFrom(
    from: number,
    follow?: boolean,
  ): AsyncIterable<{ readonly bytes: Uint8Array; readonly count: number }>;
  /** Resolves once no more rows will come. */
  completed(): Promise<void>;
}

/** A file that is whole, to send. */
export interface PreparedFile {
  readonly fileName: string;
  readonly bytes: number;
  readonly stream: NodeJS.ReadableStream;
}

/** Tapes that are open for replay, each in a thread that reaches no server. Errors have a `code`. */
export interface Replays {
  /** Opens the live tape as it is on disk now. */
  open(file: null): Promise<OpenReplay>;
  /** Opens a bundle whose bytes are sent. */
  openSent(bytes: AsyncIterable<Uint8Array>): Promise<OpenReplay>;
  get(replayId: string): OpenReplay | undefined;
  ask(replayId: string, question: ReplayQuestion): Promise<unknown>;
  /** What is shown, or a span of it, for another tool, written in a thread. */
  trace(replayId: string, wish: TraceWish, signal: AbortSignal): Promise<PreparedFile>;
  close(replayId: string): Promise<void>;
}

/** The user's own SSH configuration and agent, read when they are asked for. */
interface SshLookup {
  hosts(): Promise<SshHostNames>;
  /** Null where the name can't be resolved. What the configuration runs to decide what counts is run only where it may be. */
  resolve(name: string, mayRunCommands: boolean): Promise<ResolvedSshHost | null>;
  /** Null where no agent answers. */
  agentKeys(): Promise<SshAgentKeys | null>;
}

/** What the server serves. Given by the composition root. */
export interface App {
  readonly runId: string;
  readonly version: string;
  readonly unsavedProfiles: boolean;
  /** Of this run; milliseconds since 1970 UTC. What was submitted before is on the tape, and its words are forgotten. */
  readonly startedAt: number;
  /** Collectors that traces, logs and metrics are sent to; none where OTLP is off. */
  readonly otlp: readonly OtlpTarget[];
  /** Why the demo can't be offered, with how to get it; null where it is, or where it is not wanted. */
  readonly demoProblem: string | null;
  command(command: Command): CommandAnswer | Promise<CommandAnswer>;
  /**
   * @param tabId reads what that tab sees: its temporary tables, and what its open transaction has made
   * @throws an Error with a `code` when it can't be read
   */
  catalogue(sessionId: string, request: CatalogueRequest, tabId: string | null): Promise<CataloguePage>;
  query(queryId: string): QueryText | undefined;
  /** The open questions to the user, oldest first. */
  prompts(): readonly Prompt[];
  failure(actorId: string): FailureText | undefined;
  /** What a connection holds of its session, and what the meaning of a text depends on there; null where that is not known. */
  connection(connectionId: string): {
    readonly state: SessionState | null;
    readonly facts: StatementFacts | null;
  };
  requestRefused(code: string): void;
  profiles(): readonly Profile[];
  savedProfiles(): readonly ProfileView[];
  /** The vault's profiles as a file without secrets. */
  exportedProfiles(): string;
  vault(): VaultView;
  readonly ssh: SshLookup;
  policy(): PolicyView;
  /** @throws an Error with a `code` when it can't be read now. */
  history(wish: HistoryWish): Promise<HistoryPage>;
  /** @throws an Error with a `code` when they can't be read now. */
  drafts(): Promise<Drafts>;
  charts(): Record<string, Chart>;
  /**
   * Replays the tape up to record `until` through the machines, in a thread.
   * @throws an Error with a `code` for a tape that is damaged or too large
   */
  replay(until: number, signal: AbortSignal): Promise<ReplayReport>;
  readonly replays: Replays;
  /**
   * What a span of the tape adds up to, folded in a thread.
   * @throws an Error with a `code` for a tape that is damaged or too large
   */
  metrics(wish: MetricsWish, signal: AbortSignal): Promise<MetricsReport>;
  /**
   * Prepares a support bundle, and says what it will have.
   * @throws an Error with a `code` where nothing is chosen, or the tape can't be read
   */
  prepareBundle(request: BundleRequest, signal: AbortSignal): Promise<BundlePreview>;
  /** Writes a bundle that was prepared; undefined for one that is not. */
  bundle(bundleId: string, signal: AbortSignal): Promise<PreparedFile | undefined>;
  /**
   * What the causes say of one statement, by the newest records, found in a thread; null where they do not have it.
   * @throws an Error with a `code` for a tape that is damaged or too large
   */
  diagnosis(queryId: string, signal: AbortSignal): Promise<QueryDiagnosis | null>;
  result(resultId: string): ReadableResult | undefined;
  /** What this process takes now. */
  processFigures(): ProcessFigures;
  /** The fold of all that is on disk. */
  state(): State;
  /** Resolves once all that is recorded by now is on disk, or has not come there in time. */
  settled(): Promise<void>;
  health(): TapeHealth;
  readonly healthChanges: Observable<TapeHealth>;
  /** Records as they become durable, in order. */
  readonly committed: Observable<readonly Envelope[]>;
  readonly firstSeq: number;
  readonly durableSeq: number;
  read(from: number, to: number): AsyncIterable<readonly Envelope[]>;
  /** The lines of the log that are on disk, oldest first. */
  log(): AsyncIterable<LogLine>;
  /**
   * The tape, or a span of it, for another tool, written in a thread.
   * @throws an Error with a `code` for a tape that is damaged or too large
   */
  trace(wish: TraceWish, signal: AbortSignal): Promise<PreparedFile>;
}
