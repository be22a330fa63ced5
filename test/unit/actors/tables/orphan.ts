import { orphanMachine } from '../../../../src/actors/orphan.machine.ts';
import type { OrphanStatus } from '../../../../src/events/orphan.ts';
import { _, type Truth } from './truth-table.ts';

const found = (status: OrphanStatus) =>
  ({ type: 'orphan.found', status, forMs: status === 'running' ? 1000 : null, afterMs: 1 }) as const;
const failure = { code: 'ECONNREFUSED', source: 'connection' } as const;

const events = {
  running: found('running'),
  later: found('laterStatement'),
  inTransaction: found('inTransaction'),
  idle: found('idle'),
  gone: found('gone'),
  notChecked: { type: 'orphan.notChecked', failure },
  check: { type: 'orphan.check', commandId: 'm', sessionId: 's3' },
  cancel: { type: 'orphan.cancel', commandId: 'm', sessionId: 's3' },
  terminated: { type: 'orphan.terminated', termination: 'done' },
  notTerminated: { type: 'orphan.notTerminated', failure },
  dismissed: { type: 'orphan.dismissed' },
} as const;

const ways = {
  checking: [],
  running: ['running'],
  laterStatement: ['later'],
  inTransaction: ['inTransaction'],
  idle: ['idle'],
  gone: ['gone'],
  unknown: ['notChecked'],
  'cancelling.requested': ['running', 'cancel'],
  'cancelling.confirming': ['running', 'cancel', 'terminated'],
  dismissed: ['dismissed'],
} as const;

const answers = {
  running: 'running',
  later: 'laterStatement',
  inTransaction: 'inTransaction',
  idle: 'idle',
  gone: 'gone',
} as const;
const noAnswer = { running: _, later: _, inTransaction: _, idle: _, gone: _, notChecked: _ } as const;
const notEnding = { terminated: _, notTerminated: _, dismissed: 'dismissed' } as const;
const cancellable = {
  ...noAnswer,
  ...notEnding,
  check: 'checking',
  cancel: 'cancelling.requested',
} as const;
const answered = { ...noAnswer, ...notEnding, check: 'checking', cancel: _ } as const;

export const orphan: Truth<keyof typeof ways, keyof typeof events> = {
  machine: orphanMachine,
  input: {
    actorId: 'o1',
    orphanId: 's1.c1',
    sessionId: 's2',
    profileId: 'p1',
    engine: 'postgres',
    process: { processId: 7, startedAt: '2026-11-28T12:00:00.000000Z' },
    sentAt: 1,
    checkTimeoutMs: 1000,
  },
  events,
  ways,
  endedBy: ['dismissed'],
  table: {
    checking: { ...answers, notChecked: 'unknown', check: _, cancel: _, ...notEnding },
    running: cancellable,
    laterStatement: cancellable,
    inTransaction: cancellable,
    idle: answered,
    gone: answered,
    unknown: answered,
    'cancelling.requested': {
      ...noAnswer,
      notChecked: 'unknown',
      check: _,
      cancel: _,
      terminated: 'cancelling.confirming',
      notTerminated: 'checking',
      dismissed: 'dismissed',
    },
    'cancelling.confirming': { ...answers, notChecked: 'unknown', check: _, cancel: _, ...notEnding },
    dismissed: { ...noAnswer, check: _, cancel: _, terminated: _, notTerminated: _, dismissed: _ },
  },
};
