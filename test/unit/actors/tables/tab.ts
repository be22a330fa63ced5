import { tabMachine } from '../../../../src/actors/tab.machine.ts';
import { _, S, type Truth } from './truth-table.ts';

const gone = { code: 'ECONNRESET', source: 'connection' } as const;
const lost = { type: 'tab.connectionLost', connectionId: 's1.c2', failure: gone } as const;
const ended = { type: 'tab.rollbackEnded', queryId: 'q1' } as const;

const events = {
  connect: { type: 'tab.connect', connectionId: 's1.c3' },
  lostUnused: { ...lost, transaction: 'none' },
  lostWithSettings: { ...lost, transaction: 'none', held: ['settings'] },
  lostWithTransaction: { ...lost, transaction: 'open' },
  lostWithTables: { ...lost, transaction: 'none', held: ['temporaryTables'] },
  closed: { type: 'tab.connectionClosed', connectionId: 's1.c2' },
  rollbackStarted: { type: 'tab.rollbackStarted', queryId: 'q1' },
  rolledBack: { ...ended, outcome: 'succeeded' },
  rollbackFailed: { ...ended, outcome: 'failed' },
  rollbackLost: { ...ended, outcome: 'lost.mayHaveCompleted' },
  lossSeen: { type: 'tab.lossSeen' },
  retired: { type: 'tab.retired' },
  retiredUnused: { type: 'tab.retired', unused: true },
  unused: { type: 'tab.unused' },
} as const;

const ways = {
  open: [],
  'interrupted.lost': ['lostWithTransaction'],
  'interrupted.rollingBack': ['rollbackStarted'],
  'interrupted.rolledBack': ['rollbackStarted', 'rolledBack'],
  retiring: ['retired'],
  closed: ['retired', 'closed'],
} as const;

export const tab: Truth<keyof typeof ways, keyof typeof events> = {
  machine: tabMachine,
  input: {
    actorId: 's1.t1',
    tabId: 't1',
    sessionId: 's1',
    profileId: 'p1',
    engine: 'postgres',
    connectTimeoutMs: 1000,
    readOnly: false,
    connectionId: 's1.c2',
  },
  events,
  ways,
  endedBy: ['retiredUnused', 'closed'],
  // biome-ignore format: one row per state
  table: {
    open: { connect: S, lostUnused: S, lostWithSettings: S, lostWithTransaction: 'interrupted.lost', lostWithTables: 'interrupted.lost', closed: S, rollbackStarted: 'interrupted.rollingBack', rolledBack: _, rollbackFailed: _, rollbackLost: _, lossSeen: _, retired: 'retiring', retiredUnused: 'retiring', unused: _ },
    'interrupted.lost': { connect: _, lostUnused: S, lostWithSettings: S, lostWithTransaction: S, lostWithTables: S, closed: S, rollbackStarted: _, rolledBack: _, rollbackFailed: _, rollbackLost: _, lossSeen: 'open', retired: 'closed', retiredUnused: 'closed', unused: _ },
    'interrupted.rollingBack': { connect: _, lostUnused: S, lostWithSettings: S, lostWithTransaction: S, lostWithTables: S, closed: S, rollbackStarted: _, rolledBack: 'interrupted.rolledBack', rollbackFailed: 'open', rollbackLost: 'interrupted.lost', lossSeen: _, retired: 'retiring', retiredUnused: 'retiring', unused: _ },
    'interrupted.rolledBack': { connect: _, lostUnused: S, lostWithSettings: S, lostWithTransaction: S, lostWithTables: S, closed: S, rollbackStarted: _, rolledBack: _, rollbackFailed: _, rollbackLost: _, lossSeen: 'open', retired: 'retiring', retiredUnused: 'retiring', unused: _ },
    retiring: { connect: _, lostUnused: 'closed', lostWithSettings: 'closed', lostWithTransaction: 'closed', lostWithTables: 'closed', closed: 'closed', rollbackStarted: _, rolledBack: _, rollbackFailed: _, rollbackLost: _, lossSeen: _, retired: _, retiredUnused: _, unused: S },
    closed: { connect: _, lostUnused: S, lostWithSettings: S, lostWithTransaction: S, lostWithTables: S, closed: S, rollbackStarted: _, rolledBack: _, rollbackFailed: _, rollbackLost: _, lossSeen: _, retired: _, retiredUnused: _, unused: _ },
  },
};
