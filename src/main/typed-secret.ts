import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { say, saySome } from './output.ts';
import { terminalLine } from './terminal-text.ts';
import { typedLine } from './typed-line.ts';

/**
 * A secret from the file that an environment variable names, else typed at the terminal, where it is not
 * shown.
 * @throws Error that says what to do where there is neither, and where nothing was typed
 */
export async function typedSecret(what: string, variable: string): Promise<string> {
  const path = process.env[variable];
  if (path) return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new Error(
      `${what} is needed, and there is no terminal to type it at. Put it in a file and name that in ${variable}.`,
    );
  saySome(`${terminalLine(what)}: `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    const typed = await typedLine(terminal);
    if (typed === null) throw new Error(`${what} is needed, and none was typed.`);
    return typed;
  } finally {
    say('');
  }
}
