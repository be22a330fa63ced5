import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTimeOf } from '../../src/drivers/own-process.ts';
import type { ProfileDraft } from '../../src/events/profile.ts';
import type { TunnelView } from '../../src/events/views/tunnel-view.ts';
import { Client } from '../../src/main/client.ts';
import { obtainPostgres } from '../servers/postgres.ts';
import { makeSshKey } from '../servers/ssh-keys.ts';
import { makeSshd, type Sshd } from '../servers/sshd.ts';
import { dataFolder, environmentOf, removeFolder, type Started, startQuerytape } from './client.ts';

const run = promisify(execFile);
const MAIN = process.env.QUERYTAPE_TEST_MAIN ?? resolve(import.meta.dirname, '../../dist/main.js');

/** Whether a port of 127.0.0.1 is listened on. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe('the program with a tunnel', () => {
  const folder = dataFolder();
  const keys = mkdtempSync(join(tmpdir(), 'querytape-tunnel-'));
  const stops: (() => Promise<unknown>)[] = [];
  let sshd: Sshd;
  let program: Started;
  let client: Client;
  const tunnel = async (): Promise<TunnelView> => Object.values((await client.state()).state.tunnels).at(-1)!;

  async function start(): Promise<void> {
    program = await startQuerytape(folder);
    client = new Client(program.url);
  }
  const script = (name: string, text: string) =>
    run(process.execPath, [MAIN, 'run', '--profile', name, '--data-dir', folder, '--format', 'csv', text], {
      env: environmentOf(folder),
    });

  beforeAll(async () => {
    const key = await makeSshKey(join(keys, 'key'));
    sshd = await makeSshd({ authorized: [key.line] });
    writeFileSync(join(folder, 'known_hosts'), sshd.known);
    const { address, stop } = await obtainPostgres();
    stops.push(stop);
    await start();
    await client.command({ type: 'vault.create', protection: { passphrase: 'copper tidal raven mosaic' } });
    const { host, port, user, database, password } = address;
    const hop = { host: sshd.host, port: sshd.port, user: sshd.user, auth: { by: 'key', keyFile: key.file } };
    for (const backend of ['openssh', 'embedded']) {
      const draft = {
        name: backend,
        environment: 'development',
        readOnly: false,
        target: { engine: 'postgres', host, port, user, database, tls: { mode: 'disable' } },
        tunnel: { by: 'ssh', backend, hostKeys: 'strict', hops: [hop] },
      };
      await client.command({
        type: 'profile.save',
        draft: draft as unknown as ProfileDraft,
        secrets: { password },
      });
    }
  });
  afterAll(async () => {
    await program?.stop();
    for (const stop of stops) await stop();
    await sshd?.remove();
    removeFolder(folder);
    rmSync(keys, { recursive: true, force: true });
  });

  it.each(['openssh', 'embedded'])(
    'runs a script through it by %s, and ends it with the script',
    async (backend) => {
      expect((await script(backend, 'select 7 as seven')).stdout).toBe('seven\r\n7\r\n');
      expect(await tunnel()).toMatchObject({ backend, state: 'closed', processes: [] });
    },
  );

  it('leaves no process, file or listener of it behind where it is killed', async () => {
    const running = script('openssh', 'select pg_sleep(600)').catch(() => null);
    await client.until(({ queries }) =>
      Object.values(queries).some(({ state }) => state === 'executing') ? true : undefined,
    );
    const { processes } = await tunnel();
    expect(processes.length).toBeGreaterThan(0);
    const tunnels = join(folder, 'tunnels');
    const [made] = readdirSync(tunnels);
    const config = readFileSync(join(tunnels, made!, 'hop-0.conf'), 'utf8');
    const port = Number(/LocalForward "?127\.0\.0\.1:(\d+)/.exec(config)?.[1]);
    expect(await isOpen(port)).toBe(true);
    await program.kill();
    await running;
    await start();
    for (const { pid, startTime } of processes)
      await expect.poll(() => startTimeOf(pid), { timeout: 10_000 }).not.toBe(startTime);
    await expect.poll(() => isOpen(port), { timeout: 10_000 }).toBe(false);
    expect(readdirSync(tunnels)).toEqual([]);
  });
});
