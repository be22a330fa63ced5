import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import { type Diagnosed, Incident } from './incident.ts';
import { type IncidentServer, incidentContract } from './incident-contract.ts';
import { outside, postgresEngine } from './postgres-engine.ts';

/** A server of its own, as it is restarted and killed here. */
let cluster: PostgresCluster;

beforeAll(async () => {
  cluster = await makeCluster();
  await outside(cluster.address, 'create table t (id int primary key, n int)');
  await outside(cluster.address, 'insert into t values (1, 0), (2, 0)');
  await outside(cluster.address, "create role few login password 'few' connection limit 1");
  await outside(cluster.address, "create role old login password 'old' valid until '2020-01-01'");
});
afterAll(() => cluster?.remove());

incidentContract(
  'PostgreSQL',
  (): IncidentServer => {
    const cancel = 'select pg_cancel_backend($1)';
    return {
      address: cluster.address,
      engine: (times = {}) => postgresEngine(cluster.address, { times }),
      stopStatement: async (processId) => void (await outside(cluster.address, cancel, [processId])),
      endConnection: (processId) => postgresEngine(cluster.address).kill(processId),
      stop: (how) => cluster.stop(how === 'orderly' ? 'fast' : 'immediate'),
      start: () => cluster.start(),
      words: {
        change: (id) => `update t set n = n + 1 where id = ${id}`,
        reads: postgresEngine(cluster.address).say.rows,
        write: 'insert into t values (3, 0)',
      },
      ended: { cause: 'outsideStop', sentence: /another session had asked it to/ },
      refusals: [
        ['a wrong password', {}, 'x', 'credentials', /password is wrong, or the account has expired/],
        ['an expired account', { user: 'old' }, 'old', 'credentials', /or the account has expired/],
        ['no such database', { database: 'nowhere' }, null, 'credentials', /database does not exist/],
        ['a port where nothing listens', { port: 1 }, null, 'unreachable', /Nothing listens/],
        ['a host that does not exist', { host: 'nowhere.invalid' }, null, 'unreachable', /name/],
        ['TLS that is not offered', { tls: { mode: 'require' } }, null, 'tlsFailure', /No encryption/],
      ],
      restarted: /the next attempt found the server down|shuts down or has crashed/,
    };
  },
  {
    ends: ['orderly', 'kill'],
    locks: { limit: "set lock_timeout = '200ms'", deadlock: "set deadlock_timeout = '100ms'" },
  },
);

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
const sleeping = 'select pg_sleep(30)';

describe('a statement on PostgreSQL', () => {
  it('that waited for a lock of another tab, as the server said when it was asked', async () => {
    let holder = '';
    const found = await on(async (incident) => {
      await incident.open();
      await incident.run('begin', 't2');
      await incident.run('update t set n = 1 where id = 1', 't2');
      const waiter = await incident.running('update t set n = 2 where id = 1');
      const { world } = incident;
      const { blockers } = await world.send({ type: 'query.blockers', queryId: waiter });
      holder = Object.values(world.state.connections).find(({ tabId }) => tabId === 't2')!.connectionId;
      expect(blockers).toMatchObject({
        waits: 'lock',
        lock: 'transaction',
        blockers: [{ connectionId: holder, state: 'inTransaction', application: 'querytape' }],
      });
      expect(blockers!.blockers[0]!.text).toBe('');
      await incident.run('rollback', 't2');
      await world.ended(waiter);
    });
    found.proves('lockWait', /because of process \d+ \(a connection of Querytape\)/, 'query.blockersFound');
    const asked = found.records.filter(({ event }) => event.type.startsWith('query.blockers'));
    expect(asked.map(({ event }) => event.type)).toEqual(['query.blockersWanted', 'query.blockersFound']);
    expect(JSON.stringify(asked)).toContain(holder);
    expect(JSON.stringify(asked)).not.toMatch(/update|set n/);
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
    found.proves('timeout', /by a time limit of its own/, 'query.failed');
    expect(found.yes).toEqual(['timeout']);
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
    found.leavesOpen(
      'serverRestart',
      /the server was restarted, another session ended it there, or the network/,
    );
    expect(found.yes).toEqual([]);
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
