import { describe, expect, it } from 'vitest';
import { plainCell, relaxed } from '../../../../src/events/formats/documents.ts';
import { formatted } from './formatted.ts';

describe('relaxed Extended JSON', () => {
  it.each([
    ['{"a":{"$numberInt":"12"}}', '{"a":12}'],
    ['{"a":{"$numberLong":"-9007199254740992"}}', '{"a":-9007199254740992}'],
    ['{"a":{"$numberLong":"9007199254740993"}}', '{"a":{"$numberLong":"9007199254740993"}}'],
    ['{"a":{"$numberDouble":"1.0"}}', '{"a":1.0}'],
    ['{"a":{"$numberDouble":"1.7976931348623157E+308"}}', '{"a":1.7976931348623157E+308}'],
    ['{"a":{"$numberDouble":"NaN"}}', '{"a":{"$numberDouble":"NaN"}}'],
    ['{"a":{"$numberDecimal":"1.10"}}', '{"a":{"$numberDecimal":"1.10"}}'],
    ['{"a":{"$date":{"$numberLong":"0"}}}', '{"a":{"$date":"1970-01-01T00:00:00Z"}}'],
    ['{"a":{"$date":{"$numberLong":"1356351330501"}}}', '{"a":{"$date":"2012-12-24T12:15:30.501Z"}}'],
    ['{"a":{"$date":{"$numberLong":"-1"}}}', '{"a":{"$date":{"$numberLong":"-1"}}}'],
    ['{"a":[{"$numberInt":"1"},{"b":{"$numberInt":"2"}}]}', '{"a":[1,{"b":2}]}'],
    ['{"a":"{\\"$numberInt\\":\\"1\\"} \\\\"}', '{"a":"{\\"$numberInt\\":\\"1\\"} \\\\"}'],
    ['{"$numberInt":{"$numberInt":"3"}}', '{"$numberInt":3}'],
  ])('of %s is %s', (canonical, text) => {
    expect(relaxed(canonical)).toBe(text);
  });

  it('changes nothing of a stored document that only looks like a value', () => {
    const text = '{"v":{"\\u0024numberInt":"5"},"w":{"\\u0024date":{"\\u0024numberLong":"0"}}}';
    expect(relaxed(text)).toBe(text);
    expect(plainCell('{"\\u0024oid":"65f000000000000000000001"}')).toBe(
      '{"\\u0024oid":"65f000000000000000000001"}',
    );
  });
});

describe('a field in a table', () => {
  it.each([
    ['{"$numberInt":"4"}', '4'],
    ['{"$numberLong":"9007199254740993"}', '9007199254740993'],
    ['{"$numberDecimal":"1.10"}', '1.10'],
    ['"x"', 'x'],
    ['""', ''],
    ['true', 'true'],
    ['null', null],
    [null, null],
    ['{"$oid":"65f000000000000000000000"}', '65f000000000000000000000'],
    ['{"$date":{"$numberLong":"0"}}', '1970-01-01T00:00:00.000Z'],
    [
      '{"$binary":{"base64":"AAECAwQFBgcICQoLDA0ODw==","subType":"04"}}',
      '00010203-0405-0607-0809-0a0b0c0d0e0f',
    ],
    ['{"a":{"$numberInt":"1"},"b":[null]}', '{"a":1,"b":[null]}'],
    ['{"$minKey":1}', '{"$minKey":1}'],
  ])('%s is %s', (value, cell) => {
    expect(plainCell(value)).toBe(cell);
  });
});

it('writes documents of chosen fields as JSON, and their plain values as CSV', () => {
  const columns = ['a', 'b'].map((name) => ({ name, type: '', numeric: false }));
  const rows = [['{"$numberInt":"1"}', null]];
  expect(formatted('json', columns, rows, { encoding: 'ejson' })).toBe('[\n{"a":1}\n]\n');
  expect(formatted('ndjson', columns, rows, { encoding: 'ejson', ejson: 'canonical' })).toBe(
    '{"a":{"$numberInt":"1"}}\n',
  );
  expect(formatted('csv', columns, rows, { encoding: 'ejson' })).toBe('a,b\r\n1,\r\n');
});
