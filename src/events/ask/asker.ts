import type { ActorKind, Envelope } from '../envelope.ts';
import { ASK_HITS_MAX } from '../limits.ts';
import { type Evaluation, evaluation } from './evaluate.ts';
import { type Expression, subjectsOf } from './expression.ts';
import { SUBJECTS, type Subject } from './fields.ts';
import type { Row } from './row.ts';
import { type LivingRow, Rows } from './rows.ts';

/** A time during which an expression held of one actor. */
export interface AskHit {
  /** The record after which it held first: its own, or the last one before a time at which a wait grew too long. */
  readonly seq: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** Until when; null where it holds at the tape's end. Equal to `at` where it held at one record only. */
  readonly until: number | null;
  readonly kind: ActorKind;
  readonly actor: string;
}

type Open = { -readonly [K in keyof AskHit]: AskHit[K] };

/**
 * Asks an expression of a tape, record by record. It is evaluated after each record over what that changed, and between two records at the
 * times at which something that grows passes what it is compared with: a wait is found though no record comes while it lasts. An
 * expression that names `event` is asked of each record and of what that belongs to.
 */
export class Asker {
  /** Those that are listed, in the order in which they began. */
  readonly hits: AskHit[] = [];
  /** All, with those beyond ASK_HITS_MAX. */
  count = 0;
  private readonly evaluation: Evaluation;
  private readonly rows: Rows | null;
  private readonly ofEvents: boolean;
  private readonly open = new Map<LivingRow, Open>();
  /** When a row has to be looked at again, though no record comes for it. */
  private readonly due = new Map<LivingRow, number>();
  private readonly states = new Map<string, string>();
  private latest = 0;
  private seq = 0;

  constructor(expression: Expression) {
    const subjects = subjectsOf(expression);
    this.evaluation = evaluation(expression);
    this.ofEvents = subjects.has('event');
    const kind = SUBJECTS.find((one) => subjects.has(one))!;
    this.rows = kind === 'event' ? null : new Rows(kind as Exclude<Subject, 'event'>, this.ofEvents);
  }

  /** Takes the next record. They must come in the order of their seq; a clock that goes back counts as standing still. */
  take(record: Envelope): void {
    const at = Math.max(this.latest, record.at);
    const { rows, ofEvents } = this;
    if (!ofEvents) this.pass(at);
    this.latest = at;
    this.seq = record.seq;
    if (!rows) this.takeEvent(record);
    else {
      const before = rows.stateOf(record.actor);
      for (const { living, hasEnded } of rows.take(record, at)) {
        if (ofEvents) {
          living.row.event = { record, before };
          if (this.evaluation.holds(living.row, at)) this.once(living.id, kindOf(living.row), at);
          living.row.event = null;
          continue;
        }
        this.look(living, at);
        if (hasEnded) this.end(living, at);
      }
    }
  }

  /** An expression over the records alone. */
  private takeEvent(record: Envelope): void {
    const { actor, kind, state } = record;
    const row: Row = {
      session: null,
      connection: null,
      query: null,
      actor: null,
      event: { record, before: this.states.get(actor) ?? null },
    };
    if (state !== null) this.states.set(actor, state);
    if (this.evaluation.holds(row, this.latest)) this.once(actor, kind, this.latest);
  }

  /** Looks at what grew while no record came, in the order of time. */
  private pass(to: number): void {
    for (;;) {
      let first: LivingRow | null = null;
      let at = to;
      // Before `to`: at `to` itself the record comes, and is looked at after it.
      for (const [living, due] of this.due)
        if (due < at) {
          at = due;
          first = living;
        }
      if (!first) return;
      this.look(first, at);
    }
  }

  private look(living: LivingRow, at: number): void {
    const { row } = living;
    const open = this.open.get(living);
    if (this.evaluation.holds(row, at)) {
      if (!open) this.open.set(living, this.begin(living.id, kindOf(row), at));
    } else if (open) {
      open.until = at;
      this.open.delete(living);
    }
    let next = Number.POSITIVE_INFINITY;
    for (const crossing of this.evaluation.crossings(row))
      if (crossing > at && crossing < next) next = crossing;
    if (next === Number.POSITIVE_INFINITY) this.due.delete(living);
    else this.due.set(living, next);
  }

  private end(living: LivingRow, at: number): void {
    const open = this.open.get(living);
    if (open) open.until = at;
    this.open.delete(living);
    this.due.delete(living);
  }

  private begin(actor: string, kind: ActorKind, at: number): Open {
    const hit: Open = { seq: this.seq, at, until: null, kind, actor };
    this.count++;
    if (this.hits.length < ASK_HITS_MAX) this.hits.push(hit);
    return hit;
  }

  private once(actor: string, kind: ActorKind, at: number): void {
    this.begin(actor, kind, at).until = at;
  }
}

function kindOf({ query, connection, session, actor }: Row): ActorKind {
  if (query) return 'query';
  if (connection) return 'connection';
  return session ? 'session' : actor!.kind;
}
