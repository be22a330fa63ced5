import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The built program; another one where `QUERYTAPE_TEST_MAIN` names it. */
const MAIN = process.env.QUERYTAPE_TEST_MAIN ?? resolve(import.meta.dirname, '../../dist/main.js');

/** A built Querytape as its own process, as a user starts it. */
export interface Started {
  readonly url: string;
  readonly process: ChildProcess;
  readonly dataFolder: string;
  /** What it said on stderr. */
  stderr(): string;
  /** What it said on stdout. */
  stdout(): string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  /** Ctrl-C, and waits for the end. Gives the exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
}

/** A fresh data folder; removed by `removeFolder`. */
export function dataFolder(): string {
  return mkdtempSync(join(tmpdir(), 'querytape-e2e-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The environment of a program whose settings are in its data folder, not the person's who runs the tests. */
export function environmentOf(
  folder: string,
  more: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  return { ...process.env, QUERYTAPE_CONFIG_DIR: join(folder, 'config'), ...more };
}

/** How a command ended, and what it wrote. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command of the built program to its end, whatever its exit code. */
export function runCommand(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  return new Promise((ended) => {
    const options = { env, maxBuffer: 1 << 26 };
    const child = execFile(process.execPath, [MAIN, ...args], options, (_, out, err) =>
      ended({ code: child.exitCode!, out, err }),
    );
  });
}

/** Starts the built program on a data folder and waits until it says that it is ready. */
export async function startQuerytape(
  folder: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run npm run build first');
  const child = spawn(
    process.execPath,
    [MAIN, 'serve', '--json', '--no-open', '--port', '0', '--data-dir', folder, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: environmentOf(folder, env) },
  );
  let errors = '';
  child.stderr!.on('data', (chunk) => {
    errors += chunk;
  });
  let output = '';
  const ready = new Promise<string>((found, failed) => {
    child.stdout!.on('data', (chunk) => {
      output += chunk;
      if (output.includes('\n')) found((JSON.parse(output.split('\n')[0]!) as { url: string }).url);
    });
    child.on('exit', (code) => failed(new Error(`it ended with ${code} before it was ready: ${errors}`)));
  });
  const url = await ready;
  const ended = once(child, 'exit');
  return {
    url,
    process: child,
    dataFolder: folder,
    stderr: () => errors,
    stdout: () => output,
    ended: ended.then(([code, signal]) => code ?? signal),
    async stop() {
      child.kill('SIGINT');
      const [code] = await ended;
      return code as number | null;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A command whose input, output and errors are one terminal, as script(1) makes it: the command's words differ by system. */
export function atTerminal(words: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const args =
    process.platform === 'linux' ? ['-qefc', quoted, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', quoted];
  return spawn('script', args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
}
