import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Diagnosis } from '../../../../src/events/diagnosis/diagnosis.ts';
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
