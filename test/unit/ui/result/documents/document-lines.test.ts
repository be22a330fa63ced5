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

  it('are unfolded down to the innermost part that is wanted, and folded for the next one', () => {
    const of = lines(3);
    const wanted = (text: string) => (value: string) => value.includes(text);
    expect(of.at(of.reveal(1, DOCUMENT, 'in', wanted('z')), read)).toMatchObject({ row: 1, path: '1.1.1' });
    expect(said(of)).toEqual(['1', '2', ' _id', ' in', '  a', '  b', '   0', '   1', '3']);
    expect(of.fieldOf(of.at(7, read)!)).toBe('in');
    expect(of.fieldOf(of.at(1, read)!)).toBeUndefined();
    // The name of a field inside of a value is a part of its text.
    expect(of.at(of.reveal(2, DOCUMENT, 'in', wanted('a: ')), read)).toMatchObject({ row: 2, name: 'a' });
    expect(said(of)).toEqual(['1', '2', '3', ' _id', ' in', '  a', '  b']);
    // What the user has unfolded stays so.
    of.toggle(of.at(0, read)!);
    expect(of.reveal(0, DOCUMENT, '_id', wanted('1'))).toBe(1);
    expect(of.at(of.reveal(1, DOCUMENT, 'none', wanted('1')), read)).toMatchObject({ row: 1, path: '' });
    expect(said(of)).toEqual(['1', ' _id', ' in', '2', ' _id', ' in', '3']);
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
