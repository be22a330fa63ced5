import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresDriver } from '../../src/drivers/postgres/driver.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { connectContract, diallerOf } from './connect-contract.ts';
import { outside, provided, targetOf } from './postgres-engine.ts';
import { ask, Collector, until } from './running.ts';

const dialler = diallerOf(() => ({
  driver: postgresDriver(),
  target: targetOf(provided()),
  password: provided().password,
}));
const { dial, failureOf } = dialler;

describe('connecting to PostgreSQL', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await makeCluster({
      settings: {
        max_connections: '4',
        superuser_reserved_connections: '1',
        reserved_connections: '0',
        allow_in_place_tablespaces: 'on',
      },
    });
    await outside(cluster.address, "create role someone login password 'someone'");
  });
  afterAll(() => cluster?.remove());

  connectContract(
    {
      wrongPassword: { code: '28P01' },
      noSockets: ['/nowhere'],
      socket: () => ({
        hosts: [cluster.socketFolder],
        target: targetOf(cluster.address),
        password: cluster.address.password,
        sleep: 'select pg_sleep(60)',
      }),
      left: async () =>
        (
          await outside(
            provided(),
            "select pid from pg_stat_activity where application_name = 'querytape connect'",
          )
        ).length,
    },
    dialler,
  );

  it('reports a missing password, and takes none from the environment', async () => {
    process.env.PGPASSWORD = provided().password;
    try {
      expect(await failureOf({ password: undefined })).toMatchObject({
        code: 'password.missing',
        source: 'client',
      });
      expect(await failureOf({ password: '' })).toMatchObject({ code: 'password.missing' });
    } finally {
      delete process.env.PGPASSWORD;
    }
  });

  it('an unknown database is 3D000', async () => {
    const failure = await failureOf({ target: { database: 'no such database' } });
    expect(failure).toMatchObject({ code: '3D000', source: 'server', severity: 'FATAL' });
    expect(failure.message).toContain('no such database');
  });

  it('too many connections are 53300', async () => {
    const target = { ...targetOf(cluster.address), user: 'someone' };
    const open = [];
    try {
      for (let n = 0; n < 3; n++) open.push(await dial({ target, password: 'someone' }));
      expect(await failureOf({ target, password: 'someone' })).toMatchObject({
        code: '53300',
        source: 'server',
      });
    } finally {
      await Promise.all(open.map((connection) => connection.close()));
    }
  });

  it('needs no privilege on the views of the catalogue that some hosts keep to themselves', async () => {
    const address = { ...cluster.address, database: 'hardened' };
    await outside(cluster.address, 'create database hardened');
    await outside(address, `create tablespace "some ""space""" location ''`);
    await outside(address, 'create table filed (i int primary key) tablespace "some ""space"""');
    await outside(
      address,
      `revoke select on pg_stat_activity, pg_settings, pg_roles, pg_authid, pg_user, pg_database, pg_tablespace, pg_stats, pg_locks
         from public`,
    );
    const target = { ...targetOf(address), user: 'someone' };
    const connection = await dial({ target, password: 'someone', readOnly: true });
    expect(await ask(connection, 'select current_user')).toEqual([['someone']]);
    expect(connection.server.startedAt).toMatch(/^\d{4}-/);
    const driver = postgresDriver();
    const { text, read } = driver.catalogue({ list: 'ddl', namespace: 'public', collection: 'filed' });
    expect(read(await ask(connection, text), [])).toMatchObject({
      ddl: expect.stringContaining('\n)\nTABLESPACE "some ""space""";'),
    });
    await ask(connection, 'select pg_advisory_lock(7)');
    const waiter = await dial({ target, password: 'someone' });
    const waiting = waiter.execute('select pg_advisory_lock(7)', new Collector());
    const blockers = () =>
      driver.blockers!(target, waiter.server.process, {
        password: () => 'someone',
        signal: AbortSignal.timeout(60_000),
        applicationName: 'querytape connect',
      });
    await until('it waits', async () => (await blockers()).waits === 'lock');
    expect(await blockers()).toMatchObject({
      lock: 'advisory',
      note: '',
      blockers: [{ processId: connection.server.process.processId, user: 'someone', state: 'idle' }],
    });
    await ask(connection, 'select pg_advisory_unlock(7)');
    expect(await waiting.ended).toMatchObject({ type: 'completed' });
    await waiter.close();
    const role = driver.role(async (text) => ({ rows: await ask(connection, text), columns: [] }));
    expect(await role).toMatchObject({ user: 'someone', canWrite: false, warnings: [] });
    await connection.close();
  });

  it('reads a definition and who blocks a statement without the privileges that some hosts keep to themselves', async () => {
    const address = { ...cluster.address, database: 'walled' };
    await outside(cluster.address, 'create database walled');
    await outside(address, 'create table filed (i int primary key) tablespace pg_global_free').catch(
      () => undefined,
    );
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

  it('still has the server notice its loss after a reset, unless the user has set that', async () => {
    const connection = await dial();
    const interval = async () => (await ask(connection, 'show client_connection_check_interval'))[0]?.[0];
    for (const texts of [
      ['reset all'],
      ['discard all'],
      ['reset client_connection_check_interval'],
      ['do $$ begin reset all; end $$'],
      ['begin', 'reset all', 'commit'],
    ]) {
      for (const text of texts) await ask(connection, text);
      expect([texts, await interval()]).toEqual([texts, '500ms']);
    }
    await ask(connection, 'set client_connection_check_interval = 0');
    await ask(connection, 'set work_mem = 4096');
    expect(await interval()).toBe('0');
    await connection.close();
  });

  it.each([
    ['normalised', 'ﬁ²\u00a0pa\u0308ss\u00ad'],
    ['from right to left', 'ש²ש'],
    ['as it is for a character newer than Unicode 3.2', 'm²😀'],
    ['as it is for one that only its normal form would hide', '🄰'],
    ['as it is for a prohibited one', '²\ufffd'],
    ['as it is for both directions', 'ש²aש'],
    ['as it is for an end in the other direction', 'ש1²'],
  ])('signs in with a password that the server spells %s', async (_, password) => {
    await outside(cluster.address, `alter role someone password '${password}'`);
    const connection = await dial({ target: { ...targetOf(cluster.address), user: 'someone' }, password });
    expect(await ask(connection, 'select current_user')).toEqual([['someone']]);
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
});
