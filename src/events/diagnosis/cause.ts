import type { ConnectionFacts } from './connection-facts.ts';
import type { Mark } from './mark.ts';
import type { QueryFacts } from './query-facts.ts';
import type { RunFacts } from './run-facts.ts';

/** Whether a cause holds. `cantTell`: the tape does not have what proves either. */
export type Answer = 'yes' | 'no' | 'cantTell';

/** What a cause says of one statement, connection or start of the program. */
export interface Judgement {
  readonly answer: Answer;
  /** What happened, or why it did not or why the tape does not say, for a user who has a problem. */
  readonly sentence: string;
  /** Seqs of the records that prove it, ascending. */
  readonly events: readonly number[];
  /** What to do, where that differs from what the cause advises. */
  readonly advice?: string;
}

/** What a cause can be found in. */
export interface Subjects {
  readonly query: QueryFacts;
  readonly connection: ConnectionFacts;
  readonly run: RunFacts;
}
export type SubjectKind = keyof Subjects;

/** One thing that can have gone wrong, and how the tape shows it. Pure; `end` is the last record of the tape. */
export interface Cause {
  readonly name: string;
  readonly title: string;
  /** How it is recognised, in a sentence or two. */
  readonly recognised: string;
  /** What to do. */
  readonly advice: string;
  readonly query?: (query: QueryFacts, end: Mark) => Judgement;
  readonly connection?: (connection: ConnectionFacts, end: Mark) => Judgement;
  readonly run?: (run: RunFacts, end: Mark) => Judgement;
}

type Proof = Mark | number | null | undefined;

function seqs(proof: readonly Proof[]): number[] {
  const found = proof.flatMap((one) => {
    if (one === null || one === undefined) return [];
    return [typeof one === 'number' ? one : one.seq];
  });
  return [...new Set(found)].sort((a, b) => a - b);
}

/** The cause holds, as these records prove. */
export function yes(sentence: string, proof: readonly Proof[], advice?: string): Judgement {
  return { answer: 'yes', sentence, events: seqs(proof), ...(advice === undefined ? {} : { advice }) };
}

export function no(sentence: string, proof: readonly Proof[] = []): Judgement {
  return { answer: 'no', sentence, events: seqs(proof) };
}

export function cantTell(sentence: string, proof: readonly Proof[] = []): Judgement {
  return { answer: 'cantTell', sentence, events: seqs(proof) };
}

/** What is said where the tape does not have the beginning. */
export const BEGINS_LATER = 'The tape begins after this was submitted.';
/** The same for a connection. */
export const OPENED_BEFORE = 'The tape begins after this connection was created.';

/** What a cause that shows in how the server ended a statement says of one that it did not end so. */
export function otherEnd(
  { input, recorded, ended, lost }: QueryFacts,
  otherwise = 'The server did not say so.',
): Judgement {
  if (recorded === null)
    return input === null ? cantTell(BEGINS_LATER) : no('It was not sent to the server.');
  if (ended === null) return cantTell('It has not ended yet.', [recorded]);
  return lost ? cantTell('It was lost before the server answered.', [lost]) : no(otherwise, [ended]);
}
