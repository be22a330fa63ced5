import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../../../src/events/diagnosis/cause.ts';
import { CAUSES } from '../../../../src/events/diagnosis/causes.ts';
import { Diagnosis } from '../../../../src/events/diagnosis/diagnosis.ts';
import type { CauseReport } from '../../../../src/events/diagnosis/report.ts';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { SCENES } from './scenes.ts';
import { FAKED, Stage } from './stage.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: [...FAKED] });
});
afterEach(() => {
  vi.useRealTimers();
});

function diagnosed(tape: readonly Envelope[]): CauseReport[] {
  const diagnosis = new Diagnosis();
  for (const envelope of tape) diagnosis.take(envelope);
  return diagnosis.report();
}

async function played(cause: string, answer: Answer): Promise<readonly Envelope[]> {
  const scene = SCENES[cause]![answer];
  const stage = new Stage();
  const tape = await scene(stage);
  return tape ?? stage.tape;
}

describe.each(CAUSES)('$title ($name)', ({ name }) => {
  it.each(['yes', 'no', 'cantTell'] as const)('is answered %s where the tape says so', async (answer) => {
    const tape = await played(name, answer);
    const report = diagnosed(tape).find(({ cause }) => cause === name)!;
    expect(report, JSON.stringify(report)).toMatchObject({ answer });
    if (answer === 'no') return expect(report.findings).toEqual([]);
    const [finding] = report.findings;
    expect(finding).toMatchObject({ cause: name, answer });
    expect(finding!.sentence).toMatch(/^[A-Z].*\.$/);
    expect(finding!.advice).toMatch(/^[A-Z].*\.$/);
    if (answer === 'yes') expect(finding!.events).not.toEqual([]);
    const seqs = new Set(tape.map(({ seq }) => seq));
    expect(finding!.events.filter((seq) => !seqs.has(seq))).toEqual([]);
    expect(finding!.events).toEqual([...finding!.events].sort((a, b) => a - b));
  });
});

it('has scenes for each cause and for nothing else', () => {
  expect(Object.keys(SCENES).sort()).toEqual(CAUSES.map(({ name }) => name).sort());
});
