import { describe, expect, it } from 'vitest';
import { readEjson } from '../../../../../src/events/ejson.ts';
import { type DocumentLine, DocumentLines } from '../../../../../src/ui/result/documents/document-lines.ts';

describe('the lines of documents', () => {
  const DOCUMENT = readEjson('{"_id":{"$numberInt":"1"},"in":{"a":"x","b":["y","z"]}}')!;
  const read = () => DOCUMENT;
  const lines = (rows: number): DocumentLines => Object.assign(new DocumentLines(), { rows });
  const all = (of: DocumentLines): DocumentLine[] =>
    Array.from({ length: of.count }, (_, at) => of.at(at, read)!);
  const said = (of: DocumentLines) => all(of).map(({ level, name }) => `${' '.repeat(level - 1)}${name}`);

  it('are one a document until it is unfolded, and then one a field', () => {
    const of = lines(3);
    of.toggle(of.at(1, read)!);
    expect(said(of)).toEqual(['1', '2', ' _id', ' in', '3']);
    of.toggle(of.at(3, read)!);
    of.toggle(all(of).find(({ name }) => name === 'b')!);
    expect(said(of)).toEqual(['1', '2', ' _id', ' in', '  a', '  b', '   0', '   1', '3']);
    of.toggle(of.at(0, read)!);
    expect(said(of).slice(0, 4)).toEqual(['1', ' _id', ' in', '2']);
    of.toggle(of.at(3, read)!);
    expect(said(of)).toEqual(['1', ' _id', ' in', '2', '3']);
  });

  it('are found among millions without walking there', () => {
    const of = lines(5_000_000);
    of.toggle(of.at(4_999_998, read)!);
    of.toggle(of.at(10, read)!);
    expect(of.count).toBe(5_000_004);
    expect(of.at(5_000_003, read)).toMatchObject({ row: 4_999_999, level: 1 });
    expect(of.placeOf(4_999_998)).toBe(5_000_000);
    expect(of.at(of.placeOf(4_999_998) + 1, read)).toMatchObject({ row: 4_999_998, name: '_id' });
    expect(of.rowsOf(12, 14)).toEqual({ from: 10, to: 12 });
    expect(of.at(5_000_004, read)).toBeUndefined();
  });

  it('lead to the line that they hang below', () => {
    const of = lines(2);
    of.toggle(of.at(0, read)!);
    of.toggle(of.at(2, read)!);
    const at = said(of).indexOf('  b');
    expect(of.parentOf(at, of.at(at, read)!)).toBe(2);
    expect(of.parentOf(2, of.at(2, read)!)).toBe(0);
  });

  it('can’t be unfolded before their document is here', () => {
    const of = lines(1);
    of.toggle(of.at(0, () => undefined)!);
    expect(of.count).toBe(1);
  });
});
