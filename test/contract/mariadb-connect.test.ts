import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DriverError } from '../../src/drivers/driver.ts';
import { mysqlDriver } from '../../src/drivers/mysql/driver.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Target } from '../../src/events/profile.ts';
import type { MysqlServer } from '../servers/mysql-process.ts';
import { freePort } from '../servers/postgres-cluster.ts';
import { makeUser, outside, PASSWORD, PRODUCTS, sleep, USER } from './mysql-engine.ts';
import { ask, CancelLog, Collector, until } from './running.ts';

interface Over {
  readonly target?: Partial<Target>;
  readonly password?: string | undefined;
  readonly signal?: AbortSignal;
}

async function failureOf(dialling: Promise<{ close(): Promise<void> }>): Promise<FailureText> {
  const error = await dialling.then(
    (connection) => connection.close().then(() => null),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DriverError);
  const { failure } = error as DriverError;
  expect(failure.code).toMatch(/^[A-Za-z0-9_.-]{1,48}$/);
  expect(failure.advice).toMatch(/^[A-Z].*\.$/);
  return failure;
}

/** A server that takes connections and does as told with them. */
async function fake(answer: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, server };
}

describe.each(PRODUCTS)(
  'connecting to $product',
  ({ product, engine, provided, makeServer, targetOf, firstTls }) => {
    function dial(over: Over = {}) {
      return mysqlDriver(engine).connect(
        { ...targetOf(provided()), ...over.target },
        {
          password: () => ('password' in over ? over.password : PASSWORD),
          signal: over.signal ?? AbortSignal.timeout(10_000),
          applicationName: 'querytape connect',
          readOnly: false,
          onLost: () => {
            throw new Error('a connection that was not made can’t be lost');
          },
        },
      );
    }

    let server: MysqlServer;

    beforeAll(async () => {
      await makeUser(provided());
      server = await makeServer();
      await makeUser(server.address);
      await outside(
        server.address,
        "CREATE USER nobody@'%' IDENTIFIED BY 'nobody'",
        "CREATE USER elsewhere@'10.1.2.3' IDENTIFIED BY 'elsewhere'",
        "CREATE USER locked@'%' IDENTIFIED BY 'locked' ACCOUNT LOCK",
      );
    });
    afterAll(() => server?.remove());

    it('a wrong password, none, and an unknown user are 1045', async () => {
      for (const over of [
        { password: 'wrong' },
        { password: undefined },
        { password: '' },
        { target: { user: 'unknown' } },
      ])
        expect(await failureOf(dial({ ...over, target: { tls: firstTls, ...over.target } }))).toMatchObject({
          code: '1045',
          source: 'server',
        });
    });

    it('says what else a server refuses: a database, an account', async () => {
      const own = targetOf(server.address, firstTls);
      expect(await failureOf(dial({ target: { database: 'no such database' } }))).toMatchObject({
        code: '1049',
        source: 'server',
      });
      const as = (user: string, database = '') =>
        failureOf(dial({ target: { ...own, user, database }, password: user }));
      expect((await as('nobody', 'mysql')).code).toBe('1044');
      expect((await as('elsewhere')).code).toBe('1045');
      expect((await as('locked')).code).toBe(product === 'MySQL' ? '3118' : '4151');
    });

    it('a port where nothing listens is ECONNREFUSED, by address and by name', async () => {
      const port = await freePort();
      for (const host of ['127.0.0.1', 'localhost'])
        expect(await failureOf(dial({ target: { host, port } }))).toMatchObject({
          code: 'ECONNREFUSED',
          source: 'connection',
        });
    });

    it('an unknown host is a failure of names', async () => {
      expect((await failureOf(dial({ target: { host: 'no-such-host.invalid' } }))).code).toMatch(
        /^(ENOTFOUND|EAI_AGAIN)$/,
      );
    });

    it('a folder without a socket is ENOENT', async () => {
      expect((await failureOf(dial({ target: { host: '/nowhere' } }))).code).toBe('ENOENT');
      expect((await failureOf(dial({ target: { host: '/nowhere/my.sock' } }))).code).toBe('ENOENT');
    });

    it('a server that never answers is given up when the signal says so', async () => {
      const { port, server: silent } = await fake(() => {});
      const startedAt = performance.now();
      for (const mode of ['disable', 'require'] as const) {
        const target = { port, tls: { mode } };
        expect((await failureOf(dial({ target, signal: AbortSignal.timeout(200) }))).code).toBe(
          'connect.aborted',
        );
      }
      expect(performance.now() - startedAt).toBeLessThan(5000);
      expect((await failureOf(dial({ signal: AbortSignal.abort() }))).code).toBe('connect.aborted');
      silent.close();
    });

    it('a server that hangs up at once is told so', async () => {
      const { port, server: curt } = await fake((socket) => socket.destroy());
      expect((await failureOf(dial({ target: { port } }))).code).toMatch(
        /^(connection\.closed|ECONNRESET|EPIPE)$/,
      );
      curt.close();
    });

    it.each([
      ['an SSH server', 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n'],
      ['a web server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
      ['zeros', '\0'.repeat(64)],
      ['an old protocol', '\x05\0\0\0\x09old\0'],
    ])('%s is not taken for MySQL', async (_what, greeting) => {
      const { port, server: stranger } = await fake((socket) => socket.end(greeting, 'latin1'));
      const failure = await failureOf(dial({ target: { port }, signal: AbortSignal.timeout(3000) }));
      expect(failure.code).toMatch(/^(protocol\.violated|connection\.closed|ECONNRESET)$/);
      stranger.close();
    });

    it('goes through a Unix-domain socket, where TLS does not apply, and cancels there', async () => {
      for (const host of [server.socketFolder, `${server.socketFolder}/mysqld.sock`]) {
        const connection = await dial({
          target: { ...targetOf(server.address, { mode: 'verify-full' }), host },
        });
        expect(connection.server.encrypted).toBe(false);
        const execution = connection.execute(sleep(60_000), new Collector());
        execution.cancel(new CancelLog());
        expect(await execution.ended).toMatchObject({ stopped: true, usable: true });
        await connection.close();
      }
    });

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

    it('leaves no connection on the server when it is given up half-way', async () => {
      for (let n = 0; n < 20; n++) {
        const abort = new AbortController();
        const dialling = dial({ signal: abort.signal }).then(
          (connection) => connection.close(),
          () => {},
        );
        setTimeout(() => abort.abort(), n / 2);
        await dialling;
      }
      const left = () =>
        outside(
          provided(),
          `SELECT ID FROM information_schema.PROCESSLIST WHERE USER IN ('${USER}', 'unauthenticated user')`,
        );
      await until('nothing is left', async () => (await left()).length === 0);
    });
  },
);
