import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postgresRows } from '../../../src/events/engines/postgres-rows.ts';
import { byteOf, hexOf, holdsBytes, utf8Text, visibleText } from '../../../src/events/utf8-text.ts';

/** Bytes with characters of each length, cut ones and ones that are too long for their number between them. */
const awkward = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom('a', 'é', '漢', '🦊', '\u{1f480}', '\ufeff', '\ufffd').map((text) => Buffer.from(text)),
      fc.constantFrom(
        [0xc0, 0xaf],
        [0xe0, 0x80, 0x80],
        [0xed, 0xa0, 0x80],
        [0xf4, 0x90, 0x80, 0x80],
        [0xe6, 0xbc],
      ),
    ),
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

describe('text that may not be UTF-8', () => {
  it('is the text where it is, a stored U+FFFD and U+FEFF included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = Buffer.from(text);
        const whole = bytes.toString();
        expect(utf8Text(bytes)).toBe(whole);
        expect(holdsBytes(whole)).toBe(false);
        expect(visibleText(whole)).toBe(whole);
      }),
    );
    expect(utf8Text(Buffer.from('\ufeff\ufffd'))).toBe('\ufeff\ufffd');
  });

  it('gives back every byte that was read', () => {
    fc.assert(
      fc.property(awkward, (bytes) => {
        expect(hexOf(utf8Text(bytes))).toBe(Buffer.from(bytes).toString('hex').toUpperCase());
      }),
    );
  });

  it('holds bytes exactly where a strict decoder refuses it, and each of them is seen', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(awkward, (bytes) => {
        let isValid = true;
        try {
          strict.decode(bytes);
        } catch {
          isValid = false;
        }
        const text = utf8Text(bytes);
        expect(holdsBytes(text)).toBe(!isValid);
        expect(visibleText(text)).not.toMatch(/(?<![\ud800-\udbff])[\udc00-\udfff]/);
      }),
    );
    expect(visibleText(utf8Text(Buffer.from([0x41, 0xc3, 0x28, 0xff])))).toBe('A\\xC3(\\xFF');
  });

  it('tells a byte from a half of a character', () => {
    expect(byteOf(0xdcc3)).toBe(0xc3);
    expect([0xdc7f, 0xdd00, 0xd83d, 0x41].map(byteOf)).toEqual([null, null, null, null]);
    expect(holdsBytes('\u{1f480}')).toBe(false);
  });

  it('comes from a SQL_ASCII database of PostgreSQL with its bytes', () => {
    const row = Buffer.from([0x44, 0, 0, 0, 13, 0, 1, 0, 0, 0, 3, 0x41, 0xc3, 0x28]);
    expect(postgresRows.cells(row, 0, []).map((cell) => visibleText(cell!))).toEqual(['A\\xC3(']);
  });
});
