import { actorEnded } from '../actor-end.ts';
import type { Envelope } from '../envelope.ts';
import { connectionEnded } from '../views/connection-view.ts';
import { sessionEnded } from '../views/session-view.ts';
import { apply, emptyState, type State } from '../views/state.ts';
import type { Subject } from './fields.ts';
import type { Life, Member, Row } from './row.ts';

/** A row that lives: what it is of, and what it is. */
export interface LivingRow {
  readonly id: string;
  readonly row: Row;
}

/** A row that a record can have changed, and whether it ended with it. */
interface TouchedRow {
  readonly living: LivingRow;
  readonly hasEnded: boolean;
}

/**
 * What an expression is evaluated over, as a tape is folded: a row for each living actor of the kind that the expression is about, with
 * the connection and the session that it belongs to. An actor that the tape has no beginning of has none.
 */
export class Rows {
  private readonly state: State = emptyState();
  private readonly lives = new Map<string, Life>();
  private readonly living = new Map<string, LivingRow>();

  /**
   * @param kind what a row is of, the most specific subject of the expression
   * @param withEnded whether one that has ended is a row again where a record comes for it
   */
  constructor(
    private readonly kind: Exclude<Subject, 'event'>,
    private readonly withEnded: boolean,
  ) {}

  /** All that live. */
  all(): Iterable<LivingRow> {
    return this.living.values();
  }

  /** The state that an actor is in; null where it is not there. */
  stateOf(actor: string): string | null {
    return this.lives.get(actor)?.state ?? null;
  }

  /** Folds a record, and gives the rows that it can have changed: its actor's, and those that belong to it. */
  take(record: Envelope, at: number): TouchedRow[] {
    const isRestart = record.kind === 'workspace' && record.event.type === 'xstate.init';
    const before = isRestart ? [...this.living.values()] : [];
    const canBegin = this.withEnded || !this.hadEnded(record.actor);
    if (isRestart) {
      this.lives.clear();
      // Of the actors themselves nothing is left; what the views say of theirs is read below.
      if (this.kind === 'actor') this.living.clear();
    }
    this.live(record, at);
    apply(this.state, record);
    if (canBegin) this.begin(record.actor);
    const touched =
      before.length > 0 ? new Set([...before, ...this.of(record.actor)]) : this.of(record.actor);
    return Array.from(touched, (living) => {
      this.refresh(living.row);
      const hasEnded = this.living.get(living.id) !== living || this.hasEnded(living.row);
      if (hasEnded && this.living.get(living.id) === living) this.living.delete(living.id);
      return { living, hasEnded };
    });
  }

  private of(actor: string): LivingRow[] {
    const own = this.living.get(actor);
    if (own && (this.kind === 'query' || this.kind === 'actor')) return [own];
    if (this.kind === 'actor') return [];
    return [...this.living.values()].filter(({ row }) => isPartOf(row, actor));
  }

  private hadEnded(actor: string): boolean {
    const { kind, state } = this;
    if (kind === 'query') return (state.queries[actor]?.outcome ?? null) !== null;
    if (kind === 'connection') return connectionEnded(state.connections[actor]?.state ?? '');
    if (kind === 'session') return sessionEnded(state.sessions[actor]?.state ?? '');
    return actorEnded(this.stateOf(actor) ?? '');
  }

  private hasEnded({ query, connection, session, actor }: Row): boolean {
    if (this.kind === 'query') return query!.view.outcome !== null;
    if (this.kind === 'connection') return connectionEnded(connection!.view.state);
    if (this.kind === 'session') return sessionEnded(session!.view.state);
    return actorEnded(actor!.state);
  }

  private live({ actor, kind, machine, state, event }: Envelope, at: number): void {
    const life = this.lives.get(actor);
    if (!life) {
      if (state !== null && event.type === 'xstate.init')
        this.lives.set(actor, { id: actor, kind, machine, state, createdAt: at, stateAt: at, lastAt: at });
      return;
    }
    life.lastAt = at;
    if (state === null || state === life.state) return;
    life.state = state;
    life.stateAt = at;
  }

  private begin(actor: string): void {
    const { lives, state, kind, living } = this;
    const life = lives.get(actor);
    if (!life || living.has(actor)) return;
    const row: Row = { session: null, connection: null, query: null, actor: null, event: null };
    if (kind === 'actor') row.actor = life;
    else if (kind === 'query') row.query = member(state.queries[actor], life);
    else if (kind === 'connection') row.connection = member(state.connections[actor], life);
    else row.session = member(state.sessions[actor], life);
    if (row[kind]) living.set(actor, { id: actor, row });
  }

  /** Puts the views as they are now into a row. What is not there any more stays as it was. */
  private refresh(row: Row): void {
    const { state, lives } = this;
    if (row.query) row.query = member(state.queries[row.query.view.queryId], row.query.life) ?? row.query;
    const connectionId = row.connection?.view.connectionId ?? row.query?.view.connectionId;
    if (connectionId !== undefined) {
      const life = lives.get(connectionId) ?? row.connection?.life;
      row.connection = member(state.connections[connectionId], life) ?? row.connection;
    }
    const own = row.query ?? row.connection ?? row.session;
    if (!own) return;
    const { sessionId } = own.view;
    row.session = member(state.sessions[sessionId], lives.get(sessionId) ?? row.session?.life) ?? row.session;
  }
}

function isPartOf({ query, connection, session }: Row, id: string): boolean {
  return query?.view.queryId === id || connection?.view.connectionId === id || session?.view.sessionId === id;
}

function member<View>(view: View | undefined, life: Life | undefined): Member<View> | null {
  return view !== undefined && life !== undefined ? { view, life } : null;
}
