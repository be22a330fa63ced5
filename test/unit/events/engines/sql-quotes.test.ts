import { expect, it } from 'vitest';
import { pastQuoted } from '../../../../src/events/engines/sql-quotes.ts';

it.each<[string, boolean, number | null]>([
  ["'a' b", false, 3],
  ["''", false, 2],
  ["'it''s' b", false, 7],
  ["'''' b", false, 4],
  ["'a\\' b", false, 4],
  ["'a\\' b'", true, 7],
  ["'a\\\\' b", true, 5],
  ["'a\\''' b", true, null],
  ["'a\\'''' b", true, 7],
  ['"a\'b" c', true, 5],
  ['`a``"b` c', false, 7],
  ["'a", false, null],
  ["'a''", false, null],
  ["'a\\", true, null],
  ["'", true, null],
])('%s, backslash an escape: %s, ends at %s', (text, backslash, end) => {
  expect(pastQuoted(text, 0, backslash)).toBe(end);
  expect(pastQuoted(`x${text}`, 1, backslash)).toBe(end === null ? null : end + 1);
});
