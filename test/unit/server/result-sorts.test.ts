import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Column, RowEncoding } from '../../../src/events/result.ts';
import { rowCodec } from '../../../src/events/rows.ts';
import { decodeWindow } from '../../../src/events/window-frame.ts';
import type { ReadableResult } from '../../../src/server/app.ts';
import { sumOf } from '../../../src/server/result-sum.ts';
import { sortedRows } from '../../../src/server/row-sort.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import type { ResultStore } from '../../../src/store/results/result-store.ts';
import { storeForTest, write } from '../store/results-support.ts';
import { appDouble } from './app-double.ts';

let store: ResultStore;
let serving: Serving;

beforeEach(async () => {
  ({ store } = storeForTest());
  serving = await serve({ port: 0, pageFolder: null, app: appDouble({ result: (id) => store.get(id) }) });
});
afterEach(() => serving.close());

type Cells = readonly (string | null)[];

/** A row as PostgreSQL sends it. */
function dataRow(cells: Cells): Uint8Array {
  const values = cells.map((cell) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(cell === null ? -1 : Buffer.byteLength(cell));
    return Buffer.concat([length, Buffer.from(cell ?? '')]);
  });
  const body = Buffer.concat(values);
  const header = Buffer.alloc(7);
  header.write('D');
  header.writeInt32BE(6 + body.length, 1);
  header.writeInt16BE(cells.length, 5);
  return Buffer.concat([header, body]);
}

/** A document with the field `v`, or without one, as canonical Extended JSON behind its length. */
function documentRow([cell]: Cells): Uint8Array {
  const document = Buffer.from(cell === null ? '{}' : `{"v":${cell}}`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(document.length);
  return Buffer.concat([length, document]);
}

const column = (type: string, numeric = false, name = 'v'): Column => ({ name, type, numeric });

/** A result that is whole. */
function filled(
  columns: readonly Column[],
  rows: readonly Cells[],
  encoding: RowEncoding = 'postgres-datarow',
) {
  const result = store.open('q1', 'q1', columns, encoding);
  if (rows.length > 0) write(result, rows.map(encoding === 'ejson' ? documentRow : dataRow));
  result.complete();
  return result;
}

async function ask(path: string) {
  const { origin, searchParams } = new URL(serving.url);
  const headers = { authorization: `Bearer ${searchParams.get('token')}`, accept: 'application/json' };
  const answer = await fetch(`${origin}/api/results/${path}`, { headers });
  return { status: answer.status, body: await answer.json() };
}

async function rowsOf(resultId: string, from = 0, count = 100) {
  const { body } = await ask(`${resultId}/rows?from=${from}&count=${count}`);
  return body.rows;
}

/** The values of one column, as a sort puts them. */
async function sorted(
  type: string,
  values: Cells,
  numeric = false,
  encoding: RowEncoding = 'postgres-datarow',
) {
  filled(
    [column(type, numeric)],
    values.map((value) => [value]),
    encoding,
  );
  const rows: Cells[] = await rowsOf('q1~0.asc');
  store.drop('q1');
  return rows.map(([value]) => value);
}

describe('values in their order', () => {
  it.each([
    ['integers', 'int8', ['-12', '-2', '0', '2', '10', '9007199254740992', '9007199254740993']],
    [
      'decimals',
      'numeric',
      ['-1.51', '-1.5', '0.00', '0.1', '0.10000000000000000001', '1', 'Infinity', 'NaN'],
    ],
    ['floats', 'float8', ['-Infinity', '-1e+300', '-1.5e-7', '0', '1.2e-7', '1e+21', 'Infinity', 'NaN']],
    [
      'more digits than a double has',
      'numeric',
      [`-1${'0'.repeat(400)}`, '5', `1${'0'.repeat(400)}`, `2${'0'.repeat(400)}`],
    ],
  ])('%s', async (_, type, values) => {
    expect(await sorted(type, values.toReversed(), true)).toEqual(values);
  });

  it.each([
    ['words', 'text', ['', '10', '9', 'a', 'A', 'ä', 'B', 'z', 'Zoë']],
    ['money', 'money', ['-$1,000.00', '($5.00)', '-$0.50', '$0.00', '$9.00', '$10.00', '$1,000.00']],
    [
      'dates',
      'date',
      ['-infinity', '0044-03-15 BC', '0001-01-01', '1999-12-31', '2024-02-29', '10000-01-01', 'infinity'],
    ],
    [
      'times with an offset',
      'timestamp(6) with time zone',
      [
        '2024-10-27 02:30:00+02',
        '2024-10-27 02:10:00+01',
        '2024-10-27 02:10:00.000001+01',
        '2024-10-27 02:10:00.1+01',
      ],
    ],
    [
      'datetimes',
      'datetime(3)',
      [
        '0000-00-00 00:00:00.000',
        '2024-00-00 00:00:00.000',
        '2024-01-31 00:00:00.000',
        '2024-02-01 00:00:00.000',
      ],
    ],
    [
      'times of hundreds of hours',
      'time',
      ['-838:59:59', '-10:00:00', '-00:00:01.5', '00:00:00', '09:00:00', '100:00:00'],
    ],
    [
      'intervals',
      'interval',
      [
        '-1 days',
        '-00:00:01',
        '00:00:00',
        '23:00:00',
        '1 day',
        '1 day 01:00:00.5',
        '29 days',
        '1 mon',
        '1 year 2 mons',
      ],
    ],
    ['bytes', 'bytea', ['\\x00', '\\x0a', '\\xff']],
    ['arrays', 'date[]', ['{2024-01-01}', '{2024-01-02}']],
  ])('%s', async (_, type, values) => {
    expect(await sorted(type, values.toReversed())).toEqual(values);
  });

  it('fields of documents, by type and value; null and what is not there last', async () => {
    const values = [
      '{"$minKey":1}',
      '{"$numberDouble":"NaN"}',
      '{"$numberInt":"-3"}',
      '{"$numberDouble":"2.5"}',
      '{"$numberLong":"9007199254740993"}',
      '{"$numberDecimal":"9007199254740993.1"}',
      '"a"',
      '"B"',
      '{"x":1}',
      '[1]',
      '{"$oid":"64b7f0a1c2d3e4f5a6b7c8d9"}',
      'false',
      'true',
      '{"$date":{"$numberLong":"-5"}}',
      '{"$date":{"$numberLong":"1700000000000"}}',
      '{"$maxKey":1}',
      'null',
      null,
    ];
    expect(
      await sorted('mixed', [null, ...values.slice(0, -2).toReversed(), 'null'], false, 'ejson'),
    ).toEqual([...values.slice(0, -2), null, 'null']);
  });
});

const PEOPLE = [column('int4', true, 'age'), column('text', false, 'name')];
const ROWS: Cells[] = [
  ['30', 'Zoe'],
  [null, 'Ann'],
  ['9', 'Bob'],
  ['30', 'Ann'],
  ['100', 'Cid'],
];

describe('a sorted result', () => {
  it('has NULL last in both directions, and equal values in the order in which they were read', async () => {
    filled(PEOPLE, ROWS);
    expect(await rowsOf('q1~0.asc')).toEqual([ROWS[2], ROWS[0], ROWS[3], ROWS[4], ROWS[1]]);
    expect(await rowsOf('q1~0.desc')).toEqual([ROWS[4], ROWS[0], ROWS[3], ROWS[2], ROWS[1]]);
    expect(await rowsOf('q1')).toEqual(ROWS);
  });

  it('is sorted by further columns where the first are equal', async () => {
    filled(PEOPLE, ROWS);
    expect(await rowsOf('q1~0.desc~1.asc')).toEqual([ROWS[4], ROWS[3], ROWS[0], ROWS[2], ROWS[1]]);
  });

  it('is read, searched, added up and exported by its own rows', async () => {
    filled(PEOPLE, ROWS);
    expect((await ask('q1~0.asc')).body).toMatchObject({ resultId: 'q1~0.asc', queryId: 'q1', rows: 5 });
    expect(await rowsOf('q1~0.asc', 3, 1)).toEqual([ROWS[4]]);
    expect((await ask('q1~0.asc/find?text=cid')).body.hit).toEqual({ row: 3, column: 1, ordinal: 1 });
    expect((await ask('q1~0.asc/sum?from=0&count=2&columns=0')).body.sum).toBe('39');
    const { origin, searchParams } = new URL(serving.url);
    const headers = { authorization: `Bearer ${searchParams.get('token')}` };
    const csv = await fetch(`${origin}/api/results/q1~1.asc~0.asc/export?format=csv`, { headers });
    expect(await csv.text()).toBe('age,name\r\n30,Ann\r\n,Ann\r\n9,Bob\r\n100,Cid\r\n30,Zoe\r\n');
  });

  it('has its rows in windows, of as many bytes as any', async () => {
    const wide = 'x'.repeat(3 * 1024 * 1024);
    filled(
      PEOPLE,
      Array.from({ length: 12 }, (_, i) => [String(20 - i), `${wide}${i}`]),
    );
    const { origin, searchParams } = new URL(serving.url);
    const headers = { authorization: `Bearer ${searchParams.get('token')}` };
    const answer = await fetch(`${origin}/api/results/q1~0.asc/rows?from=2&count=100`, { headers });
    const frame = decodeWindow(new Uint8Array(await answer.arrayBuffer()));
    expect(frame).toMatchObject({ from: 2, count: 5, rowsHere: 12, complete: true, cut: false });
    expect(rowCodec(frame.encoding).cells(frame.rows, 0, PEOPLE)[0]).toBe('11');
  });

  it.each(['q1~2.asc', 'q1~0.asc~0.desc', 'q1~0.up', 'q1~', 'q2~0.asc', 'q1~00.asc'])(
    'there is no %s',
    async (id) => {
      filled(PEOPLE, ROWS);
      expect((await ask(id)).status).toBe(404);
    },
  );

  it('is refused while rows are read, and where a value can not be read as its type', async () => {
    const result = store.open('q1', 'q1', [column('date')], 'postgres-datarow');
    write(result, [dataRow(['15/03/2024'])]);
    expect(await ask('q1~0.asc')).toMatchObject({ status: 409, body: { code: 'sort.incomplete' } });
    result.complete();
    expect(await ask('q1~0.asc')).toMatchObject({ status: 409, body: { code: 'sort.unreadable' } });
    expect((await ask('q1~0.asc')).body.message).toMatch(/column v .* type date .*ORDER BY/);
  });

  it('is of the result that is there now', async () => {
    filled(PEOPLE, ROWS);
    expect(await rowsOf('q1~0.asc')).toHaveLength(5);
    store.drop('q1');
    expect((await ask('q1~0.asc')).status).toBe(404);
    filled(PEOPLE, ROWS.slice(0, 1));
    expect(await rowsOf('q1~0.asc')).toEqual([ROWS[0]]);
  });
});

it('sorts more rows than one run has, and is refused where their values take more memory than they may', async () => {
  let seed = 7;
  const values = Array.from({ length: 5000 }, () => {
    seed = (seed * 48271) % 2147483647;
    return seed % 1000;
  });
  const result = filled(
    [column('int4', true), column('text')],
    values.map((value) => [String(value), 'x'.repeat(100)]),
  );
  const order = [...(await sortedRows(result, [{ column: 0, descending: false }]))];
  const expected = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
  expect(order).toEqual(expected);
  for (const bytesMax of [400_000, 1000])
    await expect(sortedRows(result, [{ column: 1, descending: false }], bytesMax)).rejects.toMatchObject({
      code: 'sort.tooLarge',
      statusCode: 409,
    });
});

it('adds up all rows as they were read, which is faster', async () => {
  const unsorted = filled(
    [column('int4', true)],
    ['3', '4', '5'].map((value) => [value]),
  );
  const sorted = {
    unsorted,
    meta: () => unsorted.meta(),
    rowsFrom: () => {
      throw new Error('read row by row');
    },
  } as unknown as ReadableResult;
  const { signal } = new AbortController();
  const summed = sumOf(sorted, { from: '0', count: '3', columns: '0' }, signal);
  expect((await summed)?.sum).toBe('12');
  await expect(sumOf(sorted, { from: '1', count: '2', columns: '0' }, signal)).rejects.toThrow('row by row');
});

it('gives everything else its turn while it sorts', async () => {
  const result = filled(
    [column('text')],
    Array.from({ length: 40_000 }, (_, i) => [`value ${(i * 7919) % 40_000}`]),
  );
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await sortedRows(result, [{ column: 0, descending: true }]);
  isOver = true;
  expect(turns).toBeGreaterThan(100);
});
