import type { Engine } from '../events/capabilities.ts';
import type { StatementFacts } from '../events/judgement.ts';
import type { Judged } from './findings.ts';

/** Judges a text. May throw, or not come back: it runs in a thread of its own. */
export type Classify = (text: string, facts: StatementFacts) => Judged;

/** Loads the classifier of an engine, with the parser that it needs. */
export async function loadClassifier(engine: Engine): Promise<Classify> {
  switch (engine) {
    case 'postgres': {
      const { classifyPostgres, loadPostgresParser } = await import('./postgres/classify.ts');
      await loadPostgresParser();
      return (text, facts) => ({ judgement: classifyPostgres(text, facts) });
    }
    case 'mysql':
    case 'mariadb': {
      const { classifyMysql } = await import('./mysql/classify.ts');
      return (text, facts) => classifyMysql(engine, text, facts);
    }
    case 'mongodb': {
      const { classifyMongodb } = await import('./mongodb/classify.ts');
      return (text) => ({ judgement: classifyMongodb(text) });
    }
  }
}
