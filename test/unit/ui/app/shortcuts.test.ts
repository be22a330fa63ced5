import { describe, expect, it } from 'vitest';
import { type Pressed, shortcutOf } from '../../../../src/ui/app/shortcuts.ts';

describe('the shortcuts', () => {
  const press = (keys: Partial<Pressed>) =>
    shortcutOf({
      key: '',
      code: '',
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      shiftKey: false,
      ...keys,
    });
  it.each<[string, Partial<Pressed>, object | undefined]>([
    ['Ctrl+K', { key: 'k', ctrlKey: true }, { do: 'openPalette' }],
    ['Cmd+K', { key: 'k', metaKey: true }, { do: 'openPalette' }],
    ['Ctrl+.', { key: '.', ctrlKey: true }, { do: 'cancel' }],
    ['Ctrl+Alt+T', { key: '†', code: 'KeyT', ctrlKey: true, altKey: true }, { do: 'newTab' }],
    ['Ctrl+,', { key: ',', ctrlKey: true }, { do: 'openSettings' }],
    ['Ctrl+Alt+H', { key: '˙', code: 'KeyH', ctrlKey: true, altKey: true }, { do: 'openHistory' }],
    ['Alt+3', { key: '£', code: 'Digit3', altKey: true }, { do: 'tabAt', place: 2 }],
    ['Ctrl+PageDown', { key: 'PageDown', ctrlKey: true }, { do: 'tab', by: 1 }],
    ['Shift+F6', { key: 'F6', shiftKey: true }, { do: 'pane', by: -1 }],
    ["Ctrl+Shift+J, the browser's own", { key: 'J', code: 'KeyJ', ctrlKey: true, shiftKey: true }, undefined],
    ["F5, the browser's own", { key: 'F5', code: 'F5' }, undefined],
    ['a letter', { key: 'k' }, undefined],
  ])('know %s', (_name, keys, wish) => expect(press(keys)).toEqual(wish));
});
