import { expect } from 'vitest';
import type { Answer } from '../../../../src/events/diagnosis/cause.ts';
import { Diagnosis } from '../../../../src/events/diagnosis/diagnosis.ts';
import type { CauseReport } from '../../../../src/events/diagnosis/report.ts';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { apply, emptyState, fold } from '../../../../src/events/views/state.ts';
import type { FakeConnection } from '../../actors/fakes.ts';
import { Play, type Step } from '../../actors/play.ts';

/** The fake clock advances by a millisecond with each record, so what takes more of them is not quick. */
const QUICK_RECORDS = 900;
/** What a time that passes is cut into: what happens in one of these pieces has no place in it that is known here. */
const PIECES = 10;
const NOTICEABLE_MS = 1000;
const IDLE_TRANSACTION_MS = 60_000;

/** What a statement waits for, by the state that it is in as time passes. */
const WAITS: Readonly<Record<string, string>> = {
  'queued.onConnection': 'connectionTurn',
  'queued.inSession': 'slotTurn',
  confirming: 'answerWait',
  'counting.running': 'answerWait',
  'counting.stopping': 'answerWait',
  recording: 'slowDisk',
};

/** The answers that are held against what was done, of a statement that ended without an error of the server. */
const NOT_DONE = ['lockWait', 'abortedTransaction', 'fullDisk', 'timeout'];

/** A play whose clock advances as it waits, and that remembers what it did itself. Needs fake timers. */
export class WatchedPlay extends Play {
  /** `cause query`: what a statement waited for, and where it is not known how long. */
  readonly waited = new Set<string>();
  readonly unsure = new Set<string>();
  /** Codes that connection attempts were refused with, as often as they were. */
  readonly refused: string[] = [];
  /** Statements that ended by themselves after they were asked to stop. */
  readonly raced = new Set<string>();
  /** `cause query`: statements that the server failed with a code that means so. */
  readonly failed = new Set<string>();
  /** Connections whose transaction was open and idle for long, and those of which it is not known. */
  readonly leftOpen = new Set<FakeConnection>();
  readonly maybeLeftOpen = new Set<FakeConnection>();
  /** Statements that may be run inside of others, whose ends are not theirs. */
  wrapped = false;
  private readonly waits = new Map<string, number>();
  private readonly idle = new Map<FakeConnection, number>();
  private readonly view = emptyState();
  private folded = 0;

  /** Its server is reached through a tunnel. */
  readonly hasTunnel: boolean;

  constructor(start: ConstructorParameters<typeof Play>[0] = {}) {
    super(start);
    this.hasTunnel = start.tunnel !== undefined;
    const { driver } = this.world;
    // So that statements of other tabs wait.
    this.world.rules = { ...this.world.rules, concurrentQueriesMax: 1 };
    const connect = driver.connect.bind(driver);
    driver.connect = async (target, options) => {
      if (driver.refuse) this.refused.push(driver.refuse.code);
      return connect(target, options);
    };
  }

  override async take(one: Step): Promise<void> {
    if (one.kind === 'stricter' || (one.kind === 'submit' && one.manual)) this.wrapped = true;
    if (one.kind === 'wait') return this.passes(one.ms);
    if (one.kind === 'complete' || one.kind === 'fail' || one.kind === 'unusable') {
      const execution = this.running(one.which);
      const queryId = execution && this.texts.get(execution.text);
      if (execution?.cancelled && queryId) this.raced.add(queryId);
    }
    await super.take(one);
  }

  /** Time passes, by every clock, piece by piece. */
  private async passes(ms: number): Promise<void> {
    for (let piece = 0; piece < PIECES; piece++) {
      const before = this.waiting();
      const idleBefore = this.idleTransactions();
      this.world.clock.offsetMs += ms / PIECES;
      await super.take({ kind: 'wait', ms: ms / PIECES });
      this.add(before, this.waiting(), ms / PIECES);
      this.addIdle(idleBefore, this.idleTransactions(), ms / PIECES);
    }
  }

  /** It is not known how long what waits or is idle now has been so. */
  protected loseTrack(): void {
    for (const wait of this.waiting()) this.unsure.add(wait);
    for (const connection of this.idleTransactions()) this.maybeLeftOpen.add(connection);
  }

  /** `cause query` of each statement that waits now. */
  private waiting(): Set<string> {
    const { envelopes } = this.world.tape;
    for (; this.folded < envelopes.length; this.folded++) apply(this.view, envelopes[this.folded]!);
    const { queries, connections } = this.view;
    const found = new Set<string>();
    for (const { queryId, connectionId, state } of Object.values(queries)) {
      const cause = WAITS[state];
      if (cause === undefined) continue;
      const isOpen = connections[connectionId]?.openedAfterMs != null;
      if (cause !== 'connectionTurn' || isOpen) found.add(`${cause} ${queryId}`);
    }
    return found;
  }

  private add(before: Set<string>, after: Set<string>, ms: number): void {
    for (const wait of before) {
      if (!after.has(wait)) {
        this.unsure.add(wait);
        continue;
      }
      const waited = (this.waits.get(wait) ?? 0) + ms;
      this.waits.set(wait, waited);
      if (waited >= NOTICEABLE_MS) this.waited.add(wait);
      else this.unsure.add(wait);
    }
    for (const wait of after) if (!before.has(wait)) this.unsure.add(wait);
  }

  private idleTransactions(): Set<FakeConnection> {
    return new Set(
      this.world.driver.connections.filter(
        ({ transaction, closed, executions }) =>
          transaction !== 'none' && !closed && executions.every(({ hasEnded }) => hasEnded),
      ),
    );
  }

  private addIdle(before: Set<FakeConnection>, after: Set<FakeConnection>, ms: number): void {
    for (const connection of new Set([...before, ...after])) {
      const stays = before.has(connection) && after.has(connection);
      const idle = (this.idle.get(connection) ?? 0) + ms;
      this.idle.set(connection, stays ? idle : 0);
      if (stays && idle >= IDLE_TRANSACTION_MS) this.leftOpen.add(connection);
      else this.maybeLeftOpen.add(connection);
    }
  }
}

/** What the causes say of one statement of a tape. */
export function answersOf(tape: readonly Envelope[], queryId: string): Map<string, Answer> {
  const diagnosis = new Diagnosis(queryId);
  for (const envelope of tape) diagnosis.take(envelope);
  return new Map(diagnosis.ofQuery()!.map(({ cause, answer }) => [cause, answer]));
}

/** What the causes say of a whole tape, by their names. */
export function reportOf(tape: readonly Envelope[]): Record<string, CauseReport> {
  const diagnosis = new Diagnosis();
  for (const envelope of tape) diagnosis.take(envelope);
  return Object.fromEntries(diagnosis.report().map((one) => [one.cause, one]));
}

/** Each statement's answers are what was done to it. */
export function answersAreTrue(play: WatchedPlay, queryIds: Iterable<string>): void {
  const tape = play.world.tape.envelopes;
  const { queries } = fold(tape);
  for (const queryId of queryIds) {
    const records = tape.filter(({ actor }) => actor === queryId);
    const answers = answersOf(tape, queryId);
    const answer = (cause: string) => [cause, queryId, answers.get(cause)];
    waitsAreTrue(play, records, answer);
    const { refusedCode, outcome, cancel } = queries[queryId]!;
    const unrecorded = records.some(({ event }) => event.type === 'query.notRecorded');
    const done = new Set(NOT_DONE.filter((cause) => play.failed.has(`${cause} ${queryId}`)));
    // A statement of ours has a time limit too.
    if (cancel?.reason === 'timeout' && outcome !== 'succeeded' && outcome !== 'failed') done.add('timeout');
    if (unrecorded) done.add('fullDisk');
    for (const cause of NOT_DONE)
      expect([cause, queryId, answers.get(cause) === 'yes']).toEqual([cause, queryId, done.has(cause)]);
    const isRefused = refusedCode !== null && !unrecorded;
    expect(answer('refusal')).toEqual(['refusal', queryId, isRefused ? 'yes' : 'no']);
    expect(answer('crash')).toEqual(['crash', queryId, 'no']);
    if (outcome!.startsWith('lost') || play.wrapped) continue;
    const raced = ['cancelRace', queryId, 'yes'];
    if (play.raced.has(queryId)) expect(answer('cancelRace')).toEqual(raced);
    else if (play.seen.has(queryId)) expect(answer('cancelRace')).not.toEqual(raced);
  }
}

function waitsAreTrue(
  play: WatchedPlay,
  records: readonly Envelope[],
  answer: (cause: string) => unknown[],
): void {
  const queryId = records[0]!.actor;
  const isQuick = records.at(-1)!.seq - records[0]!.seq < QUICK_RECORDS;
  for (const cause of new Set(Object.values(WAITS))) {
    const wait = `${cause} ${queryId}`;
    if (play.waited.has(wait)) expect(answer(cause)).toEqual([cause, queryId, 'yes']);
    else if (isQuick && !play.unsure.has(wait)) expect(answer(cause)).toEqual([cause, queryId, 'no']);
  }
}

/** By which cause a connection's refusal is explained. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'credentials',
  '53300': 'tooManyConnections',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tlsFailure',
};
/** Causes that nothing in a play can bring about, and those that only one through a tunnel can. */
const NEVER = ['idleRollback', 'lockedVault'];
const OF_TUNNELS = ['hostKeyFailure', 'tunnelFlapping'];

/** The whole tape's answers are what was done. */
export function tapeIsTrue(play: WatchedPlay): void {
  const tape = play.world.tape.envelopes;
  const report = reportOf(tape);
  const yes = (cause: string): number => report[cause]!.counts.yes;
  for (const cause of play.hasTunnel ? NEVER : [...NEVER, ...OF_TUNNELS])
    expect([cause, yes(cause)]).toEqual([cause, 0]);
  for (const [code, cause] of Object.entries(REFUSALS)) {
    const refused = play.refused.filter((one) => one === code).length;
    // A connection that was closed, or given up, before its refusal came has none on the tape.
    expect([cause, yes(cause) <= refused]).toEqual([cause, true]);
    expect([cause, yes(cause) >= refused - unheard(tape)]).toEqual([cause, true]);
  }
  expect(yes('openTransaction')).toBeGreaterThanOrEqual(play.leftOpen.size);
  expect(yes('openTransaction')).toBeLessThanOrEqual(new Set([...play.leftOpen, ...play.maybeLeftOpen]).size);
  expect(report.crash).toMatchObject({ answer: 'no', findings: [] });
}

/** How many connections ended before the server's answer. */
function unheard(tape: readonly Envelope[]): number {
  const answered = new Set<string>();
  const ended = new Set<string>();
  for (const { actor, kind, state, event } of tape) {
    if (kind !== 'connection') continue;
    const isAnswer = event.type === 'connection.opened' || event.type === 'connection.notOpened';
    if (isAnswer && !('failure' in event && event.failure.code === 'connect.timeout')) answered.add(actor);
    if (state === 'closed' || state === 'lost') ended.add(actor);
  }
  return [...ended].filter((actor) => !answered.has(actor)).length;
}

/** After a kill the statements that were under way, and no other, were under way. */
export function killIsTrue(tape: readonly Envelope[], at: number): void {
  const cut = tape.slice(0, at);
  const next: Envelope = { ...tape[0]!, seq: cut.at(-1)!.seq + 1, at: cut.at(-1)!.at + 1, actor: 'run-next' };
  const report = reportOf([...cut, next]);
  const living = Object.values(fold(cut).queries).filter(({ outcome }) => outcome === null);
  // The start that was killed is one more.
  expect(report.crash!.counts.yes).toBe(living.length + 1);
}
