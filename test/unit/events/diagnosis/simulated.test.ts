import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Answer } from '../../../../src/events/diagnosis/cause.ts';
import { Diagnosis } from '../../../../src/events/diagnosis/diagnosis.ts';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { fold } from '../../../../src/events/views/state.ts';
import { Play, type Step, step } from '../../actors/play.ts';
import { FAKED } from './stage.ts';

/** The fake clock goes on by a millisecond with each record, so what takes more of them is not quick. */
const QUICK_RECORDS = 900;

/** The plays of each test run; `QUERYTAPE_RUNS` plays as many others. */
const SEED = 28_11_2026;

/** What a statement waited for, by the state that it was in as time passed. */
const WAITS: Readonly<Record<string, string>> = {
  'queued.onConnection': 'connectionTurn',
  'queued.inSession': 'slotTurn',
  confirming: 'answerWait',
  'counting.running': 'answerWait',
  'counting.stopping': 'answerWait',
  recording: 'slowDisk',
};

/** A play whose clock goes on while it waits, and that remembers what happened by its own doing. */
class WatchedPlay extends Play {
  /** `cause query`: what made a statement wait. */
  readonly waited = new Set<string>();
  readonly signInsRefused: string[] = [];
  /** Statements that ended by themselves after they were asked to stop. */
  readonly raced = new Set<string>();
  /** Statements that may be run inside of others, whose ends are not theirs. */
  wrapped = false;

  constructor() {
    super();
    const { driver } = this.world;
    // So that statements of other tabs wait.
    this.world.rules = { ...this.world.rules, concurrentQueriesMax: 1 };
    const connect = driver.connect.bind(driver);
    driver.connect = async (target, options) => {
      if (driver.refuse?.code === '28P01') this.signInsRefused.push('refused');
      return connect(target, options);
    };
  }

  override async take(one: Step): Promise<void> {
    if (one.kind === 'stricter' || (one.kind === 'submit' && one.manual)) this.wrapped = true;
    if (one.kind === 'wait') this.passes(one.ms);
    if (one.kind === 'complete' || one.kind === 'fail' || one.kind === 'unusable') {
      const execution = this.running(one.which);
      const queryId = execution && this.texts.get(execution.text);
      if (execution?.cancelled && queryId) this.raced.add(queryId);
    }
    await super.take(one);
  }

  private passes(ms: number): void {
    this.world.clock.offsetMs += ms;
    if (ms < 1000) return;
    const { queries, connections } = fold(this.world.tape.envelopes);
    for (const { queryId, connectionId, state } of Object.values(queries)) {
      const cause = WAITS[state];
      if (cause === undefined) continue;
      const isOpen = connections[connectionId]?.openedAfterMs != null;
      if (cause !== 'connectionTurn' || isOpen) this.waited.add(`${cause} ${queryId}`);
    }
  }
}

function answersOf(tape: readonly Envelope[], queryId: string): Map<string, Answer> {
  const diagnosis = new Diagnosis(queryId);
  for (const envelope of tape) diagnosis.take(envelope);
  return new Map(diagnosis.ofQuery()!.map(({ cause, answer }) => [cause, answer]));
}

function reportOf(tape: readonly Envelope[]) {
  const diagnosis = new Diagnosis();
  for (const envelope of tape) diagnosis.take(envelope);
  return Object.fromEntries(diagnosis.report().map((one) => [one.cause, one]));
}

/** Causes that nothing in a play can bring about. */
const NEVER = [
  'tlsFailure',
  'tooManyConnections',
  'idleRollback',
  'lockedVault',
  'lockWait',
  'sleepLoss',
  'blockedLoop',
];

/** Steps in which more waits than usually. */
const pressing: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: step },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>({ kind: 'wait', ms: 5000 }, { kind: 'hold' }, { kind: 'dangerous' }),
  },
);

/** Each statement's answers are what was done to it. */
function answersAreTrue(play: WatchedPlay): void {
  const tape = play.world.tape.envelopes;
  const { queries } = fold(tape);
  for (const queryId of play.accepted.keys()) {
    const answers = answersOf(tape, queryId);
    const records = tape.filter(({ actor }) => actor === queryId);
    const isQuick = records.at(-1)!.seq - records[0]!.seq < QUICK_RECORDS;
    for (const cause of new Set(Object.values(WAITS))) {
      if (play.waited.has(`${cause} ${queryId}`))
        expect([queryId, cause, answers.get(cause)]).toEqual([queryId, cause, 'yes']);
      else if (isQuick) expect([queryId, cause, answers.get(cause)]).toEqual([queryId, cause, 'no']);
    }
    const { refusedCode, outcome, cancel } = queries[queryId]!;
    // A statement of ours has a time limit too.
    const isLate = cancel?.reason === 'timeout' && outcome !== 'succeeded' && outcome !== 'failed';
    expect([queryId, answers.get('timeout') === 'yes']).toEqual([queryId, isLate]);
    const unrecorded = records.some(({ event }) => event.type === 'query.notRecorded');
    expect([queryId, answers.get('refusal')]).toEqual([
      queryId,
      refusedCode !== null && !unrecorded ? 'yes' : 'no',
    ]);
    expect([queryId, answers.get('fullDisk')]).toEqual([queryId, unrecorded ? 'yes' : 'no']);
    expect([queryId, answers.get('crash')]).toEqual([queryId, 'no']);
    if (outcome!.startsWith('lost') || play.wrapped) continue;
    const isRaced = play.raced.has(queryId);
    if (isRaced) expect([queryId, answers.get('cancelRace')]).toEqual([queryId, 'yes']);
    else if (play.seen.has(queryId))
      expect([queryId, answers.get('cancelRace')]).not.toEqual([queryId, 'yes']);
  }
}

/** The whole tape's answers are what was done. */
function tapeIsTrue(play: WatchedPlay): void {
  const report = reportOf(play.world.tape.envelopes);
  for (const cause of NEVER) expect([cause, report[cause]!.counts.yes]).toEqual([cause, 0]);
  expect(report.credentials!.counts.yes).toBe(play.signInsRefused.length);
  expect(report.crash).toMatchObject({ answer: 'no', findings: [] });
}

/** After a kill the statements that were under way, and no other, were under way. */
function killsAreTrue(tape: readonly Envelope[], at: number): void {
  const cut = tape.slice(0, at);
  const next: Envelope = { ...tape[0]!, seq: at + 1, at: cut.at(-1)!.at + 1, actor: 'run-2' };
  const report = reportOf([...cut, next]);
  const living = Object.values(fold(cut).queries).filter(({ outcome }) => outcome === null);
  // The start that was killed is one more.
  expect(report.crash!.counts.yes).toBe(living.length + 1);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: [...FAKED] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('agrees with whatever user, server, disk and clock do', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(pressing, { minLength: 5, maxLength: 25 }),
      fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      async (steps, where) => {
        const play = new WatchedPlay();
        await play.open();
        for (const one of steps) await play.take(one);
        const tape = [...play.world.tape.envelopes];
        killsAreTrue(tape, Math.max(1, Math.floor(tape.length * where)));
        await play.finish();
        answersAreTrue(play);
        tapeIsTrue(play);
      },
    ),
    process.env.QUERYTAPE_RUNS
      ? { numRuns: Number(process.env.QUERYTAPE_RUNS) }
      : { numRuns: 15, seed: SEED },
  );
});
