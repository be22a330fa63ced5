import { assign, enqueueActions, setup } from 'xstate';
import type { ConnectionEvent } from '../events/connection.ts';
import { signInRefused } from '../events/failure.ts';
import type {
  QueryEnded,
  QueryInput,
  QuerySlotRequested,
  QuerySlotReturned,
  QuerySubmit,
} from '../events/query.ts';
import type { Of } from '../events/schema.ts';
import type { ScriptFact, ScriptReport } from '../events/script.ts';
import type {
  SessionClose,
  SessionFact,
  SessionInput,
  SessionReconnect,
  TabClose,
  TransactionLossSeen,
} from '../events/session.ts';
import type { TabClosed, TabFact } from '../events/tab.ts';
import type { TunnelFact, TunnelReport } from '../events/tunnel-facts.ts';
import type { WorkspaceEvent } from '../events/workspace.ts';
import { connectionMachine } from './connection.machine.ts';
import {
  RECONNECT_ATTEMPTS_MAX,
  RECONNECT_BACKOFF_MAX_MS,
  RECONNECT_BACKOFF_MIN_MS,
  SESSION_CLOSE_TIMEOUT_MS,
} from './limits.ts';
import { type QueryEvent, queryMachine } from './query.machine.ts';
import { grant, hasFreeSlot, isFreeNow } from './schedule.ts';
import { scriptMachine } from './script.machine.ts';
import {
  connectionFor,
  isFree,
  leased,
  nextConnection,
  ofSession,
  ownerOf,
  type SessionContext,
  sessionQuery,
  tabActor,
  without,
} from './session-context.ts';
import { tabMachine } from './tab.machine.ts';
import { tell } from './tell.ts';
import { tunnelMachine } from './tunnel.machine.ts';

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
  | Of<typeof QueryEnded>
  | ScriptReport
  | Of<typeof TabClosed>
  | TunnelReport;

/** A statement of a script that was stopped before it was submitted: it gets its end in whatever state the session is. */
const LEFT_OUT = { guard: 'isLeftOut', actions: 'leaveOut' } as const;
/** A statement that becomes a query. */
const SUBMITTED = { actions: ['openScript', 'connectTab', 'submit', 'schedule'] } as const;
/** A connection can be leased from now on. */
const OPENED = { actions: ['openConnection', 'schedule'] } as const;
/** Its loss is reported to its queries, and it is forgotten. */
const LOST = { actions: ['reportLossToQueries', 'forgetConnection'] } as const;

/**
 * A session is a profile that is open: it owns the connections and the queries on them, and is the only scheduler.
 *
 *   opening (tunnel → connecting) → open: connected ⇄ reconnecting (tunnel → connecting ⇄ waiting) → disconnected
 *        │ failing                    │         └──────────── session.reconnect ───────────────┘
 *        ↓                            ↓ session.close
 *      failed                     closing (cancelling → disconnecting → tunnel) → offline
 *
 * The states of `open` are those of the catalogue's connection alone: tabs run their statements in each of them. It is disconnected
 * after RECONNECT_ATTEMPTS_MAX, and at once where the server refuses the sign-in, as repeating that could lock the account. Each
 * editor tab is an actor with a connection of its own from its first statement on; so is a script of several statements.
 *
 * On a profile that has one, the tunnel is opened first and closed last. Where it is lost, every connection of the session is lost at
 * once, and the catalogue's is made again once the tunnel is back.
 *
 * A query is granted its connection (a lease) when that is free, in the order in which the queries came; it runs in a slot of the
 * session, of which there are as many as the policy allows. Both end with the query, however that ends. A close waits for every
 * statement's end, and abandons those that have none by CLOSE_LIMIT, so that each has one on the tape. Nothing is ever run again by
 * itself.
 */
export const sessionMachine = setup({
  types: {} as { context: SessionContext; events: SessionEvent; input: SessionInput; tags: 'ended' },
  actors: {
    connection: connectionMachine,
    query: queryMachine,
    script: scriptMachine,
    tab: tabMachine,
    tunnel: tunnelMachine,
  },
  actions: {
    openCatalogueConnection: enqueueActions(({ enqueue, context }) => {
      const { sessionId, profileId, engine, connectTimeoutMs, readOnly, made } = context;
      const { connectionId, changes } = nextConnection(context, null);
      enqueue.assign({ ...changes, catalogueId: connectionId, catalogueUsed: made === 0 });
      const ofCatalogue = { purpose: 'catalogue', tabId: null } as const;
      const input = {
        connectionId,
        sessionId,
        profileId,
        engine,
        ...ofCatalogue,
        connectTimeoutMs,
        readOnly,
      };
      enqueue.spawnChild('connection', { id: connectionId, systemId: connectionId, input });
    }),
    /** On a session that has a tunnel, opens one where none lives, or hurries the one that is being opened again. */
    openTunnel: enqueueActions((args) => {
      const { enqueue, context } = args;
      const { sessionId, profileId, connectTimeoutMs, tunnel } = context;
      if (!tunnel) return;
      if (context.tunnelId !== null)
        return tell<TunnelFact>(args, context.tunnelId, { type: 'tunnel.reopen' });
      const tunnelsMade = context.tunnelsMade + 1;
      const tunnelId = `${sessionId}.tunnel${tunnelsMade}`;
      enqueue.assign({ tunnelId, tunnelsMade });
      const of = { ownerId: sessionId, sessionId, testId: null, profileId, connectTimeoutMs };
      enqueue.spawnChild('tunnel', {
        id: tunnelId,
        systemId: tunnelId,
        input: { tunnelId, ...of, ...tunnel },
      });
    }),
    /** What goes through it is lost with it, whether TCP has noticed or not. */
    loseConnections: enqueueActions((args) => {
      for (const connectionId of Object.keys(args.context.connections))
        tell<ConnectionEvent>(args, connectionId, { type: 'connection.lost', failure: TUNNEL_LOST });
    }),
    closeTunnel: enqueueActions((args) => {
      tell<TunnelFact>(args, args.context.tunnelId, { type: 'tunnel.close' });
    }),
    forgetTunnel: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'tunnel.ended') return;
      if (event.tunnelId === context.tunnelId) enqueue.assign({ tunnelId: null });
      enqueue.stopChild(event.tunnelId);
    }),
    /** The first statement of several comes with their number. */
    openScript: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'query.submit' || event.scriptStatements === undefined) return;
      const { scriptStatements: statements } = event;
      const { scriptId, goOnAfterError } = event.input;
      const { sessionId, scripts } = context;
      enqueue.assign({ scripts: [...scripts, scriptId] });
      const input = { scriptId, sessionId, statements, goOnAfterError };
      enqueue.spawnChild('script', { id: scriptId, systemId: scriptId, input });
    }),
    /** A tab's statement finds its tab with a connection. */
    connectTab: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'query.submit' || event.input.tabId === null) return;
      const { tabId } = event.input;
      if (connectionFor(context, tabId) !== null) return;
      const { connectionId, changes } = nextConnection(context, tabId);
      const existing = tabActor(context, tabId);
      const actorId = existing ?? `${context.sessionId}.t${context.tabsMade + 1}`;
      const tabs = { ...context.tabs, [actorId]: { tabId, connectionId, isRetired: false } };
      enqueue.assign({ ...changes, tabs, tabsMade: context.tabsMade + (existing === null ? 1 : 0) });
      if (existing !== null) return enqueue.sendTo(actorId, { type: 'tab.connect', connectionId });
      const { sessionId, profileId, engine, connectTimeoutMs, readOnly } = context;
      const input = {
        actorId,
        tabId,
        sessionId,
        profileId,
        engine,
        connectTimeoutMs,
        readOnly,
        connectionId,
      };
      enqueue.spawnChild('tab', { id: actorId, systemId: actorId, input });
    }),
    leaveOut: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'query.submit') return;
      const { input } = event;
      const { queryId } = input;
      // It ends before any connection is asked for, so it may name one that is closed.
      const connectionId = connectionFor(context, input.tabId) ?? `${context.sessionId}.c${context.made}`;
      enqueue.assign({ queries: { ...context.queries, [queryId]: sessionQuery(input, connectionId) } });
      const full: QueryInput = { ...input, ...ofSession(context), connectionId };
      enqueue.spawnChild('query', { id: queryId, systemId: queryId, input: full });
      enqueue.sendTo(queryId, { type: 'query.cancel', reason: 'scriptStopped' });
    }),
    submit: enqueueActions((args) => {
      const { enqueue, context, event } = args;
      if (event.type !== 'query.submit') return;
      const { input, idleRollback } = event;
      const { queryId, tabId, concurrentQueriesMax } = input;
      const connectionId = connectionFor(context, tabId);
      if (connectionId === null) return;
      if (tabId === null) enqueue.assign({ catalogueUsed: true });
      const rollsBack = idleRollback && tabId !== null ? tabActor(context, tabId) : null;
      if (rollsBack !== null) tell<TabFact>(args, rollsBack, { type: 'tab.rollbackStarted', queryId });
      const query = sessionQuery(input, connectionId, rollsBack);
      const before = { ...context, concurrentQueriesMax };
      const granted = isFreeNow(before, connectionId);
      const slot = granted && query.needsSlot && hasFreeSlot(before);
      enqueue.assign({
        concurrentQueriesMax,
        queries: { ...context.queries, [queryId]: query },
        ...(granted
          ? { connections: leased(context.connections, connectionId, queryId) }
          : { waitingForLease: [...context.waitingForLease, queryId] }),
        ...(slot ? { slots: [...context.slots, queryId] } : {}),
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
      const owner = connectionId === undefined ? null : ownerOf(context, connectionId);
      if (owner !== null && context.tabs[owner]!.isRetired && isFree(context, connectionId!, queryId))
        tell<TabFact>(args, owner, { type: 'tab.unused' });
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
    endIdleRollback: enqueueActions((args) => {
      const { context, event } = args;
      if (event.type !== 'query.ended') return;
      const { queryId, outcome } = event;
      tell<TabFact>(args, context.queries[queryId]?.rollsBack ?? null, {
        type: 'tab.rollbackEnded',
        queryId,
        outcome,
      });
    }),
    /** The script says which of its statements are not to run. */
    stopQueries: enqueueActions((args) => {
      const { context, event } = args;
      if (event.type !== 'script.stopped') return;
      const { scriptId, from, until = Number.POSITIVE_INFINITY } = event;
      for (const [id, query] of Object.entries(context.queries))
        if (query.scriptId === scriptId && query.scriptIndex >= from && query.scriptIndex < until)
          tell<QueryEvent>(args, id, { type: 'query.cancel', reason: 'scriptStopped' });
    }),
    forgetScript: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'script.ended') return;
      enqueue.assign({ scripts: context.scripts.filter((id) => id !== event.scriptId) });
      enqueue.stopChild(event.scriptId);
    }),
    forgetConnection: enqueueActions((args) => {
      const { enqueue, context, event } = args;
      if (event.type !== 'session.connectionLost' && event.type !== 'session.connectionClosed') return;
      const { connectionId } = event;
      enqueue.assign({
        connections: without(context.connections, connectionId),
        catalogueId: context.catalogueId === connectionId ? null : context.catalogueId,
      });
      const owner = ownerOf(context, connectionId);
      if (owner === null) return enqueue.stopChild(connectionId);
      const tabs = { ...context.tabs, [owner]: { ...context.tabs[owner]!, connectionId: null } };
      enqueue.assign({ tabs });
      if (event.type === 'session.connectionClosed')
        return tell<TabFact>(args, owner, { type: 'tab.connectionClosed', connectionId });
      const { type: _, tabId: __, ...loss } = event;
      tell<TabFact>(args, owner, { type: 'tab.connectionLost', ...loss });
    }),
    forgetTab: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'tab.closed') return;
      enqueue.assign({ tabs: without(context.tabs, event.actorId) });
      enqueue.stopChild(event.actorId);
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
    acknowledgeLoss: enqueueActions((args) => {
      if (args.event.type !== 'transaction.lossSeen') return;
      tell<TabFact>(args, tabActor(args.context, args.event.tabId), { type: 'tab.lossSeen' });
    }),
    retireTab: enqueueActions((args) => {
      const { enqueue, context, event } = args;
      if (event.type !== 'tab.close') return;
      const actorId = tabActor(context, event.tabId);
      if (actorId === null) return;
      const tab = context.tabs[actorId]!;
      const { connectionId } = tab;
      enqueue.assign({ tabs: { ...context.tabs, [actorId]: { ...tab, isRetired: true } } });
      const isUnused = connectionId === null || isFree(context, connectionId);
      tell<TabFact>(args, actorId, { type: 'tab.retired', ...(isUnused ? { unused: true } : {}) });
      for (const [queryId, query] of Object.entries(context.queries))
        if (query.connectionId === connectionId)
          tell<QueryEvent>(args, queryId, { type: 'query.cancel', reason: 'tabClosed' });
    }),
    cancelQueries: enqueueActions((args) => {
      for (const queryId of Object.keys(args.context.queries))
        tell<QueryEvent>(args, queryId, { type: 'query.cancel', reason: 'sessionClosed' });
    }),
    abandonQueries: enqueueActions((args) => {
      for (const scriptId of args.context.scripts)
        tell<ScriptFact>(args, scriptId, { type: 'script.abandoned' });
      for (const queryId of Object.keys(args.context.queries))
        tell<QueryEvent>(args, queryId, { type: 'query.abandoned', failure: CLOSE_TOO_LONG });
    }),
    closeConnections: enqueueActions((args) => {
      const { catalogueId, tabs } = args.context;
      tell<ConnectionEvent>(args, catalogueId, { type: 'connection.close' });
      for (const actorId of Object.keys(tabs))
        tell<TabFact>(args, actorId, { type: 'tab.retired', unused: true });
    }),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    forgetAttempts: assign({ attempts: 0 }),
    reportEnd: enqueueActions((args, params: { readonly outcome: 'offline' | 'failed' }) => {
      const { workspaceId, sessionId } = args.context;
      tell<WorkspaceEvent>(args, workspaceId, { type: 'session.ended', sessionId, ...params });
    }),
  },
  guards: {
    isDirect: ({ context }) => context.tunnel === undefined,
    hasTunnel: ({ context }) => context.tunnelId !== null,
    noTunnel: ({ context }) => context.tunnelId === null,
    hasNoWay: ({ context }) => context.tunnel !== undefined && context.tunnelId === null,
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
    /** A tab is given one by its own; the catalogue's may have been closed while it was idle. */
    hasConnection: ({ context, event }) =>
      event.type === 'query.submit' && (event.input.tabId !== null || context.catalogueId !== null),
    isOfTab: ({ event }) => event.type === 'query.submit' && event.input.tabId !== null,
    noQueries: ({ context }) => Object.keys(context.queries).length === 0 && context.scripts.length === 0,
    noConnections: ({ context }) =>
      Object.keys(context.connections).length === 0 && Object.keys(context.tabs).length === 0,
  },
  delays: {
    BACKOFF: ({ context }) =>
      Math.min(RECONNECT_BACKOFF_MAX_MS, RECONNECT_BACKOFF_MIN_MS * 2 ** (context.attempts - 1)),
    CLOSE_LIMIT: SESSION_CLOSE_TIMEOUT_MS,
  },
}).createMachine({
  id: 'session',
  version: '13',
  context: ({ input }) => ({
    ...input,
    made: 0,
    catalogueId: null,
    catalogueUsed: false,
    connections: {},
    tabsMade: 0,
    tabs: {},
    queries: {},
    scripts: [],
    waitingForLease: [],
    slots: [],
    waitingForSlot: [],
    concurrentQueriesMax: 1,
    server: null,
    attempts: 0,
    tunnelId: null,
    tunnelsMade: 0,
  }),
  initial: 'opening',
  on: {
    'query.slotRequested': { actions: ['requestSlot', 'schedule'] },
    'query.slotReturned': { actions: ['returnSlot', 'schedule'] },
    'query.ended': { actions: ['endIdleRollback', 'forgetQuery', 'schedule'] },
    'script.stopped': { actions: 'stopQueries' },
    'script.ended': { actions: 'forgetScript' },
    'tab.closed': { actions: 'forgetTab' },
    'query.submit': LEFT_OUT,
    'session.connectionOpened': OPENED,
    'transaction.lossSeen': { actions: 'acknowledgeLoss' },
    'session.connectionLost': LOST,
    'session.connectionClosed': { actions: 'forgetConnection' },
    'session.close': '.closing',
    'tunnel.forwarding': {},
    'tunnel.interrupted': { actions: 'loseConnections' },
    'tunnel.ended': { actions: 'forgetTunnel' },
  },
  states: {
    opening: {
      initial: 'tunnel',
      states: {
        tunnel: {
          entry: 'openTunnel',
          always: { guard: 'isDirect', target: 'connecting' },
          on: {
            'tunnel.forwarding': 'connecting',
            'tunnel.ended': { target: '#session.failed', actions: 'forgetTunnel' },
          },
        },
        connecting: {
          entry: 'openCatalogueConnection',
          on: {
            'session.connectionOpened': { target: '#session.open', ...OPENED },
            'session.connectionLost': [
              { guard: 'hasTunnel', target: 'failing', actions: 'forgetConnection' },
              { target: '#session.failed', actions: 'forgetConnection' },
            ],
          },
        },
        failing: {
          entry: 'closeTunnel',
          on: { 'tunnel.ended': { target: '#session.failed', actions: 'forgetTunnel' } },
        },
      },
    },
    // Invariant I9.
    open: {
      initial: 'connected',
      on: {
        'query.submit': [LEFT_OUT, { guard: 'isOfTab', ...SUBMITTED }],
        'tab.close': { actions: 'retireTab' },
        'tunnel.interrupted': { target: '.reconnecting.tunnel', actions: 'loseConnections' },
      },
      states: {
        connected: {
          entry: 'forgetAttempts',
          on: {
            'query.submit': [
              LEFT_OUT,
              { guard: 'hasConnection', ...SUBMITTED },
              { actions: ['openCatalogueConnection', ...SUBMITTED.actions] },
            ],
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
            // The tunnel is opened again first.
            tunnel: {
              on: {
                'tunnel.forwarding': 'connecting',
                'tunnel.ended': { target: '#session.open.disconnected', actions: 'forgetTunnel' },
                'session.reconnect': { actions: 'openTunnel' },
              },
            },
            waiting: {
              entry: 'countAttempt',
              on: {
                'session.reconnect': [
                  { guard: 'hasNoWay', target: 'tunnel', actions: 'openTunnel' },
                  { target: 'connecting' },
                ],
              },
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
          on: {
            // The server has refused the sign-in, which is not repeated where only the way was lost.
            'tunnel.interrupted': { actions: 'loseConnections' },
            'session.reconnect': [
              { guard: 'hasNoWay', target: 'reconnecting.tunnel', actions: 'openTunnel' },
              { target: 'reconnecting.connecting' },
            ],
          },
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
          always: { guard: 'noConnections', target: 'tunnel' },
        },
        tunnel: { entry: 'closeTunnel', always: { guard: 'noTunnel', target: '#session.offline' } },
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

/** The tunnel that a connection went through was lost. */
const TUNNEL_LOST = { code: 'tunnel.lost', source: 'connection' } as const;
