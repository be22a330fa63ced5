import { expect, it } from 'vitest';
import { tabTitle } from '../../../../src/ui/app/tabs.ts';
import { escapeInvisible } from '../../../../src/ui/format/escape-invisible.ts';

it('a hostile server: nothing that hides or turns text round is left in a tooltip, a message or the name of a tab', () => {
  const hostile = 'a\u202eb\u2066c\u200bd\u0007e\u009bf\u{e0041}g\u3164h';
  const spelled = 'a\\u202Eb\\u2066c\\u200Bd\\x07e\\x9Bf\\u{E0041}g\\u3164h';
  expect(escapeInvisible(hostile)).toBe(spelled);
  expect(tabTitle({ tabId: 't', profileId: 'p', title: hostile, text: '' })).toBe(spelled);
  expect(tabTitle({ tabId: 't', profileId: 'p', title: '', text: `call ${hostile.slice(0, 5)}` })).toBe(
    'call a\\u202Eb\\u2066c',
  );
});

it('spells out what would move or hide a part of a text, and leaves all languages as they are', () => {
  expect(escapeInvisible('a\r\n\tb')).toBe('a\n\tb');
  expect(escapeInvisible('x \u202e\u200b y')).toBe('x \\u202E\\u200B y');
  expect(escapeInvisible('قهوة ☕ 🫖 中文')).toBe('قهوة ☕ 🫖 中文');
});
