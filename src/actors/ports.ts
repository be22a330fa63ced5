import type { Driver } from '../drivers/driver.ts';
import type { OpenTunnel, TunnelOptions, TunnelTarget } from '../drivers/tunnel.ts';
import type { Accepted, ConfigCommand, DraftCommand, StoreCommand } from '../events/command.ts';
import type { Engine } from '../events/engines/engine-name.ts';
import type { Unsealed } from '../events/envelope.ts';
import type { SubmittedText } from '../events/history.ts';
import type { Judgement, StatementFacts } from '../events/judgement.ts';
import type { EnvironmentPolicy } from '../events/policy.ts';
import type { Environment, Profile, Target } from '../events/profile.ts';
import type { Column, Cut, ResultMeta, RowEncoding } from '../events/result.ts';
import type { Secret } from '../events/secret.ts';
import type { Tunnel } from '../events/tunnel.ts';
import type { OrphanView } from '../events/views/orphan-view.ts';
import type { ConfigFact } from '../events/workspace.ts';

/** The tape, as far as actors need it. */
interface TapePort {
  append(record: Unsealed): number;
  /** Resolves once the record is on disk; rejects with an Error that has a `code` when it can't be. */
  durable(seq: number): Promise<void>;
  /** More records wait for the disk than are to: the sessions are closed. */
  readonly isCrowded: boolean;
}

/** A result being filled. */
export interface ResultPort {
  /** Copies whole rows, or takes them where they are given. False asks to pause until the listener given to `onRoom` is called. */
  write(bytes: Uint8Array, count: number, isGiven: boolean): boolean;
  onRoom(listener: () => void): void;
  /** Called once, when the result takes no more: it reached its size limit or the disk is full. */
  onFull(listener: (code: string) => void): void;
  /** Bytes wanted beyond the furthest row asked for; `Infinity` for all rows. */
  fetchAhead(bytes: number): void;
  /** Why it asks to pause, or to stay paused; null while it does not. */
  readonly pressure: 'budget' | 'disk' | 'full' | null;
  /** Documents have fields that were not seen before. */
  moreColumns(columns: readonly Column[]): void;
  columnsLearned(columns: readonly Column[]): void;
  /** No more rows will come; `cut` says why rows are missing, null that none is. */
  complete(cut: Cut | null): void;
  meta(): ResultMeta;
  /** Whole rows in the server's own bytes, from `from` to what is here. */
  rowsFrom(from: number): AsyncIterable<{ readonly bytes: Uint8Array; readonly count: number }>;
}

export interface ResultsPort {
  open(resultId: string, queryId: string, columns: readonly Column[], encoding: RowEncoding): ResultPort;
  get(resultId: string): ResultPort | undefined;
  /** Forgets all results of a query. */
  dropQuery(queryId: string): void;
}

/** Where profiles come from. Only they decide environment and read-only. */
export interface ProfilesPort {
  list(): readonly Profile[];
  get(profileId: string): Profile | undefined;
  /** Why there is no such profile (now), with what to do. */
  missing(profileId: string): { readonly code: string; readonly message: string };
  /** Another secret of a profile by its name, such as `hopSecret` gives it: read when it is needed, and stored nowhere. */
  secretText(profileId: string, name: string): string | undefined;
  /** The password: read each time a connection is opened, and stored nowhere. */
  password(profileId: string): string | undefined;
  /** Adds a profile for this run only. */
  addUnsaved(name: string, target: Target, environment: Profile['environment'], password?: string): Profile;
}

/** Persistent configuration: the vault, its profiles, the policy. */
export interface ConfigPort {
  /** Rejects with an Error that has a `code` and a message for the user, and `errors` or `retryAfterMs` where there are any. */
  take(command: StoreCommand): Promise<Pick<Accepted, 'profileId' | 'imported' | 'saved'>>;
  /** What a draft is as a profile, and the secrets to try it with, by their names, which the caller wipes. Rejects as `take` does. */
  candidate(command: ConfigCommand & { type: 'profile.test' }): Promise<{
    readonly profile: Profile;
    readonly secrets: ReadonlyMap<string, Secret>;
  }>;
  /** Reports what happened, as it happens. */
  onFact(listener: (fact: ConfigFact) => void): void;
}

/** The encrypted history of the statements that the user ran. */
export interface HistoryPort {
  /** The user's statements were submitted. */
  submitted(statements: readonly SubmittedText[]): void;
  /** Resolves once what was submitted outlives a kill of this process, or can't be stored. Never rejects. */
  written(): Promise<void>;
  /** Deletes entries, and returns how many. Rejects with an Error that has a `code` and a message for the user. */
  delete(queryIds: readonly string[]): Promise<number>;
  /** Deletes all entries, and returns how many. Rejects as `delete` does. */
  purge(): Promise<number>;
}

/** The encrypted texts of open tabs. */
export interface DraftsPort {
  /** Rejects with an Error that has a `code` and a message for the user. */
  save(draft: Omit<Extract<DraftCommand, { type: 'draft.save' }>, 'type' | 'commandId'>): Promise<void>;
  /** Rejects as `save` does. */
  delete(tabId: string): Promise<void>;
}

/** What earlier runs left behind on servers, as far as it is not answered. */
export interface OrphansPort {
  list(): readonly OrphanView[];
}

/** How soon a dead tunnel is found, in milliseconds. */
interface TunnelPace {
  /** Between two looks; each asks for a sign of life while the tunnel is used. */
  readonly lookMs: number;
  readonly timeoutMs: number;
  /** Time for it after the computer slept. */
  readonly wakeMs: number;
}

/** All that actors need of the rest of the program. */
export interface Ports {
  readonly tape: TapePort;
  readonly results: ResultsPort;
  readonly profiles: ProfilesPort;
  readonly config: ConfigPort;
  readonly history: HistoryPort;
  readonly drafts: DraftsPort;
  readonly orphans: OrphansPort;
  /** Loads an engine's driver on first use. */
  driver(engine: Engine): Promise<Driver>;
  /** Opens a tunnel by what it needs, loaded on first use. Rejects with a DriverError alone. */
  openTunnel(
    tunnel: Tunnel,
    target: TunnelTarget,
    options: Omit<TunnelOptions, 'knownHosts' | 'folder'>,
  ): Promise<OpenTunnel>;
  /** Bounds of a tunnel's signs of life. */
  readonly tunnelPace: TunnelPace;
  /** What a statement does, by the engine's grammar. Rejects when that can't be determined in time. */
  classify(engine: Engine, text: string, facts: StatementFacts): Promise<Judgement>;
  /** What the policy says now. */
  rules(environment: Environment): EnvironmentPolicy;
  /** Milliseconds since 1970 UTC, for the tape. */
  now(): number;
  /** Makes an id that is unique over all runs. */
  newId(
    kind: 'session' | 'query' | 'script' | 'command' | 'prompt' | 'challenge' | 'test' | 'orphan',
  ): string;
  /** Reports what nothing foresaw. What it says beside its kind and its place may quote values, and is not to be shown. */
  defect(error: unknown): void;
  /** Keyed hash of a statement or of a tunnel's command, lower-case hexadecimal. */
  fingerprint(text: string): string;
}
