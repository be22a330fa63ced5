import type { BehaviorSubject, Observable } from 'rxjs';
import type { Envelope, Unsealed } from '../../events/envelope.ts';
import type { TapeFigures } from '../../events/metrics/process-figures.ts';
import type { TapeHealth } from '../../events/wire.ts';
import type { Fold } from './checkpoint.ts';
import type { Disk } from './disk.ts';

/** How a tape is opened. Limits default to the constants of `limits.ts`. */
export interface TapeOptions<S> {
  readonly folder: string;
  readonly fold: Fold<S>;
  /** Milliseconds since 1970-01-01 UTC; for the tape's own facts and for retention. */
  readonly now?: () => number;
  readonly segmentBytes?: number;
  /** A segment of at least this is ended when the tape is closed. */
  readonly closingSegmentBytes?: number;
  readonly bytesMax?: number;
  /** Asked each time something may be cut, as a policy can change. */
  readonly ageMaxMs?: () => number;
  /** How long a record that no caller waits for may wait for others to share its sync. */
  readonly lingerMs?: number;
  readonly retryMs?: number;
  /** Records waiting for the disk at which `isCrowded` is true, and beyond which `append` throws. */
  readonly crowdedAt?: number;
  readonly pendingMax?: number;
  /** The disk; tests put faults here. */
  readonly fs?: Disk;
}

/** The options with every default in place. */
export type TapeSettings<S> = Required<TapeOptions<S>>;

/**
 * The append-only log that everything else is a fold of. A record is given its seq at once and is on disk a
 * moment later; whoever must not act before it is waits for `durable`.
 */
export interface Tape<S> {
  /**
   * Puts a record on the tape and gives its seq. Does not wait.
   *
   * @throws TapeError `tape.closed`; `tape.full` when too much waits for the disk; `tape.long` when the record is
   * longer than a line may be, which is a defect of the caller
   */
  append(record: Unsealed): number;
  /** Whether more records wait for the disk than are to. */
  readonly isCrowded: boolean;
  /**
   * Waits until a record is on disk. Rejects with TapeError as soon as the disk refuses; asking again is
   * right.
   */
  durable(seq: number): Promise<void>;
  /** The last seq that was given. */
  readonly lastSeq: number;
  /** The last seq that is on disk. */
  readonly durableSeq: number;
  /** The first seq that is still on disk; one more than `lastSeq` on an empty tape. */
  readonly firstSeq: number;
  /** The tape's own records of this opening: that it was opened, and what was found; none while the disk refuses them. */
  readonly opening: readonly Envelope[];
  /** Records in batches, in order, each after it is on disk. */
  readonly committed: Observable<readonly Envelope[]>;
  /** Time of each write until the disk had it, in milliseconds. */
  readonly synced: Observable<number>;
  /** Says every commit and every failure. */
  readonly health: BehaviorSubject<TapeHealth>;
  /** How its file and its disk are now. */
  figures(): TapeFigures;
  /** The fold at `durableSeq`. Not to be changed by whoever reads it. */
  readonly state: S;
  /**
   * Reads committed records from disk, in order, up to `to` or what is durable now.
   *
   * @throws TapeError `tape.gone` where `from` was cut; while iterating TapeDamage at a damaged place
   */
  read(from: number, to?: number): AsyncIterable<readonly Envelope[]>;
  /**
   * Writes what waits, checkpoints the fold if much was written since the last checkpoint, and gives the lock back.
   *
   * @throws TapeError where the disk refuses to the end, after the lock is back; what waited is lost then
   */
  close(): Promise<void>;
}
