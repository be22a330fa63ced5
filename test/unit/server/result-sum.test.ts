import { afterEach, beforeEach, expect, it } from 'vitest';
import { EJSON_READ_UNITS_MAX } from '../../../src/events/ejson.ts';
import { SUM_ROWS_MAX } from '../../../src/events/limits.ts';
import type { Column, RowEncoding } from '../../../src/events/result.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import type { ResultStore } from '../../../src/store/results/result-store.ts';
import { storeForTest, write } from '../store/results-support.ts';
import { appDouble } from './app-double.ts';

const COLUMNS: readonly Column[] = [
  { name: 'name', type: 'text', numeric: false },
  { name: 'amount', type: 'decimal(10,2)', numeric: true },
  { name: 'count', type: 'int', numeric: true },
];

let store: ResultStore;
let serving: Serving;

/** A row as MySQL sends it: each value behind its length, NULL as 251. */
function mysqlRow(...cells: (string | null)[]): Uint8Array {
  const values = cells.map((cell) =>
    cell === null ? Buffer.from([251]) : Buffer.concat([Buffer.from([cell.length]), Buffer.from(cell)]),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.concat(values).length);
  return Buffer.concat([length, ...values]);
}

const DOCUMENTS: readonly Column[] = [{ name: 'v', type: 'mixed', numeric: false }];

/** A document with one field, as canonical Extended JSON behind its length. */
function documentRow(cell: string): Uint8Array {
  const document = Buffer.from(`{"v":${cell}}`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(document.length);
  return Buffer.concat([length, document]);
}

beforeEach(async () => {
  ({ store } = storeForTest());
  serving = await serve({ port: 0, pageFolder: null, app: appDouble({ result: (id) => store.get(id) }) });
});
afterEach(() => serving.close());

function filled(rows: readonly Uint8Array[], columns = COLUMNS, encoding: RowEncoding = 'mysql-text') {
  const result = store.open('q1', 'q1', columns, encoding);
  write(result, rows);
  return result;
}

async function ask(query: string, resultId = 'q1'): Promise<{ status: number; body: unknown }> {
  const { origin, searchParams } = new URL(serving.url);
  const headers = { authorization: `Bearer ${searchParams.get('token')}` };
  const answer = await fetch(`${origin}/api/results/${resultId}/sum?${query}`, { headers });
  return { status: answer.status, body: await answer.json() };
}

it('adds up the numbers of a rectangle: no text that reads like one, no NULL, no other row', async () => {
  filled([
    mysqlRow('1', '1000000.01', '1'),
    mysqlRow('2', '0.10', null),
    mysqlRow('3', '0.20', '7'),
    mysqlRow('4', '5.00', '9'),
  ]);
  expect(await ask('from=1&count=2&columns=0,1')).toEqual({
    status: 200,
    body: { rows: 2, numbers: 2, sum: '0.30', average: '0.15' },
  });
  expect((await ask('from=1&count=2&columns=2,1')).body).toEqual({
    rows: 2,
    numbers: 3,
    sum: '7.30',
    average: '2.43',
  });
  expect((await ask('from=0&count=4&columns=0')).body).toEqual({
    rows: 4,
    numbers: 0,
    sum: null,
    average: null,
  });
});

it('says how many of the rows are here', async () => {
  filled([mysqlRow('a', '1', '1'), mysqlRow('b', '2', '2')]);
  expect((await ask('from=1&count=10&columns=1')).body).toMatchObject({ rows: 1, sum: '2' });
  expect((await ask('from=5&count=10&columns=1')).body).toMatchObject({ rows: 0, sum: null });
});

it('adds up far more than one slice of rows', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => mysqlRow('x'.repeat(40), `${i}.25`, '1'));
  filled(rows);
  expect((await ask('from=10&count=19990&columns=1,2')).body).toMatchObject({
    rows: 19_990,
    numbers: 39_980,
    sum: '200014942.50',
  });
});

it('adds up the numbers of documents, whatever their types', async () => {
  const cells = [
    '{"$numberInt":"1"}',
    '{"$numberDecimal":"0.10"}',
    '"7"',
    '{"$numberLong":"9007199254740993"}',
    '{"$numberDouble":"0.5"}',
  ];
  filled(cells.map(documentRow), DOCUMENTS, 'ejson');
  expect((await ask('from=0&count=5&columns=0')).body).toMatchObject({
    rows: 5,
    numbers: 4,
    sum: '9007199254740994.60',
  });
});

it('parses no value of a document that is far longer than a number', async () => {
  const long = `{"$numberInt":${' '.repeat(EJSON_READ_UNITS_MAX)}"1"}`;
  filled([long, '{"$numberInt":"2"}'].map(documentRow), DOCUMENTS, 'ejson');
  expect((await ask('from=0&count=2&columns=0')).body).toMatchObject({ numbers: 1, sum: '2' });
});

it.each([
  '',
  'from=0&count=1',
  'from=0&count=0&columns=1',
  `from=0&count=${SUM_ROWS_MAX + 1}&columns=1`,
  'from=-1&count=1&columns=1',
  'from=0&count=1&columns=3',
  'from=0&count=1&columns=1,1',
  'from=0&from=1&count=1&columns=1',
])('refuses %j', async (query) => {
  filled([mysqlRow('a', '1', '1')]);
  expect(await ask(query)).toMatchObject({ status: 400, body: { code: 'sum.invalid' } });
});

it('knows no result that is gone', async () => {
  expect(await ask('from=0&count=1&columns=0', 'q9')).toMatchObject({ status: 404 });
});
