import { describe, expect, it } from 'vitest';
import { ejsonLine, ejsonPlain, readEjson } from '../../../src/events/ejson.ts';
import { formatted } from '../../../src/events/formats/format.ts';
import { documentShown, shownText } from '../../../src/ui/format/display-text.ts';
import { type DocumentLine, DocumentLines } from '../../../src/ui/result/documents/document-lines.ts';
import { ejsonText, fromEjsonText, kindOf } from '../../../src/ui/result/edit/ejson-edit.ts';

const line = (text: string) => ejsonLine(readEjson(text)!, 1000);

describe('Extended JSON', () => {
  it.each([
    ['"it’s \\"x\\""', 'string', 'it’s "x"'],
    ['{"$numberInt":"12"}', 'int', '12'],
    ['{"$numberLong":"9007199254740993"}', 'long', '9007199254740993'],
    ['{"$numberDouble":"0.1"}', 'double', '0.1'],
    ['{"$numberDecimal":"39.90"}', 'decimal', '39.90'],
    ['true', 'bool', 'true'],
    ['null', 'null', 'null'],
    ['{"$oid":"65f000000000000000000001"}', 'objectId', "ObjectId('65f000000000000000000001')"],
    ['{"$date":{"$numberLong":"1714554900123"}}', 'date', "ISODate('2024-05-01T09:15:00.123Z')"],
    ['{"$date":{"$numberLong":"9223372036854775807"}}', 'date', 'Date(9223372036854775807)'],
    ['{"$binary":{"base64":"iVBORw==","subType":"00"}}', 'binData', "BinData(0, 'iVBORw==')"],
    [
      '{"$binary":{"base64":"bxyPDloLTB2eLzpLXG1+jw==","subType":"04"}}',
      'uuid',
      "UUID('6f1c8f0e-5a0b-4c1d-9e2f-3a4b5c6d7e8f')",
    ],
    ['{"$regularExpression":{"pattern":"a/b","options":"i"}}', 'regex', '/a/b/i'],
    ['{"$timestamp":{"t":1,"i":2}}', 'timestamp', 'Timestamp({ t: 1, i: 2 })'],
    ['{"$minKey":1}', 'minKey', 'MinKey'],
    ['[]', 'array', '[]'],
    ['{}', 'object', '{}'],
    ['{"a":{"$numberInt":"1"},"b c":["x",null]}', 'object', '{ a: 1, "b c": ["x", null] }'],
  ])('%s is a %s, and reads %s', (text, kind, shown) => {
    expect(readEjson(text)?.kind).toBe(kind);
    expect(line(text)).toBe(shown);
  });

  it('keeps the order of fields that look like numbers, names that come twice, and the text of each value', () => {
    const node = readEjson('{"2":{"$numberInt":"1"},"1":"x","1":[{"$numberDouble":"1.0"}]}')!;
    expect(node.entries.map(({ name, value }) => [name, value.text])).toEqual([
      ['2', '{"$numberInt":"1"}'],
      ['1', '"x"'],
      ['1', '[{"$numberDouble":"1.0"}]'],
    ]);
  });

  it('takes a document with a field that begins like a type for a document', () => {
    expect(readEjson('{"$ref":"orders","$id":"x"}')?.kind).toBe('object');
    expect(readEjson('{"$numberInt":"1","more":"x"}')?.kind).toBe('object');
  });

  it.each(['', '{', '{"a"}', '[1,]', '"open', 'db.x', '{"a":1} {', '{"a":1,}'])(
    'reads nothing from %s',
    (text) => expect(readEjson(text)).toBeUndefined(),
  );

  it('is read to no depth that could end the page', () => {
    expect(readEjson('['.repeat(100_000))).toBeUndefined();
  });

  it('is copied plain where it is text or a figure', () => {
    expect(['"a b"', '{"$numberLong":"7"}', '{"$oid":"00"}'].map(ejsonPlain)).toEqual([
      'a b',
      '7',
      '{"$oid":"00"}',
    ]);
  });
});

describe('a document’s cell', () => {
  it('tells a field that is not there from null and from the empty text', () => {
    expect(documentShown(null)).toMatchObject({ look: 'missing' });
    expect(documentShown('null')).toMatchObject({ look: 'none' });
    expect(documentShown('""')).toBe('');
  });

  it('stands as a figure where its value is one, whatever the others are', () => {
    expect(documentShown('{"$numberDecimal":"8.00"}')).toMatchObject({ look: 'figure' });
    expect(documentShown('"8.00"')).toBe('8.00');
  });

  it('that is long is cut and not read', () => {
    const long = `"${'x'.repeat(30_000)}"`;
    expect(shownText(documentShown(long))).toHaveLength(301);
  });

  it('is copied as Extended JSON in JSON, without the fields that are not there', () => {
    const columns = ['a', 'b'].map((name) => ({ name, type: '', numeric: false }));
    const rows = [['{"$numberInt":"1"}', null]];
    const options = { encoding: 'ejson' } as const;
    expect(JSON.parse(formatted('json', columns, rows, options))).toEqual([{ a: 1 }]);
    const canonical = { ...options, ejson: 'canonical' } as const;
    expect(JSON.parse(formatted('json', columns, rows, canonical))).toEqual([{ a: { $numberInt: '1' } }]);
    expect(formatted('csv', columns, rows, options)).toBe('a,b\r\n1,\r\n');
  });
});

describe('editing a document’s value', () => {
  const edit = (value: string | null, typed: string) => fromEjsonText(typed, ejsonText(value));

  it.each([
    ['"old"', '5', '"5"'],
    ['"old"', 'say "hi"\\', JSON.stringify('say "hi"\\')],
    ['{"$numberInt":"1"}', '-7', '{"$numberInt":"-7"}'],
    ['{"$numberLong":"1"}', '9007199254740993', '{"$numberLong":"9007199254740993"}'],
    ['{"$numberDouble":"1.5"}', '2', '{"$numberDouble":"2.0"}'],
    ['{"$numberDecimal":"1.50"}', '1.10', '{"$numberDecimal":"1.10"}'],
    ['true', 'false', 'false'],
    ['["a"]', '["b"]', '["b"]'],
    [null, '"made"', '"made"'],
  ])('%s typed over with %s is %s', (value, typed, made) =>
    expect(edit(value, typed)).toEqual({ value: made }),
  );

  it.each([
    ['{"$numberInt":"1"}', '2147483648'],
    ['{"$numberInt":"1"}', '1.5'],
    ['{"$numberLong":"1"}', '9223372036854775808'],
    ['{"$numberDouble":"1.5"}', 'much'],
    ['true', 'yes'],
    ['{"$oid":"65f000000000000000000001"}', 'nothing valid'],
    [null, ''],
  ])('%s is not typed over with %s, as the type would change', (value, typed) =>
    expect(edit(value, typed)).toHaveProperty('why'),
  );

  it('says the type of what is typed as Extended JSON', () => {
    const was = ejsonText('["a"]');
    expect(['["b"]', '{"$numberInt":"1"}', '{'].map((typed) => kindOf(typed, was))).toEqual([
      'array',
      'int',
      'not valid',
    ]);
  });
});

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
