import { Type } from '@sinclair/typebox';
import { Count, part } from './schema.ts';

/** The body of `POST /api/replays`: the last record that is replayed; all that are on disk without it. */
export const ReplayRequest = part({ until: Type.Optional(Count) });

/** A record whose state the machine does not reach, or that is not what was sent. */
export interface Mismatch {
  readonly seq: number;
  readonly actor: string;
  readonly machine: string;
  readonly event: string;
  readonly recorded: string;
  readonly replayed: string;
  /** Which record sent what, and what was received, in words, of a record that is not what was sent. */
  readonly why?: string;
}

/** What differs at a record, in words. */
export function divergenceText({ actor, event, recorded, replayed, why }: Mismatch): string {
  return why === undefined ? `expected ${recorded}, got ${replayed}` : `${actor} got ${event}: ${why}`;
}

/** An actor as replay left it. */
export interface ReplayedActor {
  readonly actor: string;
  readonly machine: string;
  readonly state: string;
  readonly lastSeq: number;
  readonly records: number;
}

/**
 * How a replay ended. `reproduced`: every recorded state was reached, and what machines sent each other
 * is what was received. `diverged`: one was not, and `mismatches` has the first.
 * `notProvable`: a machine of an earlier version wrote it, whose chart this program no longer has, or the creation of no actor is on
 * it. `newer`: a newer program wrote it.
 * A tape that is damaged is not replayed to its end: reading it throws.
 */
export type ReplayVerdict = 'reproduced' | 'diverged' | 'notProvable' | 'newer';

/** What a replay found. */
export interface ReplayReport {
  readonly verdict: ReplayVerdict;
  /** The verdict is `reproduced`. */
  readonly matched: boolean;
  readonly records: number;
  /** Records of actors whose creation is not on this tape (it was cut, or begins later). They can't be proven. */
  readonly unproven: number;
  readonly unknownMachines: readonly string[];
  readonly mismatches: readonly Mismatch[];
  readonly actors: readonly ReplayedActor[];
  /** SHA-256 over every actor's id and final state: the same for the same tape on any machine. */
  readonly stateHash: string;
}
