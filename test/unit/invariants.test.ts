import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

interface Row {
  readonly id: string;
  readonly file: string;
  readonly test: string;
  readonly title: string;
}

/** The rows of the table in doc/invariants.md. */
function rowsOf(doc: string): Row[] {
  const row = /^\| ([IC]\d+) \| .+ \| `(src\/[^`]+)` \| `([^`]+)`: (.+) \|$/gm;
  return [...doc.matchAll(row)].map(([, id, file, test, title]) => ({
    id: id!,
    file: file!,
    test: test!,
    title: title!,
  }));
}

/** The invariants that a source marks as enforced there. */
function marksIn(text: string): string[] {
  return [...text.matchAll(/\bInvariant ([IC]\d+)\./g)].map(([, id]) => id!);
}

const doc = readFileSync(join(ROOT, 'doc/invariants.md'), 'utf8');
const rows = rowsOf(doc);
const sources = (readdirSync(join(ROOT, 'src'), { recursive: true }) as string[]).filter((name) =>
  name.endsWith('.ts'),
);

describe('the list of invariants', () => {
  it('has a row for each line of its table, numbered without gaps', () => {
    expect(rows.length).toBe(doc.split('\n').filter((line) => /^\| [IC]\d/.test(line)).length);
    for (const letter of ['I', 'C']) {
      const numbers = rows.filter(({ id }) => id.startsWith(letter)).map(({ id }) => Number(id.slice(1)));
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }
  });

  it.each(rows.map((row) => [row.id, row] as const))('%s is marked where it is enforced', (id, { file }) => {
    expect(marksIn(readFileSync(join(ROOT, file), 'utf8'))).toContain(id);
  });

  it.each(rows.map((row) => [row.id, row] as const))('%s is held by a test of that name', (_id, row) => {
    expect(readFileSync(join(ROOT, 'test', row.test), 'utf8')).toContain(row.title);
  });

  it('lists every mark in the source', () => {
    const marked = sources.flatMap((name) =>
      marksIn(readFileSync(join(ROOT, 'src', name), 'utf8')).map((id) => `${id} src/${name}`),
    );
    expect(marked.sort()).toEqual(rows.map(({ id, file }) => `${id} ${file}`).sort());
  });

  it('would miss neither a mark nor a row that is not there', () => {
    expect(
      marksIn('// Invariant I7.\n/** Says so. Invariant C2. */\n// invariant I9, Invariants I8'),
    ).toEqual(['I7', 'C2']);
    expect(rowsOf('| I1 | x | `src/a.ts` | `unit/a.test.ts`: does it |\n| I2 | x | y | z |')).toHaveLength(1);
  });
});
