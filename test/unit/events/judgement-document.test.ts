import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DangerKind, VERDICT_ORDER } from '../../../src/events/judgement.ts';

const doc = readFileSync(join(import.meta.dirname, '../../../doc/safety.md'), 'utf8');

/** The words in backticks that begin the rows of the table below a heading. */
function rowsBelow(heading: string): string[] {
  const [, section = ''] = doc.split(`\n## ${heading}\n`);
  const rows = section.split(/\n##+ /)[0]!.match(/^\| `[^|]+\|/gm) ?? [];
  return rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, word]) => word!));
}

it('doc/safety.md has every verdict, from the best to the worst', () => {
  expect(rowsBelow('Verdicts')).toEqual(VERDICT_ORDER);
});

it('doc/safety.md has every danger', () => {
  const dangers = DangerKind.anyOf.map((kind) => kind.const);
  expect(rowsBelow('Dangers').sort()).toEqual([...dangers].sort());
});
