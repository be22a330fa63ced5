import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitStatements } from '../../../src/events/statements.ts';

const split = (text: string): string[] =>
  splitStatements('mariadb', text).map(({ start, end }) => text.slice(start, end));

const PROCEDURE = `CREATE DEFINER=\`root\`@\`localhost\` PROCEDURE p(IN x int)
lab: BEGIN
  DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
  IF x > 1 THEN SELECT 'END;'; ELSEIF x = 0 THEN BEGIN SELECT 1; END; END IF;
  WHILE x > 0 DO SET x = x - 1; END WHILE;
  CASE x WHEN 1 THEN SELECT 1; ELSE SELECT CASE WHEN x THEN 1 ELSE IF(x, 1, 2) END; END CASE;
  l: LOOP LEAVE l; END LOOP l;
  REPEAT SET x = x + 1; UNTIL x > 3 END REPEAT;
END lab`;

describe('splitStatements for MySQL', () => {
  it.each<[string, string, string[]]>([
    ['ends a statement at a semicolon', 'select 1; select 2', ['select 1', 'select 2']],
    ['leaves out what is empty', ';; select 1;;\n ; ', ['select 1']],
    ['leaves out comments around a statement', '-- a;\nselect 1 -- b;\n; /* c; */ # d;', ['select 1']],
    ['keeps comments inside a statement', 'select /* ; */ 1 # ;\n+ 2', ['select /* ; */ 1 # ;\n+ 2']],
    ['nests no comments', '/* /* ; */ select 1; select 2', ['select 1', 'select 2']],
    [
      'takes two dashes for a comment only before a blank',
      'select 1--1; select 2--',
      ['select 1--1', 'select 2'],
    ],
    [
      'keeps executable comments',
      '/*!40101 set @a = 1 */; /*M!100000 set @b = ";" */; select /*+ hint; */ 1',
      ['/*!40101 set @a = 1 */', '/*M!100000 set @b = ";" */', 'select /*+ hint; */ 1'],
    ],
    [
      'keeps a semicolon in an executable comment',
      '/*!50003 create trigger t before insert on x for each row begin set @a = 1; end */; select 2',
      ['/*!50003 create trigger t before insert on x for each row begin set @a = 1; end */', 'select 2'],
    ],
    [
      'knows doubled quotes',
      'select \';\'\'; \'; select ";""; "; select 3',
      ["select ';''; '", 'select ";""; "', 'select 3'],
    ],
    [
      'knows backslashes in strings',
      'select \'\\\'; \'; select "\\"; "; select 3',
      ["select '\\'; '", 'select "\\"; "', 'select 3'],
    ],
    [
      'knows no backslash in quoted names',
      'select `\\`; select `;``;`; select 3',
      ['select `\\`', 'select `;``;`', 'select 3'],
    ],
    ['takes an open string to the end', "select 'a; select 2", ["select 'a; select 2"]],
    ['takes an open comment to the end', 'select 1; /* select 2;', ['select 1']],
    ['keeps transactions apart', 'begin; select 1; end; commit', ['begin', 'select 1', 'end', 'commit']],
    [
      'obeys DELIMITER, which is no statement',
      'DELIMITER //\ncreate procedure p() begin select 1; end//\ndelimiter ;\nselect 2;',
      ['create procedure p() begin select 1; end', 'select 2'],
    ],
    [
      'obeys a delimiter of letters',
      'delimiter go\nselect 1 go select ago\ndelimiter ;\nselect 2',
      ['select 1', 'select a', 'select 2'],
    ],
    ['obeys a quoted delimiter', 'delimiter "$$"\nselect ";" $$ select 2', ['select ";"', 'select 2']],
    [
      'takes DELIMITER within a statement for a name',
      'select a,\ndelimiter from t; select 2',
      ['select a,\ndelimiter from t', 'select 2'],
    ],
    ['takes a longer word for no DELIMITER', 'delimiters; select 2', ['delimiters', 'select 2']],
    ['keeps a body together without DELIMITER', `${PROCEDURE}; select 2`, [PROCEDURE, 'select 2']],
    [
      'keeps a trigger together',
      'create trigger t after update on x for each row begin update y set a = 1; end; select 2',
      ['create trigger t after update on x for each row begin update y set a = 1; end', 'select 2'],
    ],
    [
      'keeps an event together',
      'create event e on schedule every 1 day ends now() do begin delete from t; end; select 2',
      ['create event e on schedule every 1 day ends now() do begin delete from t; end', 'select 2'],
    ],
    [
      'ends a body of one statement',
      'create function f() returns int return case when 1 then 2 end; select 2',
      ['create function f() returns int return case when 1 then 2 end', 'select 2'],
    ],
    [
      'keeps a block outside a routine together',
      'begin not atomic select 1; select 2; end; select 3',
      ['begin not atomic select 1; select 2; end', 'select 3'],
    ],
    [
      'sees no body in a table',
      'create table begin (event int); select 2',
      ['create table begin (event int)', 'select 2'],
    ],
    [
      'takes names behind a dot for no keywords',
      'create procedure p() begin select t.begin, t.end from t; end; select 2',
      ['create procedure p() begin select t.begin, t.end from t; end', 'select 2'],
    ],
  ])('%s', (_name, text, statements) => {
    expect(split(text)).toEqual(statements);
  });

  const PIECES = [
    "'",
    '"',
    '`',
    '--',
    '-- ',
    '#',
    '\n',
    '/*',
    '/*!',
    '*/',
    ';',
    ' ',
    'a',
    '(',
    ')',
    '\\',
    '1',
    'begin',
    'end',
    'if',
    'case',
    'create procedure',
    'delimiter //',
    '//',
  ];

  it('gives ranges in order, each without blanks around it', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        let last = 0;
        for (const { start, end } of splitStatements('mysql', text)) {
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

  it('loses nothing: what is between the ranges is blank, a comment, a delimiter or its line', () => {
    const parts = fc.array(
      fc.oneof(
        fc
          .constantFrom('select 1', "'a;b'", '`;`', '"\\";"', 'x + /* ; */ y', '/*!1 z; */')
          .map((text) => ({ text, kept: text })),
        fc.constantFrom(';', ' ; ', '-- c;\n', '# c;\n', '/* ; */', '\n').map((text) => ({ text, kept: '' })),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(parts, (list) => {
        const text = list.map((part) => part.text).join('\n');
        const bare = (value: string): string => value.replace(/-- c;\n|# c;\n|\/\* ; \*\/|\s/g, '');
        expect(bare(split(text).join(''))).toBe(bare(list.map(({ kept }) => kept).join('')));
      }),
      { numRuns: 1000 },
    );
  });

  it('takes a megabyte of statements in one pass', () => {
    expect(split(`select 'x' -- ${'y'.repeat(80)}\n;`.repeat(10_000))).toHaveLength(10_000);
    expect(split(`insert into t values ('${'z'.repeat(1_000_000)}')`)).toHaveLength(1);
    expect(split(`${' '.repeat(1_000_000)}select 1`)).toHaveLength(1);
  });
});
