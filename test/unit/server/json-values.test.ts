import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasMoreValues } from '../../../src/server/json-values.ts';

/** Values in what was parsed; the keys of an object are none. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + valuesIn(inner), 1);
}

it('finds more values than are permitted, whatever stands in strings, and never fewer than there are', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = Buffer.from(JSON.stringify(value));
      expect(hasMoreValues(text, valuesIn(value) - 1)).toBe(true);
      // An empty array or object counts as one that has a value.
      expect(hasMoreValues(text, 2 * valuesIn(value))).toBe(false);
    }),
  );
});

it.each([
  ['quotes', '{"type": "query.submit", "text": "[\\"[,,,{\\\\"}', 3],
  ['a string without end', '["[[[[[[[[', 2],
])('counts no brackets in strings: %s', (_, text, values) => {
  expect(hasMoreValues(Buffer.from(text), values)).toBe(false);
  expect(hasMoreValues(Buffer.from(text), values - 1)).toBe(true);
});
