import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/events/engines/engine-name.ts';
import type { LexicalFacts } from '../../../src/events/lexical-facts.ts';
import { extentOf } from '../../../src/events/statement-range.ts';
import { readScript } from '../../../src/events/statements.ts';
import { threadMs } from '../thread-time.ts';

/** What hides separators: each stands in a statement wherever a value may, and holds a statement that must never be split off. */
const HIDING: Readonly<Record<string, readonly string[]>> = {
  postgres: [
    "'a;''; delete from t;'",
    "E'\\'; delete from t;'",
    '"a;""; delete from t;"',
    '$$ ; delete from t; $$',
    '$a$ ; $$ delete from t; $a$',
    '/* ; /* ; delete from t; */ ; */ 1',
    '-- ; delete from t;\n 1',
    "U&'\\' || 'b'",
    '(select 1; delete from t)',
    '$1',
    'a$$',
  ],
  mysql: [
    "'a;''; delete from t;'",
    "'\\'; delete from t;'",
    '"a;\\"; delete from t;"',
    '`a;``\\`',
    '/* ; /* delete from t; */ 1',
    '-- ; delete from t;\n 1',
    '# ; delete from t;\n 1',
    '/*!50003 1; delete from t; */',
    '/*+ ; delete from t; */ 1',
    '1--1',
    '\\N',
  ],
};

const ROUTINES: Readonly<Record<string, readonly string[]>> = {
  postgres: [
    'create function f() returns int begin atomic select case when true then 1 end as end; delete from t; end',
    'create or replace procedure p() language plpgsql as $f$ begin delete from t; end; $f$',
  ],
  mysql: [
    'create procedure p() begin if end then delete from t; end if; delete from t; end',
    'create definer=a@b trigger x before insert on y for each row w: while begin do delete from t; end while w',
    'create function f() returns int language javascript as $$ ; delete from t; it’s $$',
  ],
};

const FACTS: Readonly<Record<string, LexicalFacts>> = { postgres: {}, mysql: { sqlMode: '' } };

function statementsOf(engine: string): fc.Arbitrary<string> {
  const hiding = fc.array(fc.constantFrom(...HIDING[engine]!), { minLength: 1, maxLength: 4 });
  return fc.oneof(
    { weight: 4, arbitrary: hiding.map((parts) => `select ${parts.join(' , ')}`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(hiding, hiding)
        .map(([a, b]) => `/* x; */ select ${a.join(',\n')} + ${b.join(' ')}`),
    },
    { weight: 1, arbitrary: fc.constantFrom(...ROUTINES[engine]!) },
  );
}

describe.each(['postgres', 'mysql'] as const)('a script of %s', (engine) => {
  const read = (text: string, facts = FACTS[engine]) => readScript(engine, text, facts);
  const separator = fc.constantFrom(';', ';\n', ' ; \n\n', ';;\n', '; -- delete from t;\n', ';\r\n', ';\n\t');

  it('gives back the statements that were put together, as they were typed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(statementsOf(engine), separator), { maxLength: 12 }), (parts) => {
        const text = parts.map(([statement, between]) => statement + between).join('');
        const { statements, faults } = read(text);
        expect(statements.map(({ start, end }) => text.slice(start, end))).toEqual(parts.map(([one]) => one));
        expect(faults).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('reads each of its statements alone as it did among the others', () => {
    fc.assert(
      fc.property(fc.array(statementsOf(engine), { minLength: 1, maxLength: 6 }), (list) => {
        for (const one of list) expect(read(one).statements).toMatchObject([{ start: 0, end: one.length }]);
      }),
      { numRuns: 200 },
    );
  });
});

it('COPY data is never a statement, whatever it holds', () => {
  const line = fc
    .oneof(
      fc.constantFrom("'", '"', '$$', '/*', '--', '\\', '\\\\.', ' \\.', '; delete from t;'),
      fc.string({ maxLength: 20 }),
    )
    .map((text) => text.replace(/[\r\n]/g, ' '))
    .filter((text) => text !== '\\.');
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 10 }).filter((lines) => lines.join('').trim() !== ''),
      statementsOf('postgres'),
      (lines, next) => {
        const text = `select 0; copy t from stdin;\n${lines.join('\n')}\n\\.\n${next};`;
        const { statements, faults } = readScript('postgres', text);
        expect(faults).toEqual([]);
        expect(statements.map(({ start, end }) => text.slice(start, end))).toEqual([
          'select 0',
          'copy t from stdin',
          next,
        ]);
        const { data } = statements[1]!;
        expect(text.slice(data!.start, data!.end)).toBe(`${lines.join('\n')}\n`);
        const extent = extentOf(statements[1]!);
        // Run alone, as the statement under the cursor, it is the same statement with the same data.
        const alone = text.slice(extent.start, extent.end);
        const [again] = readScript('postgres', alone).statements;
        expect(alone.slice(again!.data!.start, again!.data!.end)).toBe(`${lines.join('\n')}\n`);
      },
    ),
    { numRuns: 500 },
  );
});

const ENGINES: readonly Engine[] = ['postgres', 'mysql', 'mariadb', 'mongodb'];
const PIECES =
  '\' " ` $$ $a$ -- # /* /*! /*+ */ ; \\ \\G \\d \\. ( ) { } [ ] , . : := @ @@ = a begin end case if loop for create procedure function definer copy from stdin as set sql_mode delimiter use source 1 E U& N\u00a0\u2028\ud800\ufeff'
    .split(' ')
    .concat([
      '\n',
      '\r\n',
      '\t',
      ' ',
      '\0',
      'create procedure p() begin ',
      'copy t from stdin;\n',
      '\n\\.\n',
      'delimiter $$\n',
    ]);

describe.each(ENGINES)('whatever the text, %s', (engine) => {
  const anything = fc.oneof(
    fc
      .array(fc.oneof(fc.constantFrom(...PIECES), fc.constant(' ')), { maxLength: 60 })
      .map((all) => all.join('')),
    fc.string({ unit: 'binary', maxLength: 80 }),
  );
  const facts = fc.record(
    {
      sqlMode: fc.constantFrom('', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'ANSI,NO_BACKSLASH_ESCAPES'),
      standardConformingStrings: fc.constantFrom('on', 'off'),
      version: fc.constantFrom('8.0.1', '9.7.4'),
    },
    { requiredKeys: [] },
  );

  it('is read without an error, into ranges in order, none of which is blank', () => {
    fc.assert(
      fc.property(anything, facts, (text, known) => {
        let last = 0;
        for (const { start, end, data } of readScript(engine, text, known).statements) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          if (data)
            expect([end <= data.start, data.start <= data.end, data.end <= data.past]).toEqual([
              true,
              true,
              true,
            ]);
          last = data?.past ?? end;
        }
        expect(last).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 1500 },
    );
  });
});

describe('a long text', () => {
  const fill = (piece: string, units: number): string => piece.repeat(Math.ceil(units / piece.length));
  const read = (text: string): void => {
    for (const engine of ENGINES) {
      const startedAt = threadMs();
      readScript(engine, text);
      // A slow machine takes seconds; a quadratic reader would take hours.
      expect(threadMs() - startedAt).toBeLessThan(30_000);
    }
  };

  it.each([
    ...[
      "'a",
      "'",
      '"',
      '`',
      '$$',
      '$a$ $b$ ',
      '/*',
      '*/',
      '--\n',
      '-- ',
      '\\',
      '\\\n',
      '(',
      ')',
      ';',
      ' ',
      '\n',
      'a',
      'a ',
      '1',
      '@',
      '#',
    ],
    ...[
      '/* a */',
      '; /* a */',
      '/*!1 ',
      '{',
      '`${',
      "E'a'\n",
      "E'a' -- \n",
      'set a=1;',
      'begin ',
      'case ',
      'end ',
      'a:',
    ],
    ...[
      'copy t from stdin;\n',
      'create procedure p() begin ',
      'delimiter $$\n',
      '\ndelimiter a',
      '\\.\n',
      '\\.',
      "select 'x\\'';\n",
    ],
  ])('of %j takes a time in proportion to it', { tags: ['slow'], timeout: 150_000 }, (piece) =>
    read(fill(piece, 500_000)),
  );

  it(
    'of blocks in blocks takes a time in proportion to it',
    () => read(`create procedure p() ${fill('begin ', 500_000)}`),
    150_000,
  );

  it(
    'of data that ends in blanks takes a time in proportion to it',
    () => read(fill('copy t from stdin;\n\\.\n', 250_000) + ' '.repeat(250_000)),
    150_000,
  );

  it('of 5 MB is read', { tags: ['slow'], timeout: 150_000 }, () =>
    read(fill("insert into t values (1, 'a\\'b', \"c\"); -- d\n", 5_000_000)),
  );
});
