import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ports } from '../../src/actors/ports.ts';
import { ProfileTests } from '../../src/actors/profile-test.ts';
import { Resources } from '../../src/actors/resources.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import type { Reached } from '../../src/events/command.ts';
import type { Target } from '../../src/events/profile.ts';
import { Secret } from '../../src/events/secret.ts';
import type { ConfigFact } from '../../src/events/workspace.ts';
import { NO_TEST_TUNNELS } from '../unit/actors/no-config.ts';
import {
  type CuttingProxy,
  cuttingProxy,
  mongodbEngine,
  provided as providedMongodb,
} from './mongodb-engine.ts';
import { MYSQL, makeUser, outside as mysql, PRODUCTS } from './mysql-engine.ts';
import { outside as postgres, postgresEngine, provided as providedPostgres } from './postgres-engine.ts';

interface Engine {
  readonly driver: Driver;
  readonly target: Target;
  readonly password: string | undefined;
}

const facts: ConfigFact[] = [];

/** Tries to sign in as the program does. */
function reach({ driver, target, password }: Engine): Promise<Reached> {
  const ports = {
    tape: { append: () => 1, durable: async () => undefined },
    driver: async () => driver,
    newId: () => `test-${facts.length}`,
  } as unknown as Ports;
  const tests = new ProfileTests(ports, (fact) => facts.push(fact), new Resources(), NO_TEST_TUNNELS);
  return tests.run({
    profile: { profileId: 'p', name: 'p', target, environment: 'production', readOnly: true },
    secrets: new Map(password === undefined ? [] : [['password', new Secret(password)]]),
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

describe.each(PRODUCTS)('a test of a profile on $product', ({ product, provided, mysqlEngine, firstTls }) => {
  /** Accounts by what they were granted, what each may do, and whether all databases are open to it. */
  const ACCOUNTS: readonly (readonly [
    user: string,
    grants: readonly string[],
    may: { canWrite: boolean; everything?: true },
  ])[] = [
    ['qt_reads', ['SELECT, SHOW VIEW ON *.*'], { canWrite: false }],
    ['qt_nothing', [], { canWrite: false }],
    ['qt_one', ['SELECT (User), UPDATE (User) ON mysql.db'], { canWrite: true }],
    ['qt_odd', ['SELECT (`a) ON *.* TO x`) ON `tried ON *.* TO`.t'], { canWrite: false }],
    ['qt_schema', ['ALL ON tried.*'], { canWrite: true }],
    ['qt_routine', ['EXECUTE ON FUNCTION tried.f'], { canWrite: true }],
    ['qt_all', ['ALL ON *.*'], { canWrite: true, everything: true }],
    ['qt_role', ['qt_writer'], { canWrite: true }],
    ['qt_looks', ['qt_reader'], { canWrite: false }],
    ['qt_nested', ['qt_outer'], { canWrite: true }],
    ['qt_root', ['qt_everything'], { canWrite: true, everything: true }],
    ...(product === 'MySQL'
      ? ([
          ['qt_dynamic', ['SELECT, SHOW_ROUTINE, XA_RECOVER_ADMIN ON *.*'], { canWrite: false }],
          ['qt_admin', ['SYSTEM_VARIABLES_ADMIN ON *.*'], { canWrite: true }],
        ] as const)
      : ([['qt_monitor', ['BINLOG MONITOR ON *.*'], { canWrite: false }]] as const)),
  ];
  const ROLES = ['qt_writer', 'qt_reader', 'qt_outer', 'qt_everything'];
  const run = (...texts: string[]) => mysql(provided(), ...texts);
  const engine = () => mysqlEngine(provided(), { tls: firstTls });
  const at = (user: string): Engine => {
    const { target } = engine();
    return as({ ...engine(), target: { ...target, database: '' } }, user, 'p');
  };
  const drop = () =>
    run(
      'DROP DATABASE IF EXISTS tried',
      'DROP DATABASE IF EXISTS `tried ON *.* TO`',
      ...ACCOUNTS.map(([user]) => `DROP USER IF EXISTS ${user}`),
      ...ROLES.map((role) => `DROP ROLE IF EXISTS ${role}`),
    );
  beforeAll(async () => {
    await makeUser(provided());
    await drop();
    await run(
      'CREATE DATABASE tried',
      'CREATE DATABASE `tried ON *.* TO`',
      'CREATE TABLE `tried ON *.* TO`.t (`a) ON *.* TO x` INT)',
      'CREATE FUNCTION tried.f() RETURNS INT DETERMINISTIC RETURN 1',
      ...ROLES.map((role) => `CREATE ROLE ${role}`),
      'GRANT INSERT ON *.* TO qt_writer',
      'GRANT SELECT ON *.* TO qt_reader',
      'GRANT qt_writer TO qt_outer',
      'GRANT ALL ON *.* TO qt_everything',
    );
    for (const [user, grants] of ACCOUNTS)
      await run(
        `CREATE USER ${user}@'%' IDENTIFIED BY 'p'`,
        ...grants.map((grant) => `GRANT ${grant} TO ${user}`),
      );
  });
  afterAll(drop);

  it('warns where the profile names the other product', async () => {
    const here = at('qt_reads');
    const engine = product === 'MySQL' ? 'mariadb' : 'mysql';
    const elsewhere = await reach({ ...here, target: { ...here.target, engine } });
    expect(elsewhere.flavour).toBe(product);
    expect(elsewhere.warnings).toContainEqual(expect.stringContaining(`The server is ${product}, and`));
    expect((await reach(here)).warnings.join()).not.toContain('The server is');
  });

  it('says who answers', async () => {
    expect(await reach(engine())).toMatchObject({ flavour: product, replica: false, canWrite: true });
  });

  it.each(ACCOUNTS)(
    'says of %s, granted %j, whether it may write, and may do everything',
    async (user, _grants, may) => {
      const reached = await reach(at(user));
      expect(reached).toMatchObject({ user: `${user}@%`, canWrite: may.canWrite });
      expect(reached.warnings.filter((text) => /everything/.test(text))).toHaveLength(may.everything ? 1 : 0);
    },
  );

  it('says in the server’s words why nothing was reached', async () => {
    await expect(reach({ ...engine(), password: 'wrong' })).rejects.toMatchObject({ code: '1045' });
  });
});

describe('a test of a profile on MySQL whose account has privileges that are revoked in part', () => {
  const { provided, mysqlEngine } = MYSQL;
  const run = (...texts: string[]) => mysql(provided(), ...texts);
  beforeAll(() =>
    run(
      'CREATE DATABASE IF NOT EXISTS tried_part',
      'DROP USER IF EXISTS qt_part',
      'SET GLOBAL partial_revokes = ON',
      `CREATE USER qt_part@'%' IDENTIFIED BY 'p'`,
      'GRANT ALL ON *.* TO qt_part',
      'REVOKE DELETE ON tried_part.* FROM qt_part',
    ),
  );
  afterAll(() => run('DROP USER qt_part', 'SET GLOBAL partial_revokes = OFF', 'DROP DATABASE tried_part'));

  it('says that it may write, and not that it may do everything', async () => {
    const reached = await reach(as(mysqlEngine(provided(), { tls: MYSQL.firstTls }), 'qt_part', 'p'));
    expect(reached.canWrite).toBe(true);
    expect(reached.warnings.filter((text) => /everything/.test(text))).toEqual([]);
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
