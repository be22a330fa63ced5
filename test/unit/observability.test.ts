import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { expect, it } from 'vitest';
import { TapeEvent } from '../../src/events/envelope.ts';
import { SUMMARY_UNITS_MAX } from '../../src/events/log/record-fields.ts';

const ROOT = join(import.meta.dirname, '../..');
const doc = readFileSync(join(ROOT, 'doc/observability.md'), 'utf8');
const [, fields = ''] = doc.split('### Fields');
const [, metrics = ''] = doc.split('## Metrics for Prometheus');

/** The words in code in a column of the table that comes next. */
function cells(text: string, column: number): string[] {
  const rows = text
    .split(/^\|(?:---\|)+\n/m)[1]!
    .split('\n\n')[0]!
    .split('\n');
  return rows.flatMap((row) =>
    [...row.split(' | ')[column]!.matchAll(/`([^`]+)`/g)].map(([, word]) => word!),
  );
}

function sources(...folders: readonly string[]): string {
  return folders
    .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name)))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}

/** The types of a union's messages. */
function typesOf(schema: TSchema): string[] {
  return schema.anyOf ? schema.anyOf.flatMap(typesOf) : [schema.properties.type.const];
}

it('lists every field of the log', () => {
  const events = new Set([...typesOf(TapeEvent), ...cells(fields, 1)]);
  const name =
    /'((?:querytape|db|deployment|exception|error|event|process|service\.version|server)(?:\.[a-z_]+)*)'/g;
  const given = [...sources('src/events/log', 'src/main').matchAll(name)]
    .map(([, field]) => field!)
    .filter((field) => field.includes('.') && !events.has(field));
  // `.tab.id` goes on from `querytape`.
  const listed = cells(fields, 0).map((field) => (field.startsWith('.') ? `querytape${field}` : field));
  expect([...new Set(given)].sort()).toEqual([...listed].sort());
  expect(fields).toContain(`cut at ${SUMMARY_UNITS_MAX} UTF-16 units`);
});

it('lists every metric', () => {
  const name = /'((?:querytape|process|nodejs)_[a-z_]+)'/g;
  const given = [...sources('src/server').matchAll(name)].map(([, metric]) => metric!);
  expect(cells(metrics, 0).sort()).toEqual([...new Set(given)].sort());
  expect(given.length).toBeGreaterThan(25);
});
