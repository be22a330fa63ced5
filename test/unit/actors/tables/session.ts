import { sessionMachine } from '../../../../src/actors/session.machine.ts';
import { _, S, type Truth } from './truth-table.ts';

const submit = {
  type: 'query.submit',
  commandId: 'm',
} as const;
const input = {
  queryId: 'q1',
  sessionId: 's1',
  purpose: 'statement',
  tabId: 't1',
  scriptId: 'x1',
  scriptIndex: 0,
  timeoutMs: 0,
  rowsMax: 0,
  idleInTransactionMs: 0,
  concurrentQueriesMax: 1,
  manualCommit: false,
  goOnAfterError: false,
  fingerprint: '0123456789abcdef',
  statementBytes: 8,
} as const;
const gone = { code: 'ECONNRESET', source: 'connection' } as const;
/** The first connection is the catalogue's; a tab's comes after it, and the next of the catalogue after that. */
const lost = { type: 'session.connectionLost', transaction: 'none', held: [], failure: gone } as const;

const events = {
  catalogueOpened: {
    type: 'session.connectionOpened',
    connectionId: 's1.c1',
    flavour: 'PostgreSQL',
    version: '18',
    capabilities: {},
  },
  catalogueOpenedAgain: {
    type: 'session.connectionOpened',
    connectionId: 's1.c3',
    flavour: 'PostgreSQL',
    version: '18',
    capabilities: {},
  },
  catalogueLost: { ...lost, connectionId: 's1.c1', tabId: null },
  catalogueLostAgain: { ...lost, connectionId: 's1.c3', tabId: null },
  signInRefused: {
    ...lost,
    connectionId: 's1.c3',
    tabId: null,
    failure: { code: '28P01', source: 'server' },
  },
  tabLost: { ...lost, connectionId: 's1.c2', tabId: 't1' },
  catalogueClosed: { type: 'session.connectionClosed', connectionId: 's1.c1' },
  catalogueClosedAgain: { type: 'session.connectionClosed', connectionId: 's1.c3' },
  tabClosed: { type: 'session.connectionClosed', connectionId: 's1.c2' },
  submitOfTab: { ...submit, input },
  submitOfCatalogue: { ...submit, input: { ...input, queryId: 'q2', tabId: null, purpose: 'catalogue' } },
  tabIsClosed: { type: 'tab.closed', actorId: 's1.t1' },
  scriptStopped: { type: 'script.stopped', scriptId: 'x1', from: 1 },
  scriptEnded: { type: 'script.ended', scriptId: 'x1' },
  slotRequested: { type: 'query.slotRequested', queryId: 'q1' },
  slotReturned: { type: 'query.slotReturned', queryId: 'q1' },
  queryEnded: { type: 'query.ended', queryId: 'q1', scriptId: 'x1', outcome: 'succeeded' },
  lossSeen: { type: 'transaction.lossSeen', commandId: 'm', tabId: 't1' },
  closeTab: { type: 'tab.close', commandId: 'm', tabId: 't1' },
  reconnect: { type: 'session.reconnect', commandId: 'm' },
  backoffOver: { type: 'xstate.after.BACKOFF.session.open.reconnecting.waiting' },
  closeLimit: { type: 'xstate.after.CLOSE_LIMIT.session.closing' },
  close: { type: 'session.close', commandId: 'm' },
  tunnelForwards: { type: 'tunnel.forwarding', tunnelId: 's1.tunnel1' },
  tunnelLost: { type: 'tunnel.interrupted', tunnelId: 's1.tunnel1', failure: gone },
  tunnelEnded: { type: 'tunnel.ended', tunnelId: 's1.tunnel1', failure: gone },
} as const;

/** A tab's statement runs from the start, so that each state has one. */
const ready = ['tunnelForwards', 'catalogueOpened', 'submitOfTab'] as const;

const ways = {
  'opening.tunnel': [],
  'opening.connecting': ['tunnelForwards'],
  'opening.failing': ['tunnelForwards', 'catalogueLost'],
  'open.connected': ready,
  'open.reconnecting.tunnel': [...ready, 'tunnelLost'],
  'open.reconnecting.waiting': [...ready, 'catalogueLost'],
  'open.reconnecting.connecting': [...ready, 'catalogueLost', 'reconnect'],
  'open.disconnected': [...ready, 'catalogueLost', 'reconnect', 'signInRefused'],
  'closing.cancelling': [...ready, 'close'],
  'closing.disconnecting': [...ready, 'close', 'queryEnded'],
  'closing.tunnel': [...ready, 'close', 'queryEnded', 'tabClosed', 'tabIsClosed', 'catalogueClosed'],
  offline: [...ready, 'close', 'queryEnded', 'tabClosed', 'tabIsClosed', 'catalogueClosed', 'tunnelEnded'],
  failed: ['tunnelEnded'],
} as const;

export const session: Truth<keyof typeof ways, keyof typeof events> = {
  machine: sessionMachine,
  input: {
    sessionId: 's1',
    workspaceId: 'w1',
    profileId: 'p1',
    engine: 'postgres',
    environment: 'development',
    readOnly: false,
    connectTimeoutMs: 1000,
    tunnel: { by: 'ssh', hops: 1 },
  },
  events,
  ways,
  endedBy: [
    'close',
    'queryEnded',
    'tabClosed',
    'tabIsClosed',
    'catalogueClosed',
    'catalogueClosedAgain',
    'tunnelEnded',
  ],
  // biome-ignore format: one row per state
  table: {
    'opening.tunnel': { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: S, catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: _, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: _, reconnect: _, backoffOver: _, closeLimit: _, close: 'closing.tunnel', tunnelForwards: 'opening.connecting', tunnelLost: S, tunnelEnded: 'failed' },
    'opening.connecting': { catalogueOpened: 'open.connected', catalogueOpenedAgain: 'open.connected', catalogueLost: 'opening.failing', catalogueLostAgain: 'opening.failing', signInRefused: 'opening.failing', tabLost: 'opening.failing', catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: _, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: _, reconnect: _, backoffOver: _, closeLimit: _, close: 'closing.disconnecting', tunnelForwards: _, tunnelLost: S, tunnelEnded: S },
    'opening.failing': { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: S, catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: _, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: _, reconnect: _, backoffOver: _, closeLimit: _, close: 'closing.tunnel', tunnelForwards: _, tunnelLost: S, tunnelEnded: 'failed' },
    'open.connected': { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: 'open.reconnecting.waiting', catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: S, submitOfCatalogue: S, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: S, reconnect: _, backoffOver: _, closeLimit: _, close: 'closing.cancelling', tunnelForwards: _, tunnelLost: 'open.reconnecting.tunnel', tunnelEnded: S },
    'open.reconnecting.tunnel': { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: S, catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: S, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: S, reconnect: S, backoffOver: _, closeLimit: _, close: 'closing.cancelling', tunnelForwards: 'open.reconnecting.connecting', tunnelLost: S, tunnelEnded: 'open.disconnected' },
    'open.reconnecting.waiting': { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: S, catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: S, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: S, reconnect: 'open.reconnecting.connecting', backoffOver: 'open.reconnecting.connecting', closeLimit: _, close: 'closing.cancelling', tunnelForwards: _, tunnelLost: 'open.reconnecting.tunnel', tunnelEnded: S },
    'open.reconnecting.connecting': { catalogueOpened: S, catalogueOpenedAgain: 'open.connected', catalogueLost: S, catalogueLostAgain: 'open.reconnecting.waiting', signInRefused: 'open.disconnected', tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: S, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: S, reconnect: _, backoffOver: _, closeLimit: _, close: 'closing.cancelling', tunnelForwards: _, tunnelLost: 'open.reconnecting.tunnel', tunnelEnded: S },
    'open.disconnected': { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: S, catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: S, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: S, reconnect: 'open.reconnecting.connecting', backoffOver: _, closeLimit: _, close: 'closing.cancelling', tunnelForwards: _, tunnelLost: S, tunnelEnded: S },
    'closing.cancelling': { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: S, catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: _, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: 'closing.disconnecting', lossSeen: S, closeTab: _, reconnect: _, backoffOver: _, closeLimit: S, close: _, tunnelForwards: _, tunnelLost: S, tunnelEnded: S },
    'closing.disconnecting': { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: S, catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: _, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: _, reconnect: _, backoffOver: _, closeLimit: S, close: _, tunnelForwards: _, tunnelLost: S, tunnelEnded: S },
    'closing.tunnel': { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: S, catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: _, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: _, reconnect: _, backoffOver: _, closeLimit: S, close: _, tunnelForwards: _, tunnelLost: S, tunnelEnded: 'offline' },
    offline: { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: S, catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: _, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: _, reconnect: _, backoffOver: _, closeLimit: _, close: _, tunnelForwards: _, tunnelLost: S, tunnelEnded: S },
    failed: { catalogueOpened: S, catalogueOpenedAgain: S, catalogueLost: S, catalogueLostAgain: S, signInRefused: S, tabLost: S, catalogueClosed: S, catalogueClosedAgain: S, tabClosed: S, submitOfTab: _, submitOfCatalogue: _, tabIsClosed: S, scriptStopped: S, scriptEnded: S, slotRequested: S, slotReturned: S, queryEnded: S, lossSeen: S, closeTab: _, reconnect: _, backoffOver: _, closeLimit: _, close: _, tunnelForwards: _, tunnelLost: S, tunnelEnded: S },
  },
};
