import { describe, expect, it } from 'vitest';
import { copyText, type SqlDialect } from '../../../../src/ui/grid/copy-format.ts';

const columns = [
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
const copy = (format: Parameters<typeof copyText>[0], dialect: SqlDialect = 'postgres') =>
  copyText(format, columns, rows, { table: 'shop."Orders"', dialect });

describe('copying as', () => {
  it('TSV quotes only what would break a table', () => {
    expect(copy('tsv').split('\n')).toEqual([
      '9007199254740993\ta,b\t{"n": 1.10}\tt',
      `NaN\tit's "q"\t\tf`,
      '\t\tx\t',
      '-1.50\t"two',
      'lines\tand | tab \\"\t[]\tmaybe',
    ]);
  });

  it('CSV follows RFC 4180 and tells NULL from the empty string', () => {
    expect(copy('csv')).toBe(
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

  it('JSON keeps every digit and is JSON', () => {
    const text = copy('json');
    expect(text).toContain('"id": 9007199254740993,');
    expect(text).toContain('"doc": {"n": 1.10}');
    expect(JSON.parse(text)).toEqual([
      { id: 9007199254740992, 'na"me': 'a,b', doc: { n: 1.1 }, ok: true },
      { id: 'NaN', 'na"me': `it's "q"`, doc: null, ok: false },
      { id: null, 'na"me': '', doc: 'x', ok: null },
      { id: -1.5, 'na"me': 'two\nlines\tand | tab \\', doc: [], ok: 'maybe' },
    ]);
  });

  it('JSON gives columns of one name a key each', () => {
    const twice = ['a', 'a', 'a_2'].map((name) => ({ name, type: 'text', numeric: false }));
    const text = copyText('json', twice, [['1', '2', '3']], { table: 't', dialect: 'postgres' });
    expect(JSON.parse(text)).toEqual([{ a: '1', a_3: '2', a_2: '3' }]);
  });

  it('Markdown stays a table', () => {
    const lines = copy('markdown').trimEnd().split('\n');
    expect(lines).toHaveLength(2 + rows.length);
    expect(lines[1]).toBe('| ---: | --- | --- | --- |');
    expect(lines[5]).toBe('| -1.50 | two<br>lines\tand \\| tab \\\\ | [] | maybe |');
    expect(lines[4]).toBe('| *NULL* |  | x | *NULL* |');
  });

  it('INSERT for PostgreSQL reads the same whatever the server says of backslashes', () => {
    expect(copy('insert')).toBe(
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

  it('INSERT for MySQL quotes names and backslashes its way', () => {
    const text = copy('insert', 'mysql');
    expect(text).toContain('(`id`, `na"me`, `doc`, `ok`)');
    expect(text).toContain(`'two\nlines\tand | tab \\\\'`);
  });

  it('bytes that are not UTF-8 are never copied as U+FFFD', () => {
    const one = [{ name: 'v', type: 'text', numeric: false }];
    const of = (name: 'tsv' | 'csv' | 'markdown' | 'json' | 'insert', dialect: 'postgres' | 'mysql') =>
      copyText(name, one, [['A\udcc3\\']], { table: 't', dialect });
    expect(of('tsv', 'mysql')).toBe('A\\xC3\\');
    expect(of('csv', 'mysql')).toContain('A\\xC3\\');
    expect(of('markdown', 'mysql')).toContain('A\\xC3\\\\');
    expect(of('json', 'mysql')).toContain('"A\\udcc3\\\\"');
    expect(of('insert', 'mysql')).toContain("(X'41C35C')");
    expect(of('insert', 'postgres')).toContain("(E'A\\xC3\\\\')");
  });

  it('INSERT for MySQL writes bytes as bytes', () => {
    const one = [{ name: 'v', type: 'varbinary(20) COMPRESSED', numeric: false }];
    const text = copyText('insert', one, [['0xFF00'], ['0x']], { table: 't', dialect: 'mysql' });
    expect(text).toContain("(X'FF00'),\n  (X'')");
  });

  it('a number column never becomes code', () => {
    const evil = [['1); DROP TABLE t; --'], ['0x1F'], ['1e5']];
    const text = copyText('insert', [columns[0]!], evil, { table: 't', dialect: 'postgres' });
    expect(text).toContain("('1); DROP TABLE t; --')");
    expect(text).toContain("('0x1F')");
    expect(text).toContain('(1e5)');
  });
});
