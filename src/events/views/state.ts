import type { Envelope } from '../envelope.ts';
import { ENDED_ACTORS_MAX, ENDED_QUERIES_MAX, ORPHANS_MAX } from '../limits.ts';
import { type ReadEnvelope, upcast } from '../upcast.ts';
import { type ConnectionView, connectionEnded, foldConnection } from './connection-view.ts';
import { emptyMetrics, foldMetrics, type MetricsView } from './metrics-view.ts';
import { foldOrphan, type OrphanView, orphanAtStart, orphanOf } from './orphan-view.ts';
import { foldQuery, orphan, type QueryView } from './query-view.ts';
import { foldSession, type SessionView, sessionEnded } from './session-view.ts';
import { foldTunnel, type TunnelProcess, type TunnelView, tunnelEnded } from './tunnel-view.ts';

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
  /** How many statements each script has that is under way: those behind the first hundred have no actor yet. */
  scripts: Record<string, number>;
  /** What earlier runs left behind on servers, until it is known to be gone or the user dismisses it. Oldest first. */
  readonly orphans: Record<string, OrphanView>;
  readonly metrics: MetricsView;
  /** Ids in the order they ended. */
  readonly ended: { queries: string[]; sessions: string[]; connections: string[]; tunnels: string[] };
}

/** Raised when the state's shape changes: checkpoints of another version are not used. */
export const STATE_VERSION = 14;

export function emptyState(): State {
  return {
    seq: 0,
    sessions: {},
    connections: {},
    queries: {},
    tunnels: {},
    scripts: {},
    orphans: {},
    metrics: emptyMetrics(),
    ended: { queries: [], sessions: [], connections: [], tunnels: [] },
  };
}

/** Remembers that `id` ended and forgets the oldest beyond `max`. */
function end(ended: string[], id: string, from: Record<string, unknown>, max: number): void {
  ended.push(id);
  if (ended.length > max) delete from[ended.shift()!];
}

/** Lists what a connection of an earlier run left on its server, and forgets the oldest of too many. */
function leaveBehind(
  { orphans, sessions, scripts }: State,
  connection: ConnectionView,
  inFlight: readonly QueryView[],
  at: number,
): void {
  const left = orphanOf(connection, sessions[connection.sessionId], inFlight, scripts, at);
  if (!left) return;
  orphans[left.orphanId] = left;
  const ids = Object.keys(orphans);
  if (ids.length > ORPHANS_MAX) delete orphans[ids[0]!];
}

/**
 * What the program left behind whose tape this is, where no program goes on with it: as the next start would list it, but each with
 * the last answer of its server. Ends what is active in `state`, which it changes.
 *
 * @param at when that is, in milliseconds since 1970 UTC
 */
export function leftBehind(state: State, at: number): readonly OrphanView[] {
  orphanBelow(state, null, at);
  return Object.values(state.orphans).filter((orphan) => orphanAtStart(orphan) !== null);
}

/** Answers of an earlier run that are the last word are not listed again. */
function startOrphansAgain({ orphans }: State): void {
  for (const [id, orphan] of Object.entries(orphans)) {
    const next = orphanAtStart(orphan);
    if (next) orphans[id] = next;
    else delete orphans[id];
  }
}

/** One more record of an actor that looks for an orphan. */
function followOrphan({ orphans }: State, envelope: ReadEnvelope): void {
  const { actor, event } = envelope;
  const found =
    event.type === 'xstate.init' && 'orphanId' in event.input
      ? orphans[event.input.orphanId]
      : Object.values(orphans).find(({ actorId }) => actorId === actor);
  if (found) orphans[found.orphanId] = foldOrphan(found, envelope);
}

/** One more record of a script. */
function followScript({ scripts }: State, { actor, event, state }: ReadEnvelope): void {
  if (event.type === 'xstate.init' && 'statements' in event.input) scripts[actor] = event.input.statements;
  if (state === 'ended') delete scripts[actor];
}

/** One more record of a tunnel, or of a process that one has left behind. */
function followTunnel(state: State, envelope: ReadEnvelope): void {
  if (envelope.event.type === 'process.reaped') forgetProcess(state, envelope.event);
  if (envelope.kind !== 'tunnel') return;
  const was = state.tunnels[envelope.actor];
  const is = foldTunnel(was, envelope);
  if (!is) return;
  state.tunnels[is.tunnelId] = is;
  if (tunnelEnded(is.state) && !(was && tunnelEnded(was.state)))
    end(state.ended.tunnels, is.tunnelId, state.tunnels, ENDED_ACTORS_MAX);
}

/** A process that a tunnel of an earlier run left is ended, or is none of ours. */
function forgetProcess({ tunnels }: State, { pid, startTime }: TunnelProcess): void {
  for (const tunnel of Object.values(tunnels)) {
    const processes = tunnel.processes.filter((one) => one.pid !== pid || one.startTime !== startTime);
    if (processes.length < tunnel.processes.length) tunnels[tunnel.tunnelId] = { ...tunnel, processes };
  }
}

/**
 * Ends what was active below an actor that has ended: a whole process (`sessionId` null: a new start of the program), or one
 * session that gave up waiting for it.
 */
function orphanBelow(state: State, sessionId: string | null, at: number): void {
  const inFlight: QueryView[] = [];
  for (const query of Object.values(state.queries)) {
    if (query.outcome !== null || (sessionId !== null && query.sessionId !== sessionId)) continue;
    const left = orphan(query, at);
    // A tape of an earlier version may hold a session that ended before its statements; the program had not.
    state.queries[query.queryId] = sessionId === null ? left : { ...left, orphaned: false };
    inFlight.push(left);
    end(state.ended.queries, query.queryId, state.queries, ENDED_QUERIES_MAX);
  }
  for (const connection of Object.values(state.connections)) {
    if (connectionEnded(connection.state)) continue;
    if (sessionId !== null && connection.sessionId !== sessionId) continue;
    if (sessionId === null) leaveBehind(state, connection, inFlight, at);
    state.connections[connection.connectionId] = { ...connection, state: 'lost', endedAt: at };
    end(state.ended.connections, connection.connectionId, state.connections, ENDED_ACTORS_MAX);
  }
  if (sessionId !== null) return;
  state.scripts = {};
  for (const tunnel of Object.values(state.tunnels)) {
    if (tunnelEnded(tunnel.state)) continue;
    // Its processes are listed until the start has ended them.
    state.tunnels[tunnel.tunnelId] = { ...tunnel, state: 'closed', since: at, promptId: null, endedAt: at };
    end(state.ended.tunnels, tunnel.tunnelId, state.tunnels, ENDED_ACTORS_MAX);
  }
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
  let sessionBefore: SessionView | undefined;
  let tunnelBefore: TunnelView | undefined;
  let sessionId: string | undefined;
  switch (envelope.kind) {
    case 'workspace':
      if (envelope.event.type === 'xstate.init') {
        startOrphansAgain(state);
        orphanBelow(state, null, at);
      }
      if (envelope.event.type === 'orphan.dismiss') delete state.orphans[envelope.event.orphanId];
      break;
    case 'orphan':
      followOrphan(state, envelope);
      break;
    case 'session': {
      const was = state.sessions[actor];
      const is = foldSession(was, envelope);
      sessionBefore = was;
      sessionId = actor;
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
      sessionId = is?.sessionId;
      if (is && connectionEnded(is.state) && !(was && connectionEnded(was.state)))
        end(state.ended.connections, actor, state.connections, ENDED_ACTORS_MAX);
      break;
    }
    case 'tunnel':
      tunnelBefore = state.tunnels[actor];
      followTunnel(state, envelope);
      sessionId = state.tunnels[actor]?.sessionId ?? undefined;
      break;
    case 'tape':
      followTunnel(state, envelope);
      break;
    case 'script':
      followScript(state, envelope);
      break;
    case 'query':
      before = state.queries[actor];
      after = foldQuery(before, envelope, state.scripts);
      if (after) state.queries[actor] = after;
      sessionId = after?.sessionId;
      if (after?.outcome && !before?.outcome)
        end(state.ended.queries, actor, state.queries, ENDED_QUERIES_MAX);
      break;
    default:
      break;
  }
  const session = sessionId === undefined ? undefined : state.sessions[sessionId];
  const context = { queryBefore: before, queryAfter: after, sessionBefore, tunnelBefore, session };
  foldMetrics(state.metrics, envelope, context);
  state.seq = envelope.seq;
  return state;
}

/** Folds a whole run of records from nothing. */
export function fold(envelopes: Iterable<Envelope>): State {
  const state = emptyState();
  for (const envelope of envelopes) apply(state, envelope);
  return state;
}
