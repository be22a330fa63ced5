import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../src');
const sources = (readdirSync(SRC, { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(SRC, name), 'utf8') }));

/** What machines are made of beside their own files. */
const MACHINE_PARTS: readonly string[] = [
  'actors/tell.ts',
  'actors/schedule.ts',
  'actors/session-context.ts',
  'actors/query-setup.ts',
  'actors/session-setup.ts',
  'actors/session-queries.ts',
  'actors/session-connections.ts',
  'actors/session-tunnel.ts',
];

/** Which rooms a room may import from. `main` may import all: it puts them together. */
const ARROWS: Record<string, readonly string[]> = {
  events: [],
  drivers: ['events'],
  actors: ['events', 'drivers'],
  store: ['events'],
  server: ['events'],
  ui: ['events'],
  main: ['events', 'drivers', 'actors', 'store', 'server'],
};

function imports(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom\s|\bimport[\s(])\s*['"]([^'"]+)['"]/g)].map((found) => found[1]!);
}

function roomOf(name: string): string {
  return name.includes('/') ? name.split('/')[0]! : 'main';
}

/** The files of one circle in a graph of imports, its first one again at the end; null where there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  const from = (file: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const target of graph.get(file) ?? []) {
      const circle = from(target, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const circle = from(file, []);
    if (circle) return circle;
  }
  return null;
}

/** Whether code, comments and imports apart, decides by an engine's name. */
function namesEngine(text: string): boolean {
  const code = text
    .replace(/\/\*[\s\S]*?\*\/|(?<![:'"])\/\/.*/g, '')
    .replace(/\b(?:from|import)\s*\(?\s*['"][^'"]*['"]/g, '');
  return /(['"`])(?:postgres|mysql|mariadb|mongodb)\1|(?<![\w.$?"'`])(?:postgres|mysql|mariadb|mongodb)\s*:(?!\/\/)|(?<=\w)\.(?:postgres|mysql|mariadb|mongodb)\b/.test(
    code,
  );
}

/** The rooms whose prose uses the field's words only. A room is added once it does. */
const PLAIN_ROOMS: readonly string[] = ['src', 'test', 'doc', 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

/** Words that readers of technical English do not expect, and what to write instead. */
const PRIVATE_WORDS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\banew\b/i, 'again'],
  [/\bfor ever\b/i, 'forever, no limit'],
  [/\b(?:a|another|one) person\b/i, 'the user'],
  [/\b(?:nobody|somebody|anybody)\b/i, 'the passive voice'],
  [/\bwhom\b/i, 'the noun that is meant'],
  [/\b(?:is|are|was|were|be|been) told\b/i, 'reported, instructed'],
  [/\b(?:connection|query|session)s? (?:is |are |was |were )?born\b/i, 'created'],
  [/\bmeanwhile\b/i, 'in the meantime'],
];

function privateWordsIn(text: string): string[] {
  // A sentence that a comment wraps is still one sentence.
  const prose = text.replace(/\n\s*(?:\*|\/\/)\s?/g, ' ').replace(/\s+/g, ' ');
  return PRIVATE_WORDS.flatMap(([pattern, instead]) => {
    const found = pattern.exec(prose);
    return found ? [`“${found[0]}”: ${instead}`] : [];
  });
}

/** Characters of code, comments apart, that are neither Latin nor punctuation nor among the arrows and signs that plain fonts have. */
function symbolsIn(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/.*/g, '');
  return code.match(/[^\p{ASCII}\u00a0-\u024f\u2000-\u206f\u2190-\u2193\u21b5\u2212\u2264]/gu) ?? [];
}

describe('the source', () => {
  it('has arrows that point one way', () => {
    const wrong: string[] = [];
    for (const { name, text } of sources) {
      const room = roomOf(name);
      for (const target of imports(text)) {
        if (!target.startsWith('.')) continue;
        const to = roomOf(relative(SRC, resolve(SRC, dirname(name), target)));
        if (to !== room && to !== '..' && !ARROWS[room]?.includes(to)) wrong.push(`${name} → ${target}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(sources.length).toBeGreaterThan(60);
  });

  it('has no circle of imports, of types neither', () => {
    const graph = new Map(
      sources.map(({ name, text }) => [
        name,
        imports(text.replace(/\/\*[\s\S]*?\*\//g, ''))
          .filter((target) => target.startsWith('.'))
          .map((target) => relative(SRC, resolve(SRC, dirname(name), target))),
      ]),
    );
    expect(circleIn(graph)).toBeNull();
    expect([...graph.values()].flat().length).toBeGreaterThan(1000);
    const near = { a: ['b'], b: ['c'], c: ['d'], e: ['a'] };
    expect(circleIn(new Map(Object.entries(near)))).toBeNull();
    expect(circleIn(new Map(Object.entries({ ...near, d: ['b'] })))).toEqual(['b', 'c', 'd', 'b']);
  });

  it('keeps events/ free of the platform, so that the page can use it', () => {
    const allowed = ['@sinclair/typebox', '@sinclair/typebox/compiler', '@sinclair/typebox/value'];
    const wrong = sources
      .filter(({ name }) => roomOf(name) === 'events')
      .flatMap(({ name, text }) =>
        imports(text)
          .filter((target) => !target.startsWith('.') && !allowed.includes(target))
          .map((to) => `${name} → ${to}`),
      );
    expect(wrong).toEqual([]);
  });

  it('has machines that import only XState and the vocabulary', () => {
    // Pure functions and constants that machines share, and a machine's actions, are held to the same.
    const shared = [...MACHINE_PARTS, 'actors/limits.ts'];
    const machines = sources.filter(({ name }) => name.endsWith('.machine.ts') || shared.includes(name));
    expect(machines.length).toBeGreaterThanOrEqual(4 + shared.length);
    const wrong = machines.flatMap(({ name, text }) =>
      imports(text)
        .filter(
          (to) =>
            to !== 'xstate' &&
            !to.startsWith('../events/') &&
            !/^\.\/[a-z-]+\.machine\.ts$/.test(to) &&
            !shared.includes(to.replace('./', 'actors/')),
        )
        .map((to) => `${name} → ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it('reads no clock, random source or environment in events/ and machines', () => {
    const impure =
      /\bDate\.now|\bDate\(\s*\)|performance\.|Math\.random|crypto\.|randomUUID|process\.(env|pid|hr)/;
    const wrong = sources
      .filter(
        ({ name }) =>
          roomOf(name) === 'events' || name.endsWith('.machine.ts') || MACHINE_PARTS.includes(name),
      )
      .filter(({ text }) => impure.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
      .map(({ name }) => name);
    expect(wrong).toEqual([]);
  });

  it('names an engine only where the engine is described', () => {
    const own = /^(?:events\/engines|drivers\/(?:postgres|mysql|mongodb))\//;
    const tables: readonly string[] = [
      // The parameters of each engine's connection URLs.
      'store/import/parameters.ts',
      // The editor's languages, which are packages of the page.
      'ui/editor/editor-language.ts',
      'ui/editor/sql-language.ts',
      // The demo is a PostgreSQL server: its program, its account and its first database are called so.
      'main/demo-binaries.ts',
      'main/demo-postmaster.ts',
      'main/demo.ts',
    ];
    const found = sources
      .filter(({ name, text }) => !own.test(name) && namesEngine(text))
      .map(({ name }) => name)
      .sort();
    expect(found).toEqual([...tables].sort());
  });

  it.each([
    ["if (engine === 'mysql') return", true],
    ['const table = { postgres: 1 }', true],
    ["const table = { 'mariadb': 1 }", true],
    ['return table.mongodb', true],
    ['case `postgres`:', true],
    ["import { BSON } from 'mongodb';", false],
    ["import { postgres } from './postgres.ts';", false],
    ["// where engine === 'mysql'", false],
    ['placeholder="postgres://app@db.example/shop"', false],
    ['engine: postgres.name', false],
    ["'mongodb+srv'", false],
  ])('knows whether %s names an engine', (text, is) => expect(namesEngine(text)).toBe(is));

  it('uses plain technical English in the rooms that are done', () => {
    const root = join(SRC, '..');
    const files = PLAIN_ROOMS.flatMap((room) =>
      /\.\w+$/.test(room)
        ? [room]
        : (readdirSync(join(root, room), { recursive: true }) as string[])
            .filter((name) => /\.(?:ts|md)$/.test(name) && name !== 'unit/tidy.test.ts')
            .map((name) => join(room, name)),
    );
    const wrong = files.flatMap((file) =>
      privateWordsIn(readFileSync(join(root, file), 'utf8')).map((words) => `${file}: ${words}`),
    );
    expect(wrong).toEqual([]);
    expect(files.length).toBeGreaterThan(100);
  });

  it.each([
    ['// The file is written anew.', 1],
    ['// The file is a new one.', 0],
    ['/** Waits for ever. */', 1],
    ['/** Waits for every page. */', 0],
    ['// What a person typed', 1],
    ['// a personal access token', 0],
    ["'Nobody has used it'", 1],
    ['await nobodyLeft()', 0],
    ['Whom it protects', 1],
    ['a tomb whomping', 0],
    [' * The loss is\n * told.', 1],
    ['let told = false;', 0],
    ["'connection born'", 1],
    ['a newborn', 0],
    ['What came meanwhile', 1],
    ['What came in the meantime', 0],
  ])('finds the private words in %j', (text, count) => expect(privateWordsIn(text)).toHaveLength(count));

  it('writes to the terminal in one place', () => {
    const direct = /process\.(?:stdout|stderr)\.write|\bconsole\.\w+\(/;
    const wrong = sources
      .filter(
        ({ name, text }) =>
          roomOf(name) !== 'ui' && direct.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
      )
      .map(({ name }) => name);
    expect(wrong).toEqual(['main/output.ts']);
  });

  it('opens, closes and leaves dialogs by their controller alone', () => {
    const own = /\.showModal\(|@cancel=|<dialog[^>]*@close=|HTMLDialogElement|querySelector\('dialog'\)/;
    const found = sources.filter(({ name, text }) => roomOf(name) === 'ui' && own.test(text));
    expect(found.map(({ name }) => name)).toEqual(['ui/controls/dialog-controller.ts']);
    const dialogs = sources.filter(({ text }) => text.includes('<dialog\n') || text.includes('<dialog '));
    expect(dialogs.length).toBeGreaterThan(8);
    for (const { name, text } of dialogs)
      expect([name, text.includes('new DialogController(this')]).toEqual([name, true]);
  });

  it('uses the browser’s storage in one place, which never throws', () => {
    const own = /\b(?:localStorage|sessionStorage|indexedDB)\b|document\.cookie/;
    const found = sources.filter(({ name, text }) => roomOf(name) === 'ui' && own.test(text));
    expect(found.map(({ name }) => name)).toEqual(['ui/browser-store.ts']);
  });

  it('a hostile server: no part of the page makes markup, a link, a style sheet or a program of data', () => {
    const sinks: Record<string, readonly string[]> = {
      '\\.(?:innerHTML|outerHTML|srcdoc)\\b|insertAdjacentHTML|document\\.write|createContextualFragment|unsafeHTML|unsafeCSS|unsafeStatic':
        [],
      '\\beval\\(|new Function\\(|setTimeout\\([\'"`]|javascript:': [],
      // Icons that are compiled in.
      unsafeSVG: ['ui/controls/icons.ts'],
      // A download's path and another page's address, both given by the program.
      '\\.href = |window\\.open\\(|location\\.(?:assign|replace)\\(': ['ui/api/request.ts'],
      '[ <]href=\\$|[ <]action=\\$|formaction': [],
      // An image whose first bytes say that it is one, from a blob; SVG is not among them.
      '\\bsrc=\\$': ['ui/result/grid/cell-viewer.ts'],
      'cssText = [^\'"]|\\.insertRule\\(|replaceSync\\(': [],
    };
    for (const [sink, allowed] of Object.entries(sinks)) {
      const pattern = new RegExp(sink);
      const found = sources
        .filter(({ name }) => roomOf(name) === 'ui')
        .filter(({ text }) => pattern.test(text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '')))
        .map(({ name }) => name);
      expect([sink, found]).toEqual([sink, allowed]);
    }
    // What stands in a style attribute is a number of pixels, or a colour that was checked as one.
    const styles = sources.flatMap(({ text }) =>
      [...text.matchAll(/\bstyle="([^"]*)"/g)].map(([, style]) => style!),
    );
    expect(styles.length).toBeGreaterThan(5);
    const isPixels = /^(?:[a-z-]+:(?:[a-zA-Z]+\()?\$\{[^{}]+\}px\)?;?)+$/;
    expect(styles.filter((style) => style.includes('$') && !isPixels.test(style))).toEqual([
      `--colour:$\{value || 'transparent'}`,
    ]);
  });

  it('has the page draw its symbols by icons: every other character is one that plain fonts have', () => {
    const page = sources.filter(({ name }) => name.startsWith('ui/'));
    expect(page.flatMap(({ name, text }) => symbolsIn(text).map((one) => `${name}: ${one}`))).toEqual([]);
    expect(page.length).toBeGreaterThan(150);
    expect(
      symbolsIn("// ✓ in a comment\nconst mark = '✓'; const chord = 'Ctrl ⏎'; const next = '→';"),
    ).toEqual(['✓', '⏎']);
  });

  it('has no hook in a module that test files share, where it would run for the first of them alone', () => {
    const root = join(SRC, '../test');
    const shared = (readdirSync(root, { recursive: true }) as string[]).filter(
      (name) => /^(?:unit|replay|contract|servers)\/.*\.ts$/.test(name) && !name.endsWith('.test.ts'),
    );
    expect(shared.length).toBeGreaterThan(50);
    const hook = /^(?:before|after)(?:Each|All)\(/m;
    expect(shared.filter((name) => hook.test(readFileSync(join(root, name), 'utf8')))).toEqual([]);
  });

  it('has the tests that doc/FEATURES.md names', () => {
    const doc = readFileSync(join(SRC, '../doc/FEATURES.md'), 'utf8');
    const named = [...doc.matchAll(/`((?:unit|contract|e2e|replay)\/[^`]+)`/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(join(SRC, '../test', path)))).toEqual([]);
  });

  it('tells every limit in doc/limits.md', () => {
    const rooms = sources.filter(({ name }) => /^[a-z]+\/limits\.ts$/.test(name));
    expect(rooms.map(({ name }) => name).sort()).toEqual(
      ['actors', 'drivers', 'events', 'server', 'store', 'ui'].map((room) => `${room}/limits.ts`),
    );
    const text = rooms.map(({ text }) => text).join('\n');
    const doc = readFileSync(join(SRC, '../doc/limits.md'), 'utf8');
    const names = [...text.matchAll(/^export const ([A-Z_]+) =/gm)].map((found) => found[1]!);
    expect(names.length).toBeGreaterThan(150);
    expect(names.filter((name) => !['KIB', 'MIB'].includes(name) && !doc.includes(`\`${name}\``))).toEqual(
      [],
    );
  });

  it('says of every dependency why it is there', () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
      readFileSync(join(SRC, '../package.json'), 'utf8'),
    );
    const doc = readFileSync(join(SRC, '../doc/dependencies.md'), 'utf8');
    const names = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });
    const listed = [...doc.matchAll(/^\| `([^`]+)` \|/gm)].map((row) => row[1]!);
    expect(listed.sort()).toEqual(names.sort());
  });

  it('says how many packages an installation without the optional ones has', () => {
    const { packages } = JSON.parse(readFileSync(join(SRC, '../package-lock.json'), 'utf8'));
    const installed = Object.entries<Record<string, boolean>>(packages).filter(
      ([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional,
    );
    const doc = readFileSync(join(SRC, '../doc/dependencies.md'), 'utf8');
    expect(doc).toContain(`an installation has ${installed.length} packages`);
  });

  it('uses every dependency', () => {
    const root = join(SRC, '..');
    const { scripts, dependencies, optionalDependencies, devDependencies } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    );
    const names = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });
    const files = ['src', 'test', 'bench', '.']
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: folder !== '.' }).map((file) =>
          join(root, folder, String(file)),
        ),
      )
      .filter((file) => /\.(?:ts|html)$/.test(file));
    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    // An optional package is imported by a name in a variable, so that no bundler looks for it.
    const imported = new Set(
      [
        ...text.matchAll(
          /(?:from|import|import\(|require\(|resolve\(|name: string =)\s*'((?:@[^/'\s]+\/)?[^/'\s]+)/g,
        ),
      ].map(([, name]) => name!),
    );
    const commands = Object.values(scripts).join(' ');
    // A command of these packages has another name than the package.
    const tools: Readonly<Record<string, string>> = { typescript: 'tsc', '@biomejs/biome': 'biome' };
    const isUsed = (name: string): boolean =>
      imported.has(name) ||
      imported.has(name.replace('@types/', '')) ||
      (name === '@types/node' && text.includes("from 'node:")) ||
      new RegExp(`\\b${tools[name] ?? name}\\b`).test(commands);
    expect(isUsed('a-package-that-nothing-imports')).toBe(false);
    expect(names.filter((name) => !isUsed(name))).toEqual([]);
  });
});
