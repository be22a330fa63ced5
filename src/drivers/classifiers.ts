import type { Engine } from '../events/capabilities.ts';
import type { Judgement, StatementFacts } from '../events/judgement.ts';

/** Judges a text. May throw, or not come back: it runs in a thread of its own. */
export type Classify = (text: string, facts: StatementFacts) => Judgement;

/** Loads the classifier of an engine, with the parser that it needs. */
export async function loadClassifier(engine: Engine): Promise<Classify> {
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
