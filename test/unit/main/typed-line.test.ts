import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { PassThrough, Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { typedLine } from '../../../src/main/typed-line.ts';

function terminal({ raw = false } = {}) {
  const input = new PassThrough();
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  return { input, lines: createInterface({ input, output: nowhere, terminal: raw }) };
}

it('is what was typed up to the end of the line', async () => {
  const { input, lines } = terminal();
  const typed = typedLine(lines);
  input.write('Shop\nmore');
  expect(await typed).toBe('Shop');
});

it.each([
  ['ends', false, (input: PassThrough) => input.end()],
  ['is interrupted by Ctrl-C', true, (input: PassThrough) => input.write('\x03')],
  ['is ended by Ctrl-D', true, (input: PassThrough) => input.write('\x04')],
])('is nothing where the input %s', async (_how, raw, end) => {
  const { input, lines } = terminal({ raw });
  const typed = typedLine(lines);
  end(input);
  expect(await typed).toBeNull();
});

it('rejects where it is given up', async () => {
  const { lines } = terminal();
  const given = new AbortController();
  const closed = once(lines, 'close');
  const typed = typedLine(lines, given.signal);
  given.abort();
  await expect(typed).rejects.toThrow(/abort/i);
  await closed;
});
