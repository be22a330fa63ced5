import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DriverError } from '../../src/drivers/driver.ts';
import { Connections } from './contract.ts';
import { outside, PRODUCTS, sleep } from './mysql-engine.ts';
import { CancelLog, Collector, until } from './running.ts';

const TIMES = { askMs: 3000, terminateMs: 300 };
const ACCOUNT = 'querytape_refused';
const SLEEP = sleep(60_000);

describe.each(PRODUCTS)('a cancel that $product turns down', ({ provided, mysqlEngine, firstTls }) => {
  const open: Connections[] = [];

  const connect = (password = 'first') => {
    const { driver, target } = mysqlEngine(provided(), { times: TIMES, tls: firstTls });
    const as = { driver, target: { ...target, user: ACCOUNT, database: '' }, password };
    const connections = new Connections(as);
    open.push(connections);
    return connections.connect();
  };
  const account = (limit = '') =>
    outside(
      provided(),
      `DROP USER IF EXISTS ${ACCOUNT}@'%'`,
      `CREATE USER ${ACCOUNT}@'%' IDENTIFIED BY 'first' ${limit}`,
      `GRANT EXECUTE ON qt_refused.* TO ${ACCOUNT}@'%'`,
    );

  beforeAll(() =>
    outside(
      provided(),
      'DROP DATABASE IF EXISTS qt_refused',
      'CREATE DATABASE qt_refused',
      `CREATE PROCEDURE qt_refused.slow() SQL SECURITY DEFINER ${SLEEP}`,
    ),
  );
  afterEach(async () => {
    const rows = await outside(
      provided(),
      `SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND <> 'Sleep' AND (USER = '${ACCOUNT}' OR INFO LIKE '%SLEEP(IF(n%') AND ID <> CONNECTION_ID()`,
    );
    for (const [id] of rows) await outside(provided(), `KILL ${id}`).catch(() => undefined);
    for (const connections of open.splice(0)) await connections.closeAll();
    await outside(provided(), `DROP USER IF EXISTS ${ACCOUNT}@'%'`);
  });

  /** Cancels a statement and gives its first refusal, which comes before anything is escalated. */
  const refusalOf = async (connection: Awaited<ReturnType<typeof connect>>, text: string) => {
    const execution = connection.execute(text, new Collector());
    await new Promise((resolve) => setTimeout(resolve, 200));
    const log = new CancelLog();
    execution.cancel(log);
    await until('the refusal is reported', () => log.refusals.length > 0, 2500);
    expect(log.steps).not.toContain('terminate');
    return { failure: log.refusals[0]!, log, execution };
  };

  it('as the password was changed in the session says so at once, and does not sign in again', async () => {
    await account();
    const connection = await connect();
    await outside(provided(), `ALTER USER ${ACCOUNT}@'%' IDENTIFIED BY 'second'`);
    const { failure, log, execution } = await refusalOf(connection, SLEEP);
    expect(failure).toMatchObject({
      code: '1045',
      source: 'server',
      severity: 'WARNING',
      message: expect.stringContaining('Not cancelled: Access denied'),
      advice: expect.stringMatching(
        new RegExp(`new one in the profile.*KILL QUERY ${connection.server.process.processId}`),
      ),
    });
    expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted' });
    expect(log.steps).toEqual(['abandon']);
  });

  it('as the user has no connection left says so at once, as a second connection does', async () => {
    await account('WITH MAX_USER_CONNECTIONS 1');
    const connection = await connect();
    const second = await connect().catch((error: unknown) => error);
    expect((second as DriverError).failure).toMatchObject({
      code: '1226',
      source: 'server',
      message: expect.stringContaining('max_user_connections'),
      advice: expect.any(String),
    });
    expect(second).toBeInstanceOf(DriverError);
    const { failure } = await refusalOf(connection, SLEEP);
    expect(failure).toMatchObject({ code: '1226', advice: expect.stringContaining('connection of its own') });
  });

  it('inside of a routine with another user’s rights says what is missing', async () => {
    await account();
    const { failure } = await refusalOf(await connect(), 'CALL qt_refused.slow()');
    expect(['1095', 'cancel.notListed']).toContain(failure.code);
    expect(failure.advice).toMatch(/CONNECTION[ _]ADMIN/);
  });
});
