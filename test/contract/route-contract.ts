import { expect, it } from 'vitest';
import { type Connection, DriverError, type Route } from '../../src/drivers/driver.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import type { ContractEngine } from './contract.ts';
import { ask, CancelLog, Collector } from './running.ts';

/** The host that the target names: nothing that could be dialled. */
const UNREACHABLE = { host: 'unreachable.invalid', port: 1 } as const;

/** What every driver has to keep where it is given a way to the server, such as a tunnel's end. */
export function routeContract(engine: () => ContractEngine): void {
  const connect = (route: Route): Promise<Connection> => {
    const { driver, target, password } = engine();
    return driver.connect(
      { ...target, ...UNREACHABLE },
      {
        password: () => password,
        signal: AbortSignal.timeout(15_000),
        applicationName: 'querytape contract route',
        readOnly: false,
        onLost: () => {},
        route,
      },
    );
  };

  it('dials a route instead of the target, for its cancels too, and verifies the name that the route says', async () => {
    const { target, say, reads = String, driver, password } = engine();
    if (target.host.startsWith('/')) return;
    const forwarder = await tcpProxy({ host: target.host, port: target.port }, {});
    const tlsServerName = target.tls.serverName ?? target.host;
    const route = { host: '127.0.0.1', port: forwarder.port, tlsServerName };
    try {
      const connection = await connect(route);
      expect(await ask(connection, say.value(5))).toEqual([[reads(5)]]);
      const before = forwarder.connections;
      const execution = connection.execute(say.sleep(60_000), new Collector());
      await new Promise((resolve) => setTimeout(resolve, 100));
      execution.cancel(new CancelLog());
      expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
      expect(forwarder.connections).toBeGreaterThan(before);
      const options = {
        password: () => password,
        signal: AbortSignal.timeout(15_000),
        applicationName: 'p',
        route,
      };
      expect(await driver.probe!({ ...target, ...UNREACHABLE }, connection.server.process, options)).toEqual({
        type: 'idle',
      });
      await connection.close();
      if (target.tls.mode !== 'verify-full') return;
      const refused = await connect({ ...route, tlsServerName: 'elsewhere.example' }).catch(
        (error: unknown) => error,
      );
      expect(refused).toBeInstanceOf(DriverError);
      expect((refused as DriverError).failure.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    } finally {
      await forwarder.close();
    }
  });
}
