import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CancelObserver } from '../../../../src/drivers/driver.ts';
import type { Server } from '../../../../src/events/connection.ts';
import { Diagnosis } from '../../../../src/events/diagnosis/diagnosis.ts';
import type { Failure } from '../../../../src/events/failure.ts';
import { production } from './scenes.ts';
import { FAKED, Stage } from './stage.ts';
import { answersOf, reportOf } from './watched-play.ts';

/** What was learned from incidents that were staged against the built program. */

beforeEach(() => {
  vi.useFakeTimers({ toFake: [...FAKED] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('a time in which the program stood still is not said to be spent on the server', async () => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  await stage.submit('select 1');
  stage.world.clock.offsetMs += 9600;
  stage.fact({ type: 'process.stalled', loopMs: 9600, clockMs: 9600, cpuMs: 4 });
  await stage.complete('select 1', 9900);
  const { lockWait } = reportOf(stage.tape);
  expect(lockWait!.findings[0]!.sentence).toMatch(/took 9\.9 s, but the program stood still for 9\.6 s/);
});

it.each([
  [4, /, and had only 4 ms of processor time\.$/, /its process was stopped \(Ctrl-Z/],
  [2900, /stood still for 3\.0 s\.$/, /this is a defect of Querytape/],
  [undefined, /stood still for 3\.0 s\.$/, /this is a defect of Querytape/],
])('a program that stood still with %s ms of processor time', async (cpuMs, sentence, advice) => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  stage.fact({
    type: 'process.stalled',
    loopMs: 3000,
    clockMs: 3000,
    ...(cpuMs === undefined ? {} : { cpuMs }),
  });
  const [finding] = reportOf(stage.tape).blockedLoop!.findings;
  expect(finding!.sentence).toMatch(sentence);
  expect(finding!.advice).toMatch(advice);
});

/** What is said of one statement where the program that writes the tape is asked itself. */
function present(stage: Stage, queryId: string, tapeFailure: string | null, laterMs: number) {
  const diagnosis = new Diagnosis(queryId);
  for (const envelope of stage.tape) diagnosis.take(envelope);
  const findings = diagnosis.ofQuery({ now: stage.tape.at(-1)!.at + laterMs, tapeFailure })!;
  return Object.fromEntries(findings.map((finding) => [finding.cause, finding]));
}

it('a program that stood still is named for the statement whose end it read before it looked at its clock, and not for one before', async () => {
  const stage = new Stage();
  stage.fact({ type: 'process.watched', stallMs: 1000 });
  await stage.open();
  const before = await stage.submit('select 1');
  await stage.complete('select 1');
  const during = await stage.submit('select 2');
  stage.world.clock.offsetMs += 3000;
  await stage.complete('select 2', 3000);
  stage.fact({ type: 'process.stalled', loopMs: 3000, clockMs: 3000, cpuMs: 4 });
  const after = await stage.submit('select 3');
  await stage.complete('select 3');
  const answers = [before, during, after].map((queryId) => answersOf(stage.tape, queryId).get('blockedLoop'));
  expect(answers).toEqual(['no', 'yes', 'no']);
  const { counts, findings } = reportOf(stage.tape).blockedLoop!;
  // The two are the statement and the program's run.
  expect(counts.yes).toBe(2);
  expect(findings.map(({ subject }) => subject)).toContainEqual({ kind: 'query', id: during });
});

it('the program that answers was not killed, and what it runs takes its time until now', async () => {
  const stage = new Stage();
  await stage.open();
  const queryId = await stage.submit('select 1');
  expect(answersOf(stage.tape, queryId).get('crash')).toBe('cantTell');
  const { crash, fullDisk, slowFirstRow } = present(stage, queryId, null, 3000);
  expect([crash!.answer, fullDisk!.answer, slowFirstRow!.answer]).toEqual(['no', 'no', 'yes']);
});

it('a tape that can’t be written does not say what has happened since its last record, but why', async () => {
  const stage = new Stage();
  await stage.open();
  const queryId = await stage.submit('select 1');
  const { fullDisk, slowFirstRow, slowConnect } = present(stage, queryId, 'ENOSPC', 60_000);
  expect(fullDisk!.answer).toBe('yes');
  expect(fullDisk!.sentence).toMatch(/^The tape can’t be written because the disk is full/);
  expect(fullDisk!.events).not.toEqual([]);
  expect([slowFirstRow!.answer, slowConnect!.answer]).toEqual(['no', 'no']);
  expect(present(stage, queryId, 'EDQUOT', 0).fullDisk!.sentence).toMatch(
    /because the user’s disk quota is used up/,
  );
  expect(present(stage, queryId, 'EFBIG', 0).fullDisk!.sentence).toMatch(
    /because a file may not grow any more/,
  );
  expect(present(stage, queryId, 'EIO', 0).fullDisk!.answer).toBe('cantTell');
  await stage.complete('select 1');
  expect(present(stage, queryId, 'ENOSPC', 0).fullDisk!.answer).toBe('no');
});

it('the lock of the vault stops what runs, and what waits is not said to have run', async () => {
  const stage = new Stage();
  await production(stage);
  const waiting = await stage.submit('select 2');
  stage.lockVault();
  await stage.fail('select 1', '57014', { stopped: true });
  const { findings } = reportOf(stage.tape).lockedVault!;
  const sentences = findings.map(({ subject, sentence }) => [subject.id === waiting, sentence]);
  expect(sentences).toHaveLength(2);
  expect(sentences).toContainEqual([
    true,
    expect.stringMatching(/locked while it waited.*It was not sent\.$/),
  ]);
  expect(sentences).toContainEqual([false, expect.stringMatching(/locked while it ran/)]);
});

/** Reports that a cancel's observer gets, in order. */
type Reports = (observer: CancelObserver) => void;

/** A statement that is to be stopped, with what comes of the requests. */
async function stopped(stage: Stage, reports: Reports): Promise<string> {
  await stage.open();
  const queryId = await stage.submit('select 1');
  Object.assign(stage.running('select 1'), { cancel: reports });
  await stage.cancel(queryId);
  await stage.settle();
  return queryId;
}
const full = { code: '53300', source: 'server', message: 'too many clients' } as const;

it.each<[string, Reports, RegExp, string[]]>([
  [
    'that the server took',
    (observer) => {
      observer.sent(1);
      observer.acknowledged(1, 1);
      observer.escalated('terminate');
    },
    /^The server took the request to stop it and did not stop, so its connection was to be terminated/,
    ['cancelEscalation'],
  ],
  [
    'that could not be delivered',
    (observer) => {
      observer.refused!(full);
      observer.escalated('abandon');
    },
    /could not be delivered \(53300\), so its connection was given up/,
    ['tooManyConnections', 'cancelEscalation'],
  ],
  [
    'that nothing answered',
    (observer) => {
      observer.sent(1);
      observer.escalated('abandon');
    },
    /^Nothing answered the request to stop it, so its connection was given up/,
    ['noAnswer', 'cancelEscalation'],
  ],
])('a cancel %s is not said to be anything else', async (_what, reports, sentence, yes) => {
  const stage = new Stage();
  const queryId = await stopped(stage, reports);
  expect(reportOf(stage.tape).cancelEscalation!.findings[0]!.sentence).toMatch(sentence);
  const answers = [...answersOf(stage.tape, queryId)].filter(([, answer]) => answer === 'yes');
  expect(answers.map(([cause]) => cause)).toEqual(yes);
});

it('a connection that is given up after it was to be terminated is said to be given up', async () => {
  const stage = new Stage();
  await stopped(stage, (observer) => {
    observer.sent(1);
    observer.acknowledged(1, 1);
    observer.escalated('terminate');
  });
  stage.running('select 1').lose({ code: 'cancel.abandoned', source: 'client', message: 'given up' });
  await stage.settle();
  expect(reportOf(stage.tape).cancelEscalation!.findings[0]!.sentence).toMatch(
    /did not stop, so its connection was given up after .* It may still run there\.$/,
  );
});

/** Answers of the connection's causes after it was lost and another one was opened. */
async function reopened(
  lost: Failure,
  before: Partial<Server>,
  after: Partial<Server>,
): Promise<Record<string, string>> {
  const stage = new Stage();
  stage.world.driver.said = before;
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1');
  stage.world.driver.said = after;
  await stage.lose(1, lost);
  await stage.submit('select 2');
  const { serverRestart, outsideStop } = reportOf(stage.tape);
  return { serverRestart: serverRestart!.answer, outsideStop: outsideStop!.answer };
}
const ended = { code: '57P01', source: 'server' } as const;
const closed = { code: 'connection.closed', source: 'connection' } as const;
const first = { startedAt: '2025-12-31T00:00:00Z' };
const process = { processId: 1, startedAt: '2026-01-01T00:00:00Z' };

it.each([
  ['ended there, by the same start', ended, first, first, { serverRestart: 'no', outsideStop: 'yes' }],
  [
    'ended there, before a later start',
    ended,
    { ...first, process },
    { startedAt: '2026-01-02T00:00:00Z' },
    { serverRestart: 'yes', outsideStop: 'no' },
  ],
  [
    'closed, before a later start',
    closed,
    { ...first, process },
    { startedAt: '2026-01-02T00:00:00Z' },
    { serverRestart: 'yes', outsideStop: 'cantTell' },
  ],
  [
    'closed, before a later start, which has a checksum of its own',
    closed,
    { ...first, process: { ...process, serverId: 'a'.repeat(16) } },
    { startedAt: '2026-01-02T00:00:00Z', process: { ...process, serverId: 'b'.repeat(16) } },
    { serverRestart: 'yes', outsideStop: 'cantTell' },
  ],
  [
    'closed, and answered by another server, which had started before',
    closed,
    { ...first, process },
    { startedAt: '2025-12-30T00:00:00Z' },
    { serverRestart: 'cantTell', outsideStop: 'cantTell' },
  ],
  [
    'closed, by a server that does not say',
    closed,
    {},
    {},
    { serverRestart: 'cantTell', outsideStop: 'cantTell' },
  ],
])('a connection that was %s', async (_what, failure, before, after, answers) => {
  expect(await reopened(failure, before, after)).toEqual(answers);
});

/** What is said of a statement’s connection whose address refused the next attempt, until a server answered there again. */
async function refusedThenReopened(code: string, before: Partial<Server>, after: Partial<Server>) {
  const stage = new Stage();
  stage.world.driver.said = before;
  await stage.open();
  const queryId = await stage.submit('select 1');
  stage.refuse(code, 'connection');
  await stage.lose(1, closed);
  await stage.lose(0, closed);
  await stage.pass(5000);
  const answers = () => {
    const of = answersOf(stage.tape, queryId);
    return { serverRestart: of.get('serverRestart'), unreachable: of.get('unreachable') };
  };
  const down = answers();
  stage.refuse(null);
  stage.world.driver.said = after;
  await stage.pass(60_000);
  return { down, found: answers(), ofTape: reportOf(stage.tape).serverRestart!.answer };
}

it.each([
  [
    'ran on, so that what forwards to it was down',
    first,
    first,
    { serverRestart: 'no', unreachable: 'yes' },
    'no',
  ],
  [
    'had started since',
    { ...first, process },
    { startedAt: '2026-01-02T00:00:00Z' },
    { serverRestart: 'yes', unreachable: 'no' },
    'yes',
  ],
  ['does not say when it started', {}, {}, { serverRestart: 'yes', unreachable: 'no' }, 'yes'],
  [
    'is not the one that answers there then',
    { ...first, process },
    { startedAt: '2025-12-30T00:00:00Z' },
    { serverRestart: 'cantTell', unreachable: 'no' },
    'cantTell',
  ],
] as const)(
  'a server where nothing listened for a while %s',
  async (_what, before, after, answers, ofTape) => {
    const said = await refusedThenReopened('ECONNREFUSED', before, after);
    expect(said).toEqual({ down: { serverRestart: 'yes', unreachable: 'no' }, found: answers, ofTape });
  },
);

it.each([
  ['limit', 'yes', 'no'],
  ['request', 'no', 'yes'],
  [undefined, 'cantTell', 'cantTell'],
] as const)('a statement that PostgreSQL stopped by %s', async (stoppedBy, timeout, outsideStop) => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.fail('select 1', '57014', stoppedBy ? { stoppedBy } : {});
  const report = reportOf(stage.tape);
  expect([report.timeout!.answer, report.outsideStop!.answer]).toEqual([timeout, outsideStop]);
});

it.each(['40001', '40P01'])(
  'a standby that needs what a statement read is not another transaction (%s)',
  async (code) => {
    const stage = new Stage();
    await stage.open();
    await stage.submit('select 1');
    await stage.fail('select 1', code, { stoppedBy: 'recovery' });
    const { recoveryConflict, writeConflict, lockWait, serverError } = reportOf(stage.tape);
    expect([recoveryConflict, writeConflict, lockWait, serverError].map((one) => one!.answer)).toEqual([
      'yes',
      'no',
      'no',
      'no',
    ]);
  },
);

it('a standby that ends the connection of an idle transaction does not close it for its idleness', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1', 1, 'open');
  await stage.pass(90_000);
  await stage.lose(1, { code: '40001', source: 'server', stoppedBy: 'recovery' });
  const { recoveryConflict, idleClose, serverRestart, outsideStop } = reportOf(stage.tape);
  expect([recoveryConflict, idleClose, serverRestart, outsideStop].map((one) => one!.answer)).toEqual([
    'yes',
    'no',
    'no',
    'no',
  ]);
});

it('a statement whose tab could not sign in is said to have been refused for that', async () => {
  const stage = new Stage();
  await stage.open();
  stage.refuse('28P01');
  const queryId = await stage.submit('select 1');
  expect(answersOf(stage.tape, queryId).get('credentials')).toBe('yes');
});

const [one, other] = ['a'.repeat(16), 'b'.repeat(16)];

it.each([
  [8, 9, one, 'cantTell'],
  [900, 9, one, 'yes'],
  [900, 9, undefined, 'yes'],
  [900, 9, other, 'cantTell'],
])(
  'a MySQL whose connection was number %i and the next one is %i, of server %s',
  async (before, after, serverId, answer) => {
    const stage = new Stage();
    const server = (processId: number, id?: string): Partial<Server> => ({
      process: { ...process, processId, ...(id === undefined ? {} : { serverId: id }) },
    });
    stage.world.driver.said = server(before, one);
    await stage.open();
    await stage.submit('select 1');
    await stage.complete('select 1');
    stage.world.driver.said = server(after, serverId);
    await stage.lose(1, closed);
    await stage.submit('select 2');
    const ofMysql = JSON.parse(
      JSON.stringify(stage.tape).replaceAll('"engine":"postgres"', '"engine":"mysql"'),
    ) as typeof stage.tape;
    expect(reportOf(ofMysql).serverRestart!.answer).toBe(answer);
  },
);

it('a connection to another server behind the same address does not show that the first one ran on', async () => {
  const answer = async (serverId: string) => {
    const stage = new Stage();
    stage.world.driver.said = { process: { ...process, serverId: one } };
    await stage.open();
    await stage.submit('select 1');
    await stage.complete('select 1');
    stage.world.driver.said = { process: { ...process, serverId } };
    await stage.submit('select 2', 't2');
    await stage.lose(1, closed);
    await stage.complete('select 2');
    return reportOf(stage.tape).serverRestart!.answer;
  };
  expect([await answer(one), await answer(other)]).toEqual(['no', 'cantTell']);
});
