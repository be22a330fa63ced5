import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/events/command.ts';
import { parse } from '../../src/main/options.ts';

const ROOT = join(import.meta.dirname, '../..');
const LINK = /\]\(([^)\s]+)\)/g;
const BLOCK = /```sh\n(.*?)```/gs;
/** A call of the command line, up to what a shell does with it. */
const CALL = /(?:npx querytape|querytape|node dist\/main\.js)(?: ([^\n|#>]+)|$)/gm;

/** A name in code that is a file's or a folder's. Parts that stand for any name are `NAME`, `NOUN`, `<engine>`, `*`. */
const PATH = /`((?:[\w.@*<>-]+\/)*[\w.@*<>-]+(?:\.(?:ts|mjs|css|html|svg)|\/))`/g;
const ANY_NAME = /NAME|NOUN|<\w+>|\*/g;
/** Files of other programs that a document names. */
const OF_OTHERS: Readonly<Record<string, readonly string[]>> = { 'doc/imports.md': ['saved_connection.ts'] };

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

/** Every file of the project, `/` before each, and every folder, `/` behind it. */
const files = ['src', 'test', 'bench', 'doc', '.github'].flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, withFileTypes: true }).map((entry) => {
    const path = `/${relative(ROOT, join(entry.parentPath, entry.name))}`;
    return entry.isDirectory() ? `${path}/` : path;
  }),
);
files.push(...readdirSync(ROOT).map((name) => `/${name}`), '/src/', '/test/', '/doc/', '/bench/');

/** The files and folders that a document names and that are not there. */
function missingIn(text: string, there: readonly string[] = files): string[] {
  const named = [...text.replace(/```.*?```/gs, '').matchAll(PATH)].map((found) => found[1]!);
  return named.filter((name) => {
    const literal = name.replace(/^(?:\.\.\/)+/, '').replaceAll(/[.+]/g, '\\$&');
    const pattern = new RegExp(`/${literal.replaceAll(ANY_NAME, '[^/]*')}$`);
    return !there.some((path) => pattern.test(path));
  });
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

    it('calls a decision by the number that it has', () => {
      const calls = [...text!.matchAll(/\[decision (\d+)\]\([^)]*?(\d{4})-/g)].map(([, n, file]) => [
        n,
        file,
      ]);
      expect(calls.filter(([number, file]) => Number(number) !== Number(file))).toEqual([]);
      const title = /^doc\/decisions\/(\d{4})-/.exec(path!)?.[1];
      if (title !== undefined) expect(text!.startsWith(`# ${Number(title)}. `)).toBe(true);
    });

    it('names files that are there', () => {
      expect(missingIn(text!)).toEqual(OF_OTHERS[path!] ?? []);
    });

    it('calls the command line as it can be called', () => {
      for (const call of callsIn(text!)) expect(() => parse(words(call)), call).not.toThrow();
    });
  },
);

it('would find a file that is not there', () => {
  const there = ['/src/actors/tell.ts', '/src/actors/', '/src/events/query.ts'];
  const text = '`tell.ts` `actors/tell.ts` `actors/` `NOUN.ts` `tell.mjs` `ell.ts` `events/tell.ts` `tors/`';
  expect(missingIn(text, there)).toEqual(['tell.mjs', 'ell.ts', 'events/tell.ts', 'tors/']);
});

const ROOMS = ['events', 'drivers', 'drivers/ssh', 'actors', 'store', 'server', 'ui', 'main'];

describe('CONTRIBUTING.md', () => {
  it('lists every test that writes a document', () => {
    const listed = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8').matchAll(/^\| `(test\/[^`]+)` \|/gm);
    const tests = readdirSync(join(ROOT, 'test/unit'), { recursive: true, encoding: 'utf8' });
    const writing = tests
      .filter((path) => path.endsWith('.test.ts'))
      .map((path) => join('test/unit', path))
      .filter((path) => /env\.QUERYTAPE_UPDATE_DOC/.test(readFileSync(join(ROOT, path), 'utf8')));
    expect([...listed].map(([, path]) => path).sort()).toEqual(writing.sort());
  });
});

describe.each(ROOMS)('the README of %s', (room) => {
  it('introduces every file and folder of the room', () => {
    const folder = join(ROOT, 'src', room);
    const text = readFileSync(join(folder, 'README.md'), 'utf8');
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== 'README.md');
    const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    expect(names.filter((name) => !text.includes(`\`${name}`))).toEqual([]);
    expect(names.length).toBeGreaterThan(5);
  });
});

it('describe each command in doc/api.md', () => {
  const text = readFileSync(join(ROOT, 'doc/api.md'), 'utf8');
  const types = Command.anyOf.map(({ properties }) => properties.type.const);
  expect(types.filter((type) => !new RegExp(`\\b${type.replace('.', '\\.')}\\b`).test(text))).toEqual([]);
  expect(types.length).toBeGreaterThan(30);
});

it('give each machine a row in doc/architecture.md', () => {
  const text = readFileSync(join(ROOT, 'doc/architecture.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (\w+) \| .+ \| `actors\/(\w+)\.machine\.ts` \|$/gm)].map(
    ([, noun, file]) => [noun, file],
  );
  const machines = readdirSync(join(ROOT, 'src/actors')).filter((name) => name.endsWith('.machine.ts'));
  const nouns = machines.map((name) => name.replace('.machine.ts', ''));
  expect(rows.sort()).toEqual(nouns.map((noun) => [noun, noun]).sort());
});

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
