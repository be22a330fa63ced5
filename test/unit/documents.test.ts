import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from '../../src/main/options.ts';

const ROOT = join(import.meta.dirname, '../..');
const LINK = /\]\(([^)\s]+)\)/g;
const BLOCK = /```sh\n(.*?)```/gs;
/** A call of the command line, up to what a shell does with it. */
const CALL = /(?:npx querytape|querytape|node dist\/main\.js)(?: ([^\n|#>]+)|$)/gm;

const documents = ['.', 'doc', 'doc/decisions', 'src']
  .flatMap((folder) => {
    const entries = readdirSync(join(ROOT, folder), { recursive: folder === 'src', withFileTypes: true });
    return entries
      .filter(({ name }) => name.endsWith('.md'))
      .map(({ parentPath, name }) => join(parentPath, name));
  })
  .filter((path) => !path.includes('node_modules'));

/** The anchors of a document's headings, as GitHub and npm write them. */
function anchorsIn(text: string): Set<string> {
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map((found) => found[1]!);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** The calls in blocks of shell commands. */
function callsIn(text: string): string[] {
  const blocks = [...text.matchAll(BLOCK)].map((found) => found[1]!).join('\n');
  return [...blocks.matchAll(CALL)].map((found) => (found[1] ?? '').trim());
}

/** The words of a line as a shell parts them, quotes taken off. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

describe.each(documents.map((path) => [relative(ROOT, path), readFileSync(path, 'utf8')]))(
  '%s',
  (path, text) => {
    it('has links that lead somewhere', () => {
      const targets = [...text!.matchAll(LINK)].map((found) => found[1]!);
      const broken = targets
        .filter((target) => !/^(?:https?:|#)/.test(target))
        .filter((target) => !existsSync(join(ROOT, dirname(path!), target.split('#')[0]!)));
      expect(broken).toEqual([]);
      const anchorless = targets
        .filter((target) => /^[^:]*#/.test(target))
        .filter((target) => {
          const [file = '', anchor = ''] = target.split('#');
          const there = file === '' ? text! : readFileSync(join(ROOT, dirname(path!), file), 'utf8');
          return !anchorsIn(there).has(anchor);
        });
      expect(anchorless).toEqual([]);
    });

    it('calls the command line as it can be called', () => {
      for (const call of callsIn(text!)) expect(() => parse(words(call)), call).not.toThrow();
    });
  },
);

it('finds the calls that the documents make', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  expect(callsIn(readme).length).toBeGreaterThan(5);
  expect(() => parse(words('tape verfy'))).toThrow();
});

it('say of every code what it means and what to do', () => {
  const read = (name: string): string => readFileSync(join(ROOT, 'doc', name), 'utf8');
  const [, list = ''] = read('api.md').split('reads them from the source. -->');
  const codes = [...list.split('WebSocket close codes')[0]!.matchAll(/`([a-z][A-Za-z]*\.[^`]+)`/g)];
  const [, table = ''] = read('troubleshooting.md').split('compares the two. -->');
  const rows = [...table.matchAll(/^\| `([^`]+)` \| [^|]{5,} \| [^|]{5,} \|$/gm)];
  expect(rows.map((row) => row[1])).toEqual(codes.map((code) => code[1]));
});
