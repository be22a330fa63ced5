import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mysqlDriver } from '../../src/drivers/mysql/driver.ts';
import type { MysqlServer } from '../servers/mysql-process.ts';
import { connectContract, diallerOf, withListener } from './connect-contract.ts';
import { makeUser, outside, PASSWORD, PRODUCTS, sleep, USER } from './mysql-engine.ts';
import { ask } from './running.ts';

describe.each(PRODUCTS)(
  'connecting to $product',
  ({ product, engine, provided, makeServer, targetOf, firstTls }) => {
    const dialler = diallerOf(() => ({
      driver: mysqlDriver(engine),
      target: targetOf(provided()),
      password: PASSWORD,
    }));
    const { dial, failureOf } = dialler;
    let server: MysqlServer;

    beforeAll(async () => {
      await makeUser(provided());
      server = await makeServer();
      await makeUser(server.address);
      await outside(
        server.address,
        "CREATE USER norights@'%' IDENTIFIED BY 'norights'",
        "CREATE USER elsewhere@'10.1.2.3' IDENTIFIED BY 'elsewhere'",
        "CREATE USER locked@'%' IDENTIFIED BY 'locked' ACCOUNT LOCK",
      );
    });
    afterAll(() => server?.remove());

    connectContract(
      {
        wrongPassword: { code: '1045', target: { tls: firstTls } },
        noSockets: ['/nowhere', '/nowhere/my.sock'],
        socket: () => ({
          hosts: [server.socketFolder, `${server.socketFolder}/mysqld.sock`],
          target: targetOf(server.address),
          password: PASSWORD,
          sleep: sleep(60_000),
        }),
        left: async () =>
          (
            await outside(
              provided(),
              `SELECT ID FROM information_schema.PROCESSLIST WHERE USER IN ('${USER}', 'unauthenticated user')`,
            )
          ).length,
      },
      dialler,
    );

    it('no password and an unknown user are 1045', async () => {
      for (const over of [{ password: undefined }, { password: '' }, { target: { user: 'unknown' } }])
        expect(await failureOf({ ...over, target: { tls: firstTls, ...over.target } })).toMatchObject({
          code: '1045',
          source: 'server',
        });
    });

    it('says what else a server refuses: a database, an account', async () => {
      const own = targetOf(server.address, firstTls);
      expect(await failureOf({ target: { database: 'no such database' } })).toMatchObject({
        code: '1049',
        source: 'server',
      });
      const as = (user: string, database = '') =>
        failureOf({ target: { ...own, user, database }, password: user });
      expect((await as('norights', 'mysql')).code).toBe('1044');
      expect((await as('elsewhere')).code).toBe('1045');
      expect((await as('locked')).code).toBe(product === 'MySQL' ? '3118' : '4151');
    });

    it('a protocol of before 4.1 is not taken for one that is spoken', () =>
      withListener(
        (socket) => void socket.end('\x05\0\0\0\x09old\0', 'latin1'),
        async (port) => {
          const { code } = await failureOf({ target: { port }, signal: AbortSignal.timeout(3000) });
          expect(code).toMatch(/^(protocol\.violated|connection\.closed|ECONNRESET)$/);
        },
      ));

    it('says who answers, names itself, and leaves the session’s modes alone', async () => {
      const connection = await dial();
      expect(connection.server).toMatchObject({
        flavour: product,
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      });
      expect(connection.server.process.startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      for (const name of [
        'sql_mode',
        'time_zone',
        product === 'MySQL' ? 'transaction_isolation' : 'tx_isolation',
        'collation_connection',
      ])
        expect([name, await ask(connection, `SELECT @@SESSION.${name}`)]).toEqual([
          name,
          await outside(
            provided(),
            'SET NAMES utf8mb4',
            `SELECT CONCAT(${name === 'collation_connection' ? '@@SESSION' : '@@GLOBAL'}.${name})`,
          ),
        ]);
      await connection.close();
    });

    it('keeps no password once it is connected', async () => {
      const connection = await dial();
      const { client } = connection as unknown as {
        client: { config: Record<string, unknown>; _authPlugin: unknown };
      };
      expect([client.config.password, client.config.password1, client._authPlugin]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      await connection.close();
    });
  },
);
