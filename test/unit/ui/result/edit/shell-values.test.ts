import { describe, expect, it } from 'vitest';
import { parseStatement } from '../../../../../src/drivers/mongodb/statement/parse.ts';
import { ejsonText, fromEjsonText, kindOf } from '../../../../../src/ui/result/edit/ejson-edit.ts';
import { shellEjson } from '../../../../../src/ui/result/edit/shell-values.ts';
import { commandsOf } from '../../../drivers/mongodb/documents.ts';

/** What the server side reads from a text, as canonical Extended JSON. */
function driverEjson(text: string): string | null {
  try {
    const [command] = commandsOf(parseStatement(`db.c.insertOne({v: ${text}})`, 'shop'));
    return /"v":(.*)\}\]\}$/.exec(command!)![1]!.replace(/^-?\d+$/, (digits) => `{"$numberInt":"${digits}"}`);
  } catch {
    return null;
  }
}

const OID = '65f0000000000000000000aB';
const TYPED = [
  `ObjectId("${OID}")`,
  `ObjectId('${OID}')`,
  'ISODate("2024-06-01")',
  "ISODate('2024-06-01T12:30:00.500Z')",
  'ISODate("2024-06-01 12:30")',
  'ISODate("2024-06-01T12:30:00+0230")',
  'new Date("2024-06-01T12:30:00Z")',
  'new Date("2024-06-01T12:30:00")',
  'ISODate("2024-02-30")',
  'ISODate("2024-13-01")',
  'UUID("6f1c8f0e-5a0b-4c1d-9e2f-3a4b5c6d7e8f")',
  'NumberInt(5)',
  'NumberInt("-2147483648")',
  'NumberInt(2147483648)',
  'NumberLong("9223372036854775807")',
  'NumberLong("9223372036854775808")',
  'NumberDecimal("1.10")',
  'NumberDecimal("NaN")',
  'MinKey',
  'MaxKey()',
];

describe('what is typed into a cell as the shell writes it', () => {
  it.each(TYPED)('%s is the value that the server side reads, or neither reads it', (text) => {
    expect(shellEjson(text)).toBe(driverEjson(text));
  });

  it('is taken where the cell shows just that', () => {
    for (const value of [
      '{"$oid":"65f000000000000000000001"}',
      '{"$date":{"$numberLong":"1717243200123"}}',
      '{"$binary":{"base64":"bxyPDloLTB2eLzpLXG1+jw==","subType":"04"}}',
      '{"$minKey":1}',
    ]) {
      const was = ejsonText(value);
      expect(was.text).toMatch(/^(?:ObjectId|ISODate|UUID|MinKey)/);
      expect(fromEjsonText(was.text, was)).toEqual({ value });
      expect(kindOf(was.text, was)).toBe(was.kind);
    }
    const date = ejsonText('{"$date":{"$numberLong":"0"}}');
    for (const typed of ['2024-06-01', '2024-06-01T00:00Z', 'ISODate("2024-06-01")', ' 2024-06-01 00:00 '])
      expect(fromEjsonText(typed, date)).toEqual({ value: '{"$date":{"$numberLong":"1717200000000"}}' });
    expect(fromEjsonText(OID, ejsonText('{"$oid":"65f000000000000000000001"}'))).toEqual({
      value: `{"$oid":"${OID.toLowerCase()}"}`,
    });
  });

  it('is refused with what can be typed where it is none', () => {
    const date = ejsonText('{"$date":{"$numberLong":"0"}}');
    for (const typed of ['yesterday', '2024-02-30', 'ISODate("x")', 'ObjectId("1")', ''])
      expect(fromEjsonText(typed, date)).toMatchObject({ why: expect.stringMatching(/2024-06-01.*ISODate/) });
    // A date beyond what a date can be stays as it is.
    const far = ejsonText('{"$date":{"$numberLong":"9223372036854775807"}}');
    expect(far.text).toBe('{"$date":{"$numberLong":"9223372036854775807"}}');
  });
});
