import { beforeAll, describe, expect, it } from 'vitest';
import { classifyMongodb } from '../../../src/drivers/mongodb/classify.ts';
import { classifyMysql } from '../../../src/drivers/mysql/classify.ts';
import { classifyPostgres, loadPostgresParser } from '../../../src/drivers/postgres/classify.ts';
import type { Judgement } from '../../../src/events/judgement.ts';
import { statementLines } from '../../safety/corpus.ts';

beforeAll(() => loadPostgresParser());

/** By file of test/safety, what judges its statements. */
const JUDGES: Readonly<Record<string, (text: string) => Judgement>> = {
  'postgres.sql': (text) => classifyPostgres(text),
  'mysql.sql': (text) => classifyMysql('mysql', text, { sqlMode: '' }),
  'mariadb.sql': (text) => classifyMysql('mariadb', text, { sqlMode: '' }),
  'mongodb.mongosh': (text) => classifyMongodb(text),
};

const asks = (file: string, text: string): boolean => JUDGES[file]!(text).dangers.length > 0;

/** Of the harmless statements, how many may be asked about. */
const FALSE_ALARMS_MAX = 0.05;

describe('what the user is asked about where it matters:', () => {
  it.each(Object.keys(JUDGES))(
    'an agent: none of the statements of dangerous-%s that may destroy runs without being asked about',
    (file) => {
      const passed = statementLines(`dangerous-${file}`).filter((text) => !asks(file, text));
      expect(passed).toEqual([]);
    },
  );

  it.each(Object.keys(JUDGES))('at most one in twenty statements of everyday-%s is asked about', (file) => {
    const statements = statementLines(`everyday-${file}`);
    const asked = statements.filter((text) => asks(file, text));
    expect(asked.length / statements.length, asked.join('\n')).toBeLessThanOrEqual(FALSE_ALARMS_MAX);
  });

  it('is judged by enough statements of either kind', () => {
    const count = (kind: string): number =>
      Object.keys(JUDGES).reduce((sum, file) => sum + statementLines(`${kind}-${file}`).length, 0);
    expect(count('everyday')).toBeGreaterThanOrEqual(200);
    expect(count('dangerous')).toBeGreaterThanOrEqual(150);
  });
});
