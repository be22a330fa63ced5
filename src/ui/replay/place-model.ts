import type { EventFilter } from '../../events/replay-view.ts';
import type { OpenTape } from './open-tape.ts';
import { filterHere, isPlaceOf, type Pin, pinsHere, type ReplayPlace } from './replay-place.ts';
import type { TimeSpan } from './time-span.ts';

/** What shows a tape, and how it is made to show another place of it. */
interface Shown {
  filter: EventFilter;
  pins: readonly Pin[];
  keepTo(range: TimeSpan): void;
  show(span: TimeSpan): void;
  go(seq: number, actor: string | null): void;
  say(notice: string): void;
}

/** Shows the open tape as it was shown before: by a link, or by a file beside a bundle. */
export class PlaceModel {
  /** A place that waits for the tape to be read so far. */
  private awaited: ReplayPlace | null = null;

  constructor(
    private readonly tape: Pick<OpenTape, 'replay' | 'isOpen' | 'recordAt'>,
    private readonly shown: Shown,
  ) {}

  /** Waits for no place any more. */
  clear(): void {
    this.awaited = null;
  }

  /** More of the tape was read. */
  read(): void {
    if (this.awaited) void this.show(this.awaited);
  }

  /** Shows a place, as soon as that was read; says so where it is of another tape. */
  async show(place: ReplayPlace): Promise<void> {
    const { tape, shown } = this;
    const { replay } = tape;
    if (!replay) return;
    if (place.seq > replay.lastSeq && replay.readShare < 1) {
      this.awaited = place;
      return;
    }
    this.awaited = null;
    if (!isPlaceOf(place, replay)) {
      shown.say('This view is of another tape. Open that one first.');
      return;
    }
    const { seq, actorSeq, span, range } = place;
    const record = actorSeq === null ? undefined : await tape.recordAt(actorSeq);
    if (!tape.isOpen(replay.replayId)) return;
    const actor = record?.seq === actorSeq ? record.actor : null;
    shown.filter = filterHere(place.filter, actor);
    shown.pins = pinsHere(place.pins, replay);
    if (range) shown.keepTo(range);
    shown.show(span);
    shown.go(seq, actor);
  }
}
