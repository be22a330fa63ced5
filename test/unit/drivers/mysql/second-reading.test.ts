import { describe, expect, it } from 'vitest';
import { SECOND_READING_UNITS_MAX } from '../../../../src/drivers/limits.ts';
import { classifyMysql } from '../../../../src/drivers/mysql/classify.ts';
import { isWideByTree } from '../../../../src/drivers/mysql/second-reading.ts';

describe.each(['mysql', 'mariadb'] as const)('the second reading of %s', (engine) => {
  it.each([
    'DELETE FROM t',
    'UPDATE t SET a = 1',
    'DELETE FROM t WHERE 1 = 1',
    'UPDATE t SET a = b WHERE id = 7 OR 1',
    'DELETE FROM t WHERE NOT (1 = 2)',
    'UPDATE a JOIN b ON a.id = b.id SET a.x = 1',
  ])('finds that “%s” means every row', (text) => {
    expect(isWideByTree(engine, text)).toBe(true);
  });

  it.each([
    'DELETE FROM t WHERE id = 7',
    'UPDATE t SET a = 1 WHERE id IN (1, 2) AND 1 = 1',
    'DELETE FROM t WHERE a = 1 OR b = 2',
    'UPDATE a JOIN b ON a.id = b.id SET a.x = 1 WHERE b.y = 2',
    'SELECT 1',
    'what no parser knows',
    `DELETE FROM t /* ${'x'.repeat(SECOND_READING_UNITS_MAX)} */`,
  ])('says nothing of “%.60s”', (text) => {
    expect(isWideByTree(engine, text)).toBe(false);
  });

  it.each([
    'UPDATE t SET a = 1 WHERE id = 7',
    // Strings and comments that the two readers would end in different places.
    `DELETE t FROM t, (SELECT 1 AS "\\") y -- ") y WHERE t.n = 99`,
    `DELETE FROM t WHERE a = '\\' -- ' AND id = 7`,
    "UPDATE t SET a = 'it''s' /* WHERE */ WHERE id = 7",
  ])('adds no question to %s', (text) => {
    expect(classifyMysql(engine, text).dangers).toEqual([]);
  });

  it('asks about a change that it alone sees as wide, strings or not', () => {
    expect(isWideByTree(engine, "DELETE FROM t WHERE 's' = 's'")).toBe(true);
  });
});
