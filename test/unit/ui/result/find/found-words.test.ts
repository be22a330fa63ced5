import { expect, it } from 'vitest';
import type { FoundCells } from '../../../../../src/events/result.ts';
import { foundWords, unsearchedWords } from '../../../../../src/ui/result/find/found-words.ts';

const found: FoundCells = {
  rows: 1_000_000,
  rowsHere: 1_000_000,
  complete: true,
  count: 1340,
  hit: { row: 5, column: 1, ordinal: 12 },
};
const none = { count: 0, hit: null };

it.each<[string, Parameters<typeof foundWords>[0]]>([
  ['', { text: '', found: null, looking: false, failure: '' }],
  ['looking through the rows', { text: 'a', found: null, looking: true, failure: '' }],
  ['12 of 1 340', { text: 'a', found, looking: false, failure: '' }],
  ['No match', { text: 'a', found: { ...found, ...none }, looking: false, failure: '' }],
  [
    '12 of 1 340 so far, 400 000 of 1 000 000 rows looked through',
    { text: 'a', found: { ...found, rows: 400_000 }, looking: true, failure: '' },
  ],
  [
    '12 of 1 340 in the first 400 000 rows',
    { text: 'a', found: { ...found, rows: 400_000 }, looking: false, failure: '' },
  ],
  [
    '12 of 1 340 in the first 1 000 000 rows',
    { text: 'a', found: { ...found, complete: false }, looking: false, failure: '' },
  ],
  [
    'No match in the first 1 000 000 rows',
    { text: 'a', found: { ...found, ...none, complete: false }, looking: false, failure: '' },
  ],
  ['It is gone.', { text: 'a', found, looking: false, failure: 'It is gone.' }],
])('says %j', (said, state) => {
  const { before, words, after } = foundWords(state);
  expect(`${before}${words}${after}`.replaceAll('\u00a0', ' ')).toBe(said);
});

it.each<[string, Parameters<typeof unsearchedWords>]>([
  ['', [0, false]],
  ['Not searched: 1 hidden column', [1, false]],
  ['Not searched: edits not applied', [0, true]],
  ['Not searched: 12 hidden columns, edits not applied', [12, true]],
])('says %j of what is not looked through', (said, [hiddenColumns, hasEdits]) => {
  expect(unsearchedWords(hiddenColumns, hasEdits)).toBe(said);
});
