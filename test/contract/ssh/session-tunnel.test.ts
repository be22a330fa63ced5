import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTimeOf } from '../../../src/drivers/own-process.ts';
import type { SshBackend } from '../../../src/events/tunnel.ts';
import { makeSshKey } from '../../servers/ssh-keys.ts';
import { makeSshd, type Sshd } from '../../servers/sshd.ts';
import { type TcpProxy, tcpProxy } from '../../servers/tcp-proxy.ts';
import { postgresEngine, provided } from '../postgres-engine.ts';
import { RealWorkspace } from '../real-workspace.ts';

describe.each<SshBackend>(['openssh', 'embedded'])('a session on PostgreSQL through %s', (backend) => {
  let folder: string;
  let sshd: Sshd;
  let network: TcpProxy;
  let world: RealWorkspace;
  const harms = () => [
    { hurt: () => sshd.kill(), heal: () => sshd.start() },
    { hurt: () => sshd.freeze(), heal: () => sshd.thaw() },
    { hurt: () => network.silence(), heal: () => network.restore() },
  ];
  const tunnel = () => Object.values(world.state.tunnels).at(-1)!;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'querytape-session-tunnel-'));
    const key = await makeSshKey(join(folder, 'key'));
    sshd = await makeSshd({ authorized: [key.line] });
    network = await tcpProxy(sshd, {});
    const knownHosts = join(folder, 'known_hosts');
    await writeFile(knownHosts, `[127.0.0.1]:${network.port} ${sshd.hostKeys[0]!.line}\n`);
    const hop = { host: '127.0.0.1', port: network.port, user: sshd.user } as const;
    world = await RealWorkspace.start({
      ...postgresEngine(provided()),
      knownHosts,
      tunnel: {
        by: 'ssh',
        hops: [{ ...hop, auth: { by: 'key', keyFile: key.file } }],
        hostKeys: 'strict',
        backend,
      },
    });
  });
  afterAll(async () => {
    await world?.stop();
    await network?.close();
    await sshd?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it('runs and cancels through it; killed, frozen or cut off it loses a statement as its own, and works again once it is back', async () => {
    const sessionId = await world.open();
    expect(world.state.sessions[sessionId]).toMatchObject({ state: 'ready' });
    const submit = async (text: string) =>
      (await world.send({ type: 'query.submit', sessionId, tabId: 't', text })).queryIds![0]!;
    const running = (queryId: string) =>
      world.until(({ queries }) => queries[queryId]?.state === 'executing');

    const first = await submit('select 7');
    expect(await world.ended(first)).toMatchObject({ outcome: 'succeeded' });
    expect(await world.rows(first)).toEqual([['7']]);

    const long = await submit('select pg_sleep(60)');
    await running(long);
    await world.send({ type: 'query.cancel', queryId: long });
    expect(await world.ended(long)).toMatchObject({ outcome: 'cancelled' });

    for (const [index, { hurt, heal }] of harms().entries()) {
      const lost = await submit('select pg_sleep(61)');
      await running(lost);
      const { processes } = tunnel();
      await hurt();
      expect(await world.ended(lost)).toMatchObject({
        outcome: 'lost.mayHaveCompleted',
        failure: { code: 'tunnel.lost' },
      });
      await world.until(({ sessions }) => sessions[sessionId]!.state.startsWith('reconnecting'));
      await heal();
      await world.answer({ type: 'session.reconnect', sessionId });
      await world.until(({ sessions }) => sessions[sessionId]!.state === 'ready');
      expect(tunnel()).toMatchObject({ state: 'forwarding', losses: index + 1, backend });
      for (const { pid, startTime } of processes) expect(await startTimeOf(pid)).not.toBe(startTime);
    }

    const again = await submit('select 8');
    expect(await world.ended(again)).toMatchObject({ outcome: 'succeeded' });
    const spawned = tunnel().processes;
    await world.send({ type: 'session.close', sessionId });
    await world.until(({ sessions }) => sessions[sessionId]!.state === 'offline');
    expect(tunnel()).toMatchObject({ state: 'closed', processes: [] });
    for (const { pid, startTime } of spawned) expect(await startTimeOf(pid)).not.toBe(startTime);
  });
});
