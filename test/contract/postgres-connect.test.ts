import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DriverError } from '../../src/drivers/driver.ts';
import { postgresDriver } from '../../src/drivers/postgres/driver.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Target } from '../../src/events/profile.ts';
import { freePort, makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { outside, provided, targetOf } from './postgres-engine.ts';
import { ask } from './running.ts';

interface Over {
  readonly target?: Partial<Target>;
  readonly password?: string | undefined;
  readonly signal?: AbortSignal;
}

function dial(over: Over = {}) {
  const address = provided();
  return postgresDriver().connect(
    { ...targetOf(address), ...over.target },
    {
      password: () => ('password' in over ? over.password : address.password),
      signal: over.signal ?? AbortSignal.timeout(10_000),
      applicationName: 'querytape connect',
      readOnly: false,
      onLost: () => {
        throw new Error('a connection that was not made can’t be lost');
      },
    },
  );
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
async function fake(
  answer: (socket: import('node:net').Socket) => void,
): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, server };
}

describe('connecting', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await makeCluster({
      settings: { max_connections: '4', superuser_reserved_connections: '1', reserved_connections: '0' },
    });
    await outside(cluster.address, "create role someone login password 'someone'");
  });
  afterAll(() => cluster?.remove());

  it('a wrong password is 28P01', async () => {
    expect(await failureOf(dial({ password: 'wrong' }))).toMatchObject({ code: '28P01', source: 'server' });
  });

  it('a missing password is told as such, and none is taken from the environment', async () => {
    process.env.PGPASSWORD = provided().password;
    try {
      expect(await failureOf(dial({ password: undefined }))).toMatchObject({
        code: 'password.missing',
        source: 'client',
      });
      expect(await failureOf(dial({ password: '' }))).toMatchObject({ code: 'password.missing' });
    } finally {
      delete process.env.PGPASSWORD;
    }
  });

  it('an unknown database is 3D000', async () => {
    const failure = await failureOf(dial({ target: { database: 'no such database' } }));
    expect(failure).toMatchObject({ code: '3D000', source: 'server', severity: 'FATAL' });
    expect(failure.message).toContain('no such database');
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
    const failure = await failureOf(dial({ target: { host: 'no-such-host.invalid' } }));
    expect(failure.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it('a folder without a socket is ENOENT', async () => {
    expect(await failureOf(dial({ target: { host: '/nowhere' } }))).toMatchObject({ code: 'ENOENT' });
  });

  it('a server that never answers is given up when the signal says so', async () => {
    const { port, server } = await fake(() => {});
    const startedAt = performance.now();
    const failure = await failureOf(dial({ target: { port }, signal: AbortSignal.timeout(200) }));
    expect(failure).toMatchObject({ code: 'connect.aborted' });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect((await failureOf(dial({ signal: AbortSignal.abort() }))).code).toBe('connect.aborted');
    server.close();
  });

  it('a server that never answers the request for TLS is given up too', async () => {
    const { port, server } = await fake(() => {});
    const target = { port, tls: { mode: 'require' } } as const;
    expect((await failureOf(dial({ target, signal: AbortSignal.timeout(200) }))).code).toBe(
      'connect.aborted',
    );
    server.close();
  });

  it('a server that hangs up at once is told so', async () => {
    const { port, server } = await fake((socket) => socket.destroy());
    expect((await failureOf(dial({ target: { port } }))).code).toMatch(
      /^(connection\.closed|ECONNRESET|EPIPE)$/,
    );
    server.close();
  });

  it('too many connections are 53300', async () => {
    const target = { ...targetOf(cluster.address), user: 'someone' };
    const open = [];
    try {
      for (let n = 0; n < 3; n++) open.push(await dial({ target, password: 'someone' }));
      expect(await failureOf(dial({ target, password: 'someone' }))).toMatchObject({
        code: '53300',
        source: 'server',
      });
    } finally {
      await Promise.all(open.map((connection) => connection.close()));
    }
  });

  it('goes through a Unix-domain socket, where TLS does not apply', async () => {
    const target = { ...targetOf(cluster.address, { mode: 'verify-full' }), host: cluster.socketFolder };
    const connection = await dial({ target, password: cluster.address.password });
    expect(connection.server.encrypted).toBe(false);
    const execution = connection.execute('select pg_sleep(60)', {
      columns() {},
      moreColumns() {},
      columnsLearned() {},
      rows: () => true,
      notice() {},
    });
    execution.cancel({ sent() {}, acknowledged() {}, escalated() {} });
    expect(await execution.ended).toMatchObject({ stopped: true, usable: true });
    await connection.close();
  });

  it('sets what it says, and leaves the formats of values alone', async () => {
    const connection = await dial();
    const show = async (name: string) => (await ask(connection, `show ${name}`))[0]?.[0];
    expect(await show('application_name')).toBe('querytape connect');
    expect(await show('client_encoding')).toBe('UTF8');
    expect(await show('client_connection_check_interval')).toBe('500ms');
    for (const name of ['DateStyle', 'IntervalStyle', 'extra_float_digits'])
      expect([[await show(name)]]).toEqual(await outside(provided(), `show ${name}`));
    await connection.close();
  });

  it('keeps no password once it is connected', async () => {
    const connection = await dial();
    const { client } = connection as unknown as { client: Record<string, unknown> };
    const { stream } = client.connection as { stream: { signIn: Record<string, unknown> } };
    const seen = [
      client.password,
      (client.connectionParameters as { password: unknown }).password,
      client.saslSession ?? null,
      stream.signIn.scram,
    ];
    expect(seen).toEqual([null, null, null, null]);
    await connection.close();
  });

  it('leaves no connection on the server when it is given up half-way', async () => {
    for (let n = 0; n < 20; n++) {
      const abort = new AbortController();
      const dialling = dial({ signal: abort.signal }).then(
        (connection) => connection.close(),
        () => {},
      );
      setTimeout(() => abort.abort(), n);
      await dialling;
    }
    const left = () =>
      outside(provided(), "select pid from pg_stat_activity where application_name = 'querytape connect'");
    for (let n = 0; n < 100 && (await left()).length > 0; n++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await left()).toEqual([]);
  });
});
