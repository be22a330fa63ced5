import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { JUDGED } from '../../actors/fakes.ts';
import { FAKED, Stage } from './stage.ts';
import { answersOf, reportOf } from './watched-play.ts';

/** What a cause must not mistake for another. */

beforeEach(() => {
  vi.useFakeTimers({ toFake: [...FAKED] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('a transaction is idle on the server too while its next statement waits for an answer', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('update t');
  await stage.complete('update t', 1, 'open');
  const { world } = stage;
  const danger = { kind: 'deleteAll', position: 1, reason: 'All rows.' } as const;
  world.rules = { ...world.rules, confirmDangerous: true };
  world.judge = () => ({ ...JUDGED, verdict: 'write', dangers: [danger] });
  const queryId = await stage.submit('delete from t');
  await stage.pass(90_000);
  const challenge = world.workspace.query(queryId)!.challenge!.id;
  await stage.take({ type: 'query.confirm', queryId, challenge, name: 'One' });
  await stage.complete('delete from t');
  const { counts, findings } = reportOf(stage.tape).openTransaction!;
  expect(counts.yes).toBe(1);
  expect(findings[0]!.sentence).toBe('Its transaction was open and unused for 1 min 30 s.');
});

/** A connection that is lost after it was idle for so long, while another one of its session goes on. */
async function lostIdle(idleMs: number) {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1');
  await stage.pass(idleMs);
  await stage.submit('select 2', 't2');
  await stage.lose(1);
  await stage.complete('select 2');
  return reportOf(stage.tape).idleClose!;
}

it.each([
  [500, 0, 0, 'too short for any limit'],
  [20_000, 0, 1, 'that of a limit, of a kill and of a network alike'],
  [300_000, 1, 0, 'one that something on the way forgets it after'],
])('a connection that is lost after %d ms of idleness has a time that is %s', async (ms, isYes, isOpen) => {
  const { counts } = await lostIdle(ms);
  expect(counts).toMatchObject({ yes: isYes, cantTell: isOpen });
});

it('a connection that the server ends at its limit for whole transactions, idle as it is, is ended by a time limit', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('update t');
  await stage.complete('update t', 1, 'open');
  await stage.pass(20_000);
  await stage.lose(1, { code: '25P04', source: 'server' });
  const { timeout, idleClose, idleRollback } = reportOf(stage.tape);
  expect([timeout!.answer, idleClose!.answer, idleRollback!.answer]).toEqual(['yes', 'no', 'no']);
  expect(timeout!.findings[0]).toMatchObject({
    sentence:
      'The server ended the connection because its transaction took too long, by a limit of its own; the last 20.0 s of it were idle.',
    advice: expect.stringMatching(/transaction_timeout/),
  });
});

it('a connection that a pooler ends by a code that says nothing else failed with an error', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1');
  await stage.lose(1, { code: '08P01', source: 'server' });
  expect(reportOf(stage.tape).connectionError!.findings[0]!.sentence).toBe(
    'The server, or what is in front of it, ended it with the error 08P01.',
  );
});

it('a code that is about connections is an error of the statement that it ended', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.fail('select 1', '53300');
  expect(reportOf(stage.tape).serverError!.findings[0]!.sentence).toMatch(/with the error 53300/);
});

it('a statement that the driver refuses in a failed transaction is refused for the transaction', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.fail('select 1', '25P02', { source: 'client' });
  const { abortedTransaction, serverError } = reportOf(stage.tape);
  expect([abortedTransaction!.answer, serverError!.answer]).toEqual(['yes', 'no']);
});

it('an error that Querytape ends a statement with is said to be its own', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.fail('select 1', 'protocol.violated', { source: 'client' });
  expect(reportOf(stage.tape).serverError!.findings[0]!.sentence).toMatch(
    /^Querytape ended it with the error/,
  );
});

it('a connection that is closed before it is open may have been refused for its encryption', async () => {
  const stage = new Stage();
  stage.refuse('ECONNRESET', 'connection');
  await stage.open();
  expect(reportOf(stage.tape).tlsFailure!.answer).toBe('cantTell');
});

it('a time in which the program stood still is not the server’s, nor the disk’s', async () => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  await stage.submit('select 1');
  stage.world.clock.offsetMs += 3000;
  stage.fact({ type: 'process.stalled', loopMs: 3000, clockMs: 3000 });
  await stage.complete('select 1', 3100);
  const { slowFirstRow, blockedLoop } = reportOf(stage.tape);
  expect([slowFirstRow!.answer, blockedLoop!.answer]).toEqual(['cantTell', 'yes']);
  expect(slowFirstRow!.findings[0]!.sentence).toMatch(/took 3.1 s, but the program stood still for 3.0? s/);
});

it('a wait that the computer slept through is not the wait for a slot; one that is long beside it is', async () => {
  const waited = async (awakeMs: number) => {
    const stage = new Stage();
    stage.world.rules = { ...stage.world.rules, concurrentQueriesMax: 1 };
    stage.fact({ type: 'process.watched', stallMs: 1000 });
    await stage.open();
    await stage.submit('select 1');
    await stage.submit('select 2', 't2');
    stage.world.clock.offsetMs += 3_600_000;
    stage.fact({ type: 'process.stalled', loopMs: 0, clockMs: 3_600_000 });
    await stage.pass(awakeMs);
    await stage.complete('select 1');
    await stage.complete('select 2');
    return reportOf(stage.tape).slotTurn!;
  };
  const asleep = await waited(100);
  expect(asleep.answer).toBe('cantTell');
  expect(asleep.findings[0]!.sentence).toContain('the computer slept');
  const long = await waited(5000);
  expect(long.answer).toBe('yes');
  expect(long.findings[0]!.sentence).toMatch(
    / For 1 h of that time the computer slept, or its clock was set forward\.$/,
  );
});

it('a transaction that is open and unused says how much of that time the computer slept', async () => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  await stage.submit('update t');
  await stage.complete('update t', 1, 'open');
  await stage.pass(60_000);
  stage.world.clock.offsetMs += 3_600_000;
  stage.fact({ type: 'process.stalled', loopMs: 0, clockMs: 3_600_000 });
  expect(reportOf(stage.tape).openTransaction!.findings[0]!.sentence).toBe(
    'Its transaction has been open and unused for 1 h 1 min. For 1 h of that time the computer slept, or its clock was set forward.',
  );
});

it('a connection that was opened after the computer slept is not lost because of that', async () => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  stage.fact({ type: 'process.stalled', loopMs: 0, clockMs: 3_600_000 });
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1');
  await stage.pass(20_000);
  await stage.lose(1, { code: 'ECONNRESET', source: 'connection' });
  const { sleepLoss, idleClose } = reportOf(stage.tape);
  expect([sleepLoss!.answer, idleClose!.answer]).toEqual(['no', 'cantTell']);
  expect(idleClose!.findings[0]!.sentence).not.toContain('slept');
});

it('a connection that was used after the computer slept was not idle in that time', async () => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  await stage.submit('select 1');
  stage.fact({ type: 'process.stalled', loopMs: 0, clockMs: 3_600_000 });
  await stage.complete('select 1');
  await stage.pass(20_000);
  await stage.lose(1, { code: 'ECONNRESET', source: 'connection' });
  expect(reportOf(stage.tape).idleClose!.findings[0]!.sentence).not.toContain('slept');
});

it('what passed before the clock was set back has passed', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1', 1, 'open');
  await stage.pass(90_000);
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  stage.world.clock.offsetMs -= 3_600_000;
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.pass(30_000);
  await stage.lose(1, { code: 'ECONNRESET', source: 'connection' });
  const { openTransaction, idleClose } = reportOf(stage.tape);
  expect(openTransaction!.findings[0]!.sentence).toMatch(/unused for 2 min/);
  expect(idleClose!.answer).toBe('yes');
});

it.each([
  [
    { loopMs: 60_000, clockMs: 60_000 },
    /after a gap of 1 min: the computer slept, or the process was stopped\.$/,
  ],
  [
    { loopMs: 0, clockMs: 60_000 },
    /after a gap of 1 min: the computer slept, or its clock was set forward\.$/,
  ],
])('a connection that is lost after the clocks jumped by %j', async (stall, sentence) => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1');
  stage.fact({ type: 'process.stalled', ...stall });
  await stage.lose(1, { code: 'ECONNRESET', source: 'connection' });
  expect(reportOf(stage.tape).sleepLoss!.findings[0]!.sentence).toMatch(sentence);
});

it('sleeps in one wait are added up', async () => {
  const stage = new Stage();
  stage.world.rules = { ...stage.world.rules, concurrentQueriesMax: 1 };
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  await stage.submit('select 1');
  await stage.submit('select 2', 't2');
  for (let sleeps = 0; sleeps < 2; sleeps++) {
    stage.world.clock.offsetMs += 3_600_000;
    stage.fact({ type: 'process.stalled', loopMs: 0, clockMs: 3_600_000 });
    await stage.pass(100);
  }
  await stage.complete('select 1');
  await stage.complete('select 2');
  const { answer, findings } = reportOf(stage.tape).slotTurn!;
  expect(answer).toBe('cantTell');
  expect(findings[0]!.sentence).toContain('for 2 h of that time');
});

it('a wait for a turn is one whatever stalls come after it; of one that a stall fills nothing is known', async () => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  await stage.submit('select 1');
  const behind = await stage.submit('select 2');
  await stage.pass(3000);
  await stage.complete('select 1');
  const blurred = await stage.submit('select 3');
  stage.world.clock.offsetMs += 20_000;
  stage.fact({ type: 'process.stalled', loopMs: 20_000, clockMs: 20_000 });
  await stage.complete('select 2');
  await stage.complete('select 3');
  expect(answersOf(stage.tape, behind).get('connectionTurn')).toBe('yes');
  expect(answersOf(stage.tape, blurred).get('connectionTurn')).toBe('cantTell');
});

it('a server that is slow beside a stall is slow', async () => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  await stage.submit('select 1');
  stage.world.clock.offsetMs += 3000;
  stage.fact({ type: 'process.stalled', loopMs: 3000, clockMs: 3000 });
  stage.world.clock.offsetMs += 6000;
  await stage.complete('select 1', 9000);
  const { slowFirstRow, blockedLoop } = reportOf(stage.tape);
  expect([slowFirstRow!.answer, blockedLoop!.answer]).toEqual(['yes', 'yes']);
  expect(slowFirstRow!.findings[0]!.sentence).toMatch(
    /^It took 9\.0? s, and no row came\. For 3\.0? s of that time the program itself stood still\.$/,
  );
});

it('a stall may have begun up to a look before its clock says, so little beyond it is not the server’s', async () => {
  const answer = async (tookMs: number) => {
    const stage = new Stage();
    stage.fact({ type: 'process.watched', stallMs: 1000 });
    await stage.open();
    await stage.submit('select 1');
    stage.world.clock.offsetMs += 3700;
    stage.fact({ type: 'process.stalled', loopMs: 3000, clockMs: 3000 });
    stage.world.clock.offsetMs += tookMs - 3700;
    await stage.complete('select 1', tookMs);
    return reportOf(stage.tape).slowFirstRow!.answer;
  };
  expect(await answer(4400)).toBe('cantTell');
  expect(await answer(4700)).toBe('yes');
});

it('a server that is slow is slow, though the program stood still while the statement waited for its turn', async () => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  await stage.submit('select 1');
  const behind = await stage.submit('select 2');
  stage.world.clock.offsetMs += 3000;
  stage.fact({ type: 'process.stalled', loopMs: 3000, clockMs: 3000 });
  await stage.complete('select 1');
  stage.world.clock.offsetMs += 2000;
  await stage.complete('select 2', 2000);
  expect(answersOf(stage.tape, behind).get('slowFirstRow')).toBe('yes');
});

it('a tape that has the next start, and not how this one ended, does not say that it was killed', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1');
  const [first] = stage.tape;
  const next = { ...first!, seq: stage.tape.at(-1)!.seq + 20, actor: 'run-2' };
  const { crash } = reportOf([...stage.tape, next]);
  expect(crash!.counts).toEqual({ yes: 0, no: 1, cantTell: 2 });
  expect(reportOf(stage.killed()).crash!.counts.yes).toBe(1);
});

it('a statement without an end was under way as the program was killed, whatever else is missing', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  const [first] = stage.tape;
  const next = { ...first!, seq: stage.tape.at(-1)!.seq + 20, actor: 'run-2' };
  expect(reportOf([...stage.tape, next]).crash!.counts.yes).toBe(2);
});

it('an error after the row limit is not a cancel that came too late', async () => {
  const stage = new Stage();
  stage.world.judge = () => ({ ...JUDGED, verdict: 'read' });
  await stage.open();
  await stage.submit('select 1', 't1', { rowsMax: 1 });
  await stage.rows('select 1');
  await stage.rows('select 1');
  await stage.fail('select 1', '22012');
  expect(stage.tape.some(({ state }) => state === 'running.cancelling.requested')).toBe(true);
  expect(reportOf(stage.tape).cancelRace!.answer).toBe('no');
});

it('a connection that is lost with its tunnel is lost by nothing else', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1');
  stage.refuse('ECONNREFUSED', 'connection');
  await stage.pass(300_000);
  await stage.lose(1, { code: 'tunnel.lost', source: 'connection' });
  const { tunnelFailure, serverRestart, idleClose } = reportOf(stage.tape);
  expect([tunnelFailure, serverRestart, idleClose].map((one) => one!.answer)).toEqual(['yes', 'no', 'no']);
});

it('a server that is down an hour after a connection was lost says nothing of that loss', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.lose(1);
  await stage.pass(3_600_000);
  stage.refuse('ECONNREFUSED', 'connection');
  await stage.submit('select 2', 't2');
  await stage.settle();
  const { serverRestart, unreachable } = reportOf(stage.tape);
  expect([serverRestart!.answer, unreachable!.answer]).toEqual(['cantTell', 'yes']);
});

it('a bundle of one session does not say whether the vault closed it', async () => {
  const stage = new Stage();
  const { profiles } = stage.world;
  profiles.add({ ...profiles.get('p1')!, environment: 'production' }, 'x');
  await stage.open();
  await stage.submit('select 1');
  stage.lockVault();
  await stage.settle();
  await stage.fail('select 1', '57014', { stopped: true });
  const isOther = ({ kind, event }: Envelope): boolean =>
    kind === 'workspace' && event.type !== 'xstate.init';
  expect(reportOf(stage.tape).lockedVault!.answer).toBe('yes');
  expect(reportOf(stage.tape.filter((one) => !isOther(one))).lockedVault!.answer).toBe('cantTell');
});

it('what the tape says of itself before the first start is no start of its own', async () => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1');
  const [init] = stage.tape;
  const watched = stage.tape.find(({ event }) => event.type === 'process.watched')!;
  const early = { ...watched, seq: init!.seq - 1 };
  const { crash, blockedLoop } = reportOf([early, ...stage.tape.filter((one) => one !== watched)]);
  expect(crash!.counts).toEqual({ yes: 0, no: 1, cantTell: 1 });
  expect(crash!.findings[0]!.sentence).toMatch(/The tape ends here/);
  expect(blockedLoop!.answer).toBe('no');
});

it.each([
  ['a lock that it did not get in time', '55P03'],
  ['a deadlock', '40P01'],
])('a statement that the server ended for %s is not called slow: it waited', async (_, code) => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.pass(3000);
  await stage.fail('select 1', code, { serverMs: 3000 });
  const { lockWait, slowFirstRow } = reportOf(stage.tape);
  expect([lockWait!.answer, slowFirstRow!.answer]).toEqual(['yes', 'cantTell']);
  expect(slowFirstRow!.findings[0]!.sentence).toMatch(/^It waited for a lock\./);
});

it.each([
  ['1021', 'yes', 'no', 'no'],
  ['1114', 'cantTell', 'no', 'yes'],
  ['1026', 'cantTell', 'no', 'yes'],
  ['3058', 'no', 'yes', 'no'],
  ['1064', 'no', 'no', 'yes'],
])(
  'MySQL’s code %s says of a full disk: %s, of a lock: %s, of any other error: %s',
  async (code, ...answers) => {
    const stage = new Stage();
    const { profiles } = stage.world;
    const { target, ...profile } = profiles.get('p1')!;
    profiles.add({ ...profile, target: { ...target, engine: 'mysql' } }, 'x');
    await stage.open();
    await stage.submit('insert into t');
    await stage.fail('insert into t', code);
    const { fullDisk, lockWait, serverError } = reportOf(stage.tape);
    expect([fullDisk!.answer, lockWait!.answer, serverError!.answer]).toEqual(answers);
  },
);

it.each([
  ['mysql', 'cantTell', 'cantTell'],
  ['mariadb', 'yes', 'no'],
] as const)(
  'the code 1317 of %s says of another session: %s, of a time limit: %s',
  async (engine, ...answers) => {
    const stage = new Stage();
    const { profiles } = stage.world;
    const { target, ...profile } = profiles.get('p1')!;
    profiles.add({ ...profile, target: { ...target, engine } }, 'x');
    await stage.open();
    await stage.submit('select count(*) from t');
    await stage.fail('select count(*) from t', '1317');
    const { outsideStop, timeout } = reportOf(stage.tape);
    expect([outsideStop!.answer, timeout!.answer]).toEqual(answers);
  },
);
