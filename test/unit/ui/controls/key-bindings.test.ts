import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  BINDINGS,
  chordOf,
  commandFor,
  type KeyPlace,
  keyCaps,
  keysOf,
  type Pressed,
} from '../../../../src/ui/controls/key-bindings.ts';
import { shortcutLines } from '../../../../src/ui/dialogs/shortcut-lines.ts';

const UI = resolve(import.meta.dirname, '../../../../src/ui');
const press = (keys: Partial<Pressed>): Pressed => ({
  ...{ key: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...keys },
});

describe('the table of key bindings', () => {
  it('has each chord once at a place, written as it is read', () => {
    const chords = BINDINGS.filter(({ keys }) => keys !== '').map(({ place, keys }) => `${place} ${keys}`);
    expect(new Set(chords).size).toBe(chords.length);
    for (const { place, keys, command } of BINDINGS) {
      if (keys === '') continue;
      const parts = keys.split('+');
      const key = parts.at(-1)!;
      const event = press({
        key: key === 'Space' ? ' ' : key.length === 1 ? key.toLowerCase() : key,
        ctrlKey: parts.includes('Ctrl'),
        altKey: parts.includes('Alt'),
        shiftKey: parts.includes('Shift'),
      });
      expect(chordOf(event)).toBe(keys);
      expect(commandFor(place as KeyPlace, chordOf(event))).toBe(command);
    }
  });

  it('shows each binding in the help, once', () => {
    const places = [...new Set(BINDINGS.map(({ place }) => place))];
    const shown = places.flatMap((place) =>
      shortcutLines(place).flatMap(({ words, keys }) => keys.map((one) => `${place} ${one} ${words}`)),
    );
    const bound = BINDINGS.filter(({ keys }) => keys !== '').map(
      ({ place, keys, words }) => `${place} ${keys} ${words}`,
    );
    expect([...shown].sort()).toEqual([...bound].sort());
    expect(bound.length).toBeGreaterThan(60);
  });

  it('has a command by one name and one meaning at a place', () => {
    const words = new Map<string, string>();
    for (const { place, command, words: meaning } of BINDINGS) {
      const known = words.get(`${place} ${command}`);
      expect(known ?? meaning).toBe(meaning);
      words.set(`${place} ${command}`, meaning);
    }
  });

  it('is the only place where a chord is written', () => {
    const files = (readdirSync(UI, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'));
    const written = files.filter(
      (name) =>
        name !== join('controls', 'key-bindings.ts') &&
        /['"`(>](?:Ctrl|Alt)[+ ]\S/.test(
          readFileSync(join(UI, name), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''),
        ),
    );
    expect(written).toEqual([]);
  });

  it.each<[string, Partial<Pressed>, string | undefined]>([
    ['Ctrl+K', { key: 'k', ctrlKey: true }, 'openPalette'],
    ['Cmd+K', { key: 'k', metaKey: true }, 'openPalette'],
    ['Ctrl+.', { key: '.', ctrlKey: true }, 'cancel'],
    ['Ctrl+Alt+T', { key: '†', code: 'KeyT', ctrlKey: true, altKey: true }, 'newTab'],
    ['Ctrl+,', { key: ',', ctrlKey: true }, 'openSettings'],
    ['Ctrl+Alt+H', { key: '˙', code: 'KeyH', ctrlKey: true, altKey: true }, 'openHistory'],
    ['Alt+3', { key: '£', code: 'Digit3', altKey: true }, 'tab3'],
    ['Ctrl+PageDown', { key: 'PageDown', ctrlKey: true }, 'nextTab'],
    ['Shift+F6', { key: 'F6', shiftKey: true }, 'previousPane'],
    ["Ctrl+Shift+J, the browser's own", { key: 'J', code: 'KeyJ', ctrlKey: true, shiftKey: true }, undefined],
    ["F5, the browser's own", { key: 'F5', code: 'F5' }, undefined],
    ['a letter', { key: 'k' }, undefined],
  ])('reads %s on the page', (_name, keys, command) =>
    expect(commandFor('page', chordOf(press(keys)))).toBe(command),
  );

  it('gives a command its first chord, in the signs of the keys', () => {
    expect(keysOf('rows', 'redo')).toBe('Ctrl+Shift+Z');
    expect(keysOf('page', 'newConnection')).toBe('');
    expect(keyCaps(keysOf('editor', 'all'))).toBe('Ctrl Shift Enter');
    expect(keyCaps(keysOf('grid', 'moveLeft'))).toBe('Alt Shift ←');
  });
});
