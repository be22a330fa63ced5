import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Diagnosis } from '../../../src/events/diagnosis/diagnosis.ts';
import type { QueryDiagnosis } from '../../../src/events/diagnosis/report.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { DIAGNOSIS_MEMORY_MIB } from '../../../src/events/limits.ts';
import { askThread } from '../../../src/main/ask-thread.ts';
import type { DiagnosisTask } from '../../../src/main/diagnosis-worker.ts';
import { openTape, readTape } from '../../../src/store/tape/tape.ts';

it('diagnoses one statement of a tape in a thread, as it is diagnosed here', { tags: ['slow'] }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-diagnosis-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tape = await openTape({ folder, fold: { initial: () => 0, apply: (count) => count + 1 } });
  const lines = readFileSync(join(import.meta.dirname, '../../replay/cancels.jsonl'), 'utf8')
    .trim()
    .split('\n');
  for (const line of lines) {
    const { seq: _, ...record } = JSON.parse(line) as Envelope;
    tape.append(record);
  }
  await tape.close();
  const present = { now: 0, tapeFailure: null };
  const asked = (queryId: string) =>
    askThread<QueryDiagnosis | null>({
      name: 'diagnosis-worker',
      from: import.meta.resolve('../../../src/main/compose.ts'),
      task: { folder, queryId, from: 1, present } satisfies DiagnosisTask,
      memoryMib: DIAGNOSIS_MEMORY_MIB,
    });
  const queryId = lines
    .map((line) => JSON.parse(line) as Envelope)
    .find(({ kind }) => kind === 'query')!.actor;
  const here = new Diagnosis(queryId);
  for await (const envelopes of readTape(folder)) for (const envelope of envelopes) here.take(envelope);
  expect(await asked(queryId)).toEqual({ seq: tape.lastSeq, findings: here.ofQuery(present) });
  expect(await asked('query-x')).toBeNull();
});
