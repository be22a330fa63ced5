import { expect, it } from 'vitest';
import { previewWords } from '../../../src/events/bundle-summary.ts';

it.each([
  ['events', 20, 900, 'The first 20 of 900 events'],
  ['events', 188, 188, 'All 188 events'],
  ['events', 1, 1, 'The one event'],
  ['log', 50, 51, 'The last 50 of 51 lines of the log'],
  ['log', 1, 1, 'The one line of the log'],
] as const)('a preview of %s that shows %i of %i says so', (what, shown, all, words) => {
  expect(previewWords(what, shown, all)).toBe(words);
});
