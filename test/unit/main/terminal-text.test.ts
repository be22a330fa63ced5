import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { safeJson } from '../../../src/events/formats/json-string.ts';
import { failureWords } from '../../../src/main/failure-words.ts';
import { showOnly, TerminalOutput } from '../../../src/main/terminal-output.ts';
import { terminalLine, terminalText } from '../../../src/main/terminal-text.ts';
import { terminalWidth } from '../../../src/main/terminal-width.ts';

/** Every character that Unicode calls a control, a format character or a separator of lines, and more that can’t be seen. */
const UNSEEN = [
  ...every(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u),
  ...['\u034f', '\u115f', '\u1160', '\u3164', '\uffa0', '\u{e0100}'],
];

function every(pattern: RegExp): string[] {
  const found: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++)
    if (pattern.test(String.fromCodePoint(code))) found.push(String.fromCodePoint(code));
  return found;
}

describe('what is printed', () => {
  it('a hostile server: every control, format character and separator of its texts is spelled out on a terminal', () => {
    expect(UNSEEN.length).toBeGreaterThan(200);
    for (const character of UNSEEN) {
      if (character === '\n' || character === '\t') continue;
      expect(terminalText(`a${character}b`)).toMatch(/^a\\(?:r|x[0-9A-F]{2}|u[0-9A-F]{4}|u\{[0-9A-F]+\})b$/);
      expect(terminalLine(`a${character}b`)).toMatch(/^[ -~]+$/);
    }
    expect(terminalText('\u001b]52;c;eA==\u0007\u009b31m\u202e\u200b\u{e0041}\r')).toBe(
      '\\x1B]52;c;eA==\\x07\\u009B31m\\u202E\\u200B\\u{E0041}\\r',
    );
    expect(terminalText(terminalText('\u001b'))).toBe('\\x1B');
  });

  it('a hostile server: what is spelled out has the width that a column is given', () => {
    expect(terminalWidth(terminalText('\u001b[31m漢\u200b'))).toBe('\\x1B[31m'.length + 2 + '\\u200B'.length);
    expect(terminalText('naïve 漢字 ❤️ e\u0301')).toBe('naïve 漢字 ❤️ e\u0301');
  });

  it('a hostile server: JSON holds the escapes of what a terminal obeys and is still the same value', () => {
    for (const character of UNSEEN) {
      const json = safeJson(JSON.stringify({ [`k${character}`]: `v${character}` }));
      expect(json).toMatch(/^[ -~]+$/);
      expect(JSON.parse(json)).toEqual({ [`k${character}`]: `v${character}` });
    }
    expect(safeJson('"\u009b\u202e\u{e0041}"')).toBe('"\\u009b\\u202e\\udb40\\udc41"');
    expect(safeJson('[\n"ä"]\n')).toBe('[\n"ä"]\n');
  });

  it('a hostile server: bytes that are printed to a terminal are spelled out however they are cut into pieces', () => {
    const csv = Buffer.from('a,b\r\n"\u001b[2J",\u202e\r\nx\ry,ä漢\r\n');
    for (let size = 1; size < csv.length; size++) {
      const output = new TerminalOutput();
      let text = '';
      for (let at = 0; at < csv.length; at += size) text += output.text(csv.subarray(at, at + size));
      expect(text).toBe('a,b\n"\\x1B[2J",\\u202E\nx\\ry,ä漢\n');
    }
  });

  it('a hostile server: what a library prints of its words goes through the same', async () => {
    const stream = new PassThrough();
    showOnly(stream as never);
    stream.write('warning: \u001b]0;owned\u0007\n');
    await new Promise<void>((done) => stream.write(Buffer.from('\u009b1m\n'), () => done()));
    expect(stream.read().toString()).toBe('warning: \\x1B]0;owned\\x07\n\\u009B1m\n');
  });

  it('a hostile server: no line of its error stands where a line of ours stands', () => {
    const words = failureWords({
      code: '22012',
      source: 'server',
      message: 'division by zero\r\nDELETE · 5 rows · server 1 ms',
      hint: 'one\nDROP TABLE · 0 rows',
    });
    expect(words).toBe(
      'ERROR 22012: division by zero\n  DELETE · 5 rows · server 1 ms\nHINT: one\n  DROP TABLE · 0 rows',
    );
  });
});
