import type { ServerSummary } from '../events/connection.ts';
import type { QuerySubmit } from '../events/query.ts';
import type { Of } from '../events/schema.ts';
import type { SessionInput } from '../events/session.ts';
import { needsSlot } from './query-setup.ts';
import type { Schedule, ScheduledQuery } from './schedule.ts';

/** A tab with an actor, as its session sees it. */
interface SessionTab {
  readonly tabId: string;
  /** Its connection; null while it has none. */
  readonly connectionId: string | null;
  /** It was closed, and is forgotten once its statements and its connection have ended. */
  readonly isRetired: boolean;
}

/** What a session remembers: its tabs, its active connections, queries and scripts, and who waits for what. */
export interface SessionContext extends SessionInput, Schedule {
  /** Connections made so far; the next one's id is counted on from it, so that replay makes the same ids. */
  readonly made: number;
  /** The connection for catalogue and table browsing; null while there is none. */
  readonly catalogueId: string | null;
  /** Whether anything was read on it since it was made again; the first one counts as used. */
  readonly catalogueUsed: boolean;
  /** Tabs made so far, from which the next one's actor is named. */
  readonly tabsMade: number;
  /** By the id of their actor. */
  readonly tabs: Readonly<Record<string, SessionTab>>;
  readonly queries: Readonly<Record<string, SessionQuery>>;
  /** Scripts of several statements that have not all ended. */
  readonly scripts: readonly string[];
  /** Who answers and what it can do; null before it was reached. */
  readonly server: ServerSummary | null;
  /** Its tunnel; null while it has none. */
  readonly tunnelId: string | null;
  /** Tunnels made so far, from which the next one is named. */
  readonly tunnelsMade: number;
  /** Attempts since the connection was lost. */
  readonly attempts: number;
}

/** A query of a session that has not ended. */
interface SessionQuery extends ScheduledQuery {
  readonly scriptId: string;
  readonly scriptIndex: number;
  /** The actor of the tab whose idle transaction it rolls back; null for any other query. */
  readonly rollsBack: string | null;
}

/** What a session remembers of a query. */
export function sessionQuery(
  { scriptId, scriptIndex, purpose }: Of<typeof QuerySubmit>['input'],
  connectionId: string,
  rollsBack: string | null = null,
): SessionQuery {
  return { connectionId, scriptId, scriptIndex, rollsBack, needsSlot: needsSlot(purpose) };
}

/** What a query is given of its session. */
export function ofSession({ profileId, engine, environment, readOnly }: SessionContext) {
  return { profileId, engine, environment, readOnly };
}

/** A copy without one entry. */
export function without<T>(entries: Readonly<Record<string, T>>, id: string): Record<string, T> {
  const { [id]: _, ...rest } = entries;
  return rest;
}

/** The actor of a tab that is not retired, or null. */
export function tabActor({ tabs }: Pick<SessionContext, 'tabs'>, tabId: string): string | null {
  return Object.keys(tabs).find((id) => tabs[id]!.tabId === tabId && !tabs[id]!.isRetired) ?? null;
}

/** The actor of the tab that owns a connection; null for the session's own. */
export function ownerOf({ tabs }: SessionContext, connectionId: string): string | null {
  return Object.keys(tabs).find((id) => tabs[id]!.connectionId === connectionId) ?? null;
}

/** The connection that a tab has, or the session's own for the catalogue; null while there is none. */
export function connectionFor(
  context: Pick<SessionContext, 'tabs' | 'catalogueId'>,
  tabId: string | null,
): string | null {
  if (tabId === null) return context.catalogueId;
  const actorId = tabActor(context, tabId);
  return actorId === null ? null : context.tabs[actorId]!.connectionId;
}

/** The next connection, for a tab or for the session itself (null). */
export function nextConnection({ sessionId, made, connections }: SessionContext, tabId: string | null) {
  const connectionId = `${sessionId}.c${made + 1}`;
  const added = { [connectionId]: { tabId, isOpen: false, leasedTo: null } };
  return { connectionId, changes: { made: made + 1, connections: { ...connections, ...added } } };
}

/** The connections, one of them leased to a query. */
export function leased(
  connections: SessionContext['connections'],
  connectionId: string,
  queryId: string,
): SessionContext['connections'] {
  return { ...connections, [connectionId]: { ...connections[connectionId]!, leasedTo: queryId } };
}

/** Whether a connection has no active query but perhaps one. */
export function isFree({ queries }: SessionContext, connectionId: string, butFor?: string): boolean {
  return Object.keys(queries).every((id) => id === butFor || queries[id]!.connectionId !== connectionId);
}
