import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import type { MysqlServer } from '../servers/mysql-process.ts';
import { type TcpProxy, tcpProxy } from '../servers/tcp-proxy.ts';
import { Connections } from './contract.ts';
import { makeUser, outside, PRODUCTS, sleep } from './mysql-engine.ts';
import { CancelLog, Collector, endWatch, until } from './running.ts';

const SLEEP = sleep(60_000);

describe.each(PRODUCTS)(
  'behind an address where another $product answers after a while',
  ({ makeServer, mysqlEngine }) => {
    const to = { host: '127.0.0.1', port: 0 };
    let [first, second]: MysqlServer[] = [];
    let proxy: TcpProxy;
    let sent = '';
    const open: Connections[] = [];
    const engineAt = (port: number) =>
      mysqlEngine({ ...first!.address, port }, { times: { askMs: 300, terminateMs: 300 } });
    const at = (port: number): Connections => {
      const connections = new Connections(engineAt(port));
      open.push(connections);
      return connections;
    };

    beforeAll(async () => {
      first = await makeServer();
      second = await makeServer();
      for (const { address } of [first, second]) await makeUser(address);
      proxy = await tcpProxy(to, {
        fromClient: (bytes) => {
          sent += bytes.toString('latin1');
        },
      });
    });
    afterEach(async () => {
      for (const connections of open.splice(0)) await connections.closeAll();
    });
    afterAll(async () => {
      await proxy?.close();
      await first?.remove();
      await second?.remove();
    });

    /** Connections of the same number on the two servers, the first one through the proxy. */
    async function twins(): Promise<Connection[]> {
      to.port = first!.address.port;
      const pools = [at(proxy.port), at(second!.address.port)];
      const pair = await Promise.all(pools.map((pool) => pool.connect()));
      for (;;) {
        const [a, b] = pair.map(({ server }) => server.process.processId);
        if (a === b) return pair;
        const behind = a! < b! ? 0 : 1;
        await pair[behind]!.close();
        pair[behind] = await pools[behind]!.connect();
      }
    }

    /** Both run a statement, and the address stands for the second server from then on. */
    async function failedOver() {
      const [own, other] = await twins();
      const mine = own!.execute(SLEEP, new Collector());
      const watch = endWatch(other!.execute(SLEEP, new Collector()));
      const { process } = own!.server;
      const list = `SELECT INFO FROM information_schema.PROCESSLIST WHERE ID = ${process.processId}`;
      for (const { address } of [first!, second!])
        await until('it runs', async () => (await outside(address, list))[0]?.[0] === SLEEP);
      to.port = second!.address.port;
      sent = '';
      return { process, mine, watch };
    }

    it('takes no statement of the other server for one that was left behind, and ends none', async () => {
      const { process, watch } = await failedOver();
      const { driver, target, password } = engineAt(proxy.port);
      const options = {
        password: () => password,
        signal: AbortSignal.timeout(60_000),
        applicationName: 'querytape contract probe',
      };
      for (const ask of [driver.probe!, driver.blockers!, driver.terminate!])
        await expect(ask(target, process, options)).rejects.toMatchObject({
          failure: { code: 'process.otherServer' },
        });
      to.port = first!.address.port;
      expect(await driver.probe!(target, process, options)).toMatchObject({ type: 'running' });
      expect(await driver.terminate!(target, process, options)).toBe('done');
      expect(watch.hasEnded).toBe(false);
    });

    it('sends no KILL to the other server, and says why', async () => {
      const { process, mine, watch } = await failedOver();
      const log = new CancelLog();
      mine.cancel(log);
      expect(await mine.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
      expect(log.steps.at(-1)).toBe('abandon');
      expect(log.refusals).toMatchObject([{ code: 'process.otherServer', severity: 'WARNING' }]);
      expect(log.refusals[0]!.advice).toMatch(/connect to the server where it runs .* KILL QUERY/);
      expect(sent).not.toMatch(/KILL/i);
      expect(watch.hasEnded).toBe(false);
      await outside(first!.address, `KILL ${process.processId}`);
    });
  },
);
