import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Capabilities } from '../../../../src/events/capabilities.ts';
import { mongodb } from '../../../../src/events/engines/mongodb.ts';
import { mariadb, mysql } from '../../../../src/events/engines/mysql.ts';
import { postgres } from '../../../../src/events/engines/postgres.ts';

const doc = readFileSync(join(import.meta.dirname, '../../../../doc/drivers.md'), 'utf8');

/** The cells of a row of the table of engines. */
function row(what: string): string[] {
  const line = doc.split('\n').find((one) => one.startsWith(`| ${what} |`))!;
  return line.split(' | ').slice(1);
}

it.each<[string, (capabilities: Capabilities) => boolean]>([
  ['transactions', ({ transactions }) => transactions],
  ['isolation levels', ({ isolationLevels }) => isolationLevels.length > 0],
  ['savepoints', ({ savepoints }) => savepoints],
  ['several results per statement', ({ multipleResultSets }) => multipleResultSets],
  ["a lost program's statement", ({ probe }) => probe === true],
  ['read-only enforced by', ({ readOnlyEnforcement }) => readOnlyEnforcement === 'server'],
])('doc/drivers.md says of %s what the engines can do at best', (what, has) => {
  const cells = row(what);
  [postgres, mysql, mongodb].forEach(({ capabilities }, column) => {
    expect([column, !/^(?:no\b|the classifier)/.test(cells[column]!)]).toEqual([column, has(capabilities)]);
  });
  expect(has(mariadb.capabilities)).toBe(has(mysql.capabilities));
});
