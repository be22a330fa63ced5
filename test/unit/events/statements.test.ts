import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitStatements, statementAt } from '../../../src/events/statements.ts';

const split = (text: string): string[] =>
  splitStatements('postgres', text).map(({ start, end }) => text.slice(start, end));

describe('splitStatements', () => {
  it.each<[string, string, string[]]>([
    ['ends a statement at a semicolon', 'select 1; select 2', ['select 1', 'select 2']],
    ['leaves out what is empty', ';; select 1;;\n ; ', ['select 1']],
    ['leaves out comments around a statement', '-- a;\nselect 1 -- b;\n; /* c; */', ['select 1']],
    ['keeps comments inside a statement', 'select /* ; */ 1 -- ;\n+ 2', ['select /* ; */ 1 -- ;\n+ 2']],
    ['knows nested comments', '/* /* ; */ ; */ select 1; select 2', ['select 1', 'select 2']],
    ['keeps a semicolon in a string', "select ';''; '; select 2", ["select ';''; '", 'select 2']],
    ['takes a backslash as it is in a plain string', "select '\\'; select 2", ["select '\\'", 'select 2']],
    ['knows the backslash of an escape string', "select E'\\'; '; select 2", ["select E'\\'; '", 'select 2']],
    [
      'does not take a word that ends in e for one',
      "select name'\\'; select 2",
      ["select name'\\'", 'select 2'],
    ],
    ['keeps a semicolon in a quoted identifier', 'select ";""; "; select 2', ['select ";""; "', 'select 2']],
    ['knows dollar quotes', 'do $$ begin; end; $$; select 2', ['do $$ begin; end; $$', 'select 2']],
    [
      'knows dollar quotes with tags',
      'select $a$ ; $$ ; $b$ ; $a$; select 2',
      ['select $a$ ; $$ ; $b$ ; $a$', 'select 2'],
    ],
    ['does not take a parameter for a dollar quote', 'select $1; select $2', ['select $1', 'select $2']],
    [
      'does not take a dollar in a name for a quote',
      'select a$$ from b$$; select 2',
      ['select a$$ from b$$', 'select 2'],
    ],
    [
      'keeps a rule together',
      'create rule r as on insert to t do (select 1; select 2); select 3',
      ['create rule r as on insert to t do (select 1; select 2)', 'select 3'],
    ],
    [
      'keeps the body of a function together',
      'create function f() returns int begin atomic select 1; select case when true then 2 end; end; select 3',
      [
        'create function f() returns int begin atomic select 1; select case when true then 2 end; end',
        'select 3',
      ],
    ],
    ['takes BEGIN as a statement elsewhere', 'begin; select 1; end;', ['begin', 'select 1', 'end']],
    ['takes an open string to the end', "select 'a; select 2", ["select 'a; select 2"]],
    ['takes an open comment to the end', 'select 1; /* select 2;', ['select 1']],
  ])('%s', (_name, text, statements) => {
    expect(split(text)).toEqual(statements);
  });

  it('gives ranges in order that cover all but blanks, comments and semicolons', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '$$',
      '$a$',
      '--',
      '\n',
      '/*',
      '*/',
      ';',
      ' ',
      'a',
      'E',
      '(',
      ')',
      '\\',
      '1',
      'begin',
      'create function',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        let last = 0;
        for (const { start, end } of splitStatements('postgres', text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(text.slice(start, end).trimStart()).toBe(text.slice(start, end));
          last = end;
        }
        expect(last).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes a megabyte of statements in one pass', () => {
    const text = `select 'x' -- ${'y'.repeat(80)}\n;`.repeat(10_000);
    expect(splitStatements('postgres', text)).toHaveLength(10_000);
  });

  it('finds the statement that the cursor is in', () => {
    const text = 'select 1;\n\nselect 2;\n';
    const ranges = splitStatements('postgres', text);
    const at = (position: number) =>
      text.slice(statementAt(ranges, position)!.start, statementAt(ranges, position)!.end);
    expect(at(0)).toBe('select 1');
    expect(at(9)).toBe('select 1');
    expect(at(11)).toBe('select 2');
    expect(at(text.length)).toBe('select 2');
    expect(statementAt([], 0)).toBeUndefined();
  });
});
