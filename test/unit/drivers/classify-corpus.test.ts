import { beforeAll, describe, expect, it } from 'vitest';
import { classifyMysql } from '../../../src/drivers/mysql/classify.ts';
import { classifyPostgres, loadPostgresParser } from '../../../src/drivers/postgres/classify.ts';
import type { Verdict } from '../../../src/events/query.ts';
import { type CorpusStatement, corpus, factsOf } from '../../safety/corpus.ts';

type Judge = (statement: CorpusStatement) => Verdict;

const RUNS: readonly (readonly [string, CorpusStatement[], Judge, number])[] = [
  ['PostgreSQL', corpus('postgres'), (one) => classifyPostgres(one.sql, factsOf(one)).verdict, 0.9],
  [
    'PostgreSQL with its catalogue',
    corpus('postgres').filter(({ parserInvisible }) => !parserInvisible),
    (one) => classifyPostgres(one.sql, factsOf(one, true)).verdict,
    0.95,
  ],
  [
    'MariaDB',
    corpus('mariadb'),
    (one) => classifyMysql('mariadb', one.sql, factsOf(one)).judgement.verdict,
    0.9,
  ],
  ['MySQL', corpus('mariadb'), (one) => classifyMysql('mysql', one.sql, factsOf(one)).judgement.verdict, 0.9],
];

beforeAll(() => loadPostgresParser());

describe.each(RUNS)('the statements measured on servers, by %s:', (name, statements, judge, leastShare) => {
  it('takes nothing for a read that is none', () => {
    const wrong = statements.filter((one) => one.mustNotBeRead && judge(one) === 'read');
    expect(wrong.map(({ sql }) => sql)).toEqual([]);
    expect(statements.filter(({ mustNotBeRead }) => mustNotBeRead).length).toBeGreaterThan(150);
  });

  it('takes nearly all that is harmless for a read', () => {
    const harmless = statements.filter(({ mustNotBeRead }) => !mustNotBeRead);
    const admitted = harmless.filter((one) => judge(one) === 'read');
    const share = admitted.length / harmless.length;
    process.stdout.write(
      `${name}: ${admitted.length} of ${harmless.length} harmless statements are reads (${(share * 100).toFixed(1)} %)\n`,
    );
    expect(share).toBeGreaterThanOrEqual(leastShare);
  });
});
