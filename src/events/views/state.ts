import type { Envelope } from '../envelope.ts';
import { ENDED_ACTORS_MAX, ENDED_QUERIES_MAX } from '../limits.ts';
import { upcast } from '../upcast.ts';
import { type ConnectionView, connectionEnded, foldConnection } from './connection-view.ts';
import { emptyMetrics, foldMetrics, type MetricsView } from './metrics-view.ts';
import { foldQuery, orphan, type QueryView } from './query-view.ts';
import { foldSession, type SessionView, sessionEnded } from './session-view.ts';
import type { TunnelView } from './tunnel-view.ts';

/**
 * Everything the tape says, folded. The server keeps one and hands it out; the page goes on folding from there with
 * the same code. Plain JSON. Ended queries, sessions and connections are kept up to a limit, oldest out first.
 */
export interface State {
  /** The last record folded; 0 before the first. */
  seq: number;
  readonly sessions: Record<string, SessionView>;
  readonly connections: Record<string, ConnectionView>;
  readonly queries: Record<string, QueryView>;
  readonly tunnels: Record<string, TunnelView>;
  readonly metrics: MetricsView;
  /** Ids in the order they ended. */
  readonly ended: { queries: string[]; sessions: string[]; connections: string[] };
}

/** Raised when the state's shape changes: checkpoints of another version are not used. */
export const STATE_VERSION = 7;

export function emptyState(): State {
  return {
    seq: 0,
    sessions: {},
    connections: {},
    queries: {},
    tunnels: {},
    metrics: emptyMetrics(),
    ended: { queries: [], sessions: [], connections: [] },
  };
}

/** Remembers that `id` ended and forgets the oldest beyond `max`. */
function end(ended: string[], id: string, from: Record<string, unknown>, max: number): void {
  ended.push(id);
  if (ended.length > max) delete from[ended.shift()!];
}

/**
 * Ends what was active below an actor that has ended: a whole process (`sessionId` null: a new start of the program), or one
 * session that gave up waiting for it.
 */
function orphanBelow(state: State, sessionId: string | null, at: number): void {
  for (const query of Object.values(state.queries)) {
    if (query.outcome !== null || (sessionId !== null && query.sessionId !== sessionId)) continue;
    const left = orphan(query, at);
    // A tape of an earlier version may hold a session that ended before its statements; the program had not.
    state.queries[query.queryId] = sessionId === null ? left : { ...left, orphaned: false };
    end(state.ended.queries, query.queryId, state.queries, ENDED_QUERIES_MAX);
  }
  for (const connection of Object.values(state.connections)) {
    if (connectionEnded(connection.state)) continue;
    if (sessionId !== null && connection.sessionId !== sessionId) continue;
    state.connections[connection.connectionId] = { ...connection, state: 'lost', endedAt: at };
    end(state.ended.connections, connection.connectionId, state.connections, ENDED_ACTORS_MAX);
  }
  if (sessionId !== null) return;
  for (const session of Object.values(state.sessions)) {
    if (sessionEnded(session.state)) continue;
    state.sessions[session.sessionId] = { ...session, state: 'offline', endedAt: at, orphaned: true };
    end(state.ended.sessions, session.sessionId, state.sessions, ENDED_ACTORS_MAX);
  }
}

/**
 * Folds one record into `state`, which it changes and returns: the accumulator is the caller's own, and copying a
 * thousand entries a record would make folding slower than reading the tape. The views in it are never changed in
 * place, so that two states can be compared by reference.
 */
export function apply(state: State, record: Envelope): State {
  const envelope = upcast(record);
  const { actor, at } = envelope;
  let before: QueryView | undefined;
  let after: QueryView | undefined;
  switch (envelope.kind) {
    case 'workspace':
      if (envelope.event.type === 'xstate.init') orphanBelow(state, null, at);
      break;
    case 'session': {
      const was = state.sessions[actor];
      const is = foldSession(was, envelope);
      if (is) state.sessions[actor] = is;
      if (is && sessionEnded(is.state) && !(was && sessionEnded(was.state))) {
        orphanBelow(state, actor, at);
        end(state.ended.sessions, actor, state.sessions, ENDED_ACTORS_MAX);
      }
      break;
    }
    case 'connection': {
      const was = state.connections[actor];
      const is = foldConnection(was, envelope);
      if (is) state.connections[actor] = is;
      if (is && connectionEnded(is.state) && !(was && connectionEnded(was.state)))
        end(state.ended.connections, actor, state.connections, ENDED_ACTORS_MAX);
      break;
    }
    case 'query':
      before = state.queries[actor];
      after = foldQuery(before, envelope);
      if (after) state.queries[actor] = after;
      if (after?.outcome && !before?.outcome)
        end(state.ended.queries, actor, state.queries, ENDED_QUERIES_MAX);
      break;
    default:
      break;
  }
  foldMetrics(state.metrics, envelope, before, after);
  state.seq = envelope.seq;
  return state;
}

/** Folds a whole run of records from nothing. */
export function fold(envelopes: Iterable<Envelope>): State {
  const state = emptyState();
  for (const envelope of envelopes) apply(state, envelope);
  return state;
}
