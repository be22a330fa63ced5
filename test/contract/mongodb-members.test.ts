import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Connection, DriverError } from '../../src/drivers/driver.ts';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import { mongoSocketOf } from '../../src/events/engines/mongodb-hosts.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Target } from '../../src/events/profile.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import { type DoubleOptions, type MongoDouble, startMongoDouble } from '../servers/mongo-double/server.ts';
import { targetOf } from './mongodb-engine.ts';
import { Collector, run } from './running.ts';

const USER = { user: 'u', password: 'p' };
/** A port where nothing listens. */
const CLOSED = 9;

describe('a MongoDB of several members', () => {
  let certificates: Certificates;
  const doubles: MongoDouble[] = [];
  const connections: Connection[] = [];

  beforeAll(async () => {
    certificates = await makeCertificates('someone');
  });
  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.close();
    for (const double of doubles.splice(0)) await double.close();
  });
  afterAll(() => certificates.remove());

  /** A replica set whose members are known by these hosts; the last one is its primary. */
  const replicaSet = async (
    members: readonly { readonly host: string; readonly tls?: DoubleOptions['tls'] }[],
  ): Promise<string[]> => {
    const names: string[] = [];
    for (const { host, tls } of members) {
      const at = names.length;
      const member = () => ({ me: names[at]!, hosts: names, primary: names.at(-1)! });
      const double = await startMongoDouble({ ...USER, member, ...(tls ? { tls } : {}) });
      doubles.push(double);
      names.push(`${host}:${double.port}`);
    }
    return names;
  };

  const dial = async (target: Partial<Target>, signal = AbortSignal.timeout(10_000)): Promise<Connection> => {
    const connection = await mongodbDriver().connect(
      { ...targetOf({ ...USER, host: '127.0.0.1', port: 1 }), ...target },
      {
        password: () => USER.password,
        signal,
        applicationName: 'members',
        readOnly: false,
        onLost: () => {},
      },
    );
    connections.push(connection);
    return connection;
  };
  const failureOf = async (target: Partial<Target>, signal?: AbortSignal): Promise<FailureText> => {
    const error = await dial(target, signal).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DriverError);
    return (error as DriverError).failure;
  };
  /** The name by which a member knows itself. */
  const memberOf = async (connection: Connection): Promise<string> => {
    const { columns, rows } = await run(connection, 'db.hello()');
    return JSON.parse(rows[0]![columns!.findIndex(({ name }) => name === 'me')]!) as string;
  };
  const portOf = (name: string): number => Number(name.split(':').at(-1));

  it('has each checked by the name that it is dialled by', async () => {
    const { server, addressed, caFile } = certificates;
    const [seed, primary] = await replicaSet([
      { host: 'localhost', tls: server },
      { host: '127.0.0.1', tls: addressed },
    ]);
    const target = { host: 'localhost', port: portOf(seed!), mongo: { replicaSet: 'rs0' } };
    const connection = await dial({ ...target, tls: { mode: 'verify-full', caFile } });
    expect(await memberOf(connection)).toBe(primary);
    expect(connection.server.encrypted).toBe(true);
    expect(
      await failureOf({ ...target, host: '127.0.0.1', tls: { mode: 'verify-full', caFile } }),
    ).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('tells at once why the primary can’t be trusted, not that the time is up', async () => {
    const { server, caFile } = certificates;
    const [seed] = await replicaSet([
      { host: 'localhost', tls: server },
      { host: '127.0.0.1', tls: server },
    ]);
    const startedAt = performance.now();
    const failure = await failureOf({
      host: 'localhost',
      port: portOf(seed!),
      mongo: { replicaSet: 'rs0' },
      tls: { mode: 'verify-full', caFile },
    });
    expect(failure).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', advice: expect.any(String) });
    expect(performance.now() - startedAt).toBeLessThan(8000);
    const named = { mode: 'verify-full', caFile, serverName: 'localhost' } as const;
    await dial({ host: 'localhost', port: portOf(seed!), mongo: { replicaSet: 'rs0' }, tls: named });
  });

  it('tells why its primary does not answer where the time is up', async () => {
    const closed = `127.0.0.1:${CLOSED}`;
    const me = (): string => `127.0.0.1:${double.port}`;
    const double: MongoDouble = await startMongoDouble({
      ...USER,
      member: () => ({ me: me(), hosts: [me(), closed], primary: closed }),
    });
    doubles.push(double);
    const failure = await failureOf(
      { port: double.port, mongo: { replicaSet: 'rs0' } },
      AbortSignal.timeout(2500),
    );
    expect(failure).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is reached by whichever member is up, and read from where the profile says', async () => {
    const [secondary, primary] = await replicaSet([{ host: '127.0.0.1' }, { host: '127.0.0.1' }]);
    const to = (mongo: object): Promise<Connection> =>
      dial({ host: '127.0.0.1', port: CLOSED, mongo: { hosts: [secondary!, primary!], ...mongo } });
    for (const [mongo, member] of [
      [{ replicaSet: 'rs0' }, primary],
      [{}, primary],
      [{ hosts: [`127.0.0.1:${CLOSED}`, secondary!] }, primary],
      [{ replicaSet: 'rs0', readPreference: 'primaryPreferred' }, primary],
      [{ replicaSet: 'rs0', readPreference: 'secondary' }, secondary],
      [{ readPreference: 'secondaryPreferred' }, secondary],
    ] as const)
      expect(await memberOf(await to(mongo)), JSON.stringify(mongo)).toBe(member);
    expect([secondary, primary]).toContain(await memberOf(await to({ readPreference: 'nearest' })));
    const reading = await to({ readPreference: 'secondary' });
    expect((await run(reading, 'db.c.find()')).end).toMatchObject({ type: 'completed' });
    expect((await run(reading, 'db.c.insertOne({})')).end).toMatchObject({
      type: 'failed',
      failure: { code: '10107', advice: expect.stringMatching(/takes no writes/) },
    });
  });

  it('has a statement stopped on the member that it runs on', async () => {
    const [, primary] = await replicaSet([{ host: '127.0.0.1' }, { host: '127.0.0.1' }]);
    const mongo = { replicaSet: 'rs0', hosts: [primary!] };
    const connection = await dial({ host: '127.0.0.1', port: CLOSED, mongo });
    await run(connection, 'db.c.insertOne({_id: 1})');
    const execution = connection.execute('db.c.find({$where: "sleep(60000) || true"})', new Collector());
    await new Promise((resolve) => setTimeout(resolve, 50));
    execution.cancel({ sent: () => {}, acknowledged: () => {}, escalated: () => {} });
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
  });

  it('is not reached where none of its members answers', async () => {
    expect(
      await failureOf({
        host: '127.0.0.1',
        port: CLOSED,
        mongo: { hosts: ['127.0.0.1:10', '127.0.0.1:11'] },
      }),
    ).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is reached by the file of its socket, under any name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'querytape-socket-'));
    for (const name of ['mongodb-27117.sock', 'other.sock']) {
      const socketFile = join(folder, name);
      doubles.push(await startMongoDouble({ ...USER, socketFile }));
      const { host, port = 27017 } = mongoSocketOf(socketFile);
      const connection = await dial({ host, port });
      expect((await run(connection, 'db.c.find()')).end.type).toBe('completed');
      await dial({ host: socketFile, port: 1 });
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('refuses to sign in by a mechanism whose package is not shipped', async () => {
    const [only] = await replicaSet([{ host: '127.0.0.1' }]);
    expect(
      await failureOf({ port: portOf(only!), user: '', mongo: { authMechanism: 'MONGODB-AWS' } }),
    ).toMatchObject({ code: 'auth.unsupported', source: 'client' });
  });
});
