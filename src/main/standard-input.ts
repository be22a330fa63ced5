import { isUtf8 } from 'node:buffer';
import { fstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

const NEWLINE = 0x0a;

/**
 * Standard input. Node takes a folder there for an input that is empty.
 * @throws Error where it is a folder
 */
export function standardInput(descriptor = 0): Readable {
  if (fstatSync(descriptor).isDirectory()) throw new Error('Standard input is a folder, not a file.');
  return process.stdin;
}

/**
 * All of an input as text. A byte that is no UTF-8 would become another character on its way to the server, so it is refused.
 * @throws Error where the input is not UTF-8, with the line; or the signal's reason
 */
export async function readText(input: Readable, signal: AbortSignal): Promise<string> {
  const stop = (): void => void input.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const bytes = await buffer(input);
    if (isUtf8(bytes)) return bytes.toString();
    throw new Error(`${notUtf8(bytes)} Nothing was run.`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The lines of an input as they come; null stands for one that is not UTF-8. */
export async function* textLines(input: Readable): AsyncGenerator<string | null> {
  // As Latin-1 each byte is a character, so that none is lost, and no separator of Unicode's ends a line of JSON.
  input.setEncoding('latin1');
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const bytes = Buffer.from(line, 'latin1');
    yield isUtf8(bytes) ? bytes.toString() : null;
  }
}

/** Where it is not UTF-8, and what to do. To convert the binary values of a dump would change them. Windows PowerShell writes UTF-16 by itself, with its byte order mark. */
function notUtf8(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff')
    return 'Standard input is UTF-16, not UTF-8. Convert it first (iconv -f UTF-16 -t UTF-8).';
  let line = 1;
  for (let from = 0; ; line++) {
    const end = bytes.indexOf(NEWLINE, from);
    if (end < 0 || !isUtf8(bytes.subarray(from, end)))
      return `Line ${line} of standard input is not UTF-8. Convert text in another encoding first (iconv -f ENCODING -t UTF-8), but not a dump with binary values: make that again with --hex-blob.`;
    from = end + 1;
  }
}
