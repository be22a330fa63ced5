import type { Answer, SubjectKind } from './cause.ts';

/** What one cause says of one thing on the tape. */
export interface Finding {
  readonly cause: string;
  readonly title: string;
  readonly answer: Answer;
  readonly subject: { readonly kind: SubjectKind; readonly id: string };
  readonly sentence: string;
  /** What to do; null unless the cause holds or may hold. */
  readonly advice: string | null;
  /** Seqs of the records that prove it, ascending. */
  readonly events: readonly number[];
}

/** What the causes say of one statement, by the tape up to a record. */
export interface QueryDiagnosis {
  readonly seq: number;
  readonly findings: readonly Finding[];
}

/** What one cause says of a whole tape. `yes` where it holds somewhere, `no` where it holds nowhere. */
export interface CauseReport {
  readonly cause: string;
  readonly title: string;
  readonly answer: Answer;
  /** How many statements, connections and starts got each answer. */
  readonly counts: Readonly<Record<Answer, number>>;
  /** Where it holds; where it holds nowhere, an example of where the tape does not say. At most FINDINGS_MAX, the first. */
  readonly findings: readonly Finding[];
}
