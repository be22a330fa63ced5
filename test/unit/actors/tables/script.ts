import { scriptMachine } from '../../../../src/actors/script.machine.ts';
import { _, S, type Truth } from './truth-table.ts';

const ended = { type: 'script.statementEnded', queryId: 'q1', scriptIndex: 0 } as const;

const events = {
  succeeded: { ...ended, outcome: 'succeeded' },
  wonTheCancel: { ...ended, outcome: 'succeeded', reason: 'user' },
  failed: { ...ended, outcome: 'failed' },
  refused: { ...ended, outcome: 'refused' },
  lost: { ...ended, outcome: 'lost.notRun' },
  stopped: { ...ended, scriptIndex: 1, outcome: 'cancelled', reason: 'scriptStopped' },
  abandoned: { type: 'script.abandoned' },
} as const;

const ways = { running: [], stopping: ['failed'], ended: ['failed', 'stopped', 'stopped'] } as const;

export const script: Truth<keyof typeof ways, keyof typeof events> = {
  machine: scriptMachine,
  input: { scriptId: 'x1', sessionId: 's1', statements: 3, goOnAfterError: false },
  events,
  ways,
  endedBy: ['abandoned'],
  // biome-ignore format: one row per state
  table: {
    running: { succeeded: S, wonTheCancel: 'stopping', failed: 'stopping', refused: 'stopping', lost: 'stopping', stopped: 'stopping', abandoned: 'ended' },
    stopping: { succeeded: S, wonTheCancel: S, failed: S, refused: S, lost: S, stopped: S, abandoned: 'ended' },
    ended: { succeeded: _, wonTheCancel: _, failed: _, refused: _, lost: _, stopped: _, abandoned: _ },
  },
};
