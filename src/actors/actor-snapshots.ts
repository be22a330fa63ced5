import type { AnyMachineSnapshot } from 'xstate';
import { REPLAY_SNAPSHOT_ACTORS_MAX } from './limits.ts';

/** A snapshot is remembered after every so many records of an actor. */
const EVERY = 256;

/** An actor's snapshot after its first `records` records. */
interface RememberedSnapshot {
  readonly records: number;
  readonly snapshot: AnyMachineSnapshot;
}

/** Snapshots of actors that were looked at, so that a long life is not replayed from its creation for each of its instants. */
export class ActorSnapshots {
  private readonly byActor = new Map<string, RememberedSnapshot[]>();

  /** The last one that is remembered of fewer than `records` records. */
  before(actor: string, records: number): RememberedSnapshot | undefined {
    return this.byActor.get(actor)?.findLast((one) => one.records < records);
  }

  /** Remembers a snapshot where it is due. They may come again. */
  remember(actor: string, records: number, snapshot: AnyMachineSnapshot): void {
    if (records % EVERY !== 0) return;
    const known = this.byActor.get(actor) ?? [];
    this.byActor.delete(actor);
    this.byActor.set(actor, known);
    if (this.byActor.size > REPLAY_SNAPSHOT_ACTORS_MAX)
      this.byActor.delete(this.byActor.keys().next().value!);
    if (records > (known.at(-1)?.records ?? 0)) known.push({ records, snapshot });
  }
}
