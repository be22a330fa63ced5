import { beforeAll, describe, expect, it } from 'vitest';
import { admit } from '../../../src/actors/admission.ts';
import { classifyMysql } from '../../../src/drivers/mysql/classify.ts';
import { classifyPostgres, loadPostgresParser } from '../../../src/drivers/postgres/classify.ts';
import type { Judgement } from '../../../src/events/judgement.ts';
import { type CorpusStatement, corpus, factsOf } from '../../safety/corpus.ts';

type Judge = (statement: CorpusStatement) => Judgement;

const RUNS: readonly (readonly [string, CorpusStatement[], Judge, number])[] = [
  ['PostgreSQL', corpus('postgres'), (one) => classifyPostgres(one.sql, factsOf(one)), 0.9],
  [
    'PostgreSQL with its catalogue',
    corpus('postgres').filter(({ parserInvisible }) => !parserInvisible),
    (one) => classifyPostgres(one.sql, factsOf(one, true)),
    0.95,
  ],
  ['MariaDB', corpus('mariadb'), (one) => classifyMysql('mariadb', one.sql, factsOf(one)), 0.9],
  ['MySQL', corpus('mariadb'), (one) => classifyMysql('mysql', one.sql, factsOf(one)), 0.9],
];

/** All that the corpus has of them: they change the session's own variables and nothing else. */
const SETTINGS = ['SET @y = 1', 'SET @y := 1', 'SET max_statement_time=0'];

beforeAll(() => loadPostgresParser());

describe.each(RUNS)('the statements measured on servers, by %s:', (name, statements, judge, leastShare) => {
  it('takes nothing for a read that is none', () => {
    const wrong = statements.filter((one) => one.mustNotBeRead && judge(one).verdict === 'read');
    expect(wrong.map(({ sql }) => sql)).toEqual([]);
    expect(statements.filter(({ mustNotBeRead }) => mustNotBeRead).length).toBeGreaterThan(150);
  });

  it('admits nothing else to a read-only profile but settings that no wall depends on', () => {
    const trust = { environment: 'production', readOnly: true } as const;
    const rules = { confirmDangerous: true, blockDangerous: false };
    const admitted = statements.filter(
      (one) => one.mustNotBeRead && admit(judge(one), trust, rules).admission !== 'refused',
    );
    for (const { sql } of admitted) expect(SETTINGS).toContain(sql);
  });

  it('takes nearly all that is harmless for a read', () => {
    const harmless = statements.filter(({ mustNotBeRead }) => !mustNotBeRead);
    const admitted = harmless.filter((one) => judge(one).verdict === 'read');
    const share = admitted.length / harmless.length;
    process.stdout.write(
      `${name}: ${admitted.length} of ${harmless.length} harmless statements are reads (${(share * 100).toFixed(1)} %)\n`,
    );
    expect(share).toBeGreaterThanOrEqual(leastShare);
  });
});
