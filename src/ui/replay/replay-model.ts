import type {
  EventFilter,
  Hit,
  MarkKind,
  OpenReplay,
  RecordsPage,
  SpanSummary,
} from '../../events/replay-view.ts';
import { PINS_MAX } from '../limits.ts';
import { AskModel } from './ask-model.ts';
import { InstantModel } from './instant-model.ts';
import { programLink, type ReplayLink, type ReplaySource } from './replay-link.ts';
import { isPlaceOf, type Pin, type ReplayPlace } from './replay-place.ts';
import { ReplayPlay } from './replay-play.ts';
import { SummaryModel } from './summary-model.ts';
import { filterText, type TapeAnswer } from './tape-answer.ts';
import { clampedSpan, type TimeSpan } from './time-span.ts';
import { TimelineModel } from './timeline-model.ts';

/** How often the proof is asked for while it runs. */
const PROOF_POLL_MS = 500;
/** The tape that is open on the page: which record, actor, range and filter are shown, and what its parts have read of them. */
export class ReplayModel {
  replay: OpenReplay | null = null;
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
  /** A view that waits for its tape to be read so far. */
  private awaited: ReplayPlace | null = null;
  readonly asked: AskModel;
  problem = '';
  /** What the last search did not find. */
  notice = '';
  private opening = 0;
  /** Whether the page follows what is being read, as nothing was chosen yet. */
  private follows = true;
  private readonly answer: TapeAnswer = (question) => this.answered(question);
  private readonly timelines: TimelineModel;
  private readonly summaries: SummaryModel;
  private readonly instants: InstantModel;
  private readonly playing: ReplayPlay;

  constructor(
    private readonly changed: () => void,
    private readonly link: ReplayLink = programLink,
  ) {
    this.asked = new AskModel(changed, link);
    this.timelines = new TimelineModel(changed, this.answer);
    this.summaries = new SummaryModel(changed, this.answer, () => this.whole);
    this.instants = new InstantModel(() => this.arrived(), this.answer);
    this.playing = new ReplayPlay(changed, this.answer, this);
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

  /** The tape as far as it was read. */
  private get whole(): TimeSpan | null {
    return this.replay && { from: this.replay.firstAt, to: this.replay.lastAt };
  }

  /** What was asked found this in the range. */
  get askHits() {
    return this.asked.hitsIn(this.range);
  }

  /** Opens a tape. The one that was open is closed. */
  async open(source: ReplaySource): Promise<void> {
    this.close();
    const opening = ++this.opening;
    this.problem = '';
    this.changed();
    try {
      const replay = await this.link.open(source);
      if (opening !== this.opening) {
        await this.link.close(replay.replayId);
        return;
      }
      this.replay = replay;
      this.changed();
      this.showAll();
      void this.summaries.diagnose();
      await this.follow(replay.replayId);
    } catch (error) {
      if (opening === this.opening) this.fail(error);
    }
  }

  /** Closes what is open. */
  close(): void {
    const { replay } = this;
    this.opening++;
    this.replay = null;
    this.actor = null;
    this.range = null;
    this.filter = {};
    this.pins = [];
    this.awaited = null;
    this.follows = true;
    this.notice = '';
    this.asked.clear();
    this.playing.stop();
    this.timelines.clear();
    this.summaries.clear();
    this.instants.clear();
    if (replay) this.link.close(replay.replayId).catch(() => undefined);
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
    const found = await this.answer<number | null>(`seqAt?at=${Math.round(at)}`);
    if (found !== undefined) this.go(found ?? 0, actor);
  }

  /** Goes to the nearest record with a mark in the range; says so where there is none. */
  next(direction: 'forward' | 'back', mark: MarkKind): Promise<void> {
    return this.nextOf(direction, { mark }, mark);
  }

  /** Goes to the nearest record that is listed, be it far away. */
  nextMatch(direction: 'forward' | 'back'): Promise<void> {
    return this.nextOf(direction, this.filter, 'match');
  }

  private async nextOf(direction: 'forward' | 'back', filter: EventFilter, name: string): Promise<void> {
    const found = await this.answer<number | null>(
      `next?from=${this.seq}&direction=${direction}${filterText(filter, this.range)}`,
    );
    if (found === undefined) return;
    if (found === null) {
      const where = this.range ? ' in the range' : '';
      this.notice = `There is no ${name} ${direction === 'forward' ? 'after' : 'before'} this event${where}.`;
      this.changed();
      return;
    }
    await this.goWithActor(found);
  }

  /** Goes to a record and to its actor. */
  async goWithActor(seq: number): Promise<void> {
    const [record] = (await this.answer<RecordsPage>(`records?from=${seq}&count=1`))?.records ?? [];
    this.go(seq, record?.machine ? record.actor : this.actor);
  }

  /** Lists the events that a filter lets pass. */
  listOnly(filter: EventFilter): void {
    this.filter = filter;
    this.go(this.seq);
  }

  /** Keeps every pane to a span of time, which the timeline then shows; null for the whole tape again. */
  keepTo(range: TimeSpan | null): void {
    const { whole } = this;
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
    const { seq, pins } = this;
    const others = pins.filter((pin) => pin.seq !== seq);
    if (others.length === pins.length && pins.length < PINS_MAX) others.push({ seq, note: '' });
    this.setPins(others.sort((a, b) => a.seq - b.seq));
  }

  setPins(pins: readonly Pin[]): void {
    this.pins = pins;
    this.changed();
  }

  /** What is shown; null where nothing is open. */
  place(): ReplayPlace | null {
    const { replay, seq, actor, actorInstant, span, range, filter, pins } = this;
    if (!replay) return null;
    const actorSeq = actorInstant && actorInstant.actor === actor ? actorInstant.record.seq : null;
    return { firstSeq: replay.firstSeq, firstAt: replay.firstAt, seq, actorSeq, span, range, filter, pins };
  }

  /** Shows what was shown, as soon as that was read; says so where it is of another tape. */
  async showPlace(place: ReplayPlace): Promise<void> {
    const { replay } = this;
    if (!replay) return;
    if (place.seq > replay.lastSeq && replay.readShare < 1) {
      this.awaited = place;
      return;
    }
    this.awaited = null;
    if (!isPlaceOf(place, replay)) {
      this.notice = 'This view is of another tape. Open that one first.';
      this.changed();
      return;
    }
    const { seq, actorSeq, span, range, filter, pins } = place;
    const page =
      actorSeq === null ? undefined : await this.answer<RecordsPage>(`records?from=${actorSeq}&count=1`);
    if (this.replay?.replayId !== replay.replayId) return;
    const [record] = page?.records ?? [];
    const actor = record?.seq === actorSeq ? record.actor : null;
    const { actor: own, ...others } = filter;
    this.filter = own === undefined || actor === null ? others : { ...others, actor };
    this.pins = pins.filter((pin) => pin.seq >= replay.firstSeq && pin.seq <= replay.lastSeq);
    if (range) this.keepTo(range);
    this.show(span);
    this.go(seq, actor);
  }

  /** Goes to the first of some transitions, in the span that is summed. */
  async goToFirst(hits: readonly Hit[]): Promise<void> {
    const first = await this.summaries.firstOf(hits);
    if (first !== null) await this.goWithActor(first);
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
    const { whole } = this;
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
    this.problem = '';
    this.changed();
    const { instant, span } = this;
    if (!instant || (instant.at >= span.from && instant.at <= span.to)) return;
    const half = (span.to - span.from) / 2;
    this.show({ from: instant.at - half, to: instant.at + half });
  }

  /** Asks for what was read and for the proof until both have ended. */
  private async follow(id: string): Promise<void> {
    while (this.replay?.replayId === id && this.replay.proof.state === 'running') {
      const before = this.replay;
      const now = await this.link.get(id);
      if (this.replay?.replayId !== id) return;
      this.replay = now;
      this.changed();
      // As far as it was read; where something was chosen, only what is beyond it comes in.
      if (now.records !== before.records && this.follows) this.showAll();
      if (now.readShare >= 1 && before.readShare < 1) void this.summaries.sum();
      if (this.awaited) void this.showPlace(this.awaited);
      if (now.proof.state === 'running') await new Promise((later) => setTimeout(later, PROOF_POLL_MS));
    }
  }

  private async answered<T>(question: string): Promise<T | undefined> {
    const { replay } = this;
    if (!replay) return undefined;
    const isOpen = (): boolean => this.replay?.replayId === replay.replayId;
    try {
      const answer = await this.link.ask<T>(replay.replayId, question);
      return isOpen() ? answer : undefined;
    } catch (error) {
      if (isOpen()) this.fail(error);
      return undefined;
    }
  }

  private fail(error: unknown): void {
    this.problem = (error as Error).message;
    this.playing.stop();
    this.changed();
  }
}
