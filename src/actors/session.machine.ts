import { assign, enqueueActions, setup } from 'xstate';
import type { ConnectionEvent, ServerSummary } from '../events/connection.ts';
import { signInRefused } from '../events/failure.ts';
import {
  type QueryEnded,
  type QueryInput,
  type QuerySlotRequested,
  type QuerySlotReturned,
  type QuerySubmit,
  stopsScript,
} from '../events/query.ts';
import type { Of } from '../events/schema.ts';
import type {
  SessionClose,
  SessionFact,
  SessionInput,
  SessionReconnect,
  TabClose,
  TransactionLossSeen,
} from '../events/session.ts';
import { type LostState, stateLoss } from '../events/session-state.ts';
import type { StateKind } from '../events/state-kind.ts';
import type { WorkspaceEvent } from '../events/workspace.ts';
import { connectionMachine } from './connection.machine.ts';
import {
  RECONNECT_ATTEMPTS_MAX,
  RECONNECT_BACKOFF_MAX_MS,
  RECONNECT_BACKOFF_MIN_MS,
  SESSION_CLOSE_TIMEOUT_MS,
} from './limits.ts';
import { needsSlot, type QueryEvent, queryMachine } from './query.machine.ts';
import { grant, hasFreeSlot, isFreeNow, type Schedule, type ScheduledQuery } from './schedule.ts';
import { tell } from './tell.ts';

/** What a session receives. */
export type SessionEvent =
  | SessionFact
  | Of<typeof SessionClose>
  | Of<typeof SessionReconnect>
  | Of<typeof TabClose>
  | Of<typeof TransactionLossSeen>
  | Of<typeof QuerySubmit>
  | Of<typeof QuerySlotRequested>
  | Of<typeof QuerySlotReturned>
  | Of<typeof QueryEnded>;

/** What a session remembers: its active connections and queries, who waits for what, and what its tabs have lost. */
export interface SessionContext extends SessionInput, Schedule {
  /** Connections made so far; the next one's id is counted on from it, so that replay makes the same ids. */
  readonly made: number;
  /** The connection for catalogue and table browsing; null while there is none. */
  readonly catalogueId: string | null;
  /** Whether anything was read on it since it was made again; the first one counts as used. */
  readonly catalogueUsed: boolean;
  readonly queries: Readonly<Record<string, SessionQuery>>;
  /** Scripts with active queries that were stopped, each with the `scriptIndex` of the first statement that was. */
  readonly stoppedScripts: Readonly<Record<string, number>>;
  /** Statements that are yet to come, of scripts that are submitted bit by bit. The session does not end before them. */
  readonly unsubmitted: Readonly<Record<string, number>>;
  /** Connections to be closed once their queries have ended. */
  readonly retiring: readonly string[];
  /** Tabs whose transaction was lost, until the user has acknowledged it. Until then such a tab runs nothing. */
  readonly interrupted: readonly string[];
  /** Those of them whose transaction was idle for too long, with the query that rolls it back; null once it has. */
  readonly idleRollbacks: Readonly<Record<string, string | null>>;
  /** What a tab's lost connection held and its next one is given again before anything else is sent on it. */
  readonly restores: Readonly<Record<string, readonly StateKind[]>>;
  /** What an interrupted tab's connection held and nothing gives back. */
  readonly lostState: Readonly<Record<string, LostState>>;
  /** Who answers and what it can do; null before it was reached. */
  readonly server: ServerSummary | null;
  /** Attempts since the connection was lost. */
  readonly attempts: number;
}

/** A statement of a script that was stopped before it was submitted: it gets its end in whatever state the session is. */
const LEFT_OUT = { guard: 'isLeftOut', actions: 'leaveOut' } as const;
/** A connection can be leased from now on. */
const OPENED = { actions: ['openConnection', 'schedule'] } as const;
/** Its loss is reported to its queries, and it is forgotten. */
const LOST = { actions: ['reportLossToQueries', 'forgetConnection'] } as const;

interface SessionQuery extends ScheduledQuery {
  readonly scriptId: string;
  readonly scriptIndex: number;
  readonly goOnAfterError: boolean;
}

/** What a session remembers of a query. */
function sessionQuery(
  { scriptId, scriptIndex, goOnAfterError, purpose }: Of<typeof QuerySubmit>['input'],
  connectionId: string,
): SessionQuery {
  return { connectionId, scriptId, scriptIndex, goOnAfterError, needsSlot: needsSlot(purpose) };
}

/** What a query is given of its session. */
function ofSession({ profileId, engine, environment, readOnly }: SessionContext) {
  return { profileId, engine, environment, readOnly };
}

/** A copy without one entry. */
function without<T>(entries: Readonly<Record<string, T>>, id: string): Record<string, T> {
  const { [id]: _, ...rest } = entries;
  return rest;
}

/** What is yet to come once a statement has been submitted. */
function unsubmittedAfter(
  { unsubmitted }: SessionContext,
  { input: { scriptId }, scriptStatements }: Of<typeof QuerySubmit>,
): Pick<SessionContext, 'unsubmitted'> {
  const rest = (scriptStatements ?? unsubmitted[scriptId] ?? 1) - 1;
  if (rest > 0) return { unsubmitted: { ...unsubmitted, [scriptId]: rest } };
  return { unsubmitted: scriptId in unsubmitted ? without(unsubmitted, scriptId) : unsubmitted };
}

/** The connection that a query's tab has, or the session's own for the catalogue. */
function connectionFor(context: SessionContext, tabId: string | null): string | null {
  if (tabId === null) return context.catalogueId;
  const ids = Object.keys(context.connections);
  return ids.find((id) => context.connections[id]!.tabId === tabId && !context.retiring.includes(id)) ?? null;
}

/** The tab whose unused transaction a query rolls back, or null. */
function rolledBackTab({ idleRollbacks }: SessionContext, queryId: string): string | null {
  return Object.keys(idleRollbacks).find((tabId) => idleRollbacks[tabId] === queryId) ?? null;
}

/** What a new connection of a tab is given again. */
function restoring({ restores }: SessionContext, tabId: string | null): { restores?: StateKind[] } {
  const kinds = tabId === null ? undefined : restores[tabId];
  return kinds ? { restores: [...kinds] } : {};
}

/**
 * What becomes of a tab whose connection was lost. What can be set again is, by the next connection; anything else stops the tab
 * until the user has acknowledged it, as does a connection on which it could not be set again.
 * Invariant I10.
 */
function stateLost(
  { interrupted, restores, lostState }: SessionContext,
  { held = [], transaction, failure }: SessionFact & { type: 'session.connectionLost' },
  tabId: string,
): Partial<SessionContext> {
  const loss = stateLoss(held, transaction, failure.code);
  return {
    restores: loss.restores.length > 0 ? { ...restores, [tabId]: loss.restores } : without(restores, tabId),
    lostState: loss.state ? { ...lostState, [tabId]: loss.state } : lostState,
    interrupted: loss.stops && !interrupted.includes(tabId) ? [...interrupted, tabId] : interrupted,
  };
}

/** The next connection, for a tab or for the session itself (null). */
function newConnection(context: SessionContext, tabId: string | null) {
  const { sessionId, profileId, engine, connectTimeoutMs, readOnly, made, connections } = context;
  const connectionId = `${sessionId}.c${made + 1}`;
  const purpose = tabId === null ? ('catalogue' as const) : ('tab' as const);
  return {
    connectionId,
    changes: {
      made: made + 1,
      connections: { ...connections, [connectionId]: { tabId, isOpen: false, leasedTo: null } },
      catalogueId: tabId === null ? connectionId : context.catalogueId,
    },
    input: {
      connectionId,
      sessionId,
      profileId,
      engine,
      purpose,
      tabId,
      connectTimeoutMs,
      readOnly,
      ...restoring(context, tabId),
    },
  };
}

/** The connections, one of them leased to a query. */
function leased(
  connections: SessionContext['connections'],
  connectionId: string,
  queryId: string,
): SessionContext['connections'] {
  return { ...connections, [connectionId]: { ...connections[connectionId]!, leasedTo: queryId } };
}

/** Whether a connection has no active query. */
function isFree(context: SessionContext, connectionId: string): boolean {
  return !Object.values(context.queries).some((query) => query.connectionId === connectionId);
}

/**
 * A session is a profile that is open: it owns the connections and the queries on them, and is the only scheduler.
 *
 *   opening.connecting → open: connected ⇄ reconnecting (waiting ⇄ connecting) → disconnected
 *        │                │         └──────────── session.reconnect ───────────────┘
 *        ↓                ↓ session.close
 *      failed         closing (cancelling → disconnecting) → offline
 *
 * The states of `open` are those of the catalogue's connection alone: tabs run their statements in each of them. It is disconnected
 * after RECONNECT_ATTEMPTS_MAX, and at once where the server refuses the sign-in, as repeating that could lock the account. Each
 * editor tab gets a connection of its own at its first statement; a lost one is replaced at its next statement.
 *
 * A query is granted its connection (a lease) when that is free, in the order in which the queries came; it runs in a slot of the
 * session, of which there are as many as the policy allows. Both end with the query, however that ends. A close waits for every
 * statement's end, and abandons those that have none by CLOSE_LIMIT, so that each has one on the tape. Nothing is ever run again by
 * itself.
 */
export const sessionMachine = setup({
  types: {} as { context: SessionContext; events: SessionEvent; input: SessionInput; tags: 'ended' },
  actors: { connection: connectionMachine, query: queryMachine },
  actions: {
    openCatalogueConnection: enqueueActions(({ enqueue, context }) => {
      const { connectionId, changes, input } = newConnection(context, null);
      enqueue.assign({ ...changes, catalogueUsed: context.made === 0 });
      enqueue.spawnChild('connection', { id: connectionId, systemId: connectionId, input });
    }),
    leaveOut: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'query.submit') return;
      const { input } = event;
      const { queryId } = input;
      // It ends before any connection is asked for, so it may name one that is closed.
      const connectionId = connectionFor(context, input.tabId) ?? `${context.sessionId}.c${context.made}`;
      enqueue.assign({
        ...unsubmittedAfter(context, event),
        queries: { ...context.queries, [queryId]: sessionQuery(input, connectionId) },
      });
      const full: QueryInput = { ...input, ...ofSession(context), connectionId };
      enqueue.spawnChild('query', { id: queryId, systemId: queryId, input: full });
      enqueue.sendTo(queryId, { type: 'query.cancel', reason: 'scriptStopped' });
    }),
    submit: enqueueActions((args) => {
      const { enqueue, context, event } = args;
      if (event.type !== 'query.submit') return;
      const { input, idleRollback } = event;
      const { queryId, tabId, concurrentQueriesMax } = input;
      const existing = connectionFor(context, tabId);
      const made = existing === null ? newConnection(context, tabId) : null;
      const connectionId = existing ?? made!.connectionId;
      if (made) {
        enqueue.assign(made.changes);
        enqueue.spawnChild('connection', { id: connectionId, systemId: connectionId, input: made.input });
      }
      if (tabId === null) enqueue.assign({ catalogueUsed: true });
      const query = sessionQuery(input, connectionId);
      const before = { ...context, concurrentQueriesMax };
      const granted = isFreeNow(before, connectionId);
      const slot = granted && query.needsSlot && hasFreeSlot(before);
      enqueue.assign({
        ...unsubmittedAfter(context, event),
        concurrentQueriesMax,
        queries: { ...context.queries, [queryId]: query },
        ...(granted
          ? { connections: leased(context.connections, connectionId, queryId) }
          : { waitingForLease: [...context.waitingForLease, queryId] }),
        ...(slot ? { slots: [...context.slots, queryId] } : {}),
      });
      if (idleRollback && tabId !== null)
        enqueue.assign({
          interrupted: [...context.interrupted.filter((id) => id !== tabId), tabId],
          idleRollbacks: { ...context.idleRollbacks, [tabId]: queryId },
        });
      if (granted) tell<ConnectionEvent>(args, connectionId, { type: 'connection.leased', queryId });
      const full: QueryInput = {
        ...input,
        ...ofSession(context),
        connectionId,
        ...(granted ? { granted } : {}),
        ...(slot ? { slot } : {}),
      };
      enqueue.spawnChild('query', { id: queryId, systemId: queryId, input: full });
    }),
    forgetQuery: enqueueActions((args) => {
      const { enqueue, context, event } = args;
      if (event.type !== 'query.ended') return;
      const { queryId, waited } = event;
      const { connectionId } = context.queries[queryId] ?? {};
      const others = (id: string): boolean => id !== queryId;
      const connection = connectionId === undefined ? undefined : context.connections[connectionId];
      const hadLease = connection?.leasedTo === queryId;
      enqueue.assign({
        queries: without(context.queries, queryId),
        waitingForLease: context.waitingForLease.filter(others),
        slots: context.slots.filter(others),
        waitingForSlot: context.waitingForSlot.filter(others),
        ...(hadLease
          ? { connections: { ...context.connections, [connectionId!]: { ...connection, leasedTo: null } } }
          : {}),
      });
      // It ended as its lease was on the way to it, and so has not released it.
      if (hadLease && waited)
        tell<ConnectionEvent>(args, connectionId!, { type: 'connection.released', queryId, usable: true });
      enqueue.stopChild(queryId);
      // The last query of a tab that was closed: its connection can be closed now.
      const isLast = Object.keys(context.queries).every(
        (id) => id === queryId || context.queries[id]!.connectionId !== connectionId,
      );
      if (connectionId && isLast && context.retiring.includes(connectionId))
        enqueue.sendTo(connectionId, { type: 'connection.close' });
    }),
    requestSlot: assign(({ context, event }) => {
      if (event.type !== 'query.slotRequested') return {};
      return { waitingForSlot: [...context.waitingForSlot, event.queryId] };
    }),
    returnSlot: assign(({ context, event }) => {
      if (event.type !== 'query.slotReturned') return {};
      return { slots: context.slots.filter((id) => id !== event.queryId) };
    }),
    /** Grants connections and slots to those that wait for them. */
    schedule: enqueueActions((args) => {
      const { granted, grants } = grant(args.context);
      if (grants.length === 0) return;
      args.enqueue.assign(granted);
      for (const one of grants) {
        const { queryId } = one;
        if (one.grant === 'slot') tell<QueryEvent>(args, queryId, { type: 'query.slotGranted' });
        else {
          tell<ConnectionEvent>(args, one.connectionId, { type: 'connection.leased', queryId });
          const slot = one.withSlot ? { slot: true as const } : {};
          tell<QueryEvent>(args, queryId, { type: 'query.granted', ...slot });
        }
      }
    }),
    noteIdleRollback: assign(({ context, event }) => {
      if (event.type !== 'query.ended') return {};
      const tabId = rolledBackTab(context, event.queryId);
      if (tabId === null) return {};
      const { interrupted, idleRollbacks } = context;
      if (event.outcome === 'succeeded') return { idleRollbacks: { ...idleRollbacks, [tabId]: null } };
      const rest = without(idleRollbacks, tabId);
      // It was lost with its connection; otherwise the transaction is as it was, and the tab can continue in it.
      if (event.outcome.startsWith('lost')) return { idleRollbacks: rest };
      return { idleRollbacks: rest, interrupted: interrupted.filter((id) => id !== tabId) };
    }),
    /** Stops the later statements of a script whose statement did not succeed. An earlier one may still run, and goes on. */
    stopScript: enqueueActions((args) => {
      const { enqueue, context, event } = args;
      if (event.type !== 'query.ended') return;
      const { queryId, scriptId } = event;
      const ended = context.queries[queryId];
      const rest = Object.entries(context.queries).filter(
        ([id, q]) => q.scriptId === scriptId && id !== queryId,
      );
      if (!ended || rest.length === 0)
        return enqueue.assign({ stoppedScripts: without(context.stoppedScripts, scriptId) });
      if (!stopsScript(event, ended.goOnAfterError)) return;
      // Those from `stopped` on were stopped before, and end by that.
      const stopped = context.stoppedScripts[scriptId] ?? Number.POSITIVE_INFINITY;
      if (ended.scriptIndex >= stopped) return;
      enqueue.assign({ stoppedScripts: { ...context.stoppedScripts, [scriptId]: ended.scriptIndex + 1 } });
      for (const [id, { scriptIndex }] of rest) {
        if (scriptIndex < ended.scriptIndex || scriptIndex >= stopped) continue;
        tell<QueryEvent>(args, id, { type: 'query.cancel', reason: 'scriptStopped' });
      }
    }),
    forgetConnection: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'session.connectionLost' && event.type !== 'session.connectionClosed') return;
      const { connectionId } = event;
      enqueue.assign({
        connections: without(context.connections, connectionId),
        retiring: context.retiring.filter((id) => id !== connectionId),
        catalogueId: context.catalogueId === connectionId ? null : context.catalogueId,
      });
      if (event.type === 'session.connectionLost' && event.tabId !== null)
        enqueue.assign(stateLost(context, event, event.tabId));
      enqueue.stopChild(connectionId);
    }),
    // Invariant C3.
    reportLossToQueries: enqueueActions((args) => {
      const { context, event } = args;
      if (event.type !== 'session.connectionLost') return;
      for (const [queryId, { connectionId }] of Object.entries(context.queries))
        if (connectionId === event.connectionId)
          tell<QueryEvent>(args, queryId, { type: 'connection.lost', failure: event.failure });
    }),
    openConnection: assign(({ context, event }) => {
      if (event.type !== 'session.connectionOpened') return {};
      const { connectionId, flavour, version, capabilities } = event;
      const connection = context.connections[connectionId];
      return {
        server: context.server ?? { flavour, version, capabilities },
        connections: connection
          ? { ...context.connections, [connectionId]: { ...connection, isOpen: true } }
          : context.connections,
      };
    }),
    forgetInterruption: assign(({ context, event }) => {
      if (event.type !== 'transaction.lossSeen' && event.type !== 'tab.close') return {};
      return {
        interrupted: context.interrupted.filter((tabId) => tabId !== event.tabId),
        idleRollbacks: without(context.idleRollbacks, event.tabId),
        lostState: without(context.lostState, event.tabId),
        restores: event.type === 'tab.close' ? without(context.restores, event.tabId) : context.restores,
      };
    }),
    retireTab: enqueueActions((args) => {
      const { enqueue, context, event } = args;
      if (event.type !== 'tab.close') return;
      const connectionId = connectionFor(context, event.tabId);
      if (connectionId === null) return;
      enqueue.assign({ retiring: [...context.retiring, connectionId] });
      if (isFree(context, connectionId)) enqueue.sendTo(connectionId, { type: 'connection.close' });
      for (const [queryId, query] of Object.entries(context.queries))
        if (query.connectionId === connectionId)
          tell<QueryEvent>(args, queryId, { type: 'query.cancel', reason: 'tabClosed' });
    }),
    cancelQueries: enqueueActions((args) => {
      for (const queryId of Object.keys(args.context.queries))
        tell<QueryEvent>(args, queryId, { type: 'query.cancel', reason: 'sessionClosed' });
    }),
    abandonQueries: enqueueActions((args) => {
      args.enqueue.assign({ unsubmitted: {} });
      for (const queryId of Object.keys(args.context.queries))
        tell<QueryEvent>(args, queryId, { type: 'query.abandoned', failure: CLOSE_TOO_LONG });
    }),
    closeConnections: enqueueActions((args) => {
      for (const connectionId of Object.keys(args.context.connections))
        tell<ConnectionEvent>(args, connectionId, { type: 'connection.close' });
    }),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    forgetAttempts: assign({ attempts: 0 }),
    reportEnd: enqueueActions((args, params: { readonly outcome: 'offline' | 'failed' }) => {
      const { workspaceId, sessionId } = args.context;
      tell<WorkspaceEvent>(args, workspaceId, { type: 'session.ended', sessionId, ...params });
    }),
  },
  guards: {
    isLeftOut: ({ event }) => event.type === 'query.submit' && event.scriptStopped === true,
    isCatalogue: ({ context, event }) =>
      'connectionId' in event && event.connectionId === context.catalogueId,
    /**
     * The server closed an idle catalogue connection by its own limit, or did so again before anything was read on it. To sign in
     * again at once would go on forever; the next read of the catalogue makes a new one.
     */
    isCatalogueIdle: ({ context, event }) =>
      event.type === 'session.connectionLost' &&
      event.connectionId === context.catalogueId &&
      isFree(context, event.connectionId) &&
      (IDLE_LIMITS.has(event.failure.code) || !context.catalogueUsed),
    isLastAttempt: ({ context, event }) =>
      event.type === 'session.connectionLost' &&
      event.connectionId === context.catalogueId &&
      (context.attempts >= RECONNECT_ATTEMPTS_MAX || signInRefused(event.failure)),
    isOfTab: ({ event }) => event.type === 'query.submit' && event.input.tabId !== null,
    noQueries: ({ context }) =>
      Object.keys(context.queries).length === 0 && Object.keys(context.unsubmitted).length === 0,
    noConnections: ({ context }) => Object.keys(context.connections).length === 0,
  },
  delays: {
    BACKOFF: ({ context }) =>
      Math.min(RECONNECT_BACKOFF_MAX_MS, RECONNECT_BACKOFF_MIN_MS * 2 ** (context.attempts - 1)),
    CLOSE_LIMIT: SESSION_CLOSE_TIMEOUT_MS,
  },
}).createMachine({
  id: 'session',
  version: '11',
  context: ({ input }) => ({
    ...input,
    made: 0,
    catalogueId: null,
    catalogueUsed: false,
    connections: {},
    queries: {},
    waitingForLease: [],
    slots: [],
    waitingForSlot: [],
    concurrentQueriesMax: 1,
    stoppedScripts: {},
    unsubmitted: {},
    retiring: [],
    interrupted: [],
    idleRollbacks: {},
    restores: {},
    lostState: {},
    server: null,
    attempts: 0,
  }),
  initial: 'opening',
  on: {
    'query.slotRequested': { actions: ['requestSlot', 'schedule'] },
    'query.slotReturned': { actions: ['returnSlot', 'schedule'] },
    'query.ended': { actions: ['stopScript', 'noteIdleRollback', 'forgetQuery', 'schedule'] },
    'query.submit': LEFT_OUT,
    'session.connectionOpened': OPENED,
    'transaction.lossSeen': { actions: 'forgetInterruption' },
    'session.connectionLost': LOST,
    'session.connectionClosed': { actions: 'forgetConnection' },
    'session.close': '.closing',
  },
  states: {
    opening: {
      initial: 'connecting',
      states: {
        // The tunnel comes before it, on profiles that have one.
        connecting: {
          entry: 'openCatalogueConnection',
          on: {
            'session.connectionOpened': { target: '#session.open', ...OPENED },
            'session.connectionLost': { target: '#session.failed', actions: 'forgetConnection' },
          },
        },
      },
    },
    // Invariant I9.
    open: {
      initial: 'connected',
      on: {
        'query.submit': [LEFT_OUT, { guard: 'isOfTab', actions: ['submit', 'schedule'] }],
        'tab.close': { actions: ['retireTab', 'forgetInterruption'] },
      },
      states: {
        connected: {
          entry: 'forgetAttempts',
          on: {
            'query.submit': [LEFT_OUT, { actions: ['submit', 'schedule'] }],
            'session.connectionLost': [
              { guard: 'isCatalogueIdle', actions: 'forgetConnection' },
              { guard: 'isCatalogue', target: 'reconnecting', ...LOST },
              LOST,
            ],
          },
        },
        reconnecting: {
          initial: 'waiting',
          states: {
            waiting: {
              entry: 'countAttempt',
              on: { 'session.reconnect': 'connecting' },
              after: { BACKOFF: 'connecting' },
            },
            connecting: {
              entry: 'openCatalogueConnection',
              on: {
                'session.connectionOpened': [
                  { guard: 'isCatalogue', target: '#session.open.connected', ...OPENED },
                  OPENED,
                ],
                'session.connectionLost': [
                  { guard: 'isLastAttempt', target: '#session.open.disconnected', ...LOST },
                  { guard: 'isCatalogue', target: 'waiting', ...LOST },
                  LOST,
                ],
              },
            },
          },
        },
        disconnected: {
          entry: 'forgetAttempts',
          on: { 'session.reconnect': 'reconnecting.connecting' },
        },
      },
    },
    closing: {
      initial: 'cancelling',
      on: { 'session.close': {} },
      after: { CLOSE_LIMIT: { actions: 'abandonQueries' } },
      states: {
        cancelling: { entry: 'cancelQueries', always: { guard: 'noQueries', target: 'disconnecting' } },
        disconnecting: {
          entry: 'closeConnections',
          always: { guard: 'noConnections', target: '#session.offline' },
        },
      },
    },
    offline: {
      tags: 'ended',
      entry: { type: 'reportEnd', params: { outcome: 'offline' } },
      on: { 'session.close': {} },
    },
    failed: {
      tags: 'ended',
      entry: { type: 'reportEnd', params: { outcome: 'failed' } },
      on: { 'session.close': {} },
    },
  },
});

/** What servers say as they close a connection that is idle for too long: PostgreSQL idle_session_timeout, MySQL ER_CLIENT_INTERACTION_TIMEOUT. */
const IDLE_LIMITS: ReadonlySet<string> = new Set(['57P05', '4031']);

/** The session was closed, and a statement had no end within SESSION_CLOSE_TIMEOUT_MS. */
const CLOSE_TOO_LONG = { code: 'session.closeTimeout', source: 'client' } as const;
