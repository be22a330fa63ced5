import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LexicalFacts } from '../../../../src/events/lexical-facts.ts';
import { readScript, splitStatements } from '../../../../src/events/statements.ts';

const split = (text: string, facts?: LexicalFacts): string[] =>
  splitStatements('mariadb', text, facts).map(({ start, end }) => text.slice(start, end));

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
    [
      'takes the comments that lead a statement and those in it, not those behind its semicolon',
      '-- a;\nselect 1 -- b;\n; /* c; */ # d;',
      ['-- a;\nselect 1 -- b;'],
    ],
    [
      'takes a tag as it was typed',
      '/* a */ select 1 /* b */; # c\n/* d */ select 2',
      ['/* a */ select 1 /* b */', '/* d */ select 2'],
    ],
    ['keeps comments inside a statement', 'select /* ; */ 1 # ;\n+ 2', ['select /* ; */ 1 # ;\n+ 2']],
    ['nests no comments', '/* /* ; */ select 1; select 2', ['/* /* ; */ select 1', 'select 2']],
    [
      'takes two dashes for a comment only before a blank',
      'select 1--1; --2\n; select 2--',
      ['select 1--1', '--2', 'select 2--'],
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
        const bare = (value: string): string => value.replace(/-- c;|# c;|\/\* ; \*\/|\s/g, '');
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

describe('DELIMITER', () => {
  it.each(['$$', '$', '__', 'EOF', '//', ';;', '|', '%%%', '@', '-'])(
    'alone counts while it is %s, not the blocks of what it ends',
    (delimiter) => {
      const body = 'CREATE PROCEDURE p()\nBEGIN SELECT 1; SELECT "a;", \'b\'; END';
      expect(
        split(
          `DELIMITER ${delimiter}\n${body}${delimiter}\nBEGIN${delimiter} SELECT 2;\n${delimiter}\nDELIMITER ;\nSELECT 3; SELECT 4`,
        ),
      ).toEqual([body, 'BEGIN', 'SELECT 2;', 'SELECT 3', 'SELECT 4']);
    },
  );

  it('in a string, a quoted name or a comment ends nothing', () => {
    const body = 'select \'$$\', "$$", `$$` /* $$ */ -- $$\n, /*! 1 $$ */ 2';
    expect(split(`delimiter $$\n${body}$$ select 2$$`)).toEqual([body, 'select 2']);
  });

  it('ends a word, a variable and a number that it stands in', () => {
    expect(split('delimiter $$\nselect a$$select @b$$select 1$$ select c')).toEqual([
      'select a',
      'select @b',
      'select 1',
      'select c',
    ]);
  });

  it('on a line of its own ends what has no delimiter yet', () => {
    expect(split('select 1\ndelimiter $$\nselect 2$$\n')).toEqual(['select 1', 'select 2']);
    expect(split('select a,\ndelimiter from t; select 2')).toEqual([
      'select a,\ndelimiter from t',
      'select 2',
    ]);
  });
});

describe('the body of a routine', () => {
  const HEADS = [
    'create procedure p()',
    'create or replace procedure db.`p` (in `begin` int, out case_ int)',
    'create definer=user@localhost procedure p()',
    "create definer = 'user'@'%' procedure p() comment 'begin' language sql not deterministic sql security invoker",
    'create definer=current_user() procedure if not exists p()',
    'create /*!50017 definer=`root`@`localhost`*/ trigger t before insert on x for each row',
    'create trigger begin after update on end for each row follows begin',
    'create definer=user@10.0.0.1 event e on schedule every if(1, 2, 3) day ends now() on completion preserve do',
    'alter event e do',
    'create function f(a int) returns varchar(10) character set utf8mb4 deterministic',
    "create function f() returns set('a', 'b')",
  ];
  const BODIES = [
    'begin delete from t; end',
    'b: begin declare begin, end int; set end = 1; set begin = end; update periods set end = begin, t.case = 1 where end > begin; end b',
    'begin select case when a then b end from t for update; delete from t; end',
    'begin for r in (select case a when 1 then 2 end from t for update) do delete from t; end for; delete from t; end',
    'begin declare end int; if end > 3 then delete from t; elseif case end when end then end end then select 1; else begin delete from t; end; end if; delete from t; end',
    "begin declare continue handler for sqlstate value '02000', 1062, not found begin delete from t; end; declare exit handler for sqlexception if 1 then select 1; end if; delete from t; end",
    'begin case a when 1 then delete from t; else case when b then select 1; end case; end case; delete from t; end',
    'l: loop if(a) then leave l; end if; repeat delete from t; until case when a then b end end repeat; end loop l',
    'while not exists (select if(1, 2, 3)) do delete from t; end while',
    'begin not atomic begin: loop delete from t; end loop begin; end',
    "if repeat('a', 3) = if(1, 2, 3) then delete from t; end if",
    'case when 1 then delete from t; end case',
    'begin declare c cursor for select begin, end from t; open c; fetch c into end; close c; end',
    'begin if x is not null then begin end; end if; select `end`, @end, t.end; end',
  ];

  it.each(BODIES)('%s', (body) => {
    for (const head of HEADS) {
      if (head.includes('function') && !/^(?:\w: )?begin/.test(body)) continue;
      const text = `${head} ${body}`;
      expect(split(`${text}; delete from t;\n${text};`)).toEqual([text, 'delete from t', text]);
    }
  });

  it.each([
    'create procedure p() delete from t',
    'create procedure p() update t set end = case when begin then if(1, 2, 3) end',
    'create procedure p() alter table t add column begin int',
    'create trigger t before insert on x for each row set new.begin = new.end',
    'create event begin on schedule at now() do delete from case_',
    'create function f() returns int return case when 1 then 2 end',
    'create function f returns string soname "begin.so"',
    'create table begin (event int, `end` int)',
    'create view event as select begin, end from t',
    'alter procedure p comment "begin"',
    'create temporary table t as select 1 as begin',
    'begin',
    'begin work',
  ])('of one statement ends at its semicolon: %s', (text) => {
    expect(split(`${text}; delete from t`)).toEqual([text, 'delete from t']);
  });

  it.each([
    'begin not atomic delete from t; end',
    'if 1 then delete from t; end if',
    'l: loop leave l; end loop',
  ])('may stand alone in MariaDB: %s', (text) => {
    expect(split(`${text}; select 2`)).toEqual([text, 'select 2']);
  });

  it('in another language is a dollar quote', () => {
    const text = "create procedure p() language javascript as $$ let x = 'it';\ndelete from l; it's $$";
    const tagged = 'create function f() returns int language javascript as $js$ ; $$ ; $js$';
    const library = 'create library l language javascript as $$ ; begin $$';
    for (const statement of [text, tagged, library]) {
      expect(split(`${statement}; select 2`)).toEqual([statement, 'select 2']);
      expect(split(`DELIMITER ;;\n${statement} ;;\nDELIMITER ;\nselect 2;`)).toEqual([statement, 'select 2']);
    }
  });

  it('has dollar quotes everywhere on the servers that read them', () => {
    const on = (engine: 'mysql' | 'mariadb', facts: LexicalFacts) =>
      splitStatements(engine, 'select $$a; delete from l; $$; select 2', facts).length;
    expect(on('mysql', { flavour: 'MySQL', version: '9.7.4' })).toBe(2);
    expect(on('mysql', {})).toBe(2);
    expect(on('mysql', { flavour: 'MySQL', version: '8.4.0' })).toBe(4);
    expect(on('mysql', { flavour: 'MariaDB', version: '10.11.19' })).toBe(4);
    expect(on('mariadb', {})).toBe(4);
  });
});

describe('sql_mode', () => {
  it.each<[string, string, string[]]>([
    [
      'NO_BACKSLASH_ESCAPES',
      'select \'C:\\\' as a; select "D:\\" as b;',
      ["select 'C:\\' as a", 'select "D:\\" as b'],
    ],
    ['', "select 'C:\\'; a'; select 2", ["select 'C:\\'; a'", 'select 2']],
    ['ANSI_QUOTES', 'select "a\\"; select 2', ['select "a\\"', 'select 2']],
    ['ANSI', 'select "a""; b\\"; select \'\\\'; x\'', ['select "a""; b\\"', "select '\\'; x'"]],
  ])('%s decides where a string ends', (sqlMode, text, statements) => {
    expect(split(text, { sqlMode })).toEqual(statements);
  });

  it('is followed as the script sets it, and puts it back', () => {
    const statements = [
      '/*!50003 SET @saved = @@sql_mode */',
      "/*!50003 SET sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES' */",
      "select 'C:\\'",
      'set session sql_mode = concat(@@sql_mode, ",ANSI_QUOTES")',
      'select "a\\"',
      '/*!50003 SET sql_mode = @saved */',
      "select 'it\\'s; x'",
      'set names utf8mb4, @@session.sql_mode := NO_BACKSLASH_ESCAPES',
      "select '\\'",
    ];
    expect(split(statements.join(';\n'))).toEqual(statements);
  });

  it('is followed through a literal with its character set', () => {
    const statements = [
      "SET @saved = @@SESSION.sql_mode, SESSION sql_mode = _utf8mb4'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
      'select "a\\", \'\\\'',
      'SET SESSION sql_mode = @saved',
      "select 'it\\'s; x'",
      "set sql_mode = _utf8mb4 'ANSI_QUOTES' collate utf8mb4_bin",
      'select "a"',
    ];
    const ranges = splitStatements('mysql', statements.join(';\n'), { sqlMode: '' });
    const unknown = splitStatements('mysql', 'select "a"')[0]!.mode;
    expect(ranges.map(({ mode }) => mode)).toEqual([
      undefined,
      'ansi standard',
      undefined,
      'strings backslash',
      undefined,
      unknown,
    ]);
  });

  it('marks what depends on it with the mode that it was read under', () => {
    const modes = (text: string) =>
      splitStatements('mysql', text, { sqlMode: '' }).map(({ mode }) => mode ?? null);
    expect(modes("select 1; select 'a'; select \"a\"; select 'a\\n'")).toEqual([
      null,
      null,
      'strings backslash',
      'strings backslash',
    ]);
    expect(modes('set sql_mode = \'ANSI_QUOTES,NO_BACKSLASH_ESCAPES\'; select "a"')).toEqual([
      null,
      'ansi standard',
    ]);
  });
});

describe('commands of the mysql client', () => {
  const faults = (text: string) => readScript('mysql', text, { sqlMode: '' }).faults;

  it('end a statement: \\G and \\g', () => {
    expect(split('select 1\\G\nselect \\N \\g select 3\\G')).toEqual(['select 1', 'select \\N', 'select 3']);
  });

  it('USE needs no delimiter', () => {
    expect(split('use b2\nselect 1;\nUSE `b;3`\nuse b4;select 2')).toEqual([
      'use b2',
      'select 1',
      'USE `b;3`',
      'use b4',
      'select 2',
    ]);
  });

  it.each([
    ['source dump.sql\nselect 1;', 0, /source is a command.*Paste/],
    ['select 1;\n\\. dump.sql', 10, /\\\. is a command/],
    ['status', 0, /status is a command/],
    ['select 1;\nsystem rm -rf /', 10, /system is a command/],
    ['tee /tmp/x', 0, /tee is a command/],
    ['select 1 \\c', 9, /\\c is a command/],
  ])('are recognised in %j, with what to do', (text, at, message) => {
    expect(faults(text)).toEqual([
      { code: 'script.clientCommand', at, message: expect.stringMatching(message) },
    ]);
  });

  it.each(["select '\\G', source from status", 'select `source`; update print set go = 1', 'help "source"'])(
    'are not seen in %s',
    (text) => {
      expect(faults(text)).toEqual([]);
    },
  );

  it('that MariaDB’s dumps begin with is no statement', () => {
    expect(split('/*M!999999\\- enable the sandbox mode */\n-- dump\nselect 1;')).toHaveLength(1);
    expect(faults('/*M!999999\\- enable the sandbox mode */\n-- dump\nselect 1;')).toEqual([]);
  });
});

describe('a quote or comment of MySQL’s that never ends', () => {
  it.each([
    ["select 1; select 'a;", 17],
    ['select `a', 7],
    ['select 1 /* a', 9],
    ['/*!50003 select 1', 0],
    ['create procedure p() language javascript as $$ a', 44],
  ])('is known in %s before anything is sent', (text, at) => {
    expect(readScript('mysql', text, { sqlMode: '' }).faults).toMatchObject([
      { code: 'script.unterminated', at },
    ]);
  });

  it('is not certain where it is not known whether a backslash escapes', () => {
    expect(readScript('mysql', "select 'C:\\'").faults).toEqual([]);
  });
});
