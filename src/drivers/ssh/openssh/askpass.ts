import { chmod, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { SSH_PROMPT_LENGTH_MAX } from '../../limits.ts';

/** What ssh asks for: its text, and what kind of answer it wants (ssh(1), `SSH_ASKPASS_PROMPT`). */
export interface AskpassPrompt {
  readonly text: string;
  /** `notice`: nothing is asked, it is shown until ssh goes on, such as for the touch of a FIDO key. */
  readonly wants: 'text' | 'confirmation' | 'notice';
}

/** What ssh runs to ask for a secret. */
export interface Askpass {
  /** Variables of ssh's environment. They hold no secret. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * The program that ssh runs with its prompt as the only argument, and whose output is the answer. It asks this process over a socket
 * that only this user can open, so that a secret is never in an environment, in arguments or on a disk.
 */
const PROGRAM = `const socket = require('node:net').connect(process.argv[2]);
let answer = '';
socket.on('error', () => process.exit(1));
socket.on('data', (bytes) => { answer += bytes; });
socket.on('end', () => {
  const { text } = JSON.parse(answer || '{}');
  if (typeof text !== 'string') process.exit(1);
  require('node:fs').writeSync(1, text + '\\n');
});
socket.write(JSON.stringify({ text: process.argv[3], hint: process.env.SSH_ASKPASS_PROMPT }) + '\\n');
`;

/**
 * Answers the prompts of one ssh through SSH_ASKPASS. `answer` gives the text, or null where there is none: ssh then reads an empty
 * one, so the caller ends it first where nothing may be sent. The folder has to be private; what is made there bears `name`.
 */
export async function openAskpass(
  folder: string,
  name: string,
  answer: (prompt: AskpassPrompt) => Promise<string | null>,
): Promise<Askpass> {
  const path = join(folder, `${name}.sock`);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let asked = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      if (asked.endsWith('\n')) return;
      asked += text;
      if (asked.length > SSH_PROMPT_LENGTH_MAX) socket.destroy();
      else if (asked.endsWith('\n')) void reply(socket, asked, answer);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  const script = join(folder, `${name}.cjs`);
  const program = join(folder, name);
  await writeFile(script, PROGRAM, { mode: 0o600 });
  const words = [process.execPath, script, path].map(quoted).join(' ');
  await writeFile(program, `#!/bin/sh\nNODE_OPTIONS= exec ${words} "$1"\n`, { mode: 0o700 });
  return {
    // Before OpenSSH 8.4 the program is used where there is a display and no terminal.
    env: { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: process.env.DISPLAY ?? ':0' },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function reply(
  socket: Socket,
  asked: string,
  answer: (prompt: AskpassPrompt) => Promise<string | null>,
): Promise<void> {
  try {
    const { text, hint } = JSON.parse(asked) as { text?: unknown; hint?: unknown };
    const wants = hint === 'confirm' ? 'confirmation' : hint === 'none' ? 'notice' : 'text';
    const given = await answer({ text: String(text), wants });
    socket.end(JSON.stringify(given === null ? {} : { text: given }));
  } catch {
    socket.destroy();
  }
}

/** A word of a shell's command line. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
