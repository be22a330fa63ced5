import { describe, expect, it } from 'vitest';
import { type FormatName, type FormatOptions, hasFormat } from '../../../../src/events/formats/format.ts';
import type { Column, RowEncoding } from '../../../../src/events/result.ts';
import { formatted } from './formatted.ts';

const columns: Column[] = [
  { name: 'id', type: 'bigint', numeric: true },
  { name: 'na"me', type: 'text', numeric: false },
  { name: 'doc', type: 'jsonb', numeric: false },
  { name: 'ok', type: 'boolean', numeric: false },
];
const rows = [
  ['9007199254740993', 'a,b', '{"n": 1.10}', 't'],
  ['NaN', `it's "q"`, null, 'f'],
  [null, '', 'x', null],
  ['-1.50', 'two\nlines\tand | tab \\', '[]', 'maybe'],
];
const table = 'shop."Orders"';
const write = (format: FormatName, encoding: RowEncoding = 'postgres-datarow') =>
  formatted(format, columns, rows, { encoding, table });
const named = (...names: string[]) => names.map((name) => ({ name, type: 'text', numeric: false }));
const postgres = { encoding: 'postgres-datarow', table: 't' } as const;
const mysql = { encoding: 'mysql-text', table: 't' } as const;

describe('rows as', () => {
  it('TSV quote only what would break a table', () => {
    expect(write('tsv').split('\n')).toEqual([
      '9007199254740993\ta,b\t{"n": 1.10}\tt',
      `NaN\tit's "q"\t\tf`,
      '\t\tx\t',
      '-1.50\t"two',
      'lines\tand | tab \\"\t[]\tmaybe',
    ]);
  });

  it('CSV follow RFC 4180 and tell NULL from the empty string', () => {
    expect(write('csv')).toBe(
      [
        'id,"na""me",doc,ok',
        '9007199254740993,"a,b","{""n"": 1.10}",t',
        `NaN,"it's ""q""",,f`,
        ',"",x,',
        '-1.50,"two\nlines\tand | tab \\",[],maybe',
        '',
      ].join('\r\n'),
    );
  });

  it('CSV quote what a reader would trim or take for the end of the data', () => {
    const text = formatted('csv', named('a', 'b', 'c'), [[' x', 'y\t', '\\.']], postgres);
    expect(text).toBe('a,b,c\r\n" x","y\t","\\."\r\n');
  });

  it('JSON make numbers only of what a reader of doubles does not change', () => {
    const text = write('json');
    expect(text).toContain('"id":"9007199254740993",');
    expect(text).toContain('"id":-1.50,');
    expect(JSON.parse(text)).toEqual([
      { id: '9007199254740993', 'na"me': 'a,b', doc: { n: 1.1 }, ok: true },
      { id: 'NaN', 'na"me': `it's "q"`, doc: null, ok: false },
      { id: null, 'na"me': '', doc: 'x', ok: null },
      { id: -1.5, 'na"me': 'two\nlines\tand | tab \\', doc: [], ok: 'maybe' },
    ]);
  });

  it.each([
    ['0', true],
    ['-0', true],
    ['9007199254740992', true],
    ['9007199254740993', false],
    ['18446744073709551615', false],
    ['0.1', true],
    ['10.00', true],
    ['0.30000000000000004', true],
    ['0.1000000000000000055511151231257827', false],
    ['1e400', false],
    ['1e-400', false],
    ['1.5e300', true],
    ['Infinity', false],
    ['0123', false],
    ['1.', false],
  ])('JSON write the number %s as one: %s', (value, isNumber) => {
    const column = [{ name: 'n', type: 'numeric', numeric: true }];
    expect(formatted('ndjson', column, [[value]], postgres)).toBe(
      `{"n":${isNumber ? value : JSON.stringify(value)}}\n`,
    );
  });

  it('JSON leave a JSON value a string where a number in it would lose digits', () => {
    const column = [{ name: 'd', type: 'json', numeric: false }];
    const values = ['{"a": 9007199254740993}', '{\n "a": [1, "x\\ny"]\n}'];
    expect(
      formatted(
        'ndjson',
        column,
        values.map((value) => [value]),
        postgres,
      ),
    ).toBe(`{"d":${JSON.stringify(values[0])}}\n{"d":{"a": [1,"x\\ny"]}}\n`);
  });

  it.each(['json', 'ndjson', 'csv', 'sql'] as const)('%s give columns of one name a name each', (format) => {
    const text = formatted(format, named('id', 'id', 'id_2'), [['1', '2', '3']], postgres);
    expect(text.match(/\bid\w*/g)).toEqual(['id', 'id_3', 'id_2']);
  });

  it('JSON without rows are an empty array, and SQL without rows no statement', () => {
    expect(JSON.parse(formatted('json', columns, [], postgres))).toEqual([]);
    expect(formatted('sql', columns, [], postgres)).toBe('');
  });

  it('Markdown stay a table', () => {
    const lines = write('markdown').trimEnd().split('\n');
    expect(lines).toHaveLength(2 + rows.length);
    expect(lines[1]).toBe('| ---: | --- | --- | --- |');
    expect(lines[5]).toBe('| -1.50 | two<br>lines\tand \\| tab \\\\ | [] | maybe |');
    expect(lines[4]).toBe('| *NULL* |  | x | *NULL* |');
  });

  it('Markdown shows the marks of a value, and does what none of them means', () => {
    const marked = [['*NULL*', '__init__', 'a_b', '2*3', '`x`', '~~y~~', '_é_']];
    const text = formatted('markdown', named(...'abcdefg'), marked, mysql);
    expect(text.split('\n')[2]).toBe(
      '| \\*NULL\\* | \\_\\_init\\_\\_ | a_b | 2\\*3 | \\`x\\` | \\~\\~y\\~\\~ | \\_é\\_ |',
    );
  });
});

describe('INSERT', () => {
  it('for PostgreSQL reads the same whatever the server says of backslashes', () => {
    expect(write('sql')).toBe(
      [
        'INSERT INTO shop."Orders" ("id", "na""me", "doc", "ok") VALUES',
        `  (9007199254740993, 'a,b', '{"n": 1.10}', 't'),`,
        `  ('NaN', 'it''s "q"', NULL, 'f'),`,
        `  (NULL, '', 'x', NULL),`,
        `  (-1.50, E'two\nlines\tand | tab \\\\', '[]', 'maybe');`,
        '',
      ].join('\n'),
    );
  });

  it('for MySQL writes names in backticks and backslashes as bytes, whatever the mode', () => {
    const text = formatted('sql', named('na`me', 'b'), [[`it's "q"`, 'a\\é']], mysql);
    expect(text).toBe("INSERT INTO t (`na``me`, `b`) VALUES\n  ('it''s \"q\"', _utf8mb4 X'615CC3A9');\n");
  });

  it('for MySQL writes a carriage return as bytes, as the mysql client drops it at the end of a line', () => {
    const text = formatted('sql', named('a', 'b'), [['x\r\ny', 'x\ny']], mysql);
    expect(text).toBe("INSERT INTO t (`a`, `b`) VALUES\n  (_utf8mb4 X'780D0A79', 'x\ny');\n");
  });

  it('into the own table names its columns, and leaves out what no INSERT may give', () => {
    const info = { type: 'int', nullable: true, primaryKey: null, default: null, generated: false };
    const infos = [
      { ...info, name: 'Id', default: 'GENERATED ALWAYS AS IDENTITY' },
      { ...info, name: 'note' },
      { ...info, name: 'twice', generated: true },
    ];
    const of = (column: string) => ({ namespace: 'shop', collection: 't', column });
    const columns: Column[] = named('a', 'b', 'c', 'd').map((one, i) => {
      const name = ['Id', 'note', 'twice'][i];
      return name === undefined ? one : { ...one, origin: of(name) };
    });
    const inserted = (options: FormatOptions) => formatted('sql', columns, [['1', '2', '3', '4']], options);
    expect(inserted({ ...postgres, infos })).toBe(
      '-- Without 2 columns that the server computes or the table does not have.\n' +
        `INSERT INTO t ("Id", "note") OVERRIDING SYSTEM VALUE VALUES\n  ('1', '2');\n`,
    );
    expect(inserted({ ...mysql, infos })).toContain('INSERT INTO t (`Id`, `note`) VALUES');
    expect(inserted({ ...mysql, infos: [] })).toContain('INSERT INTO t (`Id`, `note`, `twice`) VALUES');
    expect(inserted(mysql)).toContain('INSERT INTO t (`a`, `b`, `c`, `d`) VALUES');
  });

  it('for MySQL writes bytes as bytes', () => {
    const binary = [{ name: 'b', type: 'varbinary(4) COMPRESSED', numeric: false }];
    const text = formatted('sql', binary, [['0x00FF'], ['0x'], [null]], mysql);
    expect(text).toContain("(X'00FF'),\n  (X''),\n  (NULL);");
    expect(formatted('sql', named('t'), [['0x']], mysql)).toContain("('0x')");
  });

  it('for MySQL writes the zero that is negative as a text: bare, it is the integer 0', () => {
    const number = [{ name: 'n', type: 'double', numeric: true }];
    const text = formatted('sql', number, [['-0'], ['0'], ['-0.5'], ['-0.000']], mysql);
    expect(text).toContain("('-0'),\n  (0),\n  (-0.5),\n  ('-0.000');");
  });

  it('never writes bytes that are not UTF-8 as U+FFFD', () => {
    const of = (name: FormatName, options: typeof mysql | typeof postgres = mysql) =>
      formatted(name, named('v'), [['A\udcc3\\']], options);
    expect(of('tsv')).toBe('A\\xC3\\');
    expect(of('csv')).toContain('A\\xC3\\');
    expect(of('markdown')).toContain('A\\xC3\\\\');
    expect(of('json')).toContain('"A\\udcc3\\\\"');
    expect(of('sql')).toContain("(X'41C35C')");
    expect(of('sql', postgres)).toContain("(E'A\\xC3\\\\')");
  });

  it('of PostgreSQL says where times end in the abbreviation of a zone', () => {
    const of = (type: string, printedBy?: string[]) =>
      formatted(
        'sql',
        [{ name: 'v', type, numeric: false, ...(printedBy && { printedBy }) }],
        [['x']],
        postgres,
      );
    const german = ["DateStyle = 'German, DMY'"];
    for (const type of ['timestamp(3) with time zone', 'timestamp with time zone[]', 'tstzrange'])
      expect(of(type, german)).toMatch(/^-- Times end in the abbreviation of a zone/);
    for (const type of ['date', 'timestamp without time zone', 'time with time zone', 'tsrange'])
      expect(of(type, german)).not.toContain('--');
    expect(of('timestamp with time zone')).not.toContain('--');
    expect(of('timestamp with time zone', ["IntervalStyle = 'sql_standard'"])).not.toContain('--');
  });

  it('of rows without columns is one of DEFAULT VALUES for each', () => {
    expect(formatted('sql', [], [[], []], postgres)).toBe(
      'INSERT INTO t DEFAULT VALUES;\nINSERT INTO t DEFAULT VALUES;\n',
    );
  });

  it('of many rows is many statements', () => {
    const text = formatted(
      'sql',
      named('a'),
      Array.from({ length: 250 }, (_, i) => [`${i}`]),
      postgres,
    );
    expect(text.match(/INSERT INTO/g)).toHaveLength(3);
    expect(text.match(/;\n/g)).toHaveLength(3);
    const wide = formatted('sql', named('a'), [['x'.repeat(300_000)], ['y'.repeat(300_000)]], postgres);
    expect(wide.match(/INSERT INTO/g)).toHaveLength(2);
  });

  it('never makes code of a number column', () => {
    const evil = [['1); DROP TABLE t; --'], ['0x1F'], ['1e5']];
    const text = formatted('sql', [columns[0]!], evil, postgres);
    expect(text).toContain("('1); DROP TABLE t; --')");
    expect(text).toContain("('0x1F')");
    expect(text).toContain('(1e5)');
  });

  it('is no format of documents', () => {
    expect(hasFormat('ejson', 'sql')).toBe(false);
    expect(() => formatted('sql', columns, [], { encoding: 'ejson' })).toThrow(RangeError);
  });
});
