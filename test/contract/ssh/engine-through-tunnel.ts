import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection, Route } from '../../../src/drivers/driver.ts';
import { openEmbedded } from '../../../src/drivers/ssh/embedded/index.ts';
import { openByOpenssh } from '../../../src/drivers/ssh/openssh/open.ts';
import type { OpenTunnel } from '../../../src/drivers/tunnel.ts';
import type { FailureText } from '../../../src/events/failure.ts';
import type { Sshd } from '../../servers/sshd.ts';
import type { ContractEngine } from '../contract.ts';
import { ask, CancelLog, Collector, until } from '../running.ts';
import { byKey, hopTo, TunnelBench } from './tunnel-contract.ts';

const BACKENDS = [
  ['OpenSSH', openByOpenssh],
  ['the built-in client', openEmbedded],
] as const;

const MANY = 100_000;

/** The name that the target has in the profile: what dials it instead of the tunnel's end fails. */
const UNREACHABLE = { host: 'unreachable.invalid', port: 1 } as const;

/** A server whose TLS proves the name of its target, and how it is signed in to. */
export type VerifiedServer = Pick<ContractEngine, 'driver' | 'target' | 'password'>;

/**
 * What an engine has to do through a real SSH server on 127.0.0.1, by every backend. `verified` signs in by TLS `verify-full`; it may be
 * the same server.
 */
export function engineThroughTunnel(
  name: string,
  engineOf: () => ContractEngine,
  verifiedOf: () => VerifiedServer,
): void {
  describe.each(BACKENDS)(`${name} through %s`, (_, openBy) => {
    let bench: TunnelBench;
    let sshd: Sshd;
    let hops: ReturnType<typeof hopTo>[];

    beforeAll(async () => {
      bench = await TunnelBench.make(openBy);
      const key = await bench.key('key');
      sshd = await bench.sshd({ authorized: [key.line] });
      hops = [hopTo(sshd, byKey(key))];
    });
    afterAll(() => bench.remove());

    async function tunnelTo({ target }: VerifiedServer): Promise<OpenTunnel> {
      const { opened } = await bench.open({ hops, target: { host: '127.0.0.1', port: target.port } });
      return await opened;
    }

    function connect(
      { driver, target, password }: VerifiedServer,
      route: Route,
      onLost: (failure: FailureText) => void = () => {},
    ): Promise<Connection> {
      return driver.connect(
        { ...target, ...UNREACHABLE },
        {
          password: () => password,
          signal: AbortSignal.timeout(15_000),
          applicationName: 'querytape tunnel',
          readOnly: false,
          onLost,
          route,
        },
      );
    }

    it('streams rows, cancels at the server, and loses the connection alone that another session ends', async () => {
      const engine = engineOf();
      const { target, say, codes, reads = String } = engine;
      const tunnel = await tunnelTo(engine);
      const route = { ...tunnel.local, tlsServerName: target.tls.serverName ?? target.host };
      const lost: FailureText[] = [];
      const connection = await connect(engine, route, (failure) => lost.push(failure));

      const all = new Collector({ keep: false });
      const streamed = await connection.execute(say.rows(MANY), all).ended;
      expect(streamed).toMatchObject({ type: 'completed' });
      expect(all.count).toBe(MANY);
      expect(all.bytes).toBeGreaterThan(100 * MANY);

      const sleep = connection.execute(say.sleep(60_000), new Collector());
      await new Promise((resolve) => setTimeout(resolve, 100));
      const cancelled = new CancelLog();
      sleep.cancel(cancelled);
      expect(await sleep.ended).toMatchObject({
        type: 'failed',
        stopped: true,
        usable: true,
        failure: { code: codes.cancelled },
      });
      expect(cancelled.steps).not.toContain('terminate');
      expect(await ask(connection, say.value(6))).toEqual([[reads(6)]]);

      const killed = connection.execute(say.sleep(60_000), new Collector());
      await new Promise((resolve) => setTimeout(resolve, 100));
      await engine.kill(connection.server.process.processId);
      expect(await killed.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
      await until('the loss is reported', () => lost.length > 0);
      await tunnel.ping(AbortSignal.timeout(20_000));
      const again = await connect(engine, route);
      expect(await ask(again, say.value(7))).toEqual([[reads(7)]]);
      await again.close();
      await connection.close();
      await tunnel.close();
    });

    it('verifies by TLS the name of the target, not that of the tunnel’s end', async () => {
      const server = verifiedOf();
      expect(server.target).toMatchObject({ host: 'localhost', tls: { mode: 'verify-full' } });
      const tunnel = await tunnelTo(server);
      const connection = await connect(server, { ...tunnel.local, tlsServerName: 'localhost' });
      expect(connection.server.encrypted).toBe(true);
      await connection.close();
      for (const tlsServerName of ['elsewhere.example', tunnel.local.host])
        await expect(connect(server, { ...tunnel.local, tlsServerName })).rejects.toMatchObject({
          failure: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
        });
      await tunnel.close();
    });
  });
}
