/** A connection of a session, as its scheduler sees it. */
interface ScheduledConnection {
  /** The tab that owns it; null for the session's own. */
  readonly tabId: string | null;
  readonly isOpen: boolean;
  /** The query that it is leased to; null while it is free. */
  readonly leasedTo: string | null;
}

/** A query of a session that has not ended, as its scheduler sees it. */
export interface ScheduledQuery {
  readonly connectionId: string;
  readonly needsSlot: boolean;
}

/** Who has what in a session, and who waits for it. */
export interface Schedule {
  readonly connections: Readonly<Record<string, ScheduledConnection>>;
  readonly queries: Readonly<Record<string, ScheduledQuery>>;
  /** Queries that wait for their connection, first come first. */
  readonly waitingForLease: readonly string[];
  /** Queries that have a slot. */
  readonly slots: readonly string[];
  /** Queries that have their connection and wait for a slot, first come first. */
  readonly waitingForSlot: readonly string[];
  /** How many slots there are, as the last statement brought it. */
  readonly concurrentQueriesMax: number;
}

/** The part of a schedule that a grant changes. */
type Granted = Pick<Schedule, 'connections' | 'waitingForLease' | 'slots' | 'waitingForSlot'>;

/** What is granted to a query now: a slot that it has waited for, or its connection, with a slot where one is free. */
export type Grant =
  | { readonly grant: 'slot'; readonly queryId: string }
  | {
      readonly grant: 'lease';
      readonly queryId: string;
      readonly connectionId: string;
      readonly withSlot: boolean;
    };

/** Whether a slot is free that no query waits for. */
export function hasFreeSlot({ slots, waitingForSlot, concurrentQueriesMax }: Schedule): boolean {
  return waitingForSlot.length === 0 && slots.length < concurrentQueriesMax;
}

/** Whether a query that comes now for a connection has it at once: it is open and free, and none waits for it. */
export function isFreeNow(
  { connections, queries, waitingForLease }: Schedule,
  connectionId: string,
): boolean {
  const connection = connections[connectionId];
  if (!connection?.isOpen || connection.leasedTo !== null) return false;
  return waitingForLease.every((queryId) => queries[queryId]?.connectionId !== connectionId);
}

/**
 * Grants what can be granted: slots to those that wait for one, in their order, then each free connection to the query that has
 * waited for it longest. Pure.
 */
export function grant(schedule: Schedule): { readonly granted: Granted; readonly grants: readonly Grant[] } {
  const { queries, concurrentQueriesMax } = schedule;
  const grants: Grant[] = [];
  const room = Math.max(0, concurrentQueriesMax - schedule.slots.length);
  const slots = [...schedule.slots, ...schedule.waitingForSlot.slice(0, room)];
  for (const queryId of schedule.waitingForSlot.slice(0, room)) grants.push({ grant: 'slot', queryId });
  const waitingForSlot = schedule.waitingForSlot.slice(room);
  const connections = { ...schedule.connections };
  const waitingForLease = schedule.waitingForLease.filter((queryId) => {
    const { connectionId, needsSlot } = queries[queryId]!;
    const connection = connections[connectionId];
    // Invariant I5.
    if (!connection?.isOpen || connection.leasedTo !== null) return true;
    const withSlot = needsSlot && waitingForSlot.length === 0 && slots.length < concurrentQueriesMax;
    if (withSlot) slots.push(queryId);
    connections[connectionId] = { ...connection, leasedTo: queryId };
    grants.push({ grant: 'lease', queryId, connectionId, withSlot });
    return false;
  });
  return { granted: { connections, waitingForLease, slots, waitingForSlot }, grants };
}
