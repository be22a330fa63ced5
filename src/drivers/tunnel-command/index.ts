import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { FailureText } from '../../events/failure.ts';
import { type CommandTunnel, commandText } from '../../events/tunnel.ts';
import { DriverError } from '../driver.ts';
import {
  COMMAND_END_TIMEOUT_MS,
  COMMAND_OUTPUT_UNITS_MAX,
  COMMAND_PORT_LOOK_MS,
  COMMAND_READY_TIMEOUT_MS,
} from '../limits.ts';
import { startTimeOf } from '../own-process.ts';
import type { OpenTunnel, OpenTunnelBy, TunnelTarget } from '../tunnel.ts';
import { CommandOutput } from './command-output.ts';

/**
 * Opens a way to a server by a command of the user's, such as `kubectl port-forward`: its arguments as they are, with `{host}`,
 * `{port}` and `{localPort}` filled in, and no shell. It runs in the program's environment and in a process group of its own, which
 * ends with the tunnel.
 * @throws DriverError `tunnel.commandNotAllowed`, `tunnel.commandNotFound`, `tunnel.commandFailed`, `tunnel.exited`,
 * `tunnel.notReady`, `tunnel.portTaken`
 */
export const openCommand: OpenTunnelBy<CommandTunnel> = async (tunnel, target, options) => {
  const { signal, onStep, onLost } = options;
  const commandHash = createHash('sha256').update(commandText(tunnel.argv)).digest('hex');
  if (tunnel.allowed !== commandHash) throw new DriverError(NOT_ALLOWED);
  await onStep({ type: 'chosen', backend: 'command', reason: 'configured', commandHash });
  signal.throwIfAborted();
  const port = await freePort();
  const [program, ...args] = tunnel.argv.map((argument) => filledIn(argument, target, port));
  const child = spawn(program!, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const command = new RunningCommand(child);
  try {
    await command.spawned();
    const { pid } = child;
    const startTime = await startTimeOf(pid!);
    if (startTime !== null) await onStep({ type: 'spawned', pid: pid!, startTime });
    await command.ready(port, tunnel.readyText, signal);
  } catch (error) {
    await command.end();
    throw error;
  }
  let isClosed = false;
  command.onExit((failure) => {
    if (!isClosed) onLost(failure);
  });
  const open: OpenTunnel = {
    local: { host: '127.0.0.1', port },
    // To dial its port would reach the server, which may count that as a failed sign-in.
    async ping() {
      if (command.hasExited) throw new DriverError(command.exitFailure);
    },
    // What it forwards to is its own affair: what it says of that stands in its output, in its own words.
    refusal: () => Promise.resolve(null),
    async close() {
      isClosed = true;
      await command.end();
    },
  };
  return open;
};

/** A command that was started, and what it wrote. */
class RunningCommand {
  private readonly output: CommandOutput;
  private readonly exited: Promise<void>;
  private startError: NodeJS.ErrnoException | null = null;
  hasExited = false;

  constructor(private readonly child: ChildProcess) {
    this.output = new CommandOutput(COMMAND_OUTPUT_UNITS_MAX);
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.output.add(text));
    this.exited = new Promise((resolve) => {
      const over = (): void => {
        this.hasExited = true;
        resolve();
      };
      child.once('close', over);
      // What it started may hold its output open.
      child.once('exit', () => setTimeout(over, LAST_WORDS_MS));
      child.once('error', (error: NodeJS.ErrnoException) => {
        this.startError = error;
        if (child.pid === undefined) over();
      });
    });
  }

  /** @throws DriverError where it can't be started */
  async spawned(): Promise<void> {
    if (this.child.pid === undefined) await this.exited;
    if (this.startError) throw new DriverError(startFailure(this.startError));
  }

  /** Waits until the port answers, or the output has the text. @throws DriverError */
  async ready(port: number, readyText: string | undefined, signal: AbortSignal): Promise<void> {
    const until = performance.now() + COMMAND_READY_TIMEOUT_MS;
    for (;;) {
      signal.throwIfAborted();
      if (this.hasExited) throw new DriverError(this.exitFailure);
      if (readyText === undefined ? await answers(port, until, signal) : this.output.has(readyText)) return;
      if (performance.now() > until) throw new DriverError(this.said(NOT_READY));
      await new Promise((resolve) => setTimeout(resolve, COMMAND_PORT_LOOK_MS));
    }
  }

  onExit(listener: (failure: FailureText) => void): void {
    void this.exited.then(() => listener(this.exitFailure));
  }

  /** Why it is over, by what it wrote. */
  get exitFailure(): FailureText {
    if (PORT_TAKEN.test(this.output.text)) return this.said(PORT_IS_TAKEN);
    const { exitCode, signalCode } = this.child;
    const how = exitCode === null ? `by the signal ${signalCode}` : `with the exit code ${exitCode}`;
    return this.said({ ...EXITED, message: `The tunnel’s command ended ${how}.` });
  }

  /** Ends it and whatever it started: asked first, then killed. */
  async end(): Promise<void> {
    const { pid } = this.child;
    if (pid === undefined) return;
    if (!this.hasExited) {
      signalGroup(pid, 'SIGTERM');
      await Promise.race([
        this.exited,
        new Promise((resolve) => setTimeout(resolve, COMMAND_END_TIMEOUT_MS)),
      ]);
    }
    // What it started may be alive without it.
    signalGroup(pid, 'SIGKILL');
    await this.exited;
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.destroy();
  }

  private said(failure: FailureText): FailureText {
    const { shown } = this.output;
    return shown === '' ? failure : { ...failure, detail: shown };
  }
}

function filledIn(argument: string, { host, port }: TunnelTarget, localPort: number): string {
  const values: Readonly<Record<string, string>> = {
    host,
    port: String(port),
    localPort: String(localPort),
  };
  return argument.replace(/\{(host|port|localPort)\}/g, (_, name: string) => values[name]!);
}

/** A port of 127.0.0.1 that nothing listens at now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether something listens at a port of 127.0.0.1. One whose queue is full says neither; by the time `until` it does not. */
function answers(port: number, until: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const inTime = AbortSignal.timeout(Math.max(0, Math.ceil(until - performance.now())));
    const socket = connect({ host: '127.0.0.1', port, signal: AbortSignal.any([signal, inTime]) });
    const done = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** Signals a process group, or the process where the system has none. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // It is over. Its number alone may be another process's by now.
  }
}

/** From its exit to its last words having been read. */
const LAST_WORDS_MS = 200;

/** What programs say of a port that another one has. */
const PORT_TAKEN = /address already in use|EADDRINUSE|port is already allocated/i;

const ALLOW = 'Read the command in the connection’s settings, and allow it if you know what it does.';

const NOT_ALLOWED: FailureText = {
  code: 'tunnel.commandNotAllowed',
  source: 'client',
  message: 'The tunnel’s command was not allowed as it is now. Nothing was run.',
  advice: ALLOW,
};
const EXITED: FailureText = {
  code: 'tunnel.exited',
  source: 'connection',
  message: 'The tunnel’s command ended.',
  advice: 'Run the command in a terminal to see what it says.',
};
const NOT_READY: FailureText = {
  code: 'tunnel.notReady',
  source: 'connection',
  message: `The tunnel’s command was not ready within ${COMMAND_READY_TIMEOUT_MS / 1000} s.`,
  advice: 'Check that it listens at {localPort}, or writes the text that it is waited for.',
};
const PORT_IS_TAKEN: FailureText = {
  code: 'tunnel.portTaken',
  source: 'connection',
  message: 'The tunnel’s command found its local port taken.',
  advice: 'Use {localPort} in the command, which is a free port each time.',
};

function startFailure({ code = 'unknown' }: NodeJS.ErrnoException): FailureText {
  if (code === 'ENOENT')
    return {
      code: 'tunnel.commandNotFound',
      source: 'client',
      message: 'The program of the tunnel’s command was not found.',
      advice: 'Install it, or enter its whole path.',
    };
  return {
    code: 'tunnel.commandFailed',
    source: 'client',
    message: `The tunnel’s command can’t be started: ${code}.`,
    advice: 'Check its path, and whether it may be executed.',
  };
}
