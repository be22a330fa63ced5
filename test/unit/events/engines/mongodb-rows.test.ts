import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ejsonDocument, ejsonRows } from '../../../../src/events/engines/mongodb-rows.ts';
import type { Column } from '../../../../src/events/result.ts';
import { readRows } from '../../../../src/events/rows.ts';

/** Rows of documents, as a driver writes them. */
function rowsOf(...documents: readonly string[]): Uint8Array {
  return Buffer.concat(
    documents.map((document) => {
      const text = Buffer.from(document, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      return Buffer.concat([length, text]);
    }),
  );
}

const columns = (...names: string[]): Column[] => names.map((name) => ({ name, type: '', numeric: false }));

describe('rows of documents', () => {
  it('give each field as its own text, and null for what is not there', () => {
    const rows = rowsOf(
      '{"_id":{"$numberInt":"1"},"a":"x, \\"y\\" }","b":[{"c":[]},"]"]}',
      '{}',
      '{"b":null}',
    );
    expect(readRows(ejsonRows, rows, columns('_id', 'a', 'b'))).toEqual([
      ['{"$numberInt":"1"}', '"x, \\"y\\" }"', '[{"c":[]},"]"]'],
      [null, null, null],
      [null, null, 'null'],
    ]);
  });

  it('keep the order of fields that look like numbers, and names that are special or written with escapes', () => {
    const document = '{"v":{"b":1,"1":2},"__proto__":true,"q\\"\\u0001":false}';
    const [row] = readRows(ejsonRows, rowsOf(document), columns('v', '__proto__', 'q"\u0001', 'toString'));
    expect(row).toEqual(['{"b":1,"1":2}', 'true', 'false', null]);
    expect(ejsonDocument(rowsOf('{}', document), 6)).toBe(document);
  });

  it('take the first of a name that comes twice', () => {
    expect(readRows(ejsonRows, rowsOf('{"a":1,"a":2}'), columns('a'))).toEqual([['1']]);
  });

  it('are cut as JSON itself would cut them', () => {
    const documents = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(documents, (given) => {
        const texts = given.map((document) => JSON.stringify(document));
        const names = [...new Set(given.flatMap((document) => Object.keys(document)))];
        const cells = readRows(ejsonRows, rowsOf(...texts), columns(...names));
        const expected = given.map((document) =>
          names.map((name) => (Object.hasOwn(document, name) ? JSON.stringify(document[name]) : null)),
        );
        expect(cells).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
