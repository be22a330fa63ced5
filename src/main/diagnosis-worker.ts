import { Diagnosis } from '../events/diagnosis/diagnosis.ts';
import type { QueryDiagnosis } from '../events/diagnosis/report.ts';
import type { Present } from '../events/diagnosis/run-facts.ts';
import { answerQuestion } from './ask-thread.ts';
import { readChecked } from './checked-tape.ts';

/** What the thread is to diagnose: one statement of a tape's folder, by the records from `from` on. */
export interface DiagnosisTask {
  readonly folder: string;
  readonly queryId: string;
  readonly from: number;
  /** For what is under way. */
  readonly present: Present;
}

answerQuestion(async ({ folder, queryId, from, present }: DiagnosisTask): Promise<QueryDiagnosis | null> => {
  const diagnosis = new Diagnosis(queryId);
  let seq = 0;
  for await (const envelopes of readChecked(folder, from)) {
    for (const envelope of envelopes) diagnosis.take(envelope);
    seq = envelopes.at(-1)?.seq ?? seq;
  }
  const findings = diagnosis.ofQuery(present);
  return findings === null ? null : { seq, findings };
});
