import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connection, DriverError } from '../../src/drivers/driver.ts';
import { postgresDriver } from '../../src/drivers/postgres/driver.ts';
import { type FailureText, signInRefused, withoutWords } from '../../src/events/failure.ts';
import { failureLines } from '../../src/events/failure-lines.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { outside, targetOf } from './postgres-engine.ts';
import { run } from './running.ts';

describe('what PostgreSQL says of a failure', () => {
  let cluster: PostgresCluster;
  let connection: Connection;

  const connect = (
    user: string,
    database = 'postgres',
    password = cluster.address.password,
  ): Promise<Connection> =>
    postgresDriver().connect(
      { ...targetOf(cluster.address), user, database },
      {
        password: () => password,
        signal: AbortSignal.timeout(30_000),
        applicationName: 'failures',
        readOnly: false,
        onLost: () => {},
      },
    );
  const refused = async (...given: Parameters<typeof connect>): Promise<FailureText> => {
    const error = await connect(...given).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DriverError);
    return (error as DriverError).failure;
  };
  const failed = async (text: string): Promise<FailureText> => {
    const { end } = await run(connection, text);
    if (end.type !== 'failed') throw new Error(`${end.type}: ${text}`);
    return end.failure;
  };

  beforeAll(async () => {
    cluster = await makeCluster({
      hba: [
        'host all kept_out 127.0.0.1/32 reject',
        'host all postgres,one 127.0.0.1/32 scram-sha-256',
        'host all trusted,norights,"no login" 127.0.0.1/32 trust',
      ],
    });
    await outside(
      cluster.address,
      `create role kept_out login; create role "no login"; create role one login password 'contract' connection limit 1;
       create function divide(n int) returns int language plpgsql as 'begin return 1 / n; end';
       create function run(q text) returns void language plpgsql as 'begin execute q; end';
       create domain small as int constraint is_small check (value < 10);
       create table t (id int primary key, a small not null);
       insert into t values (1, 1)`,
    );
    connection = await connect('postgres');
  });
  afterAll(async () => {
    await connection?.close();
    await cluster?.remove();
  });

  it('names the function, its line and the statement that it was called by', async () => {
    const failure = await failed('select divide(0)');
    expect(failure).toMatchObject({ code: '22012', message: 'division by zero' });
    expect(failure.context).toMatch(/^PL\/pgSQL function divide\(integer\) line 1 at RETURN$/);
  });

  it.each([
    ['select * from t where id = :id', '42601', 'If :id stands for a value'],
    ['select * from t where id = ?', '42601', 'If ? stands for a value'],
    ['select * from t where id = ? and a = ?', '42601', 'If ? stands for a value'],
    ['insert into t values (?, ?)', '42601', 'If ? stands for a value'],
    ['\ufeffselect 1', '42601', 'U+FEFF'],
    ['select\u00a01', '42601', 'U+00A0'],
    ['select a\u00a0from t', '42703', 'U+00A0'],
    ['select a from t\u200b', '42P01', 'U+200B'],
  ])('names what may be wrong at the place in %j', async (text, code, advice) => {
    expect(await failed(text)).toMatchObject({ code, advice: expect.stringContaining(advice) });
  });

  it('shows the statement that the server made itself, and the place in it', async () => {
    const failure = await failed("select run('select 1 from nowhere')");
    expect(failure).toMatchObject({ internalQuery: 'select 1 from nowhere', internalPosition: 15 });
    expect(failureLines(failure).join('\n')).toContain(
      'LINE 1: select 1 from nowhere\n                      ^',
    );
  });

  it.each([
    ['insert into t values (1, 1)', { schema: 'public', table: 't', constraint: 't_pkey' }],
    ['insert into t values (2, null)', { schema: 'public', table: 't', column: 'a' }],
    ['select 11::small', { schema: 'public', dataType: 'small', constraint: 'is_small' }],
  ])('names what %s is about', async (text, about) => {
    const failure = await failed(text);
    expect(failure).toMatchObject(about);
    // The tape gets none of it.
    expect(
      Object.keys(withoutWords(failure)).filter((key) => !['code', 'source', 'position'].includes(key)),
    ).toEqual([]);
  });

  it.each([
    ['kept_out', /rejects this user/],
    ['stranger', /without encryption\. Try a TLS mode/],
    ['norights', /^Check the user name\./],
    ['no login', /may not sign in/],
  ])('advises what is true of a sign-in as %s', async (user, advice) => {
    const failure = await refused(user);
    expect(failure).toMatchObject({ code: '28000', advice: expect.stringMatching(advice) });
    expect(signInRefused(failure)).toBe(true);
  });

  it('tells a wrong password and an unknown database apart, and neither is tried again', async () => {
    const wrong = await refused('postgres', 'postgres', 'wrong');
    const unknown = await refused('postgres', 'nowhere');
    expect([wrong.code, unknown.code]).toEqual(['28P01', '3D000']);
    expect([wrong, unknown].every(signInRefused)).toBe(true);
  });

  it('passes on the server’s words where a role has no connection left', async () => {
    const first = await connect('one');
    const failure = await refused('one');
    expect(failure).toMatchObject({ code: '53300', message: 'too many connections for role "one"' });
    expect(failure.advice).toMatch(/no connection left/);
    expect(signInRefused(failure)).toBe(false);
    await first.close();
  });
});
