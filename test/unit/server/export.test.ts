import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_COLUMNS_MAX } from '../../../src/events/limits.ts';
import type { Column, ResultMeta } from '../../../src/events/result.ts';
import type { ReadableResult } from '../../../src/server/app.ts';
import { beginExport } from '../../../src/server/export.ts';
import { TEXT_ROW_BYTES_MAX } from '../../../src/server/limits.ts';

const column: Column = { name: '', type: 'text', numeric: false };
const columns: Column[] = [
  { name: 'id', type: 'bigint', numeric: true },
  { name: 'na"me', type: 'text', numeric: false },
  { name: 'id', type: 'numeric', numeric: true },
];
const rows: (string | null)[][] = [
  ['1', 'plain', '10.00'],
  ['9007199254740993', 'with "quotes", commas\nand lines', '0.1000000000000000055511151231257827'],
  [null, '', 'NaN'],
  ['-5', "it's <a & b> \\ \u0001 \u{1F600}", null],
];

/** A DataRow (PostgreSQL manual, "Message Formats"). */
function dataRow(cells: readonly (string | Buffer | null)[]): Buffer {
  const parts = cells.map((cell) => {
    const text = typeof cell === 'string' ? Buffer.from(cell) : (cell ?? Buffer.alloc(0));
    const length = Buffer.alloc(4);
    length.writeInt32BE(cell === null ? -1 : text.length);
    return Buffer.concat([length, text]);
  });
  const head = Buffer.alloc(7);
  const body = Buffer.concat(parts);
  head.write('D');
  head.writeInt32BE(6 + body.length, 1);
  head.writeInt16BE(cells.length, 5);
  return Buffer.concat([head, body]);
}

const result: ReadableResult = {
  meta: () =>
    ({ encoding: 'postgres-datarow', columns, complete: true, rowsComplete: true, cut: null }) as ResultMeta,
  window: () => Promise.reject(new Error('not used')),
  completed: () => Promise.resolve(),
  async *rowsFrom() {
    for (const row of rows) yield { bytes: dataRow(row), count: 1 };
  },
};

async function exported(format: string, of = result, options = {}): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of beginExport(of, format, options)!.pieces)
    pieces.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(pieces);
}

/** The same rows of a result that ended, or goes on, otherwise. */
const ending = (end: Pick<ResultMeta, 'complete' | 'rowsComplete' | 'cut'>): ReadableResult => ({
  ...result,
  meta: () => ({ ...result.meta(), ...end }),
});
const cut = ending({ complete: true, rowsComplete: false, cut: 'rowLimit' });
const running = ending({ complete: false, rowsComplete: false, cut: null });

describe('an export whose rows are not all there', () => {
  it('says so in its name and in its fields, and one that is whole does not', () => {
    expect(beginExport(result, 'csv')).toMatchObject({ fileName: 'result.csv', follows: false });
    expect(beginExport(result, 'csv')!.fields()).toEqual({
      'x-querytape-rows-complete': 'true',
      'x-querytape-cut': '',
    });
    expect(beginExport(cut, 'json')!.fileName).toBe('result-incomplete.json');
    expect(beginExport(cut, 'json')!.fields()).toEqual({
      'x-querytape-rows-complete': 'false',
      'x-querytape-cut': 'rowLimit',
    });
    expect(beginExport(running, 'xlsx')!.fileName).toBe('result-incomplete.xlsx');
    expect(beginExport(running, 'xlsx')!.fields()['x-querytape-cut']).toBe('running');
  });

  it('says so at its end where the format has comments, and in the names of a workbook’s sheets', async () => {
    expect(strFromU8(await exported('sql', cut))).toMatch(/\n-- Not all rows: cut at the row limit\.\n$/);
    expect(strFromU8(await exported('sql'))).not.toContain('Not all rows');
    const files = unzipSync(await exported('xlsx', cut));
    expect(strFromU8(files['xl/workbook.xml']!)).toContain('name="Result 1 (not all rows)"');
  });

  it('that follows its result says so once the result has ended', () => {
    let end = running.meta();
    const begun = beginExport({ ...result, meta: () => end }, 'csv', { follow: true })!;
    expect(begun).toMatchObject({ fileName: 'result.csv', follows: true });
    end = cut.meta();
    expect(begun.fields()['x-querytape-cut']).toBe('rowLimit');
  });
});

describe('an export', () => {
  it('as CSV quotes what needs it and keeps NULL and empty apart', async () => {
    expect(strFromU8(await exported('csv')).split('\r\n')).toEqual([
      'id,"na""me",id_2',
      '1,plain,10.00',
      '9007199254740993,"with ""quotes"", commas\nand lines",0.1000000000000000055511151231257827',
      ',"",NaN',
      "-5,it's <a & b> \\ \u0001 \u{1F600},",
      '',
    ]);
  });

  it('as JSON keeps every digit for readers that make doubles of numbers, and gives columns of one name names of their own', async () => {
    const text = strFromU8(await exported('json'));
    expect(text).toContain('"id":"9007199254740993"');
    expect(text).toContain('"id_2":"0.1000000000000000055511151231257827"');
    expect(text).toContain('"id_2":10.00');
    const parsed = JSON.parse(text);
    expect(parsed).toHaveLength(4);
    expect(parsed[0]).toEqual({ id: 1, 'na"me': 'plain', id_2: 10 });
    expect(parsed[2]).toEqual({ id: null, 'na"me': '', id_2: 'NaN' });
  });

  it('as NDJSON has one object a line', async () => {
    const lines = strFromU8(await exported('ndjson'))
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line)['na"me'])).toEqual(rows.map((row) => row[1]));
  });

  it('as SQL quotes so that a server reads back what it said', async () => {
    const text = strFromU8(await exported('sql'));
    expect(text).toContain(`INSERT INTO result ("id", "na""me", "id_2") VALUES\n  (1, 'plain', 10.00),\n`);
    expect(text).toContain(`E'it''s <a & b> \\\\ \u0001`);
  });

  it('as XLSX is a workbook whose numbers are numbers only where no digit is lost', async () => {
    const files = unzipSync(await exported('xlsx'));
    expect(Object.keys(files).sort()).toEqual(
      [
        '[Content_Types].xml',
        '_rels/.rels',
        'xl/_rels/workbook.xml.rels',
        'xl/workbook.xml',
        'xl/worksheets/sheet1.xml',
      ].sort(),
    );
    const sheet = strFromU8(files['xl/worksheets/sheet1.xml']!);
    expect(sheet.match(/<row>/g)).toHaveLength(5);
    expect(sheet).toContain('<c><v>1</v></c>');
    expect(sheet).toContain('<c><v>10.00</v></c>');
    expect(sheet).toContain('<t xml:space="preserve">9007199254740993</t>');
    expect(sheet).toContain('<t xml:space="preserve">NaN</t>');
    expect(sheet).toContain('&lt;a &amp; b&gt; \\ _x0001_');
  });

  it('as XLSX keeps the sign of a zero', async () => {
    const one: ReadableResult = {
      ...result,
      async *rowsFrom() {
        yield { bytes: dataRow(['-0', '', '-0.50']), count: 1 };
      },
    };
    const sheet = strFromU8(unzipSync(await exported('xlsx', one))['xl/worksheets/sheet1.xml']!);
    expect(sheet).toContain('<t xml:space="preserve">-0</t>');
    expect(sheet).toContain('<c><v>-0.50</v></c>');
  });

  it.each([
    ['a\u0000\u001f\uffffb', 'a_x0000__x001F__xFFFF_b'],
    ['line\r\nline\ttab', 'line_x000D_\nline\ttab'],
    ['_x0041_', '_x005F_x0041_'],
    ['_x000a_x000D_', '_x005F_x000a_x005F_x000D_'],
    ['a_x00_ _xyz_ __', 'a_x00_ _xyz_ __'],
  ])('as XLSX gives a cell of %j back letter by letter', async (value, written) => {
    const one: ReadableResult = {
      ...result,
      async *rowsFrom() {
        yield { bytes: dataRow(['1', value, '1']), count: 1 };
      },
    };
    const sheet = strFromU8(unzipSync(await exported('xlsx', one))['xl/worksheets/sheet1.xml']!);
    expect(sheet).toContain(`<t xml:space="preserve">${written}</t>`);
    // As Excel reads it.
    const read = written.replace(/_x([\dA-F]{4})_/gi, (_, digits) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
    expect(read).toBe(value);
  });

  it('as XLSX cuts a long text between two characters', async () => {
    for (const before of ['', 'x']) {
      const value = before + '🦊'.repeat(20_000);
      const long: ReadableResult = {
        ...result,
        async *rowsFrom() {
          yield { bytes: dataRow(['1', value, '1']), count: 1 };
        },
      };
      const sheet = strFromU8(unzipSync(await exported('xlsx', long))['xl/worksheets/sheet1.xml']!);
      const text = />(x?(?:🦊)+) … \(cut: /u.exec(sheet)![1]!;
      expect(value.startsWith(text)).toBe(true);
      expect(32_767 - text.length).toBeLessThan(60);
    }
  });

  it('of bytes that are not UTF-8 shows them, and never as U+FFFD', async () => {
    const bytes: ReadableResult = {
      ...result,
      meta: () => ({ encoding: 'postgres-datarow', columns: [columns[1]!] }) as ResultMeta,
      async *rowsFrom() {
        yield { bytes: dataRow([Buffer.from([0x41, 0xc3, 0x28])]), count: 1 };
      },
    };
    const texts = ['csv', 'json', 'ndjson', 'sql'].map(async (format) =>
      strFromU8(await exported(format, bytes)),
    );
    const [csv, json, ndjson, sql] = await Promise.all(texts);
    expect(csv).toContain('A\\xC3(');
    expect([json, ndjson].map((text) => text!.includes('"A\\udcc3("'))).toEqual([true, true]);
    expect(sql).toContain("E'A\\xC3('");
    const sheet = unzipSync(await exported('xlsx', bytes))['xl/worksheets/sheet1.xml']!;
    expect(strFromU8(sheet)).toContain('A\\xC3(');
  });

  it('in a format that there is not is not begun', () => {
    expect(beginExport(result, 'pdf')).toBeUndefined();
  });
});

describe('an export for a spreadsheet', () => {
  const formulas: ReadableResult = {
    ...result,
    async *rowsFrom() {
      yield { bytes: dataRow(['-1', '=1+1', '-2.5']), count: 1 };
    },
  };
  const forSpreadsheets = { spreadsheet: true };

  it('a hostile server: its CSV has no formula, and its name says for what it is', async () => {
    const csv = Buffer.from(await exported('csv', formulas, forSpreadsheets)).toString();
    expect(csv).toBe('id,"na""me",id_2\r\n-1,\'=1+1,-2.5\r\n');
    expect(Buffer.from(await exported('csv', formulas)).toString()).toContain('-1,=1+1,-2.5');
    expect(beginExport(formulas, 'csv', forSpreadsheets)!.fileName).toBe('result-for-spreadsheets.csv');
    expect(beginExport(cut, 'tsv', forSpreadsheets)!.fileName).toBe('result-incomplete-for-spreadsheets.tsv');
  });

  it('a hostile server: a workbook holds a formula’s text as text with or without the option', async () => {
    const sheets = unzipSync(await exported('xlsx', formulas, forSpreadsheets));
    const xml = strFromU8(sheets['xl/worksheets/sheet1.xml']!);
    expect(xml).toContain('<c t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c>');
    expect(xml).not.toContain('<f>');
  });

  it('is not begun in a format that programs read', () => {
    for (const format of ['json', 'ndjson', 'sql', 'markdown'])
      expect(beginExport(formulas, format, forSpreadsheets)).toBeUndefined();
  });
});

describe('an export of rows that are very wide', () => {
  /** Documents of 30 000 fields, of which as many have columns as may. */
  const wide = Array.from({ length: 30_000 }, (_, at) => [`f${at}`, at === 0 ? '"=1"' : 'null'] as const);
  const document = Buffer.from(`{${wide.map(([name, value]) => `"${name}":${value}`).join(',')}}`);
  const row = Buffer.concat([Buffer.alloc(4), document]);
  row.writeUInt32BE(document.length);
  const documents: ReadableResult = {
    ...result,
    meta: () => ({
      ...result.meta(),
      encoding: 'ejson',
      columns: wide.slice(0, DOCUMENT_COLUMNS_MAX).map(([name]) => ({ name, type: 'null', numeric: false })),
    }),
    async *rowsFrom() {
      yield { bytes: Buffer.concat([row, row, row]), count: 3 };
    },
  };

  it.each(['csv', 'tsv', 'json', 'ndjson', 'markdown', 'xlsx'])(
    'a hostile server: documents of 30 000 fields are exported whole as %s',
    { tags: ['slow'] },
    async (format) => {
      const bytes = await exported(format, documents);
      const isSheet = format === 'xlsx';
      const text = isSheet
        ? strFromU8(unzipSync(bytes)['xl/worksheets/sheet1.xml']!)
        : Buffer.from(bytes).toString();
      // The name of the last field stands in each row: in its own document, or with those that have no column. A cell of a sheet
      // that has no room for them says so.
      expect(text.split(isSheet ? 'cut: a cell holds' : 'f29999').length - 1).toBe(3);
    },
  );

  it('a hostile server: names that are repeated in each row do not make a text that no string can hold', {
    tags: ['slow'],
  }, async () => {
    const columns = Array.from({ length: 1000 }, (_, at) => ({
      ...column,
      name: `${at}${'n'.repeat(1000)}`,
    }));
    const nulls = dataRow(columns.map(() => null));
    const many: ReadableResult = {
      ...result,
      meta: () => ({ ...result.meta(), columns }),
      async *rowsFrom() {
        yield { bytes: Buffer.concat(Array.from({ length: 30 }, () => nulls)), count: 30 };
      },
    };
    let total = 0;
    for await (const piece of beginExport(many, 'ndjson')!.pieces) {
      total += piece.length;
      expect(piece.length).toBeLessThan(3 * 1024 * 1024);
    }
    expect(total).toBeGreaterThan(30 * 1000 * 1000);
  });

  it('a hostile server: a row that is too long for a text is refused in words before anything is sent', async () => {
    const longestRowBytes = TEXT_ROW_BYTES_MAX + 1;
    const long = { ...result, meta: () => ({ ...result.meta(), longestRowBytes }) };
    for (const format of ['json', 'ndjson', 'tsv', 'markdown', 'sql', 'xlsx'])
      expect(() => beginExport(long, format)).toThrow(/more than 64 MiB.*as CSV/);
    expect(Buffer.from(await exported('csv', long)).toString()).toContain('plain');
  });
});
