import type { Engine } from '../events/capabilities.ts';
import type { StatementFacts } from '../events/judgement.ts';
import type { Judged } from './findings.ts';
import { classifyMongodb } from './mongodb/classify.ts';
import { classifyMysql } from './mysql/classify.ts';
import { classifyPostgres, loadPostgresParser } from './postgres/classify.ts';

/** Judges a text. May throw, or not come back: it runs in a thread of its own. */
export type Classify = (text: string, facts: StatementFacts) => Judged;

/** The classifier of each engine. */
export const CLASSIFIERS: Readonly<Record<Engine, Classify>> = {
  postgres: (text, facts) => ({ judgement: classifyPostgres(text, facts) }),
  mysql: (text, facts) => classifyMysql('mysql', text, facts),
  mariadb: (text, facts) => classifyMysql('mariadb', text, facts),
  mongodb: (text) => ({ judgement: classifyMongodb(text) }),
};

/** What has to be loaded before the first text. */
export async function loadParsers(): Promise<void> {
  await loadPostgresParser();
}
