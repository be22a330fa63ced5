import { describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { queryMachine } from '../../../src/actors/query.machine.ts';
import type { QueryEvent } from '../../../src/actors/query-setup.ts';
import type { QueryInput } from '../../../src/events/query.ts';
import { stateName } from '../../../src/events/state-name.ts';

const input: QueryInput = {
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
  timeoutMs: 1000,
  rowsMax: 0,
  idleInTransactionMs: 0,
  concurrentQueriesMax: 1,
  manualCommit: false,
  goOnAfterError: false,
  fingerprint: '0123456789abcdef',
  statementBytes: 8,
};
const failure = { code: '57014', source: 'server' } as const;
const ended = { rows: 0, bytes: 0, serverMs: 1, transaction: 'none', usable: true } as const;

const admitted: QueryEvent = {
  type: 'query.classified',
  verdict: 'read',
  dangers: [],
  admission: 'admitted',
};
const dangerous: QueryEvent = {
  type: 'query.classified',
  verdict: 'ddl',
  dangers: ['drop'],
  admission: 'confirm',
  promptId: 'p1',
};
const confirmed: QueryEvent = { type: 'query.confirmed', commandId: 'm3' };
const expired: QueryEvent = { type: 'query.confirmationExpired' };
const refused: QueryEvent = {
  type: 'query.classified',
  verdict: 'unknown',
  dangers: ['unknown'],
  admission: 'refused',
  code: 'x',
};
const granted: QueryEvent = { type: 'query.granted' };
const grantedWithSlot: QueryEvent = { type: 'query.granted', slot: true };
const countWanted: QueryEvent = { type: 'query.countWanted', commandId: 'm4' };
const counted: QueryEvent = {
  type: 'query.counted',
  rows: 7,
  serverMs: 1,
  transaction: 'open',
  usable: true,
};
const unusableCount: QueryEvent = {
  type: 'query.counted',
  code: 'x',
  serverMs: 1,
  transaction: 'none',
  usable: false,
};
const slotGranted: QueryEvent = { type: 'query.slotGranted' };
const recorded: QueryEvent = { type: 'query.recorded', seq: 9, afterMs: 0.4 };
const notRecorded: QueryEvent = { type: 'query.notRecorded', code: 'ENOSPC' };
const firstRow: QueryEvent = { type: 'query.firstRowArrived', afterMs: 3, columns: 2 };
const paused: QueryEvent = { type: 'query.paused', rows: 10 };
const resumed: QueryEvent = { type: 'query.resumed', rows: 10 };
const cancel: QueryEvent = { type: 'query.cancel', commandId: 'm2', reason: 'user' };
const deadline: QueryEvent = { type: 'query.deadlinePassed' };
const rowLimit: QueryEvent = { type: 'query.rowLimitReached', rows: 10 };
const readOn: QueryEvent = { type: 'query.rowLimitReached', rows: 10, readOn: true };
const fullReadOn: QueryEvent = { type: 'query.resultLimitReached', bytes: 9, cut: 'diskFull', readOn: true };
const acknowledged: QueryEvent = { type: 'query.cancelAcknowledged', attempt: 1, afterMs: 2 };
const escalated: QueryEvent = { type: 'query.cancelEscalated', step: 'terminate' };
const completed: QueryEvent = {
  type: 'query.completed',
  ...ended,
  rowsAffected: 1,
  command: 'SELECT',
  columns: 2,
  resultSets: 1,
  pausedMs: 0,
};
const stopped: QueryEvent = { type: 'query.failed', failure, stopped: true, confirmedAfterMs: 6, ...ended };
const limited: QueryEvent = { ...completed, cut: 'rowLimit', confirmedAfterMs: 6 };
const failed: QueryEvent = { type: 'query.failed', failure, stopped: false, ...ended };
const lost: QueryEvent = { type: 'query.lost', ran: 'mayHaveCompleted', failure };
const lostBefore: QueryEvent = { type: 'query.lost', ran: 'notRun', failure };
const withheld: QueryEvent = { type: 'query.withheld', code: 'readOnly.ddl' };
const abandoned: QueryEvent = {
  type: 'query.abandoned',
  failure: { code: 'session.closeTimeout', source: 'client' },
};
const connectionLost: QueryEvent = { type: 'connection.lost', failure };

function stateAfter(...events: QueryEvent[]): string {
  let [snapshot] = initialTransition(queryMachine, input);
  for (const event of events) [snapshot] = transition(queryMachine, snapshot, event);
  return stateName(snapshot.value);
}

const leased = [granted];
const waiting = [...leased, admitted];
const recording = [...waiting, slotGranted];
const executing = [...recording, recorded];
const streaming = [...executing, firstRow];

describe('a query', () => {
  it.each<[string, string, QueryEvent[]]>([
    ['is classified once it has its connection', 'classifying', leased],
    ['needs no slot of its own where it was granted one', 'recording', [grantedWithSlot, admitted]],
    [
      'gives its slot back while the user decides',
      'queued.inSession',
      [grantedWithSlot, dangerous, confirmed],
    ],
    ['is refused when it is not admitted', 'refused', [...leased, refused]],
    ['waits for the user where it is dangerous', 'confirming', [...leased, dangerous]],
    ['waits for the others once it was confirmed', 'queued.inSession', [...leased, dangerous, confirmed]],
    ['goes on once the session lets it', 'recording', [...leased, dangerous, confirmed, slotGranted]],
    ['is refused when it was not confirmed in time', 'refused', [...leased, dangerous, expired]],
    ['is cancelled instead of confirmed', 'cancelled', [...leased, dangerous, cancel]],
    ['counts when it is asked to', 'counting.running', [...leased, dangerous, countWanted]],
    ['counts nothing before the user is asked', 'classifying', [...leased, countWanted]],
    [
      'waits for the user again once it has counted',
      'confirming',
      [...leased, dangerous, countWanted, counted],
    ],
    ['is not sent while it counts', 'counting.running', [...leased, dangerous, countWanted, confirmed]],
    [
      'stops its count when the time to confirm is over',
      'counting.stopping',
      [...leased, dangerous, countWanted, expired],
    ],
    [
      'is refused once the count that outlasted the time to confirm has ended',
      'refused',
      [...leased, dangerous, countWanted, expired, counted],
    ],
    ['is refused where a rule became stricter before it was sent', 'refused', [...executing, withheld]],
    ['did not run where it was abandoned before it was sent', 'lost.notRun', [...recording, abandoned]],
    [
      'may have completed where it was abandoned after it was sent',
      'lost.mayHaveCompleted',
      [...streaming, abandoned],
    ],
    [
      'is not cancelled before its count has ended',
      'counting.stopping',
      [...leased, dangerous, countWanted, cancel, cancel],
    ],
    [
      'is cancelled once its count has ended',
      'cancelled',
      [...leased, dangerous, countWanted, cancel, counted],
    ],
    [
      'did not run when its count was the connection’s end',
      'lost.notRun',
      [...leased, dangerous, countWanted, unusableCount],
    ],
    [
      'did not run when the connection goes while it counts',
      'lost.notRun',
      [...leased, dangerous, countWanted, connectionLost],
    ],
    ['is not confirmed before it was asked for', 'classifying', [...leased, confirmed]],
    ['waits for its connection', 'queued.onConnection', []],
    ['waits for the others of its session', 'queued.inSession', waiting],
    ['is cancelled while it waits for the others', 'cancelled', [...waiting, cancel]],
    ['did not run when the connection is lost in the meantime', 'lost.notRun', [...waiting, connectionLost]],
    ['waits for the tape before it is sent', 'recording', recording],
    ['is refused when the tape can not be written', 'refused', [...recording, notRecorded]],
    ['executes once its record is on disk', 'running.executing', executing],
    ['streams from its first row', 'running.streaming', streaming],
    ['pauses', 'running.paused', [...streaming, paused]],
    ['resumes', 'running.streaming', [...streaming, paused, resumed]],
    ['succeeds', 'succeeded', [...streaming, completed]],
    ['succeeds without a row', 'succeeded', [...executing, completed]],
    ['fails', 'failed', [...executing, failed]],
    ['is cancelled before it was sent, without asking the server', 'cancelled', [cancel]],
    ['is cancelled while it is being recorded', 'cancelled', [...recording, cancel]],
    ['is not cancelled by asking', 'running.cancelling.requested', [...executing, cancel]],
    [
      'is not cancelled by the request being taken',
      'running.cancelling.acknowledged',
      [...executing, cancel, acknowledged],
    ],
    ['is cancelled once the server says so', 'cancelled', [...executing, cancel, acknowledged, stopped]],
    ['succeeds when it won the race against the cancel', 'succeeded', [...executing, cancel, completed]],
    ['fails when another error came first', 'failed', [...executing, cancel, failed]],
    ['escalates', 'running.cancelling.escalating', [...executing, cancel, acknowledged, escalated]],
    [
      'times out only when the server has stopped it',
      'running.cancelling.requested',
      [...executing, deadline],
    ],
    ['times out', 'timedOut', [...executing, deadline, stopped]],
    [
      'keeps its first reason when it is cancelled after the deadline',
      'timedOut',
      [...executing, deadline, cancel, stopped],
    ],
    [
      'keeps its first reason when the deadline passes after a cancel',
      'cancelled',
      [...executing, cancel, deadline, stopped],
    ],
    ['fails, not times out, when the server stops it on its own account', 'failed', [...executing, failed]],
    ['is stopped at the row limit, which completes it', 'succeeded', [...streaming, rowLimit, limited]],
    ['reads on at the row limit', 'running.streaming', [...streaming, readOn]],
    ['reads on when its result is full', 'running.paused', [...streaming, paused, fullReadOn]],
    ['is cancelled while paused', 'cancelled', [...streaming, paused, cancel, stopped]],
    ['may have completed when the connection goes', 'lost.mayHaveCompleted', [...executing, lost]],
    ['did not run when it never left', 'lost.notRun', [...executing, lostBefore]],
    ['did not run when the connection goes before it was granted', 'lost.notRun', [connectionLost]],
    [
      'did not run when the connection goes while it is being recorded',
      'lost.notRun',
      [...recording, connectionLost],
    ],
    [
      'waits for its own driver when the connection goes under it',
      'running.executing',
      [...executing, connectionLost],
    ],
    ['stays cancelled whatever comes later', 'cancelled', [...executing, cancel, stopped, completed, lost]],
    [
      'takes no first row after a cancel for a reason to stream',
      'running.cancelling.requested',
      [...executing, cancel, firstRow],
    ],
  ])('%s', (_name, state, events) => {
    expect(stateAfter(...events)).toBe(state);
  });

  it('keeps the deadline away from a result that is not read on from', () => {
    const delays = (events: QueryEvent[]) => {
      let [snapshot, actions] = initialTransition(queryMachine, input);
      for (const event of events) [snapshot, actions] = transition(queryMachine, snapshot, event);
      return actions.map((action) => action.type);
    };
    expect(delays([...streaming, paused])).toContain('xstate.cancel');
    expect(delays([...streaming, paused, resumed])).toContain('xstate.raise');
  });
});
