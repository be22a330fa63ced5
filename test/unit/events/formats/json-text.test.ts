import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonNumber } from '../../../../src/events/formats/json-number.ts';
import { formatJson } from '../../../../src/events/formats/json-text.ts';

const laidOut = (text: string) =>
  formatJson(text)
    ?.map((token) => token.text)
    .join('');

describe('laying JSON out', () => {
  it('keeps every digit', () => {
    const text =
      '{"sku":9007199254740993,"price":1.10,"huge":1e400,"tiny":-0.000,"long":123456789012345678901234567890}';
    expect(laidOut(text)).toBe(
      [
        '{',
        '  "sku": 9007199254740993,',
        '  "price": 1.10,',
        '  "huge": 1e400,',
        '  "tiny": -0.000,',
        '  "long": 123456789012345678901234567890',
        '}',
      ].join('\n'),
    );
  });

  it('agrees with JSON.stringify on all that has no digits to lose', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(laidOut(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
        expect(laidOut(JSON.stringify(value, null, '\t'))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it('takes for JSON what JSON.parse takes, and nothing else', () => {
    const soup = fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          ',',
          ':',
          '"a"',
          '1',
          '-0.5e3',
          'null',
          'true',
          ' ',
          '01',
          '"',
          '\\',
        ),
        {
          maxLength: 12,
        },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(soup, (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(formatJson(text) !== undefined).toBe(valid);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads strings with quotes and backslashes in them', () => {
    expect(laidOut('["a\\"b","\\\\","\\\\\\""]')).toBe('[\n  "a\\"b",\n  "\\\\",\n  "\\\\\\""\n]');
  });

  it('reads a string of 16 MB and stops early on request', () => {
    const long = `["${'x'.repeat(16_000_000)}"]`;
    expect(formatJson(long)).toHaveLength(5);
    const many = `[${'1,'.repeat(1_000_000)}1]`;
    expect(formatJson(many, 10_000)!.length).toBeLessThan(10_000);
  });

  it('gives up on a text that is nested for its own sake', () => {
    expect(formatJson(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)).toBeUndefined();
  });

  it('knows a number to the letter of the grammar', () => {
    expect(['0', '-1', '1.50', '1e9', '-0.0E-7'].every(isJsonNumber)).toBe(true);
    expect(['', '01', '.5', '1.', '+1', 'NaN', '1 ', '1\n', '0x1'].some(isJsonNumber)).toBe(false);
  });
});
