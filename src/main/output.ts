import { Console } from 'node:console';
import { once } from 'node:events';
import { safeJson } from '../events/formats/json-string.ts';
import { errorSentence } from '../events/system-error.ts';
import { showOnly } from './terminal-output.ts';
import { terminalText } from './terminal-text.ts';

/** Whoever reads standard output has left (EPIPE). A normal end: there is no reader to write for. */
export class OutputClosedError extends Error {
  constructor() {
    super('Standard output was closed by its reader.');
    this.name = 'OutputClosedError';
  }
}

/** What `--output` calls standard output; a file of that name is `./-`. */
export const STANDARD_OUTPUT = '-';

const closing = new AbortController();
let failure: Error | null = null;

/** Aborts when nothing can be written to standard output any more. */
export const outputClosed: AbortSignal = closing.signal;

/**
 * From now on an output that can't be written is no defect: `print` rejects, and `outputClosed` aborts.
 * Whatever is written where it may reach a terminal is only shown there, also what a library writes by
 * itself, which goes to stderr: a pipe that reads standard output gets the requested output and every byte of
 * it.
 */
export function watchOutput(): void {
  showOnly(process.stderr);
  if (process.stdout.isTTY) showOnly(process.stdout);
  globalThis.console = new Console({ stdout: process.stderr, stderr: process.stderr });
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    failure ??=
      error.code === 'EPIPE'
        ? new OutputClosedError()
        : new Error(`Standard output can't be written: ${errorSentence(error)}`);
    closing.abort(failure);
  });
  // Messages on stderr are optional to read, so a closed stderr is not an error.
  process.stderr.on('error', () => {});
}

/**
 * Writes to standard output, no faster than it is read.
 * @throws OutputClosedError, or an Error that says why it can't be written
 */
export async function print(piece: string | Uint8Array): Promise<void> {
  if (failure) throw failure;
  const hasRoom = process.stdout.write(piece);
  if (!hasRoom && process.stdout.writableNeedDrain)
    await once(process.stdout, 'drain', { signal: outputClosed }).catch(() => undefined);
  if (failure) throw failure;
}

/**
 * Resolves once what was printed is written, or was not wanted by its reader any more.
 * @throws an Error that says why it can't be written
 */
export async function written(): Promise<void> {
  if (!failure) await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  // The stream reports an error after it has called back.
  await new Promise((resolve) => setImmediate(resolve));
  if (failure && !(failure instanceof OutputClosedError)) throw failure;
}

/** Prints one JSON value as a line. */
export function printJson(value: unknown): Promise<void> {
  return print(`${safeJson(JSON.stringify(value))}\n`);
}

/** Says lines on stderr, as texts that a terminal only shows. */
export function say(text: string): void {
  saySome(`${text}\n`);
}

/** The same without a line's end: what a question stands on while its answer is typed. */
export function saySome(text: string): void {
  process.stderr.write(terminalText(text));
}
