import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { fileErrorSentence } from '../../../src/main/file-error.ts';
import { UnsafeFileError } from '../../../src/store/own-files.ts';

it('names the file of a system’s error, and says any other error’s message', async () => {
  const error = await readFile('/nothing/here').catch((failed: Error) => failed);
  expect(fileErrorSentence(error)).toBe('/nothing/here: The file or folder does not exist (ENOENT).');
  expect(fileErrorSentence(new UnsafeFileError('/a is a link.'))).toBe('/a is a link.');
  expect(
    fileErrorSentence(Object.assign(new Error('connect ECONNREFUSED ::1'), { code: 'ECONNREFUSED' })),
  ).toBe('Nothing listens at that address (ECONNREFUSED).');
});
