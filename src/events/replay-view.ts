import type { AskHit } from './ask/asker.ts';
import type { BundleVerdict } from './bundle.ts';
import type { ActorKind, Envelope } from './envelope.ts';
import type { ReplayReport } from './replay-report.ts';
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
  /** Damaged places, the first of them; empty where the chain is intact. */
  readonly damages: readonly DamagedPlace[];
}

/** A stay of an actor in a state; `to` is null where the tape has no later record of it and it has not ended. */
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

/** The proof by the machines, once it has ended. */
export type ReplayProof =
  | { readonly state: 'running' }
  | { readonly state: 'proved'; readonly report: ReplayReport }
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

/** What is asked of an open replay. */
export type ReplayQuestion =
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
      readonly count: number;
      readonly actor?: string | undefined;
      readonly type?: string | undefined;
    }
  | {
      readonly ask: 'next';
      readonly from: number;
      readonly direction: 1 | -1;
      readonly mark?: MarkKind | undefined;
      readonly actor?: string | undefined;
      readonly type?: string | undefined;
    }
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
