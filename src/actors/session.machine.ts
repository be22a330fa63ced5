import { signInRefused } from '../events/failure.ts';
import { reconnectBackoffMs } from '../events/reconnect-backoff.ts';
import { RECONNECT_ATTEMPTS_MAX, SESSION_CLOSE_TIMEOUT_MS } from './limits.ts';
import { connectionActions } from './session-connections.ts';
import { isFree } from './session-context.ts';
import { queryActions } from './session-queries.ts';
import { sessionSetup } from './session-setup.ts';
import { tunnelActions } from './session-tunnel.ts';

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
export const sessionMachine = sessionSetup
  .extend({
    actions: {
      ...tunnelActions,
      ...connectionActions,
      ...queryActions,
      countAttempt: sessionSetup.assign({ attempts: ({ context }) => context.attempts + 1 }),
      forgetAttempts: sessionSetup.assign({ attempts: 0 }),
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
      BACKOFF: ({ context }) => reconnectBackoffMs(context.attempts),
      CLOSE_LIMIT: SESSION_CLOSE_TIMEOUT_MS,
    },
  })
  .createMachine({
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
