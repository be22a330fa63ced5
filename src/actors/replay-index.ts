import type { ActorKind, Envelope } from '../events/envelope.ts';
import type { EventFilter, Facet, FoundEvents, Hit, MarkKind, Timeline } from '../events/replay-view.ts';
import { grown } from './number-column.ts';
import { StringTable } from './string-table.ts';
import { type TimedRecords, TimelineColumns } from './timeline-columns.ts';

const FIRST_CAPACITY = 4096;
const NONE = 0xffff_ffff;

const IGNORED = 1;
const FAILURE = 2;
const CANCEL = 4;
const MARKS: Readonly<Record<MarkKind, number>> = { ignored: IGNORED, failure: FAILURE, cancel: CANCEL };
const MARK_KINDS = Object.keys(MARKS) as MarkKind[];
/** States in which an actor has failed or was lost. */
const FAILED_STATE = /(?:^|\.)(?:failed|refused|lost|timedOut|expired|disconnected|unrecorded)\b/;
const CANCEL_EVENT = /^query\.(?:cancel|deadlinePassed|pausedTooLong)/;
interface Actor {
  readonly id: string;
  readonly kind: ActorKind;
  readonly machine: string | null;
  /** Index of its first and last record. */
  readonly first: number;
  last: number;
}

/** What a filter was last found to let pass, of as many records as there were. */
interface Found {
  readonly key: string;
  /** In order. */
  readonly indexes: Uint32Array;
  readonly among: Omit<FoundEvents, 'count' | 'before'>;
}

/** Whether the record of an index is meant. */
type Matches = (index: number) => boolean;

/**
 * A tape as columns of numbers, some 30 bytes a record: where each record is, when, of which actor, what state it led to. What a
 * timeline draws and what is sought is answered from it without reading the tape again.
 */
export class ReplayIndex implements TimedRecords {
  private count = 0;
  private seqs = new Float64Array(FIRST_CAPACITY);
  private ats = new Float64Array(FIRST_CAPACITY);
  private offsets = new Float64Array(FIRST_CAPACITY);
  private segments = new Uint32Array(FIRST_CAPACITY);
  private actorOf = new Uint32Array(FIRST_CAPACITY);
  /** The record of the same actor before it. */
  private previous = new Uint32Array(FIRST_CAPACITY);
  private types = new Uint16Array(FIRST_CAPACITY);
  private states = new Uint32Array(FIRST_CAPACITY);
  private flags = new Uint8Array(FIRST_CAPACITY);
  private codes = new Uint16Array(FIRST_CAPACITY);
  private readonly codeNames = new StringTable();
  private readonly typeNames = new StringTable();
  private readonly stateNames = new StringTable();
  private readonly machines = new StringTable();
  private readonly actors: Actor[] = [];
  private readonly drawn = new TimelineColumns(this);
  private readonly actorNumbers = new Map<string, number>();
  /** The page asks for one filter again and again while it goes from record to record. */
  private found: Found | null = null;
  /** The clock may go back; times are drawn as the latest that was reached. */
  private latest = 0;

  constructor() {
    this.codeNames.of('');
  }

  get length(): number {
    return this.count;
  }

  get actorCount(): number {
    return this.actors.length;
  }

  /**
   * Takes the next record, and where its line begins. They must come in the order of their seq. Returns the state that its actor was
   * in before; null where that has no record yet.
   */
  add(envelope: Envelope, segment: number, offset: number): string | null {
    if (this.count === this.seqs.length) this.grow();
    const index = this.count++;
    const { seq, at, event, state, ignored } = envelope;
    this.latest = Math.max(this.latest, at);
    this.ats[index] = this.latest;
    if (envelope.kind === 'workspace' && event.type === 'xstate.init') this.drawn.start(index);
    const number = this.actorNumber(envelope, index);
    const actor = this.actors[number]!;
    const before = actor.first === index ? NONE : actor.last;
    actor.last = index;
    this.seqs[index] = seq;
    this.offsets[index] = offset;
    this.segments[index] = segment;
    this.actorOf[index] = number;
    this.previous[index] = before;
    this.types[index] = this.typeNames.of(event.type);
    this.states[index] = this.stateNames.of(state ?? '');
    const from = before === NONE ? null : this.stateNames.texts[this.states[before]!]!;
    let flags = ignored ? IGNORED : 0;
    if (state !== null && state !== from && FAILED_STATE.test(state)) flags |= FAILURE;
    if (!ignored && CANCEL_EVENT.test(event.type)) flags |= CANCEL;
    this.flags[index] = flags;
    this.codes[index] = this.codeNames.of(codeOf(event));
    const name = state ?? '';
    this.drawn.take(number, index, name === from ? null : name);
    for (const kind of MARK_KINDS) if (flags & MARKS[kind]) this.drawn.mark(kind, index);
    return from;
  }

  /** The index of a record by its seq, or of the last one before it; -1 where there is none. */
  indexOf(seq: number): number {
    return this.lastAtMost(this.seqs, seq);
  }

  /** The index of the last record that was there at a time; -1 where there is none. */
  indexAt(at: number): number {
    return this.lastAtMost(this.ats, at);
  }

  seqOf(index: number): number {
    return this.seqs[index]!;
  }

  atOf(index: number): number {
    return this.ats[index]!;
  }

  /** The state that a record led to; empty where it has none. */
  stateOf(index: number): string {
    return this.stateNames.texts[this.states[index]!]!;
  }

  /** Where a record's line begins. */
  placeOf(index: number): { readonly segment: number; readonly offset: number } {
    return { segment: this.segments[index]!, offset: this.offsets[index]! };
  }

  /** The indexes of an actor's records up to `index`, oldest first. */
  recordsOf(actor: string, index: number): number[] {
    const number = this.actorNumbers.get(actor);
    if (number === undefined) return [];
    const found: number[] = [];
    for (let at = this.actors[number]!.last; at !== NONE; at = this.previous[at]!)
      if (at <= index) found.push(at);
    return found.reverse();
  }

  /** The nearest record beyond an index that a filter lets pass; -1 where there is none. */
  next(from: number, direction: 1 | -1, filter: EventFilter): number {
    return this.nextOf(from, direction, filter, 1)[0] ?? -1;
  }

  /** The next `count` records beyond an index that a filter lets pass, in the direction in which they are found. */
  nextOf(from: number, direction: 1 | -1, filter: EventFilter, count: number): number[] {
    const matches = this.matcher(filter);
    const found: number[] = [];
    if (!matches) return found;
    for (let index = from + direction; index >= 0 && index < this.count; index += direction) {
      if (found.length === count) break;
      if (matches(index)) found.push(index);
    }
    return found;
  }

  /** How many records a filter lets pass, how many of them up to an index, and what can be chosen from in its span of time. */
  find(filter: EventFilter, upTo: number): FoundEvents {
    const key = `${this.count} ${JSON.stringify(filter)}`;
    if (this.found?.key !== key) this.found = { key, ...this.search(filter) };
    const { indexes, among } = this.found;
    return { ...among, count: indexes.length, before: this.lastAtMost(indexes, upTo, indexes.length) + 1 };
  }

  /** The indexes of the records that a filter lets pass, and what can be chosen from in its span of time. */
  private search(filter: EventFilter): Omit<Found, 'key'> {
    const matches = this.matcher(filter) ?? (() => false);
    const kinds = new Map<string, number>();
    const types = new Uint32Array(this.typeNames.texts.length);
    const marks = { failure: 0, cancel: 0, ignored: 0 };
    const indexes: number[] = [];
    const [first, last] = this.spanOf(filter);
    for (let index = first; index <= last; index++) {
      const { kind } = this.actors[this.actorOf[index]!]!;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      types[this.types[index]!]!++;
      const flags = this.flags[index]!;
      for (const mark of MARK_KINDS) if (flags & MARKS[mark]) marks[mark]++;
      if (matches(index)) indexes.push(index);
    }
    const facets = (entries: readonly Facet[]): Facet[] =>
      entries.filter((one) => one.count > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
    const among = {
      records: Math.max(0, last - first + 1),
      kinds: facets([...kinds].map(([name, times]) => ({ name, count: times }))),
      types: facets(this.typeNames.texts.map((name, number) => ({ name, count: types[number]! }))),
      marks,
    };
    return { indexes: Uint32Array.from(indexes), among };
  }

  /** What is drawn of a span of time, as of `TimelineColumns`. */
  timeline(from: number, to: number, parts: number, lanesMax: number): Timeline {
    return this.drawn.timeline(from, to, parts, lanesMax);
  }

  /** How often each machine went which way, on the whole tape or in a span of time. */
  hits(span: Pick<EventFilter, 'from' | 'to'> = {}): Hit[] {
    const counts = new Map<number, Map<number, Hit & { times: number }>>();
    const [first, last] = this.spanOf(span);
    const states = this.stateNames.texts.length;
    for (let index = first; index <= last; index++) {
      const { machine } = this.actors[this.actorOf[index]!]!;
      const to = this.stateNames.texts[this.states[index]!]!;
      if (machine === null || to === '' || (this.flags[index]! & IGNORED) !== 0) continue;
      const before = this.previous[index]!;
      const fromState = before === NONE ? states : this.states[before]!;
      const way = fromState * (states + 1) + this.states[index]!;
      const key = this.machines.of(machine) * (this.typeNames.texts.length + 1) + this.types[index]!;
      let byWay = counts.get(key);
      if (!byWay) {
        byWay = new Map();
        counts.set(key, byWay);
      }
      const known = byWay.get(way);
      if (known) known.times++;
      else {
        const from = before === NONE ? null : this.stateNames.texts[fromState]!;
        byWay.set(way, { machine, from, event: this.typeNames.texts[this.types[index]!]!, to, times: 1 });
      }
    }
    return [...counts.values()].flatMap((byWay) => [...byWay.values()]);
  }

  /** The first and the last index of a span of time; the last is before the first where it has none. */
  private spanOf({ from, to }: Pick<EventFilter, 'from' | 'to'>): [first: number, last: number] {
    return [
      from === undefined ? 0 : this.indexAt(from - 1) + 1,
      to === undefined ? this.count - 1 : this.indexAt(to),
    ];
  }

  /** Reads a filter into numbers; undefined where it names what the tape does not have. */
  private matcher(filter: EventFilter): Matches | undefined {
    const { text, type, actor, kind, mark } = filter;
    const [first, last] = this.spanOf(filter);
    const number = actor === undefined ? undefined : this.actorNumbers.get(actor);
    const name = type === undefined ? undefined : this.typeNames.find(type);
    if ((actor !== undefined && number === undefined) || (type !== undefined && name === undefined))
      return undefined;
    const ofText = text === undefined || text === '' ? null : this.ofText(text.toLowerCase());
    return (index) => {
      if (index < first || index > last) return false;
      if (mark !== undefined && (this.flags[index]! & MARKS[mark]) === 0) return false;
      if (number !== undefined && this.actorOf[index] !== number) return false;
      if (name !== undefined && this.types[index] !== name) return false;
      if (kind !== undefined && this.actors[this.actorOf[index]!]!.kind !== kind) return false;
      return ofText === null || ofText(index);
    };
  }

  /** Whether a text is in a record's type, its failure's code, its state or the id of its actor. Each name is looked at once. */
  private ofText(text: string): Matches {
    const having = (names: readonly string[]): Uint8Array =>
      Uint8Array.from(names, (name) => (name.toLowerCase().includes(text) ? 1 : 0));
    const types = having(this.typeNames.texts);
    const codes = having(this.codeNames.texts);
    const states = having(this.stateNames.texts);
    const actors = having(this.actors.map(({ id }) => id));
    return (index) =>
      types[this.types[index]!] === 1 ||
      codes[this.codes[index]!] === 1 ||
      states[this.states[index]!] === 1 ||
      actors[this.actorOf[index]!] === 1;
  }

  private actorNumber({ actor: id, kind, machine, event }: Envelope, index: number): number {
    const known = this.actorNumbers.get(id);
    if (known !== undefined) return known;
    const input = event.type === 'xstate.init' ? (event.input as Readonly<Record<string, unknown>>) : {};
    const parent =
      kind === 'query' || kind === 'script'
        ? (input.connectionId ?? input.tabId ?? input.sessionId)
        : input.sessionId;
    const ofOther = typeof parent === 'string' && parent !== id ? parent : null;
    const number = this.actors.length;
    this.actors.push({ id, kind, machine, first: index, last: index });
    this.drawn.begin({ actor: id, kind, machine, parent: ofOther }, index);
    this.actorNumbers.set(id, number);
    return number;
  }

  private lastAtMost(sorted: Float64Array | Uint32Array, value: number, count = this.count): number {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private grow(): void {
    this.seqs = grown(this.seqs);
    this.ats = grown(this.ats);
    this.offsets = grown(this.offsets);
    this.segments = grown(this.segments);
    this.actorOf = grown(this.actorOf);
    this.previous = grown(this.previous);
    this.types = grown(this.types);
    this.states = grown(this.states);
    this.flags = grown(this.flags);
    this.codes = grown(this.codes);
  }
}

/** The code that an event reports; empty where it has none. */
function codeOf(event: Envelope['event']): string {
  if ('failure' in event && event.failure) return (event.failure as { code: string }).code;
  return 'code' in event && typeof event.code === 'string' ? event.code : '';
}
