import type { ConnectionView } from '../../events/views/connection-view.ts';
import { connectionEnded } from '../../events/views/connection-view.ts';
import { type SessionView, sessionLeft } from '../../events/views/session-view.ts';
import type { State } from '../../events/views/state.ts';

/**
 * The session that each profile's tabs run in, by profile id: the one that they were in before until it closes, else the oldest that does
 * not, else the latest. Those of scripts come and go with them, and are not among these. The same map as before where none changed.
 */
export function currentSessions(
  sessions: State['sessions'],
  before: ReadonlyMap<string, SessionView>,
): ReadonlyMap<string, SessionView> {
  const current = new Map<string, SessionView>();
  for (const session of Object.values(sessions)) {
    const { profileId, leased } = session;
    if (leased) continue;
    const known = current.get(profileId);
    if (!known || precedes(session, known, before.get(profileId)?.sessionId)) current.set(profileId, session);
  }
  const same =
    current.size === before.size && [...current].every(([id, session]) => before.get(id) === session);
  return same ? before : current;
}

/** Whether tabs that were in the session `shown` run in one session rather than in another of the same profile. */
function precedes(one: SessionView, other: SessionView, shown: string | undefined): boolean {
  const isLeft = sessionLeft(one.state);
  if (isLeft !== sessionLeft(other.state)) return !isLeft;
  if (isLeft) return other.openedAt <= one.openedAt;
  return one.sessionId === shown || (other.sessionId !== shown && one.openedAt < other.openedAt);
}

/** The connection a tab speaks of: its own, else that of its session. */
export function connectionOf(
  connections: State['connections'],
  tabId: string | undefined,
  sessionId: string | undefined,
): ConnectionView | undefined {
  const active = Object.values(connections).filter(
    (one) => one.sessionId === sessionId && !connectionEnded(one.state),
  );
  const own = active.find((one) => one.tabId !== null && one.tabId === tabId);
  return own ?? active.find(({ purpose }) => purpose === 'catalogue');
}

/** The sessions that have a connection, by id. */
export function connectedSessions(connections: State['connections']): readonly string[] {
  const active = Object.values(connections).filter(({ state }) => !connectionEnded(state));
  return [...new Set(active.map(({ sessionId }) => sessionId))];
}

/** The connection that each tab has of its own, by tab. */
export function tabConnections(connections: State['connections']): ReadonlyMap<string, ConnectionView> {
  const own = new Map<string, ConnectionView>();
  for (const one of Object.values(connections)) {
    if (one.tabId === null || connectionEnded(one.state) || one.state === 'closing') continue;
    const known = own.get(one.tabId);
    if (!known || known.openedAt <= one.openedAt) own.set(one.tabId, one);
  }
  return own;
}

/** The queries and connections of a tab. */
export function actorsOf({ queries, connections }: State, tabId: string | undefined): ReadonlySet<string> {
  const actors = new Set<string>();
  if (tabId === undefined) return actors;
  for (const { queryId, tabId: of } of Object.values(queries)) if (of === tabId) actors.add(queryId);
  for (const { connectionId, tabId: of } of Object.values(connections))
    if (of === tabId) actors.add(connectionId);
  return actors;
}
