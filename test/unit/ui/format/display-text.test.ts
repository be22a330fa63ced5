import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beginning,
  DISPLAY_UNITS_MAX,
  rowNumber,
  shown,
  shownText,
} from '../../../../src/ui/format/display-text.ts';
import {
  byteLength,
  hexLines,
  imageType,
  jsonTokens,
  VIEW_UNITS_MAX,
  valueViews,
} from '../../../../src/ui/result/grid/value-view.ts';

const text = (value: string) => shownText(shown(value));

describe('what a cell shows', () => {
  it('is the value itself where it has nothing to hide', () => {
    for (const value of ['', ' ', '2026-08-25', 'مرحبا', '👩‍👩‍👧‍👦', 'می‌خواهم'])
      expect(shown(value)).toBe(value);
    expect(shown(null)).toBeNull();
  });

  it('marks what would break the line or move the text', () => {
    expect(text('a\nb\tc\r\n')).toBe('a↵b→c\\r↵');
    expect(text('\u0000\u001b[31m\u007f')).toBe('\\x00\\x1B[31m\\x7F');
    expect(text('\u202eevil\u202c \u200b\ufeff')).toBe('\\u202Eevil\\u202C \\u200B\\uFEFF');
  });

  it('a hostile server: invisible fillers and tags are spelled out in a cell', () => {
    expect(text('a\u3164b\u034fc\uffa0')).toBe('a\\u3164b\\u034Fc\\uFFA0');
    expect(text('a\u{e0041}\u{e007f}b')).toBe('a\\u{E0041}\\u{E007F}b');
    expect(text('\u{e0100}')).toBe('\\u{E0100}');
    expect(text('\udb40')).toBe('\\uDB40');
    expect(text('a❤️🏴b')).toBe('a❤️🏴b');
  });

  it('marks bytes that are not UTF-8, and no half of a character', () => {
    expect(shown('A\udcc3(')).toEqual({
      pieces: [
        { text: 'A', mark: false },
        { text: '\\xC3', mark: true },
        { text: '(', mark: false },
      ],
      cut: false,
    });
    expect(shown('\u{1f480}')).toBe('\u{1f480}');
  });

  it('tells a mark from the same characters in the data', () => {
    expect(shown('a\nb')).toEqual({
      pieces: [
        { text: 'a', mark: false },
        { text: '↵', mark: true },
        { text: 'b', mark: false },
      ],
      cut: false,
    });
    expect(shown('a↵b')).toBe('a↵b');
  });

  it('is short, in one line and whole characters for any value', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (value) => {
        const drawn = text(value);
        expect(Buffer.from(drawn).toString()).toBe(drawn);
        expect(drawn.length).toBeLessThanOrEqual(DISPLAY_UNITS_MAX * 6 + 1);
        expect(/[\n\r\t\u202e]/.test(drawn)).toBe(false);
      }),
    );
    expect(text('x'.repeat(70_000))).toBe(`${'x'.repeat(DISPLAY_UNITS_MAX)}…`);
    expect(text(`${'x'.repeat(DISPLAY_UNITS_MAX - 1)}😀`)).toBe(`${'x'.repeat(DISPLAY_UNITS_MAX - 1)}…`);
  });

  it('begins a long text for the hover', () => {
    expect(beginning('abc', 3)).toBe('abc');
    expect(beginning('abcd', 3)).toBe('abc…');
  });

  it('counts rows from 1, in groups of three', () => {
    expect(rowNumber(0)).toBe('1');
    expect(rowNumber(9_999_999)).toBe('10\u00a0000\u00a0000');
  });
});

describe('what the viewer shows', () => {
  it('is bounded for a value of megabytes', () => {
    const value = `{"a": "${'x'.repeat(3_000_000)}"}`;
    expect(beginning(value, VIEW_UNITS_MAX).length).toBe(VIEW_UNITS_MAX + 1);
    expect(jsonTokens(value).reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(
      VIEW_UNITS_MAX + 20,
    );
  });

  it('lays out JSON, whatever the column’s type says', () => {
    expect(valueViews('{"a": 1}', 'text')).toEqual(['json', 'text']);
    expect(valueViews('12', 'jsonb')).toEqual(['json', 'text']);
    expect(valueViews('{not json', 'text')).toEqual(['text']);
  });

  it('shows bytes as hex, and pictures as pictures', () => {
    expect(valueViews('\\x00ff', 'bytea')).toEqual(['hex', 'text']);
    expect(valueViews(`\\x89504e470d0a1a0a${'00'.repeat(40)}`, 'bytea')).toEqual(['image', 'hex', 'text']);
    expect(imageType('\\x3c737667')).toBeUndefined();
    expect(hexLines('\\x48656c6c6f00ff')).toBe(
      '00000000  48 65 6c 6c 6f 00 ff                              Hello..',
    );
    expect(byteLength('\\x00ff')).toBe(2);
  });
});
