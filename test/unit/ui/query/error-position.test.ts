import { describe, expect, it } from 'vitest';
import type { QueryText } from '../../../../src/events/wire.ts';
import { errorOffset, lineOf } from '../../../../src/ui/query/error-position.ts';

describe('the place of a fault', () => {
  const words = (text: string, position: number, offset = 0) =>
    ({
      queryId: 'q',
      text,
      params: [],
      offset,
      failure: { code: '42703', source: 'server', message: '', position },
      judgement: null,
      challenge: null,
      notices: [],
    }) as QueryText;

  it('is counted by the server in characters and by the editor in UTF-16 units', () => {
    const text = "select '😀', nowhere";
    expect(errorOffset(text, words(text, 13), 0)).toBe(text.indexOf('nowhere'));
  });

  it('is in its statement of the script, from where the run began', () => {
    const text = 'select 1;\nselect 1;\nselect x';
    expect(errorOffset(text, words('select x', 8, 10), 10)).toBe(text.indexOf('x'));
    expect(lineOf(text, text.indexOf('x'))).toBe(3);
  });

  it('moves with its statement, and is found again after a reload', () => {
    expect(errorOffset('-- a note\nselect x', words('select x', 8), 0)).toBe(17);
    expect(errorOffset('-- a note\nselect x', words('select x', 8), null)).toBe(17);
  });

  it('is nowhere once the statement was changed', () => {
    expect(errorOffset('select y', words('select x', 8), 0)).toBeNull();
  });
});
