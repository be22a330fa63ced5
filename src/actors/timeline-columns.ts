import { actorEnded } from '../events/actor-end.ts';
import type { ActorKind } from '../events/envelope.ts';
import type { Lane, MarkKind, Stay, Timeline } from '../events/replay-view.ts';
import { ChangeColumns, NO_CHANGE } from './change-columns.ts';
import { NumberColumn } from './number-column.ts';

/** Kinds that have lanes, in the order of the lanes. */
const LANE_KINDS: readonly ActorKind[] = [
  'workspace',
  'session',
  'tunnel',
  'tab',
  'connection',
  'script',
  'prompt',
  'query',
  'orphan',
];

/** The records of a tape by their indexes: their times never go down. */
export interface TimedRecords {
  seqOf(index: number): number;
  atOf(index: number): number;
  /** The index of the last record that was there at a time; -1 where there is none. */
  indexAt(at: number): number;
  stateOf(index: number): string;
}

/** Who an actor is. */
type LaneActor = Pick<Lane, 'actor' | 'kind' | 'machine' | 'parent'>;

interface Row extends LaneActor {
  readonly first: number;
  last: number;
  /** Its last change of state. */
  change: number;
  hasEnded: boolean;
  /** How many starts of the program came up to its first record. */
  readonly starts: number;
  /** Its place among the actors of its kind. */
  readonly place: number;
}

/** Actors of a kind in the order of their first records, with the times of these and of their ends: numbers that are read one after the other. */
interface Rows {
  readonly rows: Row[];
  readonly begins: number[];
  /** Infinity for one that lives. */
  readonly ends: number[];
}

/** The part of a span of time in which a record lies. */
type PartOf = (index: number) => number;

/** What a timeline draws of a tape, so that any span of it is drawn by its parts and its actors, however many records they have. */
export class TimelineColumns {
  /** By the actor's number. */
  private readonly rows: Row[] = [];
  private readonly rowsByKind = new Map<ActorKind, Rows>(
    LANE_KINDS.map((kind) => [kind, { rows: [], begins: [], ends: [] }]),
  );
  private readonly changes = new ChangeColumns();
  /** Indexes of the records that have each mark. */
  private readonly marked = {
    failure: new NumberColumn(),
    cancel: new NumberColumn(),
    ignored: new NumberColumn(),
  };
  /** Indexes of the records with which the program started. */
  private readonly starts: number[] = [];
  /** The first actor since the last start. */
  private ofRun = 0;
  private readonly records: TimedRecords;

  constructor(records: TimedRecords) {
    this.records = records;
  }

  /** The program started with the next record; its index and time have to be known. */
  start(index: number): void {
    this.starts.push(index);
    for (; this.ofRun < this.rows.length; this.ofRun++) this.noteEnd(this.rows[this.ofRun]!);
  }

  /** The next actor, with its first record. */
  begin(actor: LaneActor, first: number): void {
    const ofKind = this.rowsByKind.get(actor.kind);
    const place = ofKind?.rows.length ?? 0;
    const starts = this.starts.length;
    const row = { ...actor, first, last: first, change: NO_CHANGE, hasEnded: false, starts, place };
    this.rows.push(row);
    ofKind?.rows.push(row);
    ofKind?.begins.push(this.records.atOf(first));
    ofKind?.ends.push(Number.POSITIVE_INFINITY);
  }

  /** The next record of an actor, by the actor's number; `state` where it led to another one. */
  take(number: number, index: number, state: string | null): void {
    const row = this.rows[number]!;
    row.last = index;
    if (state !== null) {
      row.change = this.changes.add(index, row.change);
      row.hasEnded = actorEnded(state);
    }
    this.noteEnd(row);
  }

  mark(kind: MarkKind, index: number): void {
    this.marked[kind].push(index);
  }

  /**
   * What is drawn of a span of time.
   *
   * @param parts of the density and the marks; stays of an actor that begin in the same one are drawn as one
   * @param lanesMax actors with a lane, by their kind and their age; others are counted
   */
  timeline(from: number, to: number, parts: number, lanesMax: number): Timeline {
    const share = parts / Math.max(1, to - from);
    const partOf: PartOf = (index) =>
      Math.min(parts - 1, Math.floor((this.records.atOf(index) - from) * share));
    const firsts = this.firstsOf(from, to, parts, partOf);
    const sizes = (countBelow: (index: number) => number): number[] => {
      const counts = firsts.map(countBelow);
      return counts.slice(1).map((count, part) => count - counts[part]!);
    };
    const marksOf = (kind: MarkKind): number[] => sizes((index) => this.marked[kind].countBelow(index));
    const shown: Row[] = [];
    let living = 0;
    for (const { rows, begins, ends } of this.rowsByKind.values())
      for (let place = 0; place < rows.length && begins[place]! <= to; place++)
        if (ends[place]! >= from && living++ < lanesMax) shown.push(rows[place]!);
    return {
      from,
      to,
      lanes: shown.map((row) => this.lane(row, from, to, partOf)),
      more: living - shown.length,
      density: sizes((index) => index),
      marks: { failure: marksOf('failure'), cancel: marksOf('cancel'), ignored: marksOf('ignored') },
    };
  }

  /** The index with which each part begins, and that after the last part. */
  private firstsOf(from: number, to: number, parts: number, partOf: PartOf): number[] {
    const end = this.records.indexAt(to) + 1;
    const firsts = [this.records.indexAt(from - 1) + 1];
    for (let part = 1; part < parts; part++) {
      let low = firsts[part - 1]!;
      let high = end;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (partOf(middle) < part) low = middle + 1;
        else high = middle;
      }
      firsts.push(low);
    }
    return [...firsts, end];
  }

  private lane(row: Row, from: number, to: number, partOf: PartOf): Lane {
    const { actor, kind, machine, parent } = row;
    const { changes, records } = this;
    const stays: Stay[] = [];
    let { change } = row;
    // An actor that has ended does not stay in its last state.
    let until = this.endOf(row);
    if (records.atOf(changes.recordOf(change)) > to) {
      const next = changes.earliest(change, (index) => records.atOf(index) > to);
      until = records.atOf(changes.recordOf(next));
      change = changes.beforeOf(next);
    }
    // Backwards, so that each stay ends where the next begins; one that began before the span is the last of them.
    while (change !== NO_CHANGE) {
      const index = changes.recordOf(change);
      const isBefore = records.atOf(index) < from;
      const part = partOf(index);
      const first = isBefore ? change : changes.earliest(change, (other) => partOf(other) >= part);
      const begin = records.atOf(changes.recordOf(first));
      stays.push({ seq: records.seqOf(index), from: begin, to: until, state: records.stateOf(index) });
      if (isBefore) break;
      until = begin;
      change = changes.beforeOf(first);
    }
    return { actor, kind, machine, parent, stays: stays.reverse() };
  }

  /** When an actor ended: with its last state, or with the program before its next start. Null while it lives. */
  private endOf({ last, hasEnded, starts }: Row): number | null {
    if (hasEnded) return this.records.atOf(last);
    const nextStart = this.starts[starts];
    return nextStart === undefined ? null : this.records.atOf(nextStart);
  }

  private noteEnd(row: Row): void {
    const ofKind = this.rowsByKind.get(row.kind);
    if (ofKind) ofKind.ends[row.place] = this.endOf(row) ?? Number.POSITIVE_INFINITY;
  }
}
