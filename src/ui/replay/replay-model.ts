import type { EventFilter, MarkKind, OpenReplay, SpanSummary } from '../../events/replay-view.ts';
import { AskModel } from './ask-model.ts';
import { InstantModel } from './instant-model.ts';
import { OpenTape } from './open-tape.ts';
import { PlaceModel } from './place-model.ts';
import { programLink, type ReplayLink, type ReplaySource } from './replay-link.ts';
import { type Pin, placeOf, type ReplayPlace, withPin } from './replay-place.ts';
import { ReplayPlay } from './replay-play.ts';
import { SummaryModel } from './summary-model.ts';
import { filterText } from './tape-answer.ts';
import { nextRecord, noneText, type SearchDirection } from './tape-search.ts';
import { clampedSpan, spanAround, type TimeSpan } from './time-span.ts';
import { TimelineModel } from './timeline-model.ts';

/** The tape that is open on the page: which record, actor, range and filter are shown, and what its parts have read of them. */
export class ReplayModel {
  seq = 0;
  actor: string | null = null;
  /** A span that went well, of this tape or of one that was open before it; null where none was chosen. */
  good: SpanSummary | null = null;
  /** The span of time that every pane keeps to; null for the whole tape. */
  range: TimeSpan | null = null;
  /** Which events are listed. */
  filter: EventFilter = {};
  /** Events that the user pinned, in the order of the tape. */
  pins: readonly Pin[] = [];
  readonly asked: AskModel;
  /** What the last search did not find. */
  notice = '';
  /** Whether the page follows what is being read, as nothing was chosen yet. */
  private follows = true;
  private readonly tape: OpenTape;
  private readonly timelines: TimelineModel;
  private readonly summaries: SummaryModel;
  private readonly instants: InstantModel;
  private readonly playing: ReplayPlay;
  private readonly places: PlaceModel;

  constructor(
    private readonly changed: () => void,
    link: ReplayLink = programLink,
  ) {
    this.tape = new OpenTape(link, {
      changed,
      opened: () => {
        this.showAll();
        void this.summaries.diagnose();
      },
      read: (now, before) => this.read(now, before),
      failed: () => this.playing.stop(),
    });
    const { answer } = this.tape;
    this.asked = new AskModel(changed, link);
    this.timelines = new TimelineModel(changed, answer);
    this.summaries = new SummaryModel(changed, answer, () => this.tape.whole);
    this.instants = new InstantModel(() => this.arrived(), answer);
    this.playing = new ReplayPlay(changed, answer, this);
    this.places = new PlaceModel(this.tape, this);
  }

  /** What is known of the open tape; null where none is. */
  get replay() {
    return this.tape.replay;
  }

  /** Why the last question was not answered; empty where it was. */
  get problem() {
    return this.tape.problem;
  }

  get timeline() {
    return this.timelines.timeline;
  }

  /** The span that the timeline shows. */
  get span() {
    return this.timelines.span;
  }

  /** The views at the record. */
  get instant() {
    return this.instants.instant;
  }

  /** The chosen actor at the record. */
  get actorInstant() {
    return this.instants.actorInstant;
  }

  /** Records around it. */
  get records() {
    return this.instants.records;
  }

  /** How many events the filter lets pass. */
  get found() {
    return this.instants.found;
  }

  /** What went wrong: on the whole tape, or in the range. */
  get diagnosis() {
    return this.summaries.diagnosis;
  }

  /** What the range has, or the whole tape where none is chosen. */
  get summary() {
    return this.summaries.summary;
  }

  /** The speed of play, as a multiple of the tape's own pace; 0 while it does not play. */
  get speed() {
    return this.playing.speed;
  }

  /** What was asked found this in the range. */
  get askHits() {
    return this.asked.hitsIn(this.range);
  }

  /** Opens a tape. The one that was open is closed. */
  open(source: ReplaySource): Promise<void> {
    this.close();
    return this.tape.open(source);
  }

  /** Closes what is open. */
  close(): void {
    this.tape.close();
    this.actor = null;
    this.range = null;
    this.filter = {};
    this.pins = [];
    this.places.clear();
    this.follows = true;
    this.notice = '';
    this.asked.clear();
    this.playing.stop();
    this.timelines.clear();
    this.summaries.clear();
    this.instants.clear();
    this.changed();
  }

  /** Goes to a record, and to an actor where one is named. */
  go(seq: number, actor = this.actor): void {
    const { replay } = this;
    if (!replay || replay.records === 0) return;
    this.follows = false;
    this.seq = Math.min(Math.max(Math.round(seq), replay.firstSeq), replay.lastSeq);
    this.actor = actor;
    this.notice = '';
    this.changed();
    this.instants.want({ seq: this.seq, actor, filter: filterText(this.filter, this.range) });
  }

  /** Goes to the last record at a time. */
  async goAt(at: number, actor = this.actor): Promise<void> {
    const found = await this.tape.answer<number | null>(`seqAt?at=${Math.round(at)}`);
    if (found !== undefined) this.go(found ?? 0, actor);
  }

  /** Goes to the nearest record with a mark in the range; says so where there is none. */
  next(direction: SearchDirection, mark: MarkKind): Promise<void> {
    return this.nextOf(direction, { mark }, mark);
  }

  /** Goes to the nearest record that is listed, be it far away. */
  nextMatch(direction: SearchDirection): Promise<void> {
    return this.nextOf(direction, this.filter, 'match');
  }

  private async nextOf(direction: SearchDirection, filter: EventFilter, name: string): Promise<void> {
    const found = await nextRecord(this.tape.answer, this.seq, direction, filter, this.range);
    if (found === undefined) return;
    if (found !== null) return this.goWithActor(found);
    this.say(noneText(name, direction, this.range !== null));
  }

  /** Shows what was not found. */
  say(notice: string): void {
    this.notice = notice;
    this.changed();
  }

  /** Goes to a record and to its actor. */
  async goWithActor(seq: number): Promise<void> {
    const record = await this.tape.recordAt(seq);
    this.go(seq, record?.machine ? record.actor : this.actor);
  }

  /** Lists the events that a filter lets pass. */
  listOnly(filter: EventFilter): void {
    this.filter = filter;
    this.go(this.seq);
  }

  /** Keeps every pane to a span of time, which the timeline then shows; null for the whole tape again. */
  keepTo(range: TimeSpan | null): void {
    const { whole } = this.tape;
    if (!whole) return;
    const { from, to } = clampedSpan(range ?? whole, whole);
    this.range = range ? { from: Math.floor(from), to: Math.ceil(to) } : null;
    this.show(this.range ?? whole);
    this.summaries.limitTo(this.range);
    const at = this.instant?.at ?? 0;
    // What is shown lies in the range.
    if (this.range && (at < this.range.from || at > this.range.to)) void this.goAt(this.range.to);
    else this.go(this.seq);
    void this.summaries.sum();
  }

  /** Pins the event that is shown, or removes its pin. */
  pin(): void {
    this.setPins(withPin(this.pins, this.seq));
  }

  setPins(pins: readonly Pin[]): void {
    this.pins = pins;
    this.changed();
  }

  /** What is shown; null where nothing is open. */
  place(): ReplayPlace | null {
    return this.replay && placeOf(this, this.replay);
  }

  /** Shows what was shown, as soon as that was read; says so where it is of another tape. */
  showPlace(place: ReplayPlace): Promise<void> {
    return this.places.show(place);
  }

  /** Asks an expression of the tape. */
  ask(expression: string): Promise<void> {
    const { replay } = this;
    return replay ? this.asked.ask(replay.replayId, expression) : Promise.resolve();
  }

  /** Shows the whole tape as far as it was read, and its last record. */
  private showAll(): void {
    const { replay } = this;
    if (!replay) return;
    this.show({ from: replay.firstAt, to: replay.lastAt });
    this.go(replay.lastSeq);
    this.follows = true;
  }

  /** Shows another span of the timeline. */
  show(span: TimeSpan): void {
    const { whole } = this.tape;
    if (!whole) return;
    this.follows = false;
    this.timelines.show(span, whole);
  }

  /** Plays on from the record at `speed` times the tape's pace, quiet times cut short; 0 stops. */
  play(speed: number): Promise<void> {
    return this.playing.play(speed);
  }

  /** A record was read: the timeline moves on where it shows another span. */
  private arrived(): void {
    this.tape.problem = '';
    this.changed();
    const { instant, span } = this;
    if (!instant || (instant.at >= span.from && instant.at <= span.to)) return;
    this.show(spanAround(span, instant.at));
  }

  /** More was read: as far as it was read is shown; where something was chosen, only what is beyond it comes in. */
  private read(now: OpenReplay, before: OpenReplay): void {
    if (now.records !== before.records && this.follows) this.showAll();
    if (now.readShare >= 1 && before.readShare < 1) void this.summaries.sum();
    this.places.read();
  }
}
