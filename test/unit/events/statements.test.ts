import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readScript, splitStatements, statementAt } from '../../../src/events/statements.ts';

const split = (text: string): string[] =>
  splitStatements('postgres', text).map(({ start, end }) => text.slice(start, end));

describe('splitStatements', () => {
  it.each<[string, string, string[]]>([
    ['ends a statement at a semicolon', 'select 1; select 2', ['select 1', 'select 2']],
    ['leaves out what is empty', ';; select 1;;\n ; ', ['select 1']],
    [
      'takes the comments that lead a statement and those in it, not those behind its semicolon',
      '-- a;\nselect 1 -- b;\n; /* c; */\nselect 2; -- d',
      ['-- a;\nselect 1 -- b;', 'select 2'],
    ],
    [
      'takes a hint and a tag as they were typed',
      "/*+ SeqScan(t) */ select 1 /*traceparent='00-1'*/; /* b */ select 2",
      ["/*+ SeqScan(t) */ select 1 /*traceparent='00-1'*/", '/* b */ select 2'],
    ],
    ['finds no statement in comments alone', '-- a\n/* b */', []],
    ['keeps comments inside a statement', 'select /* ; */ 1 -- ;\n+ 2', ['select /* ; */ 1 -- ;\n+ 2']],
    ['knows nested comments', '/* /* ; */ ; */ select 1; select 2', ['/* /* ; */ ; */ select 1', 'select 2']],
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
    [
      'ends such a body at the END that begins a statement',
      'create procedure p() begin atomic insert into t (begin) values (1); select begin as end, t.end from t; end; delete from t',
      [
        'create procedure p() begin atomic insert into t (begin) values (1); select begin as end, t.end from t; end',
        'delete from t',
      ],
    ],
    [
      'sees no body where a routine only names begin',
      'create function begin() returns int language sql return 1; select 2',
      ['create function begin() returns int language sql return 1', 'select 2'],
    ],
    [
      'knows the backslash in what an escape string goes on with',
      "select E'a' -- c\n 'b\\'; x'; select 2",
      ["select E'a' -- c\n 'b\\'; x'", 'select 2'],
    ],
    [
      'follows standard_conforming_strings as the script sets it',
      "set standard_conforming_strings = off; select 'it\\'s; x'; set session standard_conforming_strings to 'on'; select '\\'; select 2",
      [
        'set standard_conforming_strings = off',
        "select 'it\\'s; x'",
        "set session standard_conforming_strings to 'on'",
        "select '\\'",
        'select 2',
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

  it.each([
    ["select 'it\\'s; x'", 'off', ["select 'it\\'s; x'"]],
    ["select n'\\'; 2'", 'off', ["select n'\\'; 2'"]],
    ["select U&'\\'; select 2", 'off', ["select U&'\\'", 'select 2']],
    ["select 'C:\\'; select 2", 'on', ["select 'C:\\'", 'select 2']],
  ])('reads %s as a session does whose standard_conforming_strings is %s', (text, setting, statements) => {
    const ranges = splitStatements('postgres', text, { standardConformingStrings: setting });
    expect(ranges.map(({ start, end }) => text.slice(start, end))).toEqual(statements);
  });
});

describe('COPY … FROM STDIN in a script', () => {
  const read = (text: string) => {
    const { statements, faults } = readScript('postgres', text);
    return {
      texts: statements.map(({ start, end }) => text.slice(start, end)),
      data: statements.map(({ data }) => (data ? text.slice(data.start, data.end) : null)),
      faults: faults.map(({ code, at }) => [code, at]),
    };
  };

  it('takes the lines up to the end of data, and none of them is a statement', () => {
    expect(read("copy ad from stdin;\n1\tx; delete from ad; y'\n\\\\.\n \\.\n\\.\nselect 2")).toEqual({
      texts: ['copy ad from stdin', 'select 2'],
      data: ["1\tx; delete from ad; y'\n\\\\.\n \\.\n", null],
      faults: [],
    });
  });

  it.each([
    'COPY public.ad (id, "from", t) FROM stdin WITH (FORMAT csv); -- rows\n',
    '/* load */ copy ad\nfrom /* here */ stdin;\n',
    'copy ad from stdout;\n',
  ])('knows %j', (head) => {
    expect(read(`${head}1;\r\n\\.\r\nselect 2;`)).toMatchObject({ data: ['1;\r\n', null], faults: [] });
  });

  it.each([
    "copy ad from '/tmp/stdin'; select 2",
    'copy (select 1 from stdin) to stdout; select 2',
    'copy ad to stdout; select 2',
    'select 1 from stdin; select 2',
    'copy ad from stdin;\n \n',
  ])('sees no data behind %j', (text) => {
    expect(read(text)).toMatchObject({ data: read(text).texts.map(() => null), faults: [] });
  });

  it('has no data that nothing ends: nothing of it is run', () => {
    expect(read('copy ad from stdin;\ndelete from ad;\n')).toMatchObject({
      texts: ['copy ad from stdin'],
      faults: [['script.copyData', 20]],
    });
    expect(read('copy ad from stdin; delete from ad;\n1\n\\.\n').faults).toEqual([['script.copyData', 19]]);
  });

  it('ends data at a line feed alone: other line ends of Unicode are data', () => {
    expect(read('copy ad from stdin;\na\u2028\\.\nb\rc\n\\.\nselect 2')).toMatchObject({
      texts: ['copy ad from stdin', 'select 2'],
      data: ['a\u2028\\.\nb\rc\n', null],
    });
  });
});

describe('commands of psql', () => {
  it.each([
    ['\\d big', 0, /\\d is a command of psql.*tree/],
    ['select 1;\n\\timing on\nselect 2;', 10, /\\timing .*shown anyway/],
    ['select 1 \\gx', 9, /\\gx .*semicolon/],
    ['select 1\\; select 2;', 8, /\\; /],
    ['\\copy t from x', 0, /COPY … FROM STDIN/],
    ['\\.', 0, /ends the data/],
  ])('are recognised in %j, with what to do', (text, at, message) => {
    expect(readScript('postgres', text).faults).toEqual([
      { code: 'script.clientCommand', at, message: expect.stringMatching(message) },
    ]);
  });

  it('that pg_dump writes around a dump are skipped', () => {
    const text = '--\n-- dump\n--\n\n\\restrict aB1\n\nSET x = 0;\nselect 1;\n\n\\unrestrict aB1\n';
    expect(split(text)).toEqual(['SET x = 0', 'select 1']);
    expect(readScript('postgres', text).faults).toEqual([]);
  });

  it.each(["select '\\d'", 'select "\\d"', 'select $$\\d$$', "select E'\\d' -- \\d\n/* \\d */"])(
    'are not seen in %s',
    (text) => {
      expect(readScript('postgres', text).faults).toEqual([]);
    },
  );
});

describe('a quote or comment that never ends', () => {
  it.each([
    ["select 1; select 'a;", 17],
    ['select "a', 7],
    ['select $a$ $b$', 7],
    ['select 1; /* /* */', 10],
  ])('is known in %s before anything is sent', (text, at) => {
    expect(readScript('postgres', text).faults).toMatchObject([{ code: 'script.unterminated', at }]);
  });
});
