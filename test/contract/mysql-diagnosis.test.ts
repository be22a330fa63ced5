import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tls } from '../../src/events/profile.ts';
import type { MysqlServer } from '../servers/mysql-process.ts';
import { type Diagnosed, Incident } from './incident.ts';
import { type IncidentServer, incidentContract } from './incident-contract.ts';
import { makeUser, outside, PRODUCTS, sequence, sleep } from './mysql-engine.ts';

describe.each(PRODUCTS)('on $product', ({ product, makeServer, mysqlEngine, firstTls }) => {
  /** A server of its own, as it is restarted here. */
  let server: MysqlServer;
  const isMysql = product === 'MySQL';

  beforeAll(async () => {
    server = await makeServer();
    await makeUser(server.address);
    await outside(
      server.address,
      'CREATE DATABASE d',
      'CREATE TABLE d.t (id INT PRIMARY KEY, n INT) ENGINE=InnoDB',
      'INSERT INTO d.t VALUES (1, 0), (2, 0)',
      "CREATE USER few@'%' IDENTIFIED BY 'few' WITH MAX_USER_CONNECTIONS 1",
      "CREATE USER old@'%' IDENTIFIED BY 'old' PASSWORD EXPIRE",
    );
  });
  afterAll(() => server?.remove());

  // With the server's key, as MySQL forgets what proved a password when it is restarted.
  const keyed = (): Tls => ({
    mode: 'disable',
    ...(isMysql ? { serverKeyFile: server.publicKeyFile } : {}),
  });
  const engine = (times: object = {}) => mysqlEngine(server.address, { times, tls: keyed() });
  const on = (play: (incident: Incident) => Promise<void>, more: object = {}): Promise<Diagnosed> =>
    Incident.on({ ...engine(), ...more }, play);

  incidentContract(
    product,
    (): IncidentServer => {
      return {
        address: server.address,
        engine,
        stopStatement: async (processId) => void (await outside(server.address, `KILL QUERY ${processId}`)),
        endConnection: (processId) => engine().kill(processId),
        stop: (how) => server.stop(how),
        start: () => server.start(),
        words: {
          change: (id) => `UPDATE d.t SET n = n + 1 WHERE id = ${id}`,
          reads: (count) => `SELECT seq, REPEAT('x', 100) FROM ${sequence(count)}`,
          write: 'INSERT INTO d.t VALUES (3, 0)',
        },
        refusals: [
          ['a wrong password', { tls: firstTls }, 'x', 'credentials', /user or the password is wrong/],
          ['no such database', { database: 'nowhere' }, null, 'credentials', /database does not exist/],
          ['a port where nothing listens', { port: 1 }, null, 'unreachable', /Nothing listens/],
          ['a host that does not exist', { host: 'nowhere.invalid' }, null, 'unreachable', /name/],
          [
            'a certificate that is not trusted',
            { tls: { mode: 'verify-full' } },
            null,
            'tlsFailure',
            /No encryption|not trusted/,
          ],
        ],
        ended: { cause: 'serverRestart', sentence: /another session ended it there/ },
        restarted: /the next attempt found the server down|shuts down or has crashed/,
      };
    },
    {
      ends: isMysql ? ['kill'] : ['orderly'],
      locks: { limit: 'SET innodb_lock_wait_timeout = 1', deadlock: null },
    },
  );

  if (isMysql)
    it.each([
      ['its session', 'SET max_execution_time = 600000', 'SELECT'],
      ['a hint', 'DO 0', 'SELECT /*+ MAX_EXECUTION_TIME(600000) */'],
    ])(
      'who stopped a statement that has a time limit by %s stays open, as the code is one',
      async (_, before, select) => {
        const found = await on(async (incident) => {
          await incident.open();
          await incident.run(before);
          const queryId = await incident.running(sleep(30_000).replace('SELECT', select));
          await outside(server.address, `KILL QUERY ${incident.processOf()}`);
          expect((await incident.world.ended(queryId)).outcome).toBe('failed');
        });
        found.leavesOpen('outsideStop', /on request of another session, or by a time limit/);
        found.leavesOpen('timeout', /by a time limit of its own, or because another session cancelled it/);
        expect(found.yes).toEqual([]);
      },
    );

  it('a change of a table that a transaction uses gives up waiting for its metadata lock', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      await incident.run('BEGIN', 't2');
      await incident.run('SELECT * FROM d.t', 't2');
      await incident.run('SET lock_wait_timeout = 1');
      await incident.run('ALTER TABLE d.t ADD COLUMN m INT');
    });
    found.proves('lockWait', /another transaction held a lock/, 'query.failed');
    expect(found.yes).toEqual(['lockWait']);
  });

  it('a time limit of the server ends a statement', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      await incident.run(isMysql ? 'SET max_execution_time = 300' : 'SET max_statement_time = 0.3');
      await incident.run(sleep(30_000));
    });
    found.proves('timeout', /by a time limit of its own/, 'query.failed');
    expect(found.yes).toEqual(['timeout']);
  });

  it('the server closes a connection by wait_timeout', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      // The text does not show that the limit changes, so nothing is done about it.
      await incident.run("SET @change = CONCAT('SET wait_', 'timeout = 1')");
      await incident.run('PREPARE changes FROM @change');
      await incident.run('EXECUTE changes');
      incident.world.aheadMs = 3_600_000;
      await incident.lost();
      await incident.run('SELECT 1', 't2');
    });
    // MariaDB closes without a word.
    found.proves(
      'idleClose',
      isMysql ? /of idleness, by its own limit/ : /closed after 1 h/,
      'connection.lost',
    );
    expect(found.yes).toEqual(['idleClose']);
  });

  it('a password that has expired lets in, and takes nothing', async () => {
    const { target } = engine();
    const found = await on(
      async (incident) => {
        await incident.open();
        await incident.run('SELECT 1');
      },
      { target: { ...target, user: 'old', database: '', tls: firstTls }, password: 'old' },
    );
    found.proves('credentials', /The password has expired/);
    expect(found.yes).toEqual(['credentials']);
  });

  if (isMysql)
    it('a server has forgotten the proof of a password, which goes encrypted alone', async () => {
      const { target } = engine();
      await outside(server.address, 'FLUSH PRIVILEGES');
      const unencrypted: Tls = { mode: 'disable' };
      const found = await on((incident) => incident.open(), { target: { ...target, tls: unencrypted } });
      const sentence = /wants the password itself.*\(auth\.needsEncryption\)/;
      found.proves('credentials', sentence, 'connection.notOpened');
      expect(found.yes).toEqual(['credentials']);
    });

  it('an account has as many connections as it may', async () => {
    const { target } = engine();
    const found = await on(
      async (incident) => {
        await incident.open();
        await incident.run('SELECT 1');
      },
      { target: { ...target, user: 'few', database: '' }, password: 'few' },
    );
    found.proves('tooManyConnections', /as many connections as it, or this user, may have/);
    expect(found.yes).toEqual(['tooManyConnections']);
  });

  it('a server that only reads refuses a write', async () => {
    await outside(server.address, 'SET GLOBAL read_only = 1');
    const { target } = engine();
    await outside(
      server.address,
      "CREATE USER IF NOT EXISTS plain@'%' IDENTIFIED BY 'plain'",
      "GRANT SELECT, INSERT ON d.* TO plain@'%'",
    );
    const found = await on(
      async (incident) => {
        await incident.open();
        await incident.run('INSERT INTO d.t VALUES (3, 0)');
      },
      { target: { ...target, user: 'plain', database: '' }, password: 'plain' },
    );
    await outside(server.address, 'SET GLOBAL read_only = 0');
    found.proves('serverError', /with the error 1290/, 'query.failed');
    found.leavesOpen('readOnlyServer', /perhaps that it only reads/);
    expect(found.yes).toEqual(['serverError']);
  });
});
