import type { CauseReport, Finding } from '../../events/diagnosis/report.ts';
import type { Envelope } from '../../events/envelope.ts';
import type {
  ActorInstant,
  EventFilter,
  FoundEvents,
  Hit,
  Instant,
  MarkKind,
  OpenReplay,
  RecordsPage,
  SpanSummary,
  Timeline,
} from '../../events/replay-view.ts';
import { AskModel } from './ask-model.ts';
import { programLink, type ReplayLink, type ReplaySource } from './replay-link.ts';
import { isPlaceOf, PINS_MAX, type Pin, type ReplayPlace } from './replay-place.ts';
import { clampedSpan, type TimeSpan } from './time-span.ts';

/** Records before and after the one that is shown. */
const RECORDS_AROUND = 150;
/** How often the proof is asked for while it runs. */
const PROOF_POLL_MS = 500;
/** Between two steps of a play, at least; what comes closer is passed over in one step. */
const PLAY_STEP_MS = 100;
/** Differences of which the first is looked for. */
const DIFFERENCES_SOUGHT = 20;
/** A quiet time is cut to this while playing. */
const PLAY_QUIET_MS = 800;

/** What of the page's place on the tape can be asked for at once; the newest wish wins. */
interface Place {
  readonly seq: number;
  readonly actor: string | null;
}

/**
 * A tape that is looked at: where the page stands on it, and what it shows there. One request is under way at a time; a wish that comes in
 * the meantime replaces the one before it, so that a dragged scrubber asks no more than can be answered.
 */
export class ReplayModel {
  replay: OpenReplay | null = null;
  timeline: Timeline | null = null;
  /** The span that the timeline shows. */
  span: TimeSpan = { from: 0, to: 1 };
  seq = 0;
  actor: string | null = null;
  /** The chosen actor at the record. */
  actorInstant: ActorInstant | null = null;
  /** The views at the record. */
  instant: Instant | null = null;
  /** Records around it. */
  records: readonly Envelope[] = [];
  /** What went wrong: on the whole tape, or in the range. */
  diagnosis: readonly Finding[] | null = null;
  /** What the range has, or the whole tape where none is chosen. */
  summary: SpanSummary | null = null;
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
  /** How many those are. */
  found: FoundEvents | null = null;
  readonly asked: AskModel;
  problem = '';
  /** What the last search did not find. */
  notice = '';
  /** Times the tape's own pace; 0 while it stands. */
  speed = 0;
  private wanted: Place | null = null;
  private isBusy = false;
  private spanWanted: TimeSpan | null = null;
  private isDrawing = false;
  private opening = 0;
  private summing = 0;
  /** Whether the page follows what is being read, as nothing was chosen yet. */
  private follows = true;
  private ofWhole: readonly Finding[] | null = null;

  constructor(
    private readonly changed: () => void,
    private readonly link: ReplayLink = programLink,
  ) {
    this.asked = new AskModel(changed, link);
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
      void this.diagnose(replay.replayId);
      await this.follow(replay.replayId);
    } catch (error) {
      if (opening === this.opening) this.fail(error);
    }
  }

  /** Closes what is open. */
  close(): void {
    const { replay } = this;
    this.opening++;
    this.speed = 0;
    this.replay = null;
    this.timeline = null;
    this.actor = null;
    this.actorInstant = null;
    this.instant = null;
    this.records = [];
    this.diagnosis = null;
    this.ofWhole = null;
    this.summary = null;
    this.summing++;
    this.range = null;
    this.filter = {};
    this.pins = [];
    this.awaited = null;
    this.found = null;
    this.follows = true;
    this.asked.clear();
    this.notice = '';
    this.wanted = null;
    this.spanWanted = null;
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
    this.wanted = { seq: this.seq, actor };
    this.notice = '';
    this.changed();
    if (!this.isBusy) void this.look(replay.replayId);
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
      `next?from=${this.seq}&direction=${direction}${this.wish(filter)}`,
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
    const { replay } = this;
    if (!replay) return;
    const whole = { from: replay.firstAt, to: replay.lastAt };
    const { from, to } = clampedSpan(range ?? whole, whole);
    this.range = range ? { from: Math.floor(from), to: Math.ceil(to) } : null;
    this.show(this.range ?? whole);
    this.diagnosis = range ? null : this.ofWhole;
    const at = this.instant?.at ?? 0;
    // What is shown lies in the range.
    if (this.range && (at < this.range.from || at > this.range.to)) void this.goAt(this.range.to);
    else this.go(this.seq);
    void this.sum(replay.replayId);
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
    const { summary } = this;
    if (!summary) return;
    let first: number | null = null;
    // One per event and state that it leads to; a hit has no seq, as there may be millions.
    for (const { event, to } of hits.slice(0, DIFFERENCES_SOUGHT)) {
      const wish = `type=${encodeURIComponent(event)}&text=${encodeURIComponent(to)}`;
      const span = `after=${summary.from}&before=${summary.to}`;
      const found = await this.answer<number | null>(`next?from=0&direction=forward&${wish}&${span}`);
      if (typeof found === 'number' && (first === null || found < first)) first = found;
    }
    if (first !== null) await this.goWithActor(first);
  }

  /** Asks an expression of the tape. */
  ask(expression: string): Promise<void> {
    const { replay } = this;
    return replay ? this.asked.ask(replay.replayId, expression) : Promise.resolve();
  }

  /** A filter as a part of a question, with the range. */
  private wish(filter: EventFilter): string {
    const { range } = this;
    const wishes = { ...filter, ...(range ? { after: range.from, before: range.to } : {}) };
    return Object.entries(wishes)
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => `&${name}=${encodeURIComponent(String(value))}`)
      .join('');
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
    const { replay } = this;
    if (!replay) return;
    this.follows = false;
    this.span = clampedSpan(span, { from: replay.firstAt, to: replay.lastAt });
    this.spanWanted = this.span;
    this.changed();
    if (!this.isDrawing) void this.draw(replay.replayId);
  }

  /** Plays on from the record at `speed` times the tape's pace, quiet times cut short; 0 stops. */
  async play(speed: number): Promise<void> {
    const isPlaying = this.speed > 0;
    this.speed = speed;
    this.changed();
    if (isPlaying || speed === 0) return;
    const { opening } = this;
    while (this.speed > 0 && opening === this.opening && this.replay && this.seq < this.replay.lastSeq) {
      const page = await this.answer<RecordsPage>(`records?from=${this.seq}&count=2`);
      const [now, next] = page?.records ?? [];
      if (!now || !next || !this.isPlaying(opening)) break;
      const waitMs = Math.min((next.at - now.at) / this.speed, PLAY_QUIET_MS);
      await new Promise((later) => setTimeout(later, Math.max(waitMs, PLAY_STEP_MS)));
      if (!this.isPlaying(opening)) break;
      if (waitMs >= PLAY_STEP_MS) this.go(next.seq);
      else {
        const passed = await this.answer<number | null>(
          `seqAt?at=${Math.round(now.at + PLAY_STEP_MS * this.speed)}`,
        );
        this.go(Math.max(passed ?? 0, next.seq));
      }
    }
    if (opening === this.opening) {
      this.speed = 0;
      this.changed();
    }
  }

  private isPlaying(opening: number): boolean {
    return this.speed > 0 && opening === this.opening;
  }

  /** Asks for what is wanted until nothing new is. */
  private async look(id: string): Promise<void> {
    this.isBusy = true;
    while (this.wanted && this.replay?.replayId === id) {
      const { seq, actor } = this.wanted;
      this.wanted = null;
      const wish = this.wish(this.filter);
      const around = `from=${seq}&back=${RECORDS_AROUND}&count=${RECORDS_AROUND}`;
      try {
        const [page, found, instant, actorInstant] = await Promise.all([
          this.link.ask<RecordsPage>(id, `records?${around}${wish}`),
          this.link.ask<FoundEvents>(id, `find?seq=${seq}${wish}`),
          this.link.ask<Instant | null>(id, `at?seq=${seq}`),
          actor === null
            ? null
            : this.link.ask<ActorInstant | null>(id, `actor?actor=${encodeURIComponent(actor)}&seq=${seq}`),
        ]);
        if (this.replay?.replayId !== id) break;
        this.records = page.records;
        this.found = found;
        this.instant = instant;
        this.actorInstant = actorInstant;
        this.problem = '';
        this.changed();
        this.keepInView();
      } catch (error) {
        this.fail(error);
        break;
      }
    }
    this.isBusy = false;
  }

  /** Moves the timeline on where the record is outside what it shows. */
  private keepInView(): void {
    const { instant, span } = this;
    if (!instant || (instant.at >= span.from && instant.at <= span.to)) return;
    const half = (span.to - span.from) / 2;
    this.show({ from: instant.at - half, to: instant.at + half });
  }

  private async draw(id: string): Promise<void> {
    this.isDrawing = true;
    while (this.spanWanted && this.replay?.replayId === id) {
      const { from, to } = this.spanWanted;
      this.spanWanted = null;
      const timeline = await this.answer<Timeline>(`timeline?from=${Math.floor(from)}&to=${Math.ceil(to)}`);
      if (this.replay?.replayId !== id || timeline === undefined) break;
      this.timeline = timeline;
      this.changed();
    }
    this.isDrawing = false;
  }

  /** What is asked once of the whole tape, as soon as it was read: what went wrong, and what it has. */
  private async diagnose(id: string): Promise<void> {
    const reports = await this.answer<readonly CauseReport[]>('diagnosis');
    if (this.replay?.replayId !== id || !reports) return;
    this.ofWhole = findingsIn(reports);
    if (!this.range) this.diagnosis = this.ofWhole;
    this.changed();
    await this.sum(id);
  }

  /** What the range has, or the whole tape. */
  private async sum(id: string): Promise<void> {
    const { replay, range } = this;
    if (!replay) return;
    const summing = ++this.summing;
    const { from, to } = range ?? { from: replay.firstAt, to: replay.lastAt };
    const summary = await this.answer<SpanSummary>(`span?from=${from}&to=${to}`);
    if (this.replay?.replayId !== id || summing !== this.summing || !summary) return;
    this.summary = summary;
    if (range) this.diagnosis = findingsIn(summary.causes);
    this.changed();
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
      if (now.readShare >= 1 && before.readShare < 1) void this.sum(id);
      if (this.awaited) void this.showPlace(this.awaited);
      if (now.proof.state === 'running') await new Promise((later) => setTimeout(later, PROOF_POLL_MS));
    }
  }

  /** One answer; undefined where nothing is open or it can't be had, which is then said. */
  private async answer<T>(question: string): Promise<T | undefined> {
    const { replay } = this;
    if (!replay) return undefined;
    try {
      return await this.link.ask<T>(replay.replayId, question);
    } catch (error) {
      if (this.replay === replay) this.fail(error);
      return undefined;
    }
  }

  private fail(error: unknown): void {
    this.problem = (error as Error).message;
    this.speed = 0;
    this.changed();
  }
}

function findingsIn(reports: readonly CauseReport[]): Finding[] {
  return reports.flatMap(({ findings, answer }) => findings.filter((one) => one.answer === answer));
}
