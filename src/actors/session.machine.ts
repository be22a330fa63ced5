import { type ActorRef, assign, type EventObject, enqueueActions, type Snapshot, setup } from 'xstate';
import type { ConnectionEvent, ServerSummary } from '../events/connection.ts';
import { signInRefused } from '../events/failure.ts';
import {
  RECONNECT_ATTEMPTS_MAX,
  RECONNECT_BACKOFF_MAX_MS,
  RECONNECT_BACKOFF_MIN_MS,
  SESSION_CLOSE_TIMEOUT_MS,
} from '../events/limits.ts';
import {
  type QueryCancel,
  type QueryEnded,
  type QuerySubmit,
  type QueryTurnWanted,
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
import { type QueryEvent, queryMachine } from './query.machine.ts';

/** What a session receives. */
export type SessionEvent =
  | SessionFact
  | Of<typeof SessionClose>
  | Of<typeof SessionReconnect>
  | Of<typeof TabClose>
  | Of<typeof TransactionLossSeen>
  | Of<typeof QuerySubmit>
  | Of<typeof QueryTurnWanted>
  | Of<typeof QueryEnded>;

/** What a session remembers: its living children and what ties them together. */
export interface SessionContext extends SessionInput {
  /** Connections made so far; the next one's id is counted on from it, so that replay makes the same ids. */
  readonly made: number;
  /** The connection for catalogue and table browsing; null while there is none. */
  readonly catalogueId: string | null;
  /** Whether anything was read on it since it was made again; the first one counts as used. */
  readonly catalogueUsed: boolean;
  /** Living connections, with the tab that owns each. */
  readonly connections: Readonly<Record<string, { readonly tabId: string | null }>>;
  /** Living queries. */
  readonly queries: Readonly<Record<string, LivingQuery>>;
  /** Queries that run because the session let them, and those that wait for it, first come first. */
  readonly turns: readonly string[];
  readonly waitingForTurn: readonly string[];
  /** How many may run at once, as the last statement brought it. */
  readonly concurrentQueriesMax: number;
  /** Scripts with living queries that were stopped, each with the `scriptIndex` of the first statement that was. */
  readonly stoppedScripts: Readonly<Record<string, number>>;
  /** Statements that are yet to come, of scripts that are submitted bit by bit. The session does not end before them. */
  readonly unsubmitted: Readonly<Record<string, number>>;
  /** Connections to be closed once their queries have ended. */
  readonly retiring: readonly string[];
  /** Tabs whose transaction went without them, until a person has seen it. Until then such a tab runs nothing. */
  readonly interrupted: readonly string[];
  /** Those of them whose transaction was unused for too long, with the query that rolls it back; null once it has. */
  readonly idleRollbacks: Readonly<Record<string, string | null>>;
  /** What a tab's lost connection held and its next one is given again before anything else is sent on it. */
  readonly restores: Readonly<Record<string, readonly StateKind[]>>;
  /** What an interrupted tab's connection held and nothing gives back. */
  readonly lostState: Readonly<Record<string, LostState>>;
  /** What the server said it can do; null before it was reached. */
  readonly server: ServerSummary | null;
  /** Attempts since the connection was lost. */
  readonly attempts: number;
}

/** A statement of a script that was stopped before it was submitted: it gets its end in whatever state the session is. */
const LEFT_OUT = { guard: 'isLeftOut', actions: 'leaveOut' } as const;

interface LivingQuery {
  readonly connectionId: string;
  readonly scriptId: string;
  readonly scriptIndex: number;
  readonly goOnAfterError: boolean;
}

type Ref<E extends EventObject> = ActorRef<Snapshot<unknown>, E> | undefined;

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

/** Whether a connection has no living query. */
function isFree(context: SessionContext, connectionId: string): boolean {
  return !Object.values(context.queries).some((query) => query.connectionId === connectionId);
}

/**
 * A session is a profile that is open: it owns the connections and the queries on them.
 *
 *   opening.connecting → ready ⇄ reconnecting (waiting ⇄ connecting) → disconnected
 *        │                 └────────────┬──── session.reconnect ───────────┘
 *        ↓                              ↓ session.close
 *      failed         closing (cancelling → disconnecting) → offline
 *
 * `ready`, `reconnecting` and `disconnected` tell of the catalogue's connection alone: tabs run their statements in each of
 * them. It is disconnected after RECONNECT_ATTEMPTS_MAX, and at once where the server refuses the sign-in, as repeating that
 * could lock the account. Each editor tab gets a connection of its own at its first statement; a lost one is replaced at its
 * next statement. As many statements run at once as the policy allows (`turns`); a turn ends with its query, however that
 * ends. A close waits for every statement's end, and abandons those that have none by CLOSE_LIMIT, so that each has one on the
 * tape. Nothing is ever run again by itself.
 */
export const sessionMachine = setup({
  types: {} as { context: SessionContext; events: SessionEvent; input: SessionInput; tags: 'ended' },
  actors: { connection: connectionMachine, query: queryMachine },
  actions: {
    openCatalogueConnection: enqueueActions(({ enqueue, context }) => {
      const { sessionId, profileId, engine, connectTimeoutMs, readOnly, made, connections } = context;
      const connectionId = `${sessionId}.c${made + 1}`;
      enqueue.assign({
        made: made + 1,
        catalogueId: connectionId,
        // One that was made again has to be of use before it is made again once more.
        catalogueUsed: made === 0,
        connections: { ...connections, [connectionId]: { tabId: null } },
      });
      enqueue.spawnChild('connection', {
        id: connectionId,
        systemId: connectionId,
        input: {
          connectionId,
          sessionId,
          profileId,
          engine,
          purpose: 'catalogue',
          tabId: null,
          connectTimeoutMs,
          readOnly,
        },
      });
    }),
    leaveOut: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'query.submit') return;
      const { input } = event;
      const { queryId, scriptId, scriptIndex, tabId, goOnAfterError } = input;
      // It ends before any connection is asked for, so it may name one that is gone.
      const connectionId = connectionFor(context, tabId) ?? `${context.sessionId}.c${context.made}`;
      enqueue.assign({
        ...unsubmittedAfter(context, event),
        queries: { ...context.queries, [queryId]: { connectionId, scriptId, scriptIndex, goOnAfterError } },
      });
      enqueue.spawnChild('query', {
        id: queryId,
        systemId: queryId,
        input: { ...input, ...ofSession(context), connectionId },
      });
      enqueue.sendTo(queryId, { type: 'query.cancel', reason: 'scriptStopped' });
    }),
    submit: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'query.submit') return;
      const { input, commandId, fingerprint, statementBytes, idleRollback } = event;
      const { sessionId, profileId, engine, connectTimeoutMs, readOnly, made, connections, queries } =
        context;
      const { queryId, scriptId, scriptIndex, tabId, goOnAfterError } = input;
      const existing = connectionFor(context, tabId);
      const connectionId = existing ?? `${sessionId}.c${made + 1}`;
      if (existing === null) {
        enqueue.assign({
          made: made + 1,
          connections: { ...connections, [connectionId]: { tabId } },
          catalogueId: tabId === null ? connectionId : context.catalogueId,
        });
        enqueue.spawnChild('connection', {
          id: connectionId,
          systemId: connectionId,
          input: {
            connectionId,
            sessionId,
            profileId,
            engine,
            purpose: tabId === null ? 'catalogue' : 'tab',
            tabId,
            connectTimeoutMs,
            readOnly,
            ...restoring(context, tabId),
          },
        });
      }
      if (tabId === null) enqueue.assign({ catalogueUsed: true });
      enqueue.assign({
        ...unsubmittedAfter(context, event),
        queries: { ...queries, [queryId]: { connectionId, scriptId, scriptIndex, goOnAfterError } },
        concurrentQueriesMax: input.concurrentQueriesMax,
      });
      if (idleRollback && tabId !== null)
        enqueue.assign({
          interrupted: [...context.interrupted.filter((id) => id !== tabId), tabId],
          idleRollbacks: { ...context.idleRollbacks, [tabId]: queryId },
        });
      enqueue.spawnChild('query', {
        id: queryId,
        systemId: queryId,
        input: { ...input, ...ofSession(context), connectionId },
      });
      enqueue.sendTo(queryId, { type: 'query.submitted', commandId, fingerprint, statementBytes });
    }),
    forgetQuery: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'query.ended') return;
      const { queryId } = event;
      const connectionId = context.queries[queryId]?.connectionId;
      enqueue.assign({ queries: ({ context: now }) => without(now.queries, queryId) });
      enqueue.stopChild(queryId);
      // The last query of a tab that was closed: its connection can go now.
      const last = Object.keys(context.queries).every(
        (id) => id === queryId || context.queries[id]!.connectionId !== connectionId,
      );
      if (connectionId && last && context.retiring.includes(connectionId))
        enqueue.sendTo(connectionId, { type: 'connection.close' });
    }),
    wantTurn: assign(({ context, event }) => {
      if (event.type !== 'query.turnWanted') return {};
      return { waitingForTurn: [...context.waitingForTurn, event.queryId] };
    }),
    endTurn: assign(({ context, event }) => {
      const others = (id: string): boolean => !(event.type === 'query.ended' && event.queryId === id);
      return { turns: context.turns.filter(others), waitingForTurn: context.waitingForTurn.filter(others) };
    }),
    giveTurns: enqueueActions(({ enqueue, context, system }) => {
      const { turns, waitingForTurn, concurrentQueriesMax } = context;
      const room = Math.max(0, concurrentQueriesMax - turns.length);
      const given = waitingForTurn.slice(0, room);
      enqueue.assign({ turns: [...turns, ...given], waitingForTurn: waitingForTurn.slice(room) });
      for (const queryId of given) {
        const query: Ref<QueryEvent> = system.get(queryId);
        if (query) enqueue.sendTo(query, { type: 'query.turnGiven' });
      }
    }),
    tellIdleRollback: assign(({ context, event }) => {
      if (event.type !== 'query.ended') return {};
      const tabId = rolledBackTab(context, event.queryId);
      if (tabId === null) return {};
      const { interrupted, idleRollbacks } = context;
      if (event.outcome === 'succeeded') return { idleRollbacks: { ...idleRollbacks, [tabId]: null } };
      const rest = without(idleRollbacks, tabId);
      // It went with its connection then; else the transaction is as it was, and the tab may go on in it.
      if (event.outcome.startsWith('lost')) return { idleRollbacks: rest };
      return { idleRollbacks: rest, interrupted: interrupted.filter((id) => id !== tabId) };
    }),
    /** Stops the later statements of a script whose statement did not succeed. An earlier one may still run, and goes on. */
    stopScript: enqueueActions(({ enqueue, context, event, system }) => {
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
        const query: Ref<QueryEvent> = system.get(id);
        if (query) enqueue.sendTo(query, { type: 'query.cancel', reason: 'scriptStopped' });
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
    tellQueriesLost: enqueueActions(({ enqueue, context, event, system }) => {
      if (event.type !== 'session.connectionLost') return;
      for (const [queryId, { connectionId }] of Object.entries(context.queries)) {
        if (connectionId !== event.connectionId) continue;
        const query: Ref<QueryEvent> = system.get(queryId);
        if (query) enqueue.sendTo(query, { type: 'connection.lost', failure: event.failure });
      }
    }),
    rememberServer: assign(({ context, event }) => {
      if (event.type !== 'session.connectionOpened') return {};
      const { flavour, version, capabilities } = event;
      return { server: context.server ?? { flavour, version, capabilities } };
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
    retireTab: enqueueActions(({ enqueue, context, event, system }) => {
      if (event.type !== 'tab.close') return;
      const connectionId = connectionFor(context, event.tabId);
      if (connectionId === null) return;
      enqueue.assign({ retiring: [...context.retiring, connectionId] });
      if (isFree(context, connectionId)) enqueue.sendTo(connectionId, { type: 'connection.close' });
      for (const [queryId, query] of Object.entries(context.queries)) {
        if (query.connectionId !== connectionId) continue;
        const ref: Ref<QueryEvent> = system.get(queryId);
        if (ref) enqueue.sendTo(ref, { type: 'query.cancel', reason: 'tabClosed' });
      }
    }),
    cancelQueries: enqueueActions(({ enqueue, context, system }) => {
      for (const queryId of Object.keys(context.queries)) {
        const query: Ref<Of<typeof QueryCancel>> = system.get(queryId);
        if (query) enqueue.sendTo(query, { type: 'query.cancel', reason: 'sessionClosed' });
      }
    }),
    abandonQueries: enqueueActions(({ enqueue, context, system }) => {
      enqueue.assign({ unsubmitted: {} });
      for (const queryId of Object.keys(context.queries)) {
        const query: Ref<QueryEvent> = system.get(queryId);
        if (query) enqueue.sendTo(query, { type: 'query.abandoned', failure: CLOSE_TOO_LONG });
      }
    }),
    closeConnections: enqueueActions(({ enqueue, context, system }) => {
      for (const connectionId of Object.keys(context.connections)) {
        const connection: Ref<ConnectionEvent> = system.get(connectionId);
        if (connection) enqueue.sendTo(connection, { type: 'connection.close' });
      }
    }),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    forgetAttempts: assign({ attempts: 0 }),
    tellEnded: enqueueActions(({ enqueue, context, system }, params: { outcome: 'offline' | 'failed' }) => {
      const workspace: Ref<WorkspaceEvent> = system.get(context.workspaceId);
      const { sessionId } = context;
      if (workspace) enqueue.sendTo(workspace, { type: 'session.ended', sessionId, ...params });
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
  version: '10',
  context: ({ input }) => ({
    ...input,
    made: 0,
    catalogueId: null,
    catalogueUsed: false,
    connections: {},
    queries: {},
    turns: [],
    waitingForTurn: [],
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
    'query.turnWanted': { actions: ['wantTurn', 'giveTurns'] },
    'query.ended': { actions: ['stopScript', 'forgetQuery', 'tellIdleRollback', 'endTurn', 'giveTurns'] },
    'query.submit': LEFT_OUT,
    'session.connectionOpened': { actions: 'rememberServer' },
    'transaction.lossSeen': { actions: 'forgetInterruption' },
    'session.connectionLost': { actions: ['tellQueriesLost', 'forgetConnection'] },
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
            'session.connectionOpened': { target: '#session.ready', actions: 'rememberServer' },
            'session.connectionLost': { target: '#session.failed', actions: 'forgetConnection' },
          },
        },
      },
    },
    ready: {
      entry: 'forgetAttempts',
      on: {
        'query.submit': [LEFT_OUT, { actions: ['submit', 'giveTurns'] }],
        'tab.close': { actions: ['retireTab', 'forgetInterruption'] },
        'session.connectionLost': [
          { guard: 'isCatalogueIdle', actions: 'forgetConnection' },
          { guard: 'isCatalogue', target: 'reconnecting', actions: ['tellQueriesLost', 'forgetConnection'] },
          { actions: ['tellQueriesLost', 'forgetConnection'] },
        ],
      },
    },
    reconnecting: {
      initial: 'waiting',
      on: {
        'query.submit': [LEFT_OUT, { guard: 'isOfTab', actions: ['submit', 'giveTurns'] }],
        'tab.close': { actions: ['retireTab', 'forgetInterruption'] },
      },
      states: {
        waiting: {
          entry: 'countAttempt',
          on: { 'session.reconnect': 'connecting' },
          after: { BACKOFF: 'connecting' },
        },
        connecting: {
          entry: 'openCatalogueConnection',
          on: {
            'session.connectionOpened': { guard: 'isCatalogue', target: '#session.ready' },
            'session.connectionLost': [
              {
                guard: 'isLastAttempt',
                target: '#session.disconnected',
                actions: ['tellQueriesLost', 'forgetConnection'],
              },
              { guard: 'isCatalogue', target: 'waiting', actions: ['tellQueriesLost', 'forgetConnection'] },
              { actions: ['tellQueriesLost', 'forgetConnection'] },
            ],
          },
        },
      },
    },
    disconnected: {
      entry: 'forgetAttempts',
      on: {
        'query.submit': [LEFT_OUT, { guard: 'isOfTab', actions: ['submit', 'giveTurns'] }],
        'tab.close': { actions: ['retireTab', 'forgetInterruption'] },
        'session.reconnect': 'reconnecting.connecting',
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
      entry: { type: 'tellEnded', params: { outcome: 'offline' } },
      on: { 'session.close': {} },
    },
    failed: {
      tags: 'ended',
      entry: { type: 'tellEnded', params: { outcome: 'failed' } },
      on: { 'session.close': {} },
    },
  },
});

/** What servers say as they close a connection that is idle for too long: PostgreSQL idle_session_timeout, MySQL ER_CLIENT_INTERACTION_TIMEOUT. */
const IDLE_LIMITS: ReadonlySet<string> = new Set(['57P05', '4031']);

/** The session was closed, and a statement had no end within SESSION_CLOSE_TIMEOUT_MS. */
const CLOSE_TOO_LONG = { code: 'session.closeTimeout', source: 'client' } as const;
