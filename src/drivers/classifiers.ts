import type { Engine } from '../events/capabilities.ts';
import type { Judgement, StatementFacts } from '../events/judgement.ts';

/** Judges a text. May throw, or not come back: it runs in a thread of its own. */
export type Classify = (text: string, facts: StatementFacts) => Judgement;

/** Texts that go through most of a classifier, one of each kind of statement. */
const SQL =
  'create table t (n int); insert into t values (1); update t set n = 2 where n = 1; select n from t';
const SHELL = 'db.c.find({ n: { $gt: 1 } })';

/**
 * Loads the classifier of an engine, with the parser that it needs. It judges a first text here, so that what is compiled at its
 * first use is not counted against the time of the user's first statement.
 */
export async function loadClassifier(engine: Engine): Promise<Classify> {
  const classify = await importClassifier(engine);
  classify(engine === 'mongodb' ? SHELL : SQL, {});
  return classify;
}

async function importClassifier(engine: Engine): Promise<Classify> {
  switch (engine) {
    case 'postgres': {
      const { classifyPostgres, loadPostgresParser } = await import('./postgres/classify.ts');
      await loadPostgresParser();
      return classifyPostgres;
    }
    case 'mysql':
    case 'mariadb': {
      const { classifyMysql } = await import('./mysql/classify.ts');
      return (text, facts) => classifyMysql(engine, text, facts);
    }
    case 'mongodb': {
      const { classifyMongodb } = await import('./mongodb/classify.ts');
      return classifyMongodb;
    }
  }
}
