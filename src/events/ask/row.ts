import type { ActorKind, Envelope } from '../envelope.ts';
import type { ConnectionView } from '../views/connection-view.ts';
import type { QueryView } from '../views/query-view.ts';
import type { SessionView } from '../views/session-view.ts';

/** An actor of any kind as the tape has it: its state, and since when. Times are milliseconds since 1970 UTC. */
export interface Life {
  readonly id: string;
  readonly kind: ActorKind;
  readonly machine: string | null;
  state: string;
  readonly createdAt: number;
  /** When it entered that state. */
  stateAt: number;
  /** When its last event came. */
  lastAt: number;
}

/** An actor with a view of its own. */
export interface Member<View> {
  readonly view: View;
  readonly life: Life;
}

/** A record, and the state that its actor was in before it. */
interface EventMember {
  readonly record: Envelope;
  readonly before: string | null;
}

/** What an expression is evaluated over: one statement with its connection and its session, one actor, one record. */
export interface Row {
  session: Member<SessionView> | null;
  connection: Member<ConnectionView> | null;
  query: Member<QueryView> | null;
  actor: Life | null;
  event: EventMember | null;
}
