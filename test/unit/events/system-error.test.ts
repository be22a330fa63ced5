import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { errorSentence } from '../../../src/events/system-error.ts';
import { HistoryError } from '../../../src/store/history/history-error.ts';
import { tapeError } from '../../../src/store/tape/tape-error.ts';
import { vaultError } from '../../../src/store/vault/vault-error.ts';

it.each([
  ['of the file system', () => readFile('/nowhere/at all'), 'The file or folder does not exist (ENOENT).'],
  ['of a folder', () => readFile(tmpdir()), 'The path is a folder (EISDIR).'],
  ['of a port', () => listening(1, '192.0.2.1'), 'The system reports an error (EADDRNOTAVAIL).'],
])('makes a sentence of a system’s error in Node’s words: %s', async (_, work, sentence) => {
  const error = await work().then(
    () => null,
    (error: Error) => error,
  );
  expect(errorSentence(error)).toBe(sentence);
  for (const message of [undefined, '']) expect(errorSentence({ ...error, message })).toBe(sentence);
});

it.each([
  [
    vaultError({ code: 'EROFS' }, 'The vault can’t be saved'),
    'The vault can’t be saved. The file system is read-only (EROFS). Mount it for writing.',
  ],
  [
    vaultError({ code: 'EWHAT' }, 'The vault can’t be saved'),
    'The vault can’t be saved. The system reports an error (EWHAT).',
  ],
  [
    tapeError({ code: 'EROFS' }, 'The tape can’t be opened'),
    'The tape can’t be opened. The file system is read-only (EROFS). Mount it for writing.',
  ],
  [
    new HistoryError('EFBIG', 'The file has 9 bytes; 5 are the most.'),
    'The file has 9 bytes; 5 are the most.',
  ],
  [new HistoryError('vault.locked', 'The vault is locked.'), 'The vault is locked.'],
])(
  'leaves the words of the program’s own errors, which say what could not be done: %s',
  (error, sentence) => {
    expect(errorSentence(error)).toBe(sentence);
  },
);

function listening(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
