import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { DriverError } from '../../src/drivers/driver.ts';
import { Connections } from './contract.ts';
import { MARIADB, outside, PRODUCTS, sleep } from './mysql-engine.ts';
import { ask, CancelLog, Collector, run } from './running.ts';

const ACCOUNT = 'querytape_sign_in';

describe.each(PRODUCTS)('signing in to $product', ({ product, provided, mysqlEngine, firstTls }) => {
  const open: Connections[] = [];
  /** MariaDB takes nothing but SET PASSWORD then. */
  const change =
    product === 'MySQL' ? "ALTER USER CURRENT_USER() IDENTIFIED BY 'new'" : "SET PASSWORD = PASSWORD('new')";
  const connect = (password: string, tls = firstTls): Promise<Connection> => {
    const { driver, target } = mysqlEngine(provided(), { tls });
    const as = { driver, target: { ...target, user: ACCOUNT, database: '' }, password };
    const connections = new Connections(as);
    open.push(connections);
    return connections.connect();
  };
  const failureOf = async (password: string, tls = firstTls) => {
    const error = await connect(password, tls).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DriverError);
    return (error as DriverError).failure;
  };
  const account = (how: string) =>
    outside(provided(), `DROP USER IF EXISTS ${ACCOUNT}@'%'`, `CREATE USER ${ACCOUNT}@'%' ${how}`);

  afterEach(async () => {
    for (const connections of open.splice(0)) await connections.closeAll();
    await outside(provided(), `DROP USER IF EXISTS ${ACCOUNT}@'%'`);
  });

  it('with an expired password lets it be changed, and goes on as any connection', async () => {
    await account("IDENTIFIED BY 'old' PASSWORD EXPIRE");
    const connection = await connect('old');
    expect(connection.server.flavour).toBe(product);
    expect(connection.server.version).toMatch(/^\d+\.\d+\.\d+/);
    expect((await run(connection, 'SELECT 1')).end).toMatchObject({
      type: 'failed',
      usable: true,
      failure: {
        code: '1820',
        advice: expect.stringContaining(change.split(' IDENTIFIED')[0]!.split('(')[0]!),
      },
    });
    const changed = await run(connection, change);
    expect(changed.end).toMatchObject({ type: 'completed', usable: true });
    const [[id, charset]] = (await ask(connection, 'SELECT CONNECTION_ID(), @@character_set_results')) as [
      [string, string],
    ];
    expect([Number(id), charset]).toEqual([connection.server.process.processId, 'utf8mb4']);
    expect(connection.facts.sqlMode).toEqual(expect.any(String));
    expect((await (await connect('new')).server).flavour).toBe(product);
  });

  it('is bounded by interactive_timeout, as every client that a user types in', async () => {
    await account("IDENTIFIED BY 'x'");
    const [[before]] = (await outside(provided(), 'SELECT @@GLOBAL.interactive_timeout')) as [[string]];
    await outside(provided(), 'SET GLOBAL interactive_timeout = 12345');
    try {
      expect(await ask(await connect('x'), 'SELECT @@SESSION.wait_timeout')).toEqual([['12345']]);
    } finally {
      await outside(provided(), `SET GLOBAL interactive_timeout = ${before}`);
    }
  });

  it('sets nothing that information_schema or a paused result would need, and only that', async () => {
    await account("IDENTIFIED BY 'x'");
    const connection = await connect('x');
    const stats = await run(connection, 'SELECT @@information_schema_stats_expiry');
    expect(stats.end.type === 'completed' ? stats.rows : 'none').toEqual(
      product === 'MySQL' ? [['0']] : 'none',
    );
  });

  it('takes a password that is longer than any key can encrypt', async () => {
    const long = 'p'.repeat(256);
    await account(`IDENTIFIED BY '${long}'`);
    expect((await connect(long)).transaction).toBe('none');
  });

  it('of a locked account says so', async () => {
    await account("IDENTIFIED BY 'x' ACCOUNT LOCK");
    expect(await failureOf('x')).toMatchObject({
      code: product === 'MySQL' ? '3118' : '4151',
      advice: expect.stringContaining('locked'),
    });
  });

  it('leaves a cancel working where the password was changed on the connection that it was saved for', async () => {
    await account("IDENTIFIED BY 'old' PASSWORD EXPIRE");
    const connection = await connect('old');
    await run(connection, change);
    // As the profile would say once the user has saved the new one.
    const { side } = connection as unknown as { side: { password: () => string } };
    Object.assign(connection, { side: { ...side, password: () => 'new' } });
    const execution = connection.execute(sleep(60_000), new Collector());
    await new Promise((resolve) => setTimeout(resolve, 100));
    const log = new CancelLog();
    execution.cancel(log);
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true });
    expect(log.refusals).toEqual([]);
  });
});

describe('an account of MariaDB with ed25519', () => {
  const { provided, mysqlEngine } = MARIADB;
  const signIn = async (password: string): Promise<string> => {
    const { driver, target } = mysqlEngine(provided());
    const connections = new Connections({
      driver,
      target: { ...target, user: ACCOUNT, database: '' },
      password,
    });
    const code = await connections.connect().then(
      () => 'signed in',
      (error: unknown) => (error as DriverError).failure.code,
    );
    await connections.closeAll();
    return code;
  };

  beforeAll(() => outside(provided(), "INSTALL SONAME 'auth_ed25519'"));
  afterAll(() =>
    outside(provided(), `DROP USER IF EXISTS ${ACCOUNT}@'%'`, "UNINSTALL SONAME 'auth_ed25519'"),
  );

  it.each(['a', 'pässwörd 🦊', 'x'.repeat(79)])('signs in with %s, and with no other', async (password) => {
    await outside(
      provided(),
      `CREATE OR REPLACE USER ${ACCOUNT}@'%' IDENTIFIED VIA ed25519 USING PASSWORD('${password}')`,
    );
    expect([await signIn(password), await signIn(`${password}.`)]).toEqual(['signed in', '1045']);
  });

  it('signs in by the other way that the account has', async () => {
    await outside(
      provided(),
      `CREATE OR REPLACE USER ${ACCOUNT}@'%' IDENTIFIED VIA ed25519 USING PASSWORD('one') OR mysql_native_password USING PASSWORD('two')`,
    );
    expect([await signIn('one'), await signIn('two'), await signIn('three')]).toEqual([
      'signed in',
      'signed in',
      '1045',
    ]);
  });
});
