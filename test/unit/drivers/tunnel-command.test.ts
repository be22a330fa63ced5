import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { DriverError } from '../../../src/drivers/driver.ts';
import { COMMAND_PORT_LOOK_MS } from '../../../src/drivers/limits.ts';
import { startTimeOf } from '../../../src/drivers/own-process.ts';
import type { TunnelOptions, TunnelStep } from '../../../src/drivers/tunnel.ts';
import { CommandOutput } from '../../../src/drivers/tunnel-command/command-output.ts';
import { openCommand } from '../../../src/drivers/tunnel-command/index.ts';
import type { FailureText } from '../../../src/events/failure.ts';
import { type CommandTunnel, commandText } from '../../../src/events/tunnel.ts';

const TARGET = { host: 'db.internal', port: 5432 };
/** A program that listens at the port of its first argument, and answers what its others are; whoever hangs up does not end it. */
const LISTENS = `
const [port, ...rest] = process.argv.slice(1);
require('net').createServer((socket) => socket.on('error', () => {}).end(JSON.stringify(rest))).listen(Number(port), '127.0.0.1', () => console.log('up'));
`;

function allowed(argv: string[], more: Partial<CommandTunnel> = {}): CommandTunnel {
  const hash = createHash('sha256').update(commandText(argv)).digest('hex');
  return { by: 'command', argv, allowed: hash, ...more };
}
const running = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];

function options(abort = new AbortController()) {
  const steps: TunnelStep[] = [];
  const lost: FailureText[] = [];
  const given: TunnelOptions = {
    signal: abort.signal,
    secret: () => undefined,
    ask: async () => null,
    onStep: async (step) => void steps.push(step),
    onLost: (failure) => lost.push(failure),
    knownHosts: { files: [], ours: '/nowhere' },
    folder: '/nowhere',
  };
  return { given, steps, lost, pid: () => steps.find((step) => step.type === 'spawned')!.pid };
}

function read(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket: Socket = connect({ host: '127.0.0.1', port });
    socket.on('data', (bytes) => {
      text += String(bytes);
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

async function until(look: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'opened',
    (error: DriverError) => error.failure.code,
  );

/** A program that listens, fills its own queue of connections, takes none, and says so by a file. */
const FULL = `
const { connect, createServer } = require('node:net');
const [port, file] = process.argv.slice(1);
createServer().listen({ host: '127.0.0.1', port: Number(port), backlog: 1 }, () => {
  for (let n = 0; n < 8; n++) connect({ host: '127.0.0.1', port: Number(port) });
  process.nextTick(() => {
    require('node:fs').writeFileSync(file, '');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
});
`;

it.runIf(process.platform === 'linux')(
  'gives up a port that neither takes a connection nor refuses it',
  { tags: ['slow'] },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'querytape-full-'));
    let end = '';
    // A look that falls between its listening and the filling of its queue finds it ready, and another program may take the port first.
    for (let round = 0; round < 10 && end !== 'enough'; round++) {
      const abort = new AbortController();
      const file = join(folder, `${round}`);
      const argv = running(FULL, '{localPort}', file);
      let hasEnded = false;
      const opening = openCommand(allowed(argv), TARGET, options(abort).given)
        .then(
          (open) => open.close().then(() => 'opened'),
          (error: Error) => error.message,
        )
        .finally(() => {
          hasEnded = true;
        });
      await until(() => hasEnded || existsSync(file));
      // By now it has been dialled at least once.
      await new Promise((resolve) => setTimeout(resolve, 10 * COMMAND_PORT_LOOK_MS));
      abort.abort(new Error('enough'));
      end = await opening;
    }
    expect(end).toBe('enough');
    rmSync(folder, { recursive: true });
  },
);

describe('a tunnel by a command', () => {
  it('is not started where the tunnel is given up before', async () => {
    const abort = new AbortController();
    const { given, steps } = options(abort);
    const onStep = async (step: TunnelStep) => {
      steps.push(step);
      abort.abort(new Error('closed'));
    };
    const opening = openCommand(allowed(running(LISTENS, '{port}')), TARGET, { ...given, onStep });
    await expect(opening).rejects.toThrow('closed');
    expect(steps.map(({ type }) => type)).toEqual(['chosen']);
  });

  it('gives it the target and a free port as whole arguments, and ends it when it is closed', async () => {
    const { given, steps, pid, lost } = options();
    const argv = running(LISTENS, '{localPort}', '{host}', '{host}:{port}', '$(touch x) `id` ; {other}');
    const open = await openCommand(allowed(argv), TARGET, given);
    expect(open.local.host).toBe('127.0.0.1');
    expect(JSON.parse(await read(open.local.port))).toEqual([
      'db.internal',
      'db.internal:5432',
      '$(touch x) `id` ; {other}',
    ]);
    expect(steps.map(({ type }) => type)).toEqual(['chosen', 'spawned']);
    expect(steps[0]).toMatchObject({ backend: 'command', commandHash: allowed(argv).allowed });
    await open.ping(AbortSignal.timeout(1000));
    await open.close();
    expect(await startTimeOf(pid())).toBeNull();
    expect(lost).toEqual([]);
  });

  it('is ready by a text of its output where one is named', { tags: ['slow'] }, async () => {
    const { given, pid } = options();
    const script = `setTimeout(() => process.stderr.write('Forwarding from here\\n'), 50); setInterval(() => {}, 1000)`;
    const open = await openCommand(
      allowed(running(script, '{localPort}'), { readyText: 'Forwarding from' }),
      TARGET,
      given,
    );
    expect(await startTimeOf(pid())).not.toBeNull();
    await open.close();
  });

  it('does not run one that was not allowed, or was changed after it was', async () => {
    const { given, steps } = options();
    const tunnel = allowed(['touch', '/tmp/x', '{localPort}']);
    expect(await codeOf(openCommand({ ...tunnel, argv: ['touch', '/tmp/y'] }, TARGET, given))).toBe(
      'tunnel.commandNotAllowed',
    );
    const { allowed: _, ...imported } = tunnel;
    expect(await codeOf(openCommand(imported, TARGET, given))).toBe('tunnel.commandNotAllowed');
    expect(steps).toEqual([]);
  });

  it.each([
    ['tunnel.commandNotFound', ['querytape-no-such-program', '{localPort}']],
    ['tunnel.commandFailed', ['/', '{localPort}']],
    ['tunnel.exited', running('process.exit(3)', '{localPort}')],
    [
      'tunnel.portTaken',
      running(`console.error('bind: Address already in use'); process.exit(1)`, '{localPort}'),
    ],
  ])('fails by %s', async (code, argv) => {
    expect(await codeOf(openCommand(allowed(argv), TARGET, options().given))).toBe(code);
  });

  it('says with which code it ended and what it wrote last, without what looks like a secret', async () => {
    const script = `console.error('\\x1b[31mlogin as x with token=abc123 failed\\x1b[0m'); process.exit(3)`;
    const error = await openCommand(allowed(running(script, '{localPort}')), TARGET, options().given).catch(
      (thrown) => thrown,
    );
    expect(error.failure).toMatchObject({ detail: 'login as x with token=… failed' });
    expect(error.failure.message).toContain('exit code 3');
  });

  it('is lost once it ends by itself, once', async () => {
    const { given, lost, pid } = options();
    const open = await openCommand(allowed(running(LISTENS, '{localPort}')), TARGET, given);
    process.kill(pid(), 'SIGKILL');
    await until(() => lost.length > 0);
    expect(lost.map(({ code }) => code)).toEqual(['tunnel.exited']);
    await expect(open.ping(AbortSignal.timeout(1000))).rejects.toMatchObject({
      failure: { code: 'tunnel.exited' },
    });
    await open.close();
    expect(lost).toHaveLength(1);
  });

  it('signals no process by a number that may be another one’s, once it has ended', {
    tags: ['slow'],
  }, async () => {
    const { given, lost } = options();
    const open = await openCommand(
      allowed(running(`${LISTENS} setTimeout(() => process.exit(0), 300);`, '{localPort}')),
      TARGET,
      given,
    );
    await until(() => lost.length > 0);
    const kill = vi.spyOn(process, 'kill');
    await open.close();
    const signalled = kill.mock.calls.map(([pid]) => pid);
    kill.mockRestore();
    expect(signalled.length).toBeGreaterThan(0);
    expect(signalled.every((pid) => pid < 0)).toBe(true);
  });

  it('ends with what it started, also where that does not end by itself', { tags: ['slow'] }, async () => {
    const { given } = options();
    const script = `
      const child = require('child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"]);
      console.log('child ' + child.pid + ' up');
      process.on('SIGTERM', () => process.exit(0));
      require('net').createServer((socket) => socket.on('error', () => {}).end(String(child.pid))).listen(Number(process.argv[1]), '127.0.0.1');
    `;
    const open = await openCommand(allowed(running(script, '{localPort}')), TARGET, given);
    const grandchild = Number(await read(open.local.port));
    expect(await startTimeOf(grandchild)).not.toBeNull();
    await open.close();
    await until(async () => (await startTimeOf(grandchild)) === null);
  });

  it('is given up when it is not wanted any more', async () => {
    const abort = new AbortController();
    const { given, steps, pid } = options(abort);
    const opening = openCommand(
      allowed(running('setInterval(() => {}, 1000)', '{localPort}')),
      TARGET,
      given,
    );
    await until(() => steps.length === 2);
    abort.abort();
    await expect(opening).rejects.toThrow();
    expect(await startTimeOf(pid())).toBeNull();
  });
});

it('remembers a bounded end of what a command wrote', () => {
  const output = new CommandOutput(100);
  for (let line = 0; line < 1000; line++) output.add(`line ${line}\n`);
  expect(output.text).toHaveLength(100);
  expect(output.has('line 999')).toBe(true);
  const secrets = new CommandOutput(1000);
  secrets.add('postgres://me:pw@host password: hunter2\nAuthorization: Bearer-abc\nplain words stay');
  expect(secrets.shown).toBe('postgres://…@host password: …\nAuthorization: …\nplain words stay');
});
