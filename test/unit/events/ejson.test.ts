import { describe, expect, it } from 'vitest';
import { ejsonLine, ejsonPlain, readEjson } from '../../../src/events/ejson.ts';

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
    ['{"$code":"return x"}', 'javascript', 'return x'],
    [
      '{"$code":"return x","$scope":{"x":{"$numberInt":"5"}}}',
      'javascript',
      'Code("return x", {"x":{"$numberInt":"5"}})',
    ],
    ['{"$code":"return x","other":1}', 'object', '{ $code: "return x", other: 1 }'],
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

  it('is no value where the dollar sign of its name is escaped: a stored document only looks like one', () => {
    const text = '{"\\u0024numberInt":"5"}';
    expect(readEjson(text)).toMatchObject({ kind: 'object', text });
    expect(line(text)).toBe('{ $numberInt: "5" }');
    expect(ejsonPlain(text)).toBe(text);
  });

  it('is read to no depth that could end the page', () => {
    const text = '['.repeat(100_000);
    expect(readEjson(text)).toBeUndefined();
    expect(ejsonPlain(text)).toBe(text);
  });

  it('is copied plain where it is text or a figure', () => {
    expect(['"a b"', '{"$numberLong":"7"}', '{"$oid":"00"}'].map(ejsonPlain)).toEqual([
      'a b',
      '7',
      '{"$oid":"00"}',
    ]);
  });
});
