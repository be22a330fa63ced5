import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The codes of an area that files give, and those that a document names. */
function codes(area: string, files: readonly string[], doc: string): { given: string[]; named: string[] } {
  const found = (text: string, quote: string): string[] =>
    [...text.matchAll(new RegExp(`${quote}(${area}\\.[A-Za-z0-9]+)${quote}`, 'g'))].map(([, code]) => code!);
  const sorted = (all: readonly string[]): string[] => [...new Set(all)].sort();
  return {
    given: sorted(files.flatMap((file) => found(read(file), "'"))),
    named: sorted(found(read(doc), '`')),
  };
}

it('doc/imports.md names every code that an import gives', () => {
  const folder = 'src/store/import';
  const files = readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`);
  const { given, named } = codes(
    'import',
    [...files, 'src/store/config.ts', 'src/store/pending-imports.ts'],
    'doc/imports.md',
  );
  expect(given.length).toBeGreaterThan(15);
  expect(named).toEqual(given);
});

it('doc/bundle.md names every code that a bundle is refused with', () => {
  const files = ['open-bundle', 'text-check', 'zip-reader'].map((name) => `src/store/bundle/${name}.ts`);
  const { given, named } = codes('bundle', files, 'doc/bundle.md');
  expect(given.length).toBeGreaterThan(15);
  expect(named).toEqual(given);
});
