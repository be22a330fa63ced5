import type { Engine } from '../events/engines/engine-name.ts';
import type { Judgement, StatementFacts } from '../events/judgement.ts';
import type { Driver } from './driver.ts';

/** Judges a text. May throw, or not come back: it runs in a thread of its own. */
export type Classify = (text: string, facts: StatementFacts) => Judgement;

/** A first text in SQL. */
export const FIRST_SQL =
  'create table t (n int); insert into t values (1); update t set n = 2 where n = 1; select n from t';

/** What an engine's folder is entered by. Both parts are loaded when first used: one in the program, one in its thread. */
export interface EngineParts {
  readonly engine: Engine;
  loadDriver(): Promise<Driver>;
  /** Loads the classifier, with the parser that it needs. */
  loadClassifier(): Promise<Classify>;
  /** A text that goes through most of the classifier, one statement of each kind. */
  readonly firstText: string;
}
