import { describe, expect, it } from 'vitest';
import type { Column, FoundCells, RowEncoding } from '../../../src/events/result.ts';
import type { ReadableResult } from '../../../src/server/app.ts';
import { FIND_BLOCK_BYTES, FIND_SLICE_BYTES } from '../../../src/server/limits.ts';
import { type FindFrom, ResultFind } from '../../../src/server/result-find.ts';
import type { Result } from '../../../src/store/results/result.ts';
import { storeForTest, until, write } from '../store/results-support.ts';

type Cell = string | null;

const text = (name: string, type = 'text'): Column => ({ name, type, numeric: false });
const START: FindFrom = { row: 0, column: null, back: false };
const open = new AbortController().signal;

/** A DataRow of PostgreSQL. */
function dataRow(cells: readonly Cell[]): Uint8Array {
  const values = cells.map((cell) => (cell === null ? null : Buffer.from(cell)));
  const body = values.flatMap((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value ? value.length : -1);
    return value ? [length, value] : [length];
  });
  const head = Buffer.alloc(7);
  head.write('D');
  head.writeInt32BE(6 + Buffer.concat(body).length, 1);
  head.writeInt16BE(cells.length, 5);
  return Buffer.concat([head, ...body]);
}

/** A text row of MySQL, with bytes for values. */
function mysqlRow(values: readonly Buffer[]): Uint8Array {
  const body = Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(value.length);
      return [Buffer.of(0xfe), length, Buffer.alloc(4), value];
    }),
  );
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

function document(json: string): Uint8Array {
  const body = Buffer.from(json);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

function resultOf(
  rows: readonly Uint8Array[],
  columns: readonly Column[] = [text('a'), text('b')],
  encoding: RowEncoding = 'postgres-datarow',
): Result {
  // As little in memory as can be: nearly all rows are in the spill file.
  const { store } = storeForTest({ limits: { resultMemoryBytes: 1000 } });
  const result = store.open('r', 'q', columns, encoding);
  for (let from = 0; from < rows.length; from += 500) write(result, rows.slice(from, from + 500));
  return result;
}

function find(
  result: ReadableResult,
  wanted: string,
  more: { matchCase?: boolean; searched?: number[]; bytes?: number } = {},
) {
  const searched = more.searched ?? result.meta().columns.map((_, i) => i);
  return new ResultFind(result, { text: wanted, matchCase: more.matchCase ?? false, searched }, more.bytes);
}

/** The count of the cells that have a text, of one row with such cells. */
async function countIn(cells: readonly Cell[], wanted: string, matchCase = false): Promise<number> {
  const result = resultOf(
    [dataRow(cells)],
    cells.map((_, i) => text(`c${i}`)),
  );
  return (await find(result, wanted, { matchCase }).answer(START, open)).count;
}

/** All hits, each reached from the one before, up to where it begins again. */
async function walk(search: ResultFind, back: boolean): Promise<string[]> {
  const seen: string[] = [];
  let from: FindFrom = { row: back ? 1e9 : 0, column: null, back };
  for (;;) {
    const { hit } = await search.answer(from, open);
    if (!hit) return seen;
    const name = `${hit.row} ${hit.column} ${hit.ordinal}`;
    if (seen.includes(name)) return seen;
    seen.push(name);
    from = { row: hit.row, column: hit.column, back };
  }
}

describe('a search', () => {
  it('finds each cell with the text, forward and back, in memory and in the spill file', {
    tags: ['slow'],
  }, async () => {
    let state = 1;
    const random = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    // Some blocks without any hit, some with many.
    const cells = Array.from({ length: 6000 }, (_, row): Cell[] =>
      [0, 1, 2].map((column) => {
        if (random(9) === 0) return null;
        const isHit = row % 2500 > 2300 && random(8) === 0;
        return `${'x'.repeat(random(700))}${isHit ? 'Needle' : ''}${column}`;
      }),
    );
    const columns = [text('a'), text('b'), text('c')];
    const result = resultOf(cells.map(dataRow), columns);
    result.complete();
    await until(() => result.spilledBytes > 2 * FIND_BLOCK_BYTES);
    const searched = [2, 0];
    const expected = cells.flatMap((row, at) =>
      searched.flatMap((column) => (row[column]?.includes('Needle') ? [`${at} ${column}`] : [])),
    );
    expect(expected.length).toBeGreaterThan(50);
    const numbered = expected.map((hit, i) => `${hit} ${i + 1}`);
    const search = find(result, 'nEEDLE', { searched, bytes: 100_000 });
    let answer: FoundCells;
    do answer = await search.answer(START, open);
    while (answer.rows < answer.rowsHere);
    expect(answer).toMatchObject({ rows: 6000, complete: true, count: expected.length });
    expect(await walk(search, false)).toEqual(numbered);
    expect(await walk(search, true)).toEqual(numbered.toReversed());
  });

  it('takes few requests where hits are many, and remembers none of them', async () => {
    const result = resultOf(Array.from({ length: 20_000 }, () => dataRow(['aaa', 'a'])));
    result.complete();
    const answer = await find(result, 'A').answer({ row: 15_000, column: 0, back: false }, open);
    expect(answer).toMatchObject({ count: 40_000, hit: { row: 15_000, column: 1, ordinal: 30_002 } });
  });

  it('answers what it knows after so many bytes, and goes on from there', async () => {
    const rows = Array.from({ length: 4000 }, (_, i) =>
      dataRow([i === 3999 ? 'here' : 'x'.repeat(1000), null]),
    );
    const search = find(resultOf(rows), 'here', { bytes: 1 });
    const first = await search.answer(START, open);
    expect(first).toMatchObject({ count: 0, hit: null, rowsHere: 4000 });
    expect(first.rows).toBeGreaterThan(0);
    expect(first.rows).toBeLessThan(2000);
    let last = first;
    for (let asked = 0; asked < 4; asked++) last = await search.answer(START, open);
    expect(last).toMatchObject({ rows: 4000, count: 1, hit: { row: 3999, column: 0, ordinal: 1 } });
  });

  it('does not begin again at the other end while rows on the way are not looked through', async () => {
    const rows = Array.from({ length: 4000 }, (_, i) =>
      dataRow([i % 3999 === 0 ? 'here' : 'x'.repeat(1000), null]),
    );
    const search = find(resultOf(rows), 'here', { bytes: 1 });
    const from = { row: 0, column: 0, back: false };
    expect(await search.answer(from, open)).toMatchObject({ count: 1, hit: null });
    expect(await search.answer({ ...from, back: true }, open)).toMatchObject({ count: 1, hit: null });
    let last: FoundCells;
    do last = await search.answer(from, open);
    while (last.rows < 4000);
    expect(last.hit).toEqual({ row: 3999, column: 0, ordinal: 2 });
    expect((await search.answer({ ...from, back: true }, open)).hit).toEqual({
      row: 3999,
      column: 0,
      ordinal: 2,
    });
    expect((await search.answer({ row: 3999, column: 0, back: false }, open)).hit).toMatchObject({
      ordinal: 1,
    });
  });

  it('looks at the rows so far of a result that still comes, and at later ones when asked again', async () => {
    const result = resultOf([dataRow(['one', 'two'])]);
    const search = find(result, 'three');
    expect(await search.answer(START, open)).toEqual({
      rows: 1,
      rowsHere: 1,
      complete: false,
      count: 0,
      hit: null,
    });
    write(result, [dataRow(['three', null])]);
    result.complete('rowLimit');
    expect(await search.answer(START, open)).toEqual({
      rows: 2,
      rowsHere: 2,
      complete: true,
      count: 1,
      hit: { row: 1, column: 0, ordinal: 1 },
    });
  });

  it('stops when it is aborted, counts nothing twice, and can be gone on with', async () => {
    const rows = Array.from({ length: 4000 }, () => dataRow(['x'.repeat(1000), 'here']));
    const result = resultOf(rows);
    const stop = new AbortController();
    const stopping: ReadableResult = {
      ...{ meta: () => result.meta(), window: () => Promise.reject(), completed: () => Promise.reject() },
      async *rowsFrom(from) {
        for await (const batch of result.rowsFrom(from)) {
          yield batch;
          stop.abort();
        }
      },
    };
    const search = find(stopping, 'here');
    const stopped = await search.answer(START, stop.signal);
    expect(stopped.rows).toBeGreaterThan(0);
    expect(stopped.rows).toBeLessThan(4000);
    expect(stopped.count).toBe(stopped.rows);
    expect(await search.answer(START, open)).toMatchObject({ rows: 4000, count: 4000 });
  });

  it('counts each row once where two requests come at the same time', async () => {
    const search = find(
      resultOf(Array.from({ length: 3000 }, () => dataRow(['here', 'x'.repeat(900)]))),
      'here',
    );
    const answers = await Promise.all([search.answer(START, open), search.answer(START, open)]);
    expect(answers.map(({ count }) => count)).toEqual([3000, 3000]);
  });

  it('fails as a window does where the result is dropped on the way, and the next request too', async () => {
    const { store } = storeForTest();
    const result = store.open('r', 'q', [text('a')], 'postgres-datarow');
    write(result, [dataRow(['here'])]);
    const search = find(result, 'here');
    store.drop('r');
    await expect(search.answer(START, open)).rejects.toMatchObject({ code: 'result.dropped' });
    await expect(search.answer(START, open)).rejects.toMatchObject({ code: 'result.dropped' });
  });

  it('gives everything else its turn, also within one long value', async () => {
    const value = `${'x'.repeat(20 * FIND_SLICE_BYTES)}here`;
    const search = find(resultOf([dataRow([value, null])]), 'here');
    let turns = 0;
    let ended = false;
    const count = (): void => {
      turns++;
      if (!ended) setImmediate(count);
    };
    setImmediate(count);
    expect(await search.answer(START, open)).toMatchObject({ count: 1 });
    ended = true;
    expect(turns).toBeGreaterThan(20);
  });
});

describe('a text', () => {
  it.each([
    ['STRASSE', 'strasse', 1],
    ['Ünïcode ÅNGSTRÖM', 'ångström', 1],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς', 1],
    ['привет', 'ПРИВЕТ', 1],
    ['straße', 'STRAẞE', 1],
    ['straße', 'strasse', 0],
    ['300 K', '300 k', 1],
    ['𐐀𐐁', '𐐨𐐩', 1],
    ['istanbul', 'İstanbul', 0],
    ['a.c', 'a.c', 1],
    ['abc', 'a.c', 0],
    ['(x) [y] {z} ^$|\\/?*+', '(X) [Y] {Z} ^$|\\/?*+', 1],
    ['two\nlines', 'o\nl', 1],
    ['12345678901234567890.10', '567890.10', 1],
    ['1e400', '1E400', 1],
    ['a\ufeffb', 'ab', 0],
    ['👩‍👩‍👧', '👧', 1],
  ])('%j has %j %i times, whatever the case', async (value, wanted, count) => {
    expect(await countIn([value], wanted)).toBe(count);
  });

  it('matches letter by letter where case matters', async () => {
    expect(await countIn(['Name', 'name', 'NAME'], 'name', true)).toBe(1);
    expect(await countIn(['Name', 'name', 'NAME'], 'name')).toBe(3);
  });

  it('is in no NULL, in no empty text, and in no two cells together', async () => {
    expect(await countIn([null, '', 'nul', 'l', 'NULL'], 'null')).toBe(1);
  });

  it('is found wherever a long value is looked through in parts', async () => {
    for (const wanted of ['needle', 'näädlä', '𐐀𐐁𐐂', '�'])
      for (const before of [-3, -2, -1, 0, 1]) {
        const value = `${'é'.repeat(FIND_SLICE_BYTES / 2 + before)}${'x'.repeat(before & 1)}${wanted}${'y'.repeat(FIND_SLICE_BYTES)}`;
        expect(await countIn([value, 'é'.repeat(FIND_SLICE_BYTES)], wanted), `${wanted} ${before}`).toBe(1);
      }
  });

  it('is looked for in bytes as they are shown', async () => {
    const columns = [text('name'), text('data', 'blob')];
    const long = Buffer.alloc(FIND_SLICE_BYTES + 10, 0xab);
    long.set([0xc0, 0xff, 0xee], FIND_SLICE_BYTES - 1);
    const rows = [
      mysqlRow([Buffer.from('c0ffee'), Buffer.of(0xc0, 0xff, 0xee)]),
      mysqlRow([Buffer.from('0xab'), long]),
    ];
    const result = resultOf(rows, columns, 'mysql-text');
    expect(await walk(find(result, 'C0ffee'), false)).toEqual(['0 0 1', '0 1 2', '1 1 3']);
    expect(await walk(find(result, '0xAB'), false)).toEqual(['1 0 1', '1 1 2']);
    expect(await walk(find(result, 'C0FFEE', { searched: [0] }), false)).toEqual(['0 0 1']);
  });

  it('is looked for in documents as their values are shown', async () => {
    const columns = ['_id', 'name', 'at', 'deep', 'gone'].map((name) => text(name));
    const rows = [
      document(
        '{"_id":{"$oid":"65a1b2c3d4e5f60718293a4b"},"name":"Ann \\"A\\"","at":{"$date":{"$numberLong":"0"}},"deep":{"n":{"$numberLong":"9007199254740993"}},"gone":null}',
      ),
      document(`{"_id":{"$numberInt":"2"},"name":"${'x'.repeat(30_000)}Ann"}`),
    ];
    const result = resultOf(rows, columns, 'ejson');
    const hits = (wanted: string) => walk(find(result, wanted), false);
    expect(await hits('ann')).toEqual(['0 1 1', '1 1 2']);
    expect(await hits('ann "a"')).toEqual(['0 1 1']);
    expect(await hits("ISODate('1970")).toEqual(['0 2 1']);
    expect(await hits('n: 9007199254740993')).toEqual(['0 3 1']);
    expect(await hits('$oid')).toEqual([]);
    expect(await hits('null')).toEqual([]);
  });
});
