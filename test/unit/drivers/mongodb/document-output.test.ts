import { BSON, Double, Int32, Long } from 'mongodb';
import { describe, expect, it } from 'vitest';
import type { RowSink } from '../../../../src/drivers/driver.ts';
import { DocumentOutput } from '../../../../src/drivers/mongodb/document-output.ts';
import type { DocumentOrigin } from '../../../../src/drivers/mongodb/statement/operation.ts';
import { parseStatement } from '../../../../src/drivers/mongodb/statement/parse.ts';
import { DOCUMENT_COLUMN_NAMES_UNITS_MAX, DOCUMENT_COLUMNS_MAX } from '../../../../src/events/limits.ts';
import type { Column } from '../../../../src/events/result.ts';

/** What an output says, in its order; rows as their count. */
async function said(
  batches: readonly (readonly object[])[],
  origin: DocumentOrigin | null = null,
): Promise<unknown[]> {
  const words: unknown[] = [];
  const named = (columns: readonly Column[]): string[] =>
    columns.map(({ name, type, numeric }) => `${name} ${type}${numeric ? ' #' : ''}`);
  const sink: RowSink = {
    columns: (columns) => void words.push(['columns', ...named(columns)]),
    moreColumns: (columns) => void words.push(['more', ...named(columns)]),
    columnsLearned: (columns) => void words.push(['learned', ...named(columns)]),
    rows: (_bytes, count) => words.push(count) > 0,
    notice: ({ code }) => void words.push(code),
  };
  const output = new DocumentOutput(sink, origin, async () => {});
  for (const batch of batches) await output.write(batch.map((document) => BSON.serialize(document)));
  output.finish();
  return words;
}

describe('documents as rows', () => {
  it('let others have their turn between two chunks of a batch', async () => {
    const order: string[] = [];
    const sink = {
      columns: () => undefined,
      rows: () => {
        order.push('rows');
        setImmediate(() => order.push('others'));
        return true;
      },
    } as unknown as RowSink;
    const output = new DocumentOutput(sink, null, async () => {});
    const document = BSON.serialize({ a: 'x'.repeat(300 * 1024) });
    await output.write([document, document, document]);
    expect(order).toEqual(['rows', 'others', 'rows', 'others', 'rows', 'others']);
  });

  it('wait, after each chunk and at the end, where there is no room for more, and only there', async () => {
    const order: string[] = [];
    let hasRoom = false;
    const sink = {
      columns: () => undefined,
      rows: (_bytes: Uint8Array, count: number) => {
        order.push(`${count} rows`);
        return hasRoom;
      },
    } as unknown as RowSink;
    const output = new DocumentOutput(sink, null, async () => void order.push('waits'));
    const documents = [300 * 1024, 1].map((size) => BSON.serialize({ a: 'x'.repeat(size) }));
    await output.write(documents);
    hasRoom = true;
    await output.write(documents);
    expect(order).toEqual(['1 rows', 'waits', '1 rows', 'waits', '1 rows', '1 rows']);
  });

  it('have the fields of the first batch as columns, and later ones before their rows', async () => {
    expect(await said([[{ a: 1 }, { b: 'x', a: 2 }], [{ c: null }], [{ a: 3 }]])).toEqual([
      ['columns', 'a int #', 'b string'],
      2,
      ['more', 'c null'],
      1,
      1,
    ]);
  });

  it('tell the types that came late at the end, and null is none beside another', async () => {
    expect(await said([[{ a: 1, b: null, c: 1 }], [{ a: 'x', b: 2.5, c: null }]])).toEqual([
      ['columns', 'a int #', 'b null', 'c int #'],
      1,
      1,
      ['learned', 'a mixed', 'b double #', 'c int #'],
    ]);
  });

  it('have numbers of several types to the right', async () => {
    const batch = [
      { n: new Int32(1) },
      { n: Long.fromNumber(1) },
      { n: new Double(1) },
      { n: BSON.Decimal128.fromString('1') },
    ];
    expect((await said([batch]))[0]).toEqual(['columns', 'n mixed #']);
  });

  it('have a column of ids where there are none', async () => {
    expect(await said([[], []])).toEqual([['columns', '_id null']]);
  });

  it('have no more columns than the limit, which is reported once', async () => {
    const wide = Object.fromEntries(
      Array.from({ length: DOCUMENT_COLUMNS_MAX + 5 }, (_, at) => [`f${at}`, at]),
    );
    const words = await said([[wide], [wide], [{ other: 1 }]]);
    expect((words[0] as string[]).length).toBe(DOCUMENT_COLUMNS_MAX + 1);
    expect(words.slice(1)).toEqual(['result.columns', 1, 1, 1]);
  });

  it('a hostile server: names of fields that are endless get no columns, or end the statement', async () => {
    const wide = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`${at}${'n'.repeat(60_000)}`, at]),
    );
    const words = await said([[wide], [{ other: 1 }]]);
    const names = (words[0] as string[]).slice(1);
    expect(names.length).toBeLessThan(20);
    expect(names.join('').length).toBeLessThan(DOCUMENT_COLUMN_NAMES_UNITS_MAX + 1000);
    expect(words).toContain('result.columns');
    await expect(said([[{ ['n'.repeat(70_000)]: 1 }]])).rejects.toThrow(/name is too long/);
  });

  it('are handed over in pieces of bounded size', async () => {
    const words = await said([Array.from({ length: 100 }, () => ({ text: 'x'.repeat(20_000) }))]);
    const counts = words.slice(1) as number[];
    expect(counts.reduce((sum, count) => sum + count)).toBe(100);
    expect(Math.max(...counts)).toBeLessThan(20);
  });

  it('come from their collection, but for what the projection computes', () => {
    const originOf = (text: string) => {
      const operation = parseStatement(text, 'shop');
      if (operation.type !== 'command' || operation.reply.shape !== 'cursor') throw new Error('no cursor');
      const { origin } = operation.reply;
      return origin && [origin.namespace, origin.collection, ...origin.computed];
    };
    expect(originOf('db.c.find()')).toEqual(['shop', 'c']);
    expect(originOf('db.getSiblingDB("x").c.findOne({}, {a: 1, _id: 0, b: true})')).toEqual(['x', 'c']);
    expect(originOf('db.c.find({}, {a: "$b", "c.d": 1, e: {$slice: 1}, f: 0})')).toEqual([
      'shop',
      'c',
      'a',
      'c',
      'e',
    ]);
    expect(originOf('db.c.find().showRecordId()')).toEqual(['shop', 'c', '$recordId']);
    expect(originOf('db.c.find().returnKey()')).toBeNull();
    expect(originOf('db.c.aggregate([])')).toBeNull();
  });
});
