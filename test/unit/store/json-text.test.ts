import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonTextError, parseJsonText } from '../../../src/store/json-text.ts';
import { threadMs } from '../thread-time.ts';

describe('JSON with its lines', () => {
  it('has the value that JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJsonText(text).value).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes what JSON.parse takes, and refuses what it refuses', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '-0.5e3',
      'true',
      'null',
      ' ',
      '\n',
      '01',
      '"',
      '\\',
      "'",
      '//',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join('');
        let expected: unknown = JsonTextError;
        try {
          expected = JSON.parse(text);
        } catch {}
        let got: unknown;
        try {
          got = parseJsonText(text).value;
        } catch (error) {
          expect(error).toBeInstanceOf(JsonTextError);
          // The one thing it is stricter in.
          if ((error as Error).message.includes('twice')) return;
          got = JsonTextError;
        }
        expect(got).toEqual(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it('knows the line of each name', () => {
    const { lines } = parseJsonText('{\n  "a": {\n    "b/c": [\n      1,\n      2]\n  },\n  "d~": null}');
    expect(Object.fromEntries(lines)).toEqual({
      '': 1,
      '/a': 2,
      '/a/b~1c': 3,
      '/a/b~1c/0': 4,
      '/a/b~1c/1': 5,
      '/d~0': 7,
    });
  });

  it.each([
    ['on lines of their own', '\n0,'],
    ['on one line', '0,'],
  ])('reads ten times as many values %s in about ten times the time', { tags: ['slow'] }, (_how, item) => {
    const timeOf = (count: number): number => {
      const text = `[${item.repeat(count)}\n0]`;
      const from = threadMs();
      expect(parseJsonText(text).lines.get(`/${count}`)).toBe(text.split('\n').length);
      return threadMs() - from;
    };
    timeOf(20_000);
    expect(timeOf(200_000)).toBeLessThan(40 * Math.max(1, timeOf(20_000)));
  });

  it('says where it ends to be JSON', () => {
    const placeOf = (text: string) => {
      try {
        parseJsonText(text);
        return 'nowhere';
      } catch (error) {
        const { line, column } = error as JsonTextError;
        return `${line}:${column}`;
      }
    };
    expect(placeOf('{"a": 1,\n "b" 2}')).toBe('2:6');
    expect(placeOf('{"a": 1,\n "a": 2}')).toBe('2:2');
    expect(placeOf('{"a": 1,\n}')).toBe('2:1');
    expect(placeOf('')).toBe('1:1');
    expect(placeOf('{} x')).toBe('1:4');
    expect(placeOf(`${'['.repeat(100)}${']'.repeat(100)}`)).toBe('1:66');
  });

  it('gives no name a meaning of its own', () => {
    const { value } = parseJsonText('{"__proto__": {"polluted": 1}, "constructor": 2}');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
