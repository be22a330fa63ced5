import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import { type Diagnosed, Incident } from './incident.ts';
import { outside, postgresEngine } from './postgres-engine.ts';

/** A server of its own, as it is restarted and killed here. */
let cluster: PostgresCluster;

beforeAll(async () => {
  cluster = await makeCluster();
  await outside(cluster.address, 'create table t (id int primary key, n int)');
  await outside(cluster.address, 'insert into t values (1, 0), (2, 0)');
  await outside(cluster.address, "create role few login password 'few' connection limit 1");
});
afterAll(() => cluster?.remove());

type Play = (incident: Incident) => Promise<void>;

function on(play: Play, more: object = {}): Promise<Diagnosed> {
  return Incident.on({ ...postgresEngine(cluster.address), ...more }, play);
}
/** Opens and runs some statements, in order. */
function runs(...texts: string[]): Promise<Diagnosed> {
  return on(async (incident) => {
    await incident.open();
    for (const text of texts) await incident.run(text);
  });
}
/** Opens, as another user or elsewhere. */
function opens(target: object, more: object = {}): Promise<Diagnosed> {
  const { target: own } = postgresEngine(cluster.address);
  return on((incident) => incident.open(), { target: { ...own, ...target }, ...more });
}
const sleeping = 'select pg_sleep(30)';

describe('a statement on PostgreSQL', () => {
  it('that gives up waiting for a lock', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      await incident.run('begin', 't2');
      await incident.run('update t set n = 1 where id = 1', 't2');
      await incident.run("set lock_timeout = '200ms'");
      await incident.run('update t set n = 2 where id = 1');
    });
    found.proves('lockWait', /another transaction held a lock/, 'query.recorded', 'query.failed');
    expect(found.yes).toEqual(['lockWait']);
  });

  it('that is ended to end a deadlock', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      for (const [tab, id] of [
        ['t1', 1],
        ['t2', 2],
      ] as const) {
        await incident.run('begin', tab);
        await incident.run("set deadlock_timeout = '100ms'", tab);
        await incident.run(`update t set n = 1 where id = ${id}`, tab);
      }
      const both = [
        await incident.submit('update t set n = 1 where id = 2', 't1'),
        await incident.submit('update t set n = 1 where id = 1', 't2'),
      ];
      await Promise.all(both.map((queryId) => incident.world.ended(queryId)));
    });
    found.proves('lockWait', /to end a deadlock/, 'query.failed');
  });

  it('whose transaction another one overtook, and the one after it', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      await incident.run('begin isolation level repeatable read');
      await incident.run('select * from t');
      await incident.run('update t set n = n + 1 where id = 1', 't2');
      await incident.run('update t set n = 5 where id = 1');
      await incident.run('select 1');
    });
    found.proves('writeConflict', /another transaction changed the same data/, 'query.failed');
    found.proves('abortedTransaction', /its transaction had failed/, 'query.failed', 'connection.released');
    expect(found.yes).toEqual(['writeConflict', 'abortedTransaction']);
  });

  it('that the server stops by statement_timeout, for which it has the same code as for a cancel', async () => {
    const found = await runs("set statement_timeout = '200ms'", sleeping);
    found.leavesOpen('timeout', /by a time limit of its own, or because another session cancelled it/);
    expect(found.yes).toEqual([]);
  });

  it('whose connection the server ends by transaction_timeout', async () => {
    const found = await runs("set transaction_timeout = '300ms'", 'begin', sleeping);
    found.proves('timeout', /by a time limit of its own/);
    expect(found.yes).toEqual(['timeout']);
  });

  it('that is wrong, or needs more than the server gives', async () => {
    const found = await runs(
      'select * from nowhere',
      'set temp_file_limit = 100',
      "set work_mem = '64kB'",
      'select * from generate_series(1, 200000) g order by g desc',
    );
    found.proves('serverError', /ended it with the error 42P01/, 'query.recorded', 'query.failed');
    found.proves('serverError', /ended it with the error 53400/);
    expect(found.yes).toEqual(['serverError']);
  });
});

describe('a connection to PostgreSQL', () => {
  it('that the server closes by its own limit on idleness', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      await incident.run("set idle_session_timeout = '300ms'");
      await incident.lost();
    });
    found.proves('idleClose', /closed it after \d+ ms of idleness, by its own limit/, 'connection.lost');
    expect(found.yes).toEqual(['idleClose']);
  });

  it('that the server closes for an idle transaction', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      await incident.run("set idle_in_transaction_session_timeout = '300ms'");
      await incident.run('begin');
      await incident.lost();
    });
    found.proves('idleRollback', /its transaction was idle for too long/, 'connection.lost');
    expect(found.yes).toEqual(['idleRollback']);
  });

  it('that an administrator ends is not called a restart, nor closed for its idleness', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      await incident.run('select 1');
      await outside(cluster.address, 'select pg_terminate_backend($1)', [incident.processOf()]);
      await incident.lost();
    });
    found.leavesOpen('serverRestart', /or because an administrator ended it/);
    found.leavesOpen('idleClose', /by an administrator, or shutting down/);
    expect(found.yes).toEqual([]);
  });

  it('that something on the way cuts', async () => {
    const cuts: (() => void)[] = [];
    const proxy = await tcpProxy(cluster.address, {
      fromServer(bytes, { number, cut }) {
        cuts[number] = cut;
        return [bytes];
      },
    });
    const { target } = postgresEngine(cluster.address);
    const found = await on(
      async (incident) => {
        await incident.open();
        const queryId = await incident.running(sleeping);
        cuts[1]!();
        await incident.world.ended(queryId);
        await incident.run('select 1');
      },
      { target: { ...target, port: proxy.port } },
    );
    await proxy.close();
    found.leavesOpen('serverRestart', /the server was restarted, or the network on the way failed/);
    expect(found.yes).toEqual([]);
  });

  it.each([
    [
      'a wrong password',
      {},
      { password: 'x' },
      'credentials',
      /password is wrong, or the account has expired/,
    ],
    ['a database that does not exist', { database: 'nowhere' }, {}, 'credentials', /database does not exist/],
    ['a port where nothing listens', { port: 1 }, {}, 'unreachable', /Nothing listens/],
    ['a host that does not exist', { host: 'nowhere.invalid' }, {}, 'unreachable', /name/],
    ['TLS that the server does not offer', { tls: { mode: 'require' } }, {}, 'tlsFailure', /No encryption/],
  ] as const)('with %s', async (_, target, more, cause, sentence) => {
    const found = await opens(target, more);
    found.proves(cause, sentence, 'connection.notOpened');
    expect(found.yes).toEqual([cause]);
  });

  it('that is one too many for its role', async () => {
    const { target } = postgresEngine(cluster.address);
    const found = await on(
      async (incident) => {
        await incident.open();
        await incident.run('select 1');
      },
      { target: { ...target, user: 'few' }, password: 'few' },
    );
    found.proves('tooManyConnections', /as many connections as it, or this user, may have/);
    expect(found.yes).toEqual(['tooManyConnections']);
  });
});

describe('PostgreSQL', () => {
  it.each([
    ['stopped in order', () => cluster.stop('fast')],
    ['stopped at once', () => cluster.stop('immediate')],
  ] as const)('%s under a statement and idle connections, then started again', async (_, stop) => {
    const found = await on(async (incident) => {
      await incident.open();
      await incident.run('select 1', 't2');
      const queryId = await incident.running(sleeping);
      await stop();
      expect((await incident.world.ended(queryId)).outcome).toBe('lost.mayHaveCompleted');
      // The three that were open, and the next attempt.
      await incident.lost(4);
      await cluster.start();
    });
    found.proves(
      'serverRestart',
      /the next attempt found the server down|shuts down or has crashed/,
      'connection.lost',
    );
    expect(found.yes.filter((cause) => cause !== 'unreachable')).toEqual(['serverRestart']);
  });
});
