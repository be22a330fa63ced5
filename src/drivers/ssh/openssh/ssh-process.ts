import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { SSH_LINE_LENGTH_MAX, SSH_STOP_TIMEOUT_MS } from '../../limits.ts';
import { startTimeOf } from '../../own-process.ts';

/** A running ssh. */
export interface SshProcess {
  readonly pid: number;
  /** When it started, as `startTimeOf` gives it; empty where the system does not say. */
  readonly startTime: string;
  /** Lets it begin: until then it does nothing, and ends with this process. */
  begin(): void;
  /** Resolves once it has ended and every line that it wrote was given. */
  readonly ended: Promise<void>;
  /** Ends it and the processes that it started; bounded. */
  stop(): Promise<void>;
}

/** The path of a program of OpenSSH, null where the search path has none. */
export async function sshProgram(name: 'ssh' | 'ssh-add'): Promise<string | null> {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    // A relative folder would mean whatever the current one holds.
    if (!isAbsolute(folder)) continue;
    const path = join(folder, file);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return null;
}

/** The environment of ssh: what the user's own configuration may need, in the language that its texts are read in, without ours. */
export function sshEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('QUERYTAPE_'));
  return { ...Object.fromEntries(own), LC_ALL: 'C', LANG: 'C', ...more };
}

/**
 * Starts ssh in a process group of its own, so that Ctrl-C in the terminal does not end it before its connections are closed, and
 * waits to be let begin: a shell holds its place until it reads a line, and is replaced by it. `onLine` is given what it writes,
 * line by line, each cut at a bound.
 */
export async function startSsh(
  ssh: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Promise<SshProcess> {
  const command =
    process.platform === 'win32'
      ? [ssh, ...args]
      : ['/bin/sh', '-c', 'read -r _ && exec "$0" "$@"', ssh, ...args];
  const child = spawn(command[0]!, command.slice(1), {
    env,
    detached: process.platform !== 'win32',
    stdio: ['pipe', 'ignore', 'pipe'],
    windowsHide: true,
  });
  const ended = once(child, 'close').then(
    () => {},
    () => {},
  );
  child.stdin.on('error', () => {});
  // A ProxyCommand that outlives its ssh would hold the pipe, and the end would not be seen; so would a daemon that it has started.
  child.once('exit', () => {
    end(child, 'SIGTERM');
    const left = setTimeout(() => child.stderr.destroy(), SSH_STOP_TIMEOUT_MS);
    child.once('close', () => clearTimeout(left));
  });
  readLines(child, onLine);
  await once(child, 'spawn');
  const pid = child.pid!;
  return {
    pid,
    startTime: (await startTimeOf(pid)) ?? '',
    begin: () => child.stdin.end('\n'),
    ended,
    async stop() {
      end(child, 'SIGTERM');
      const timer = setTimeout(() => end(child, 'SIGKILL'), SSH_STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Ends a process and its group, such as its ProxyCommand. */
function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid!, signal);
  } catch {
    // The group has ended.
  }
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  let line = '';
  child.stderr!.setEncoding('latin1');
  child.stderr!.on('data', (text: string) => {
    let from = 0;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      line = (line + text.slice(from, at)).slice(0, SSH_LINE_LENGTH_MAX);
      onLine(line.replace(/\r$/, ''));
      line = '';
      from = at + 1;
    }
    if (line.length < SSH_LINE_LENGTH_MAX) line += text.slice(from, from + SSH_LINE_LENGTH_MAX);
  });
}
