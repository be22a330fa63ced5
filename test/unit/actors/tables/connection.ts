import { connectionMachine } from '../../../../src/actors/connection.machine.ts';
import { _, S, type Truth } from './truth-table.ts';

const failure = { code: 'ECONNRESET', source: 'connection' } as const;
const released = { type: 'connection.released', queryId: 'q1', transaction: 'none', usable: true } as const;

const events = {
  opened: {
    type: 'connection.opened',
    server: {
      process: { processId: 7, startedAt: '' },
      flavour: 'PostgreSQL',
      version: '18',
      encrypted: true,
      capabilities: {},
    },
    afterMs: 1,
  },
  notOpened: { type: 'connection.notOpened', failure },
  leased: { type: 'connection.leased', queryId: 'q1' },
  releasedUnused: { type: 'connection.released', queryId: 'q1', usable: true },
  released,
  releasedInTransaction: { ...released, transaction: 'open' },
  releasedFailed: { ...released, transaction: 'failed' },
  releasedUnusable: { ...released, usable: false },
  releasedByOther: { ...released, queryId: 'q9' },
  stateChanged: { type: 'connection.stateChanged', held: [] },
  idleLimit: { type: 'connection.idleLimitReached' },
  retryLimit: { type: 'xstate.after.IDLE_ROLLBACK_RETRY.connection.open.work.expired' },
  lost: { type: 'connection.lost', failure },
  close: { type: 'connection.close' },
  closed: { type: 'connection.closed' },
  closeLimit: { type: 'xstate.after.CLOSE_LIMIT.connection.closing' },
} as const;

const busy = ['opened', 'leased'] as const;

const ways = {
  opening: [],
  'open.(transaction.none|work.idle)': ['opened'],
  'open.(transaction.none|work.busy)': busy,
  'open.(transaction.open|work.idle)': [...busy, 'releasedInTransaction'],
  'open.(transaction.open|work.busy)': [...busy, 'releasedInTransaction', 'leased'],
  'open.(transaction.open|work.expired)': [...busy, 'releasedInTransaction', 'idleLimit'],
  'open.(transaction.failed|work.idle)': [...busy, 'releasedFailed'],
  'open.(transaction.failed|work.busy)': [...busy, 'releasedFailed', 'leased'],
  'open.(transaction.failed|work.expired)': [...busy, 'releasedFailed', 'idleLimit'],
  'open.(transaction.none|work.expired)': ['opened', 'idleLimit'],
  closing: ['opened', 'close'],
  closed: ['opened', 'close', 'closed'],
  lost: ['notOpened'],
} as const;

export const connection: Truth<keyof typeof ways, keyof typeof events> = {
  machine: connectionMachine,
  input: {
    connectionId: 'c1',
    sessionId: 's1',
    profileId: 'p1',
    engine: 'postgres',
    purpose: 'tab',
    tabId: 't1',
    connectTimeoutMs: 1000,
    readOnly: false,
  },
  events,
  ways,
  endedBy: ['close', 'closed'],
  // biome-ignore format: one row per state
  table: {
    opening: { opened: 'open.(transaction.none|work.idle)', notOpened: 'lost', leased: _, releasedUnused: _, released: _, releasedInTransaction: _, releasedFailed: _, releasedUnusable: _, releasedByOther: _, stateChanged: S, idleLimit: _, retryLimit: _, lost: 'lost', close: 'closing', closed: _, closeLimit: _ },
    'open.(transaction.none|work.idle)': { opened: _, notOpened: _, leased: 'open.(transaction.none|work.busy)', releasedUnused: _, released: _, releasedInTransaction: _, releasedFailed: _, releasedUnusable: _, releasedByOther: _, stateChanged: S, idleLimit: 'open.(transaction.none|work.expired)', retryLimit: _, lost: 'lost', close: 'closing', closed: _, closeLimit: _ },
    'open.(transaction.none|work.busy)': { opened: _, notOpened: _, leased: _, releasedUnused: 'open.(transaction.none|work.idle)', released: 'open.(transaction.none|work.idle)', releasedInTransaction: 'open.(transaction.open|work.idle)', releasedFailed: 'open.(transaction.failed|work.idle)', releasedUnusable: 'lost', releasedByOther: _, stateChanged: S, idleLimit: _, retryLimit: _, lost: 'lost', close: 'closing', closed: _, closeLimit: _ },
    'open.(transaction.open|work.idle)': { opened: _, notOpened: _, leased: 'open.(transaction.open|work.busy)', releasedUnused: _, released: _, releasedInTransaction: _, releasedFailed: _, releasedUnusable: _, releasedByOther: _, stateChanged: S, idleLimit: 'open.(transaction.open|work.expired)', retryLimit: _, lost: 'lost', close: 'closing', closed: _, closeLimit: _ },
    'open.(transaction.open|work.busy)': { opened: _, notOpened: _, leased: _, releasedUnused: 'open.(transaction.open|work.idle)', released: 'open.(transaction.none|work.idle)', releasedInTransaction: 'open.(transaction.open|work.idle)', releasedFailed: 'open.(transaction.failed|work.idle)', releasedUnusable: 'lost', releasedByOther: _, stateChanged: S, idleLimit: _, retryLimit: _, lost: 'lost', close: 'closing', closed: _, closeLimit: _ },
    'open.(transaction.open|work.expired)': { opened: _, notOpened: _, leased: 'open.(transaction.open|work.busy)', releasedUnused: _, released: _, releasedInTransaction: _, releasedFailed: _, releasedUnusable: _, releasedByOther: _, stateChanged: S, idleLimit: _, retryLimit: S, lost: 'lost', close: 'closing', closed: _, closeLimit: _ },
    'open.(transaction.failed|work.idle)': { opened: _, notOpened: _, leased: 'open.(transaction.failed|work.busy)', releasedUnused: _, released: _, releasedInTransaction: _, releasedFailed: _, releasedUnusable: _, releasedByOther: _, stateChanged: S, idleLimit: 'open.(transaction.failed|work.expired)', retryLimit: _, lost: 'lost', close: 'closing', closed: _, closeLimit: _ },
    'open.(transaction.failed|work.busy)': { opened: _, notOpened: _, leased: _, releasedUnused: 'open.(transaction.failed|work.idle)', released: 'open.(transaction.none|work.idle)', releasedInTransaction: 'open.(transaction.open|work.idle)', releasedFailed: 'open.(transaction.failed|work.idle)', releasedUnusable: 'lost', releasedByOther: _, stateChanged: S, idleLimit: _, retryLimit: _, lost: 'lost', close: 'closing', closed: _, closeLimit: _ },
    'open.(transaction.failed|work.expired)': { opened: _, notOpened: _, leased: 'open.(transaction.failed|work.busy)', releasedUnused: _, released: _, releasedInTransaction: _, releasedFailed: _, releasedUnusable: _, releasedByOther: _, stateChanged: S, idleLimit: _, retryLimit: S, lost: 'lost', close: 'closing', closed: _, closeLimit: _ },
    'open.(transaction.none|work.expired)': { opened: _, notOpened: _, leased: 'open.(transaction.none|work.busy)', releasedUnused: _, released: _, releasedInTransaction: _, releasedFailed: _, releasedUnusable: _, releasedByOther: _, stateChanged: S, idleLimit: _, retryLimit: S, lost: 'lost', close: 'closing', closed: _, closeLimit: _ },
    closing: { opened: _, notOpened: _, leased: _, releasedUnused: _, released: _, releasedInTransaction: _, releasedFailed: _, releasedUnusable: _, releasedByOther: _, stateChanged: S, idleLimit: _, retryLimit: _, lost: 'closed', close: _, closed: 'closed', closeLimit: 'closed' },
    closed: { opened: _, notOpened: _, leased: _, releasedUnused: _, released: _, releasedInTransaction: _, releasedFailed: _, releasedUnusable: _, releasedByOther: _, stateChanged: S, idleLimit: _, retryLimit: _, lost: _, close: _, closed: _, closeLimit: _ },
    lost: { opened: _, notOpened: _, leased: _, releasedUnused: _, released: _, releasedInTransaction: _, releasedFailed: _, releasedUnusable: _, releasedByOther: _, stateChanged: S, idleLimit: _, retryLimit: _, lost: _, close: _, closed: _, closeLimit: _ },
  },
};
