import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import { fold } from '../../../src/events/views/state.ts';

let seq = 0;

/** A record of the query `q1`. */
function record(event: object, state: string | null): Envelope {
  seq++;
  return {
    seq,
    at: 1000 + seq,
    actor: 'q1',
    kind: 'query',
    machine: 'query@7',
    cause: null,
    event,
    state,
  } as Envelope;
}

/** The next start of the program after a kill. */
function nextStart(): Envelope {
  seq++;
  const event = { type: 'xstate.init', input: { runId: 'r2', version: '0', node: 'v20', processId: 2 } };
  return {
    seq,
    at: 1000 + seq,
    actor: 'r2',
    kind: 'workspace',
    machine: 'workspace@5',
    cause: null,
    event,
    state: 'running.recording',
  } as Envelope;
}

const input = {
  queryId: 'q1',
  sessionId: 's1',
  connectionId: 'c1',
  profileId: 'p1',
  engine: 'postgres',
  environment: 'development',
  readOnly: false,
  purpose: 'statement',
  tabId: 't1',
  scriptId: 'x1',
  scriptIndex: 0,
  timeoutMs: 0,
  rowsMax: 0,
  idleInTransactionMs: 0,
  concurrentQueriesMax: 4,
  manualCommit: false,
  goOnAfterError: false,
  fingerprint: '0123456789abcdef',
  statementBytes: 8,
};

/** A statement's life up to its first row, in the order it is recorded. */
const LIFE: readonly (readonly [object, string])[] = [
  [{ type: 'xstate.init', input }, 'queued.onConnection'],
  [{ type: 'query.granted' }, 'classifying'],
  [{ type: 'query.classified', verdict: 'write', dangers: [], admission: 'admitted' }, 'queued.inSession'],
  [{ type: 'query.slotGranted' }, 'recording'],
  [{ type: 'query.recorded', seq: 4, afterMs: 0.3 }, 'running.executing'],
  [{ type: 'query.firstRowArrived', afterMs: 2, columns: 1 }, 'running.streaming'],
];

describe('a statement in flight at a kill', () => {
  it.each(LIFE.map(([event, state], index) => [state, (event as { type: string }).type, index] as const))(
    'that was %s (%s) did not run only where its write-ahead record is not on the tape',
    (state, _type, index) => {
      const tape = [...LIFE.slice(0, index + 1).map(([event, at]) => record(event, at)), nextStart()];
      // The record that enters `recording` is the last one before the statement leaves.
      const mayHaveLeft = /^(recording|running)/.test(state);
      expect(fold(tape).queries.q1).toMatchObject({
        outcome: mayHaveLeft ? 'lost.mayHaveCompleted' : 'lost.notRun',
        orphaned: true,
      });
    },
  );
});

describe('a statement that was withheld', () => {
  it('is refused by the rule that became stricter', () => {
    const tape = LIFE.slice(0, 5).map(([event, state]) => record(event, state));
    tape.push(record({ type: 'query.withheld', code: 'readOnly.ddl' }, 'refused'));
    expect(fold(tape).queries.q1).toMatchObject({ outcome: 'refused', refusedCode: 'readOnly.ddl' });
  });
});
