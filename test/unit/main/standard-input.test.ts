import { closeSync, openSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readText, standardInput } from '../../../src/main/standard-input.ts';

const CALM = new AbortController().signal;
const read = (bytes: Buffer, signal = CALM) => readText(Readable.from([bytes]), signal);

describe('standard input', () => {
  it('is taken letter by letter, wherever its pieces end', async () => {
    const text = "\ufeffselect 'caf\u00e9 \u{1f600}'\r\n";
    const bytes = [...Buffer.from(text)].map((byte) => Buffer.of(byte));
    expect(await readText(Readable.from(bytes), CALM)).toBe(text);
  });

  it.each([
    [
      'an old encoding',
      Buffer.from("select 1;\nselect 'caf\xe9'", 'latin1'),
      'Line 2 of standard input is not UTF-8. Convert text in another encoding first (iconv -f ENCODING -t UTF-8)',
    ],
    [
      'a dump with binary values',
      Buffer.from("INSERT INTO t VALUES (_binary '\xff');\n", 'latin1'),
      'but not a dump with binary values: make that again with --hex-blob. Nothing was run.',
    ],
    ['half a character at the end', Buffer.of(0x61, 0xc3), 'Line 1 of standard input is not UTF-8.'],
    [
      'UTF-16 with its mark',
      Buffer.from('\ufeffselect 1', 'utf16le'),
      'Standard input is UTF-16, not UTF-8. Convert it first (iconv -f UTF-16 -t UTF-8). Nothing was run.',
    ],
  ])('is refused in %s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });

  it('is refused where it is a folder, which Node reads as nothing', () => {
    const folder = openSync(import.meta.dirname, 'r');
    const file = openSync(import.meta.filename, 'r');
    expect(() => standardInput(folder)).toThrow('Standard input is a folder, not a file.');
    expect(standardInput(file)).toBe(process.stdin);
    closeSync(folder);
    closeSync(file);
  });

  it('is given up where the command is ended before the input is', async () => {
    const end = new AbortController();
    const reading = readText(new PassThrough(), end.signal);
    end.abort(new Error('Interrupted.'));
    await expect(reading).rejects.toThrow('Interrupted.');
    await expect(read(Buffer.from('select 1'), end.signal)).rejects.toThrow('Interrupted.');
  });
});
