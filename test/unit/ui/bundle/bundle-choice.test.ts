import { expect, it } from 'vitest';
import { NAME_KINDS } from '../../../../src/events/bundle.ts';
import { bundleRequest, EVERYTHING } from '../../../../src/ui/bundle/bundle-choice.ts';

const NOW = Date.parse('2026-02-03T14:03:00Z');

it.each([
  ['everything without names at first', {}, { namesKept: [] }],
  ['the last 15 minutes', { span: 'quarter' }, { fromAt: NOW - 900_000, namesKept: [] }],
  ['one session', { sessionId: 'ses-1' }, { sessions: ['ses-1'], namesKept: [] }],
  ['all names', { replaced: new Set<never>() }, { namesKept: [...NAME_KINDS] }],
  [
    'a span that was typed',
    { span: 'chosen', from: '2026-02-03T10:00', to: '2026-02-03T11:00' },
    { fromAt: Date.parse('2026-02-03T10:00'), toAt: Date.parse('2026-02-03T11:00'), namesKept: [] },
  ],
  ['a span that is open at both ends', { span: 'chosen' }, { namesKept: [] }],
] as const)('asks for %s', (_what, choice, expected) => {
  expect(bundleRequest({ ...EVERYTHING, ...choice }, NOW)).toEqual(expected);
});

it.each([
  [{ from: '2026-02-03T11:00', to: '2026-02-03T10:00' }, 'The end is before the beginning.'],
  [{ from: 'soon' }, 'Enter a date and a time.'],
])('says what is wrong with %j', (choice, words) => {
  expect(bundleRequest({ ...EVERYTHING, span: 'chosen', ...choice }, NOW)).toBe(words);
});
