import { describe, expect, it } from 'vitest';
import { withPlaceAdvice } from '../../../src/drivers/place-advice.ts';
import type { FailureText } from '../../../src/events/failure.ts';

const SYNTAX = '42601';

/** What is advised where a server refuses `text` at `|`. */
function advised(marked: string, over: Partial<FailureText> = {}): string | undefined {
  const [before, after] = marked.split('|') as [string, string];
  const failure: FailureText = {
    code: SYNTAX,
    source: 'server',
    message: 'no',
    position: [...before].length + 1,
    ...over,
  };
  return withPlaceAdvice(failure, { text: before + after, syntaxCode: SYNTAX }).advice;
}

describe('the advice for the place that a server refused', () => {
  it.each([
    ['select * from t where id = |:id', ':id'],
    ["select '😀' from t where id = |:name_2 and a", ':name_2'],
    ['select * from t where id = |?', '?'],
    ['select * from t where id = ?|', '?'],
    ['select * from t where id = ? |and n = 1', '?'],
    ['insert into t values (?|, ?)', '?'],
    ['insert into t values (?|)', '?'],
  ])('names a placeholder in %s', (marked, written) => {
    expect(advised(marked)).toMatch(`If ${written} stands for a value,`);
  });

  it.each([
    ['select |1\u00a0from t', 'U+00A0'],
    ['|\ufeffselect 1', 'U+FEFF'],
    ['select |na\u200bme from t', 'U+200B'],
    ['select 1,|\u00a02', 'U+00A0'],
  ])('names a character that is not seen in %j', (marked, character) => {
    expect(advised(marked)).toContain(`the character ${character} in it`);
    expect(advised(marked, { code: '42703' })).toContain(`the character ${character} in it`);
  });

  it.each([
    ['select |from t'],
    ["select 'a\u00a0b' |form t"],
    ["select |'a\u00a0b' 1"],
    ['select |"a\u00a0b"'],
    ['select |$$a\u00a0b$$ 1'],
    ['select :id from t |form'],
    ['select a ? b from t |'],
    ['select 1 |::int4 x'],
    ['select a |?& b'],
    ['select größe |größer'],
  ])('is none for %j', (marked) => {
    expect(advised(marked)).toBeUndefined();
  });

  it('takes an operator for none where the server refuses its types, and stands behind other advice', () => {
    expect(advised('select data |? 5', { code: '42883' })).toBeUndefined();
    expect(advised('select |:id', { advice: 'other' })).toBe('other');
    expect(advised('select |:id', { source: 'client' })).toBeUndefined();
  });
});
