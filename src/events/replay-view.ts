import type { AskHit } from './ask/asker.ts';
import type { BundleVerdict } from './bundle.ts';
import type { CauseReport } from './diagnosis/report.ts';
import type { ActorKind, Envelope } from './envelope.ts';
import type { EventWord } from './event-words.ts';
import type { ReplayedActor, ReplayReport } from './replay-report.ts';
import type { State } from './views/state.ts';

/** A damaged place of a tape: the last whole record before it. */
export interface DamagedPlace {
  readonly afterSeq: number;
  readonly code: string;
}

/** A tape that is open for replay. */
export interface ReplaySummary {
  readonly replayId: string;
  readonly records: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Milliseconds since 1970 UTC. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly actors: number;
  /** How much of it was read; from 1 on it is whole. What is asked before is answered of what was read. */
  readonly readShare: number;
  /** Damaged places, the first of them; empty where the chain is intact. */
  readonly damages: readonly DamagedPlace[];
}

/**
 * A stay of an actor in a state; `to` is null where the tape has no later record of it and it has not ended. Stays that begin in the same
 * part of a timeline are one: from where the first begins, with all else of the last.
 */
export interface Stay {
  readonly seq: number;
  readonly from: number;
  readonly to: number | null;
  readonly state: string;
}

/** An actor's row of the timeline. */
export interface Lane {
  readonly actor: string;
  readonly kind: ActorKind;
  readonly machine: string | null;
  /** The session, or for a query the connection, that it belongs to; null where it has none. */
  readonly parent: string | null;
  readonly stays: readonly Stay[];
}

/** What a place on the timeline is marked for. */
export type MarkKind = 'failure' | 'cancel' | 'ignored';

/** A span of the timeline. */
export interface Timeline {
  readonly from: number;
  readonly to: number;
  readonly lanes: readonly Lane[];
  /** Actors in the span beyond those that have a lane. */
  readonly more: number;
  /** Records in each of equal parts of the span. */
  readonly density: readonly number[];
  /** Failures, cancels and ignored events in each of these parts. */
  readonly marks: Readonly<Record<MarkKind, readonly number[]>>;
}

/** The views as they were right after a record. */
export type Instant = Pick<State, 'seq' | 'sessions' | 'connections' | 'queries' | 'tunnels' | 'orphans'> & {
  readonly at: number;
};

/** A value of a machine's context that a record changed; a side that was not there is left out. */
export interface ContextChange {
  /** Keys from the context's root, joined by dots. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** An actor as its machine has it right after a record. */
export interface ActorInstant {
  readonly actor: string;
  readonly machine: string;
  /** Its last record up to the one that was asked for. */
  readonly record: Envelope;
  readonly state: string;
  /** Its state before that record; null for its first. */
  readonly previous: string | null;
  /** Whether this program has the machine, so that the state is reproduced; else it is as recorded, and there is no context. */
  readonly isReproduced: boolean;
  readonly context: unknown;
  readonly changes: readonly ContextChange[];
}

/** How often the tape went from a state to a state by an event. `from` is null for a creation. */
export interface Hit {
  readonly machine: string;
  readonly from: string | null;
  readonly event: string;
  readonly to: string;
  readonly times: number;
}

/**
 * A kind of step: an event that led an actor from a state to a state, with the words by which it differs from others of its type.
 * `machine` is without its version, `from` null for a creation; `seq` is of the first in the span.
 */
export interface Step {
  readonly machine: string;
  readonly from: string | null;
  readonly event: string;
  readonly to: string;
  readonly words: readonly EventWord[];
  readonly times: number;
  readonly seq: number;
}

/** Which records are meant; what is left out lets all pass. Times are milliseconds since 1970 UTC. */
export interface EventFilter {
  /** Part of a type, of a failure's code, of a state or of an actor's id, in upper or lower case. */
  readonly text?: string | undefined;
  readonly type?: string | undefined;
  readonly actor?: string | undefined;
  readonly kind?: string | undefined;
  readonly mark?: MarkKind | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A choice of a filter, and how many records it has. */
export interface Facet {
  readonly name: string;
  readonly count: number;
}

/** How many records a filter lets pass, and what its span of time has to choose from. */
export interface FoundEvents {
  readonly count: number;
  /** Those of them up to the record that was asked for. */
  readonly before: number;
  /** All records of the span. */
  readonly records: number;
  readonly kinds: readonly Facet[];
  readonly types: readonly Facet[];
  readonly marks: Readonly<Record<MarkKind, number>>;
}

/** A page of records, and whether there are more behind it. */
export interface RecordsPage {
  readonly records: readonly Envelope[];
  readonly more: boolean;
}

/** Statements of one shape that ended in a span. `shape` is empty where it is not known. */
export interface ShapeSummary {
  readonly shape: string;
  readonly count: number;
  /** Those that did not succeed. */
  readonly unsuccessful: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly totalMs: number;
}

/** A statement that ended, and how long it took from being submitted. */
export interface SlowStatement {
  readonly queryId: string;
  /** The record that ended it, and its time. */
  readonly seq: number;
  readonly at: number;
  readonly tookMs: number;
  readonly outcome: string;
  readonly shape: string;
}

/** What a span of a tape has, by which it can be compared with another one. */
export interface SpanSummary {
  readonly from: number;
  readonly to: number;
  readonly records: number;
  readonly marks: Readonly<Record<MarkKind, number>>;
  /** Statements that ended in it, by how. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Those that took the most time in all, first. */
  readonly shapes: readonly ShapeSummary[];
  readonly slowest: readonly SlowStatement[];
  readonly hits: readonly Hit[];
  /** Each kind of step once, in the order in which they first came. */
  readonly steps: readonly Step[];
  /** Whether the tape has more kinds of steps than are distinguished. */
  readonly stepsCut: boolean;
  /** Causes of trouble that hold, each with the findings whose proof lies in the span. */
  readonly causes: readonly CauseReport[];
}

/** What a proof found, with the first REPLAY_ACTORS_PAGE_MAX of its actors; the others are asked for. */
export interface ProvedReport extends ReplayReport {
  /** Actors that are not listed. */
  readonly moreActors: number;
}

/** A page of a proof's actors, in the order in which they began. */
export interface ActorsPage {
  readonly actors: readonly ReplayedActor[];
  /** How many come after them. */
  readonly more: number;
}

/** The proof by the machines, once it has ended. */
export type ReplayProof =
  | { readonly state: 'running' }
  | { readonly state: 'proved'; readonly report: ProvedReport }
  | { readonly state: 'failed'; readonly code: string; readonly message: string };

/** How far an expression is asked of a tape. `stopped`: by the user, by another expression, or after ASK_MS_MAX. */
export interface AskProgress {
  readonly expression: string;
  readonly state: 'running' | 'done' | 'stopped' | 'failed';
  /** Why it was stopped early or failed; null otherwise. */
  readonly reason: string | null;
  /** Records that were evaluated, and all. */
  readonly evaluated: number;
  readonly records: number;
  /** Hits so far; `hits` has ASK_HITS_MAX of them at most, in the order in which they began. */
  readonly count: number;
  readonly hits: readonly AskHit[];
}

/** What is asked of an open replay: of its tape, or of the actors that its proof found. */
export type ReplayQuestion =
  | TapeQuestion
  | { readonly ask: 'actors'; readonly from: number; readonly count: number };

/** What is asked of a tape. */
export type TapeQuestion =
  | {
      readonly ask: 'timeline';
      readonly from: number;
      readonly to: number;
      readonly parts: number;
      readonly lanes: number;
    }
  | { readonly ask: 'at'; readonly seq: number }
  | { readonly ask: 'seqAt'; readonly at: number }
  | { readonly ask: 'actor'; readonly actor: string; readonly seq: number }
  | {
      readonly ask: 'records';
      readonly from: number;
      /** Records up to `from` that come too, and how many from there on. */
      readonly back: number;
      readonly count: number;
      readonly filter: EventFilter;
    }
  | { readonly ask: 'next'; readonly from: number; readonly direction: 1 | -1; readonly filter: EventFilter }
  | { readonly ask: 'find'; readonly seq: number; readonly filter: EventFilter }
  | { readonly ask: 'span'; readonly from: number; readonly to: number }
  /** Asks an expression that was parsed well; the one before it stops. */
  | { readonly ask: 'ask'; readonly expression: string }
  | { readonly ask: 'asked' }
  | { readonly ask: 'stopAsking' }
  | { readonly ask: 'hits' }
  | { readonly ask: 'diagnosis' };

/** An open replay, and how far its proof is. */
export interface OpenReplay extends ReplaySummary {
  readonly source: 'live' | 'bundle';
  /** What was checked of a bundle; null for the live tape. */
  readonly integrity: BundleVerdict | null;
  readonly proof: ReplayProof;
}
