import type { Envelope } from '../../events/envelope.ts';
import type { ActorInstant, FoundEvents, Instant, RecordsPage } from '../../events/replay-view.ts';
import type { TapeAnswer } from './tape-answer.ts';

/** Records before and after the one that is shown. */
const RECORDS_AROUND = 150;

/** What can be shown of a tape at once: a record, an actor, and a filter as a part of a question. */
interface Place {
  readonly seq: number;
  readonly actor: string | null;
  readonly filter: string;
}

/**
 * What there is at a record. One place is asked for at a time; a place that is wanted in the meantime replaces the one before it, so that
 * a dragged scrubber asks no more than can be answered.
 */
export class InstantModel {
  /** The views at the record. */
  instant: Instant | null = null;
  /** The chosen actor at the record. */
  actorInstant: ActorInstant | null = null;
  /** Records around it that the filter lets pass. */
  records: readonly Envelope[] = [];
  /** How many those are. */
  found: FoundEvents | null = null;
  private wanted: Place | null = null;
  private isBusy = false;

  /** @param arrived is called when a place was read */
  constructor(
    private readonly arrived: () => void,
    private readonly answer: TapeAnswer,
  ) {}

  clear(): void {
    this.instant = null;
    this.actorInstant = null;
    this.records = [];
    this.found = null;
    this.wanted = null;
  }

  /** Reads a place, as soon as the one before it was answered. */
  want(place: Place): void {
    this.wanted = place;
    if (!this.isBusy) void this.look();
  }

  private async look(): Promise<void> {
    this.isBusy = true;
    while (this.wanted) {
      const { seq, actor, filter } = this.wanted;
      this.wanted = null;
      const around = `from=${seq}&back=${RECORDS_AROUND}&count=${RECORDS_AROUND}`;
      const [page, found, instant, actorInstant] = await Promise.all([
        this.answer<RecordsPage>(`records?${around}${filter}`),
        this.answer<FoundEvents>(`find?seq=${seq}${filter}`),
        this.answer<Instant | null>(`at?seq=${seq}`),
        actor === null
          ? null
          : this.answer<ActorInstant | null>(`actor?actor=${encodeURIComponent(actor)}&seq=${seq}`),
      ]);
      if (!page || !found || instant === undefined || actorInstant === undefined) continue;
      this.records = page.records;
      this.found = found;
      this.instant = instant;
      this.actorInstant = actorInstant;
      this.arrived();
    }
    this.isBusy = false;
  }
}
