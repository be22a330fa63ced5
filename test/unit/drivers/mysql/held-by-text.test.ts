import { expect, it } from 'vitest';
import { HeldByText } from '../../../../src/drivers/mysql/held-by-text.ts';

/** The kinds that are held after some statements. */
function heldAfter(...texts: string[]): string[] {
  const held = new HeldByText();
  for (const text of texts) held.ran(text);
  return held.held.map(({ kind, names }) => `${kind} ${names}`);
}

it.each([
  ['PREPARE p FROM "SELECT 1"', 'DEALLOCATE PREPARE p -- done'],
  ['PREPARE p FROM "SELECT 1"', 'DROP /* it */ PREPARE /*!40000 p */ # done'],
  ['CREATE TEMPORARY TABLE t (n INT)', 'DROP TABLE t -- gone'],
  [
    'CREATE /* my */ TEMPORARY /* own */ TABLE IF NOT EXISTS d.`t` (n INT)',
    'DROP TEMPORARY TABLE /* d */ t /* gone */',
  ],
  ['LOCK /* all */ TABLES t READ', 'UNLOCK TABLES /* now */'],
])('forgets what “%s” made after “%s”', (made, gone) => {
  expect(heldAfter(made)).toHaveLength(1);
  expect(heldAfter(made, gone)).toEqual([]);
});

it('takes no comment for what a statement does', () => {
  expect(heldAfter('CREATE TABLE t (n INT) /* temporary table u */')).toEqual([]);
  expect(heldAfter('CREATE /*!50000 TEMPORARY */ TABLE t (n INT)')).toEqual(['temporaryTables t']);
});
