import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ports } from '../../src/actors/ports.ts';
import { ProfileTests } from '../../src/actors/profile-test.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import type { Reached } from '../../src/events/command.ts';
import type { Target } from '../../src/events/profile.ts';
import { Secret } from '../../src/events/secret.ts';
import type { KeepingFact } from '../../src/events/workspace.ts';
import {
  type CuttingProxy,
  cuttingProxy,
  mongodbEngine,
  provided as providedMongodb,
} from './mongodb-engine.ts';
import { makeUser, outside as mariadb, mysqlEngine, provided as providedMariadb } from './mysql-engine.ts';
import { outside as postgres, postgresEngine, provided as providedPostgres } from './postgres-engine.ts';

interface Engine {
  readonly driver: Driver;
  readonly target: Target;
  readonly password: string | undefined;
}

const facts: KeepingFact[] = [];

/** Tries to sign in as the program does. */
function reach({ driver, target, password }: Engine): Promise<Reached> {
  const ports = {
    tape: { append: () => 1, durable: async () => undefined },
    driver: async () => driver,
    newId: () => `test-${facts.length}`,
  } as unknown as Ports;
  const tests = new ProfileTests(ports, (fact) => facts.push(fact));
  return tests.run({
    profile: { profileId: 'p', name: 'p', target, environment: 'production', readOnly: true },
    password: password === undefined ? null : new Secret(password),
  });
}

const as = (engine: Engine, user: string, password: string): Engine => ({
  ...engine,
  target: { ...engine.target, user },
  password,
});

describe('a test of a profile on PostgreSQL', () => {
  const engine = () => postgresEngine(providedPostgres());
  const roles = ['qt_reads', 'qt_writes_one'];
  beforeAll(async () => {
    const run = (text: string) => postgres(providedPostgres(), text);
    await run('create schema tried');
    await run('create table tried.t (n int)');
    for (const role of roles) await run(`create role ${role} login password 'p'`);
    await run('grant usage on schema tried to qt_reads, qt_writes_one');
    await run('grant select on tried.t to qt_reads');
    await run('grant update (n) on tried.t to qt_writes_one');
  });
  afterAll(async () => {
    await postgres(providedPostgres(), 'drop schema tried cascade');
    for (const role of roles) await postgres(providedPostgres(), `drop role ${role}`);
  });

  it('says who may write, and who could do anything', async () => {
    const owner = await reach(engine());
    expect(owner).toMatchObject({ flavour: 'PostgreSQL', encrypted: false, replica: false, canWrite: true });
    expect(owner.version).toMatch(/^\d+\.\d+/);
    expect(owner.warnings.join()).toMatch(/superuser/);
    expect(await reach(as(engine(), 'qt_reads', 'p'))).toMatchObject({
      user: 'qt_reads',
      canWrite: false,
      warnings: [],
    });
    expect(await reach(as(engine(), 'qt_writes_one', 'p'))).toMatchObject({ canWrite: true });
  });

  it('says in the server’s words why nothing was reached', async () => {
    await expect(reach({ ...engine(), password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
    expect(facts.at(-1)).toMatchObject({ type: 'profile.tested', code: '28P01' });
  });
});

describe('a test of a profile on MariaDB', () => {
  const engine = () => mysqlEngine(providedMariadb());
  beforeAll(async () => {
    await makeUser(providedMariadb());
    await mariadb(
      providedMariadb(),
      `CREATE USER qt_reads@'%' IDENTIFIED BY 'p'`,
      'GRANT SELECT, SHOW VIEW ON *.* TO qt_reads',
      `CREATE USER qt_one@'%' IDENTIFIED BY 'p'`,
      'GRANT SELECT (User), UPDATE (User) ON mysql.db TO qt_one',
      `CREATE USER qt_role@'%' IDENTIFIED BY 'p'`,
      'CREATE ROLE qt_writer',
      'GRANT INSERT ON *.* TO qt_writer',
      'GRANT qt_writer TO qt_role',
    );
  });
  afterAll(() => mariadb(providedMariadb(), 'DROP USER qt_reads, qt_one, qt_role', 'DROP ROLE qt_writer'));

  it('says who may write, and where that can’t be told', async () => {
    expect(await reach(engine())).toMatchObject({ flavour: 'MariaDB', replica: false, canWrite: true });
    expect(await reach(as(engine(), 'qt_reads', 'p'))).toMatchObject({
      user: 'qt_reads@%',
      canWrite: false,
      warnings: [],
    });
    const { target } = engine();
    const one = { ...engine(), target: { ...target, database: 'mysql' } };
    expect(await reach(as(one, 'qt_one', 'p'))).toMatchObject({ canWrite: true });
    // It may take on a role that it has not now.
    const role = { ...engine(), target: { ...target, database: '' } };
    expect(await reach(as(role, 'qt_role', 'p'))).toMatchObject({ canWrite: null });
  });

  it('says in the server’s words why nothing was reached', async () => {
    await expect(reach({ ...engine(), password: 'wrong' })).rejects.toMatchObject({ code: '1045' });
  });
});

describe('a test of a profile on MongoDB', () => {
  let proxy: CuttingProxy;
  const engine = () => mongodbEngine(providedMongodb(), proxy);
  beforeAll(async () => {
    proxy = await cuttingProxy(providedMongodb());
  });
  afterAll(() => proxy.close());

  it('says who may write', async () => {
    expect(await reach(engine())).toMatchObject({ flavour: 'MongoDB', replica: false, canWrite: true });
    expect((await reach(engine())).user).toMatch(/@admin$/);
  });

  it('says in the server’s words why nothing was reached', async () => {
    await expect(reach({ ...engine(), password: 'wrong' })).rejects.toMatchObject({ code: '18' });
  });
});
