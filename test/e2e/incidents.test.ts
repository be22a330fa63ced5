import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeUser, outside as outsideMysql, PASSWORD, targetOf } from '../contract/mysql-engine.ts';
import { outside as outsidePostgres } from '../contract/postgres-engine.ts';
import type { MysqlServer } from '../servers/mysql-process.ts';
import { makeMysql } from '../servers/mysql-server.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import { freezableFolder, mountedFolder } from './mounted-folder.ts';
import { type Place, ProgramIncident } from './program-incident.ts';

const on = ProgramIncident.on;
/** Longer than what is not noticed, and that with room. */
const NOTICED_MS = 1500;
const PASSPHRASE = 'copper tidal raven mosaic';

let cluster: PostgresCluster;

const outside = (text: string, values: unknown[] = []) => outsidePostgres(cluster.address, text, values);

/** The cluster, as its superuser or as another role, or by another way. */
function place(more: Partial<Place['target']> = {}, password = cluster.address.password): Place {
  const { host, port, user, database } = cluster.address;
  const tls = { mode: 'disable' } as const;
  return { target: { engine: 'postgres', host, port, user, database, tls, ...more }, password };
}

beforeAll(async () => {
  cluster = await makeCluster();
  await outside('create table t (id int primary key, n int)');
  await outside('insert into t values (1, 0)');
});
afterAll(() => cluster?.remove());

describe('a statement that the server stops', () => {
  it('by its own statement_timeout is distinguished from one that another session stops and from a timeout here', () =>
    on(async (incident) => {
      await incident.open(place());
      await incident.run("set statement_timeout = '300ms'");
      const [limited] = await incident.run('select pg_sleep(60)');
      const ours = await incident.running('select pg_sleep(60)', 't2', { timeoutMs: 300 });
      await incident.ended(ours);
      const theirs = await incident.running('select pg_sleep(60)', 't3');
      await outside('select pg_cancel_backend($1)', [await incident.processOf('t3')]);
      await incident.ended(theirs);
      const said = await incident.ofStatement(limited);
      said.proves('timeout', /The server ended it by a time limit of its own/, 'query.failed');
      expect(said.yes).toEqual(['timeout']);
      const here = await incident.ofStatement(ours);
      here.proves(
        'timeout',
        /It ran longer than its limit of 300 ms/,
        'query.deadlinePassed',
        'query.failed',
      );
      expect(here.yes).toEqual(['timeout']);
      const stopped = await incident.explained(theirs);
      stopped.proves('outsideStop', /another session stopped it/, 'query.failed');
      expect(stopped.yes).toEqual(['outsideStop']);
      expect((await incident.ofTape()).yes).toEqual(['outsideStop', 'timeout']);
    }));

  it('by ending its connection, and runs on, was not restarted', () =>
    on(async (incident) => {
      await incident.open(place());
      const running = await incident.running('select pg_sleep(60)');
      await outside('select pg_terminate_backend($1)', [await incident.processOf()]);
      expect(await incident.ended(running)).toBe('lost.mayHaveCompleted');
      await incident.run('select 1');
      for (const said of [await incident.ofStatement(running), await incident.ofTape()]) {
        said.proves(
          'outsideStop',
          /was not restarted: another session/,
          'connection.opened',
          'connection.lost',
        );
        expect(said.yes).toEqual(['outsideStop']);
      }
      (await incident.ofTape()).answers('serverRestart', 'no', /^$/);
    }));
});

describe('a statement that is cancelled', () => {
  it('while it waits for a lock waited for that, and the cancel came in time', () =>
    on(async (incident) => {
      await incident.open(place());
      await incident.run('begin', 't2');
      await incident.run('update t set n = 1 where id = 1', 't2');
      const waiting = await incident.running('update t set n = 2 where id = 1');
      await incident.client.command({ type: 'query.blockers', queryId: waiting });
      await incident.cancel(waiting);
      expect(await incident.ended(waiting)).toBe('cancelled');
      await incident.run('rollback', 't2');
      const said = await incident.ofStatement(waiting);
      said.proves('lockWait', /because of process \d+/, 'query.blockersFound');
      said.answers('cancelRace', 'no', /reports that it stopped/);
      expect(said.yes).toEqual(['lockWait']);
    }));

  it('in a server process that hangs: the server took the request, and the network is not blamed', () =>
    on(async (incident) => {
      await incident.open(place());
      const running = await incident.running('select pg_sleep(60)');
      const backend = await incident.processOf();
      process.kill(backend, 'SIGSTOP');
      try {
        await incident.cancel(running);
        expect(await incident.ended(running)).toBe('lost.mayHaveCompleted');
      } finally {
        process.kill(backend, 'SIGCONT');
      }
      const said = await incident.ofStatement(running);
      said.proves(
        'cancelEscalation',
        /The server took the request to stop it and did not stop, so its connection was given up/,
        'query.cancelAcknowledged',
        'query.cancelEscalated',
      );
      expect(said.yes).toEqual(['cancelEscalation']);
    }));
});

describe('a server that is restarted', () => {
  it('before anything could find it down is known by its start', () =>
    on(async (incident) => {
      await incident.open(place());
      // Idle, so that nothing connects again by itself.
      const [running] = await incident.run('select 1');
      const proxied = await incident.running('select pg_sleep(60)', 't2');
      await cluster.stop('immediate');
      await cluster.start();
      await incident.ended(proxied);
      await incident.reconnected();
      await incident.run('select 1');
      for (const said of [await incident.ofStatement(running), await incident.ofTape()]) {
        said.proves(
          'serverRestart',
          /had started since|found the server down|has crashed/,
          'connection.lost',
        );
        expect(said.yes.filter((cause) => cause !== 'unreachable')).toEqual(['serverRestart']);
      }
    }));

  it('as a statement waits for a lock is one cause, and the lock another', () =>
    on(async (incident) => {
      await incident.open(place());
      await incident.run('begin', 't2');
      await incident.run('update t set n = 1 where id = 1', 't2');
      const waiting = await incident.running('update t set n = 2 where id = 1');
      await incident.client.command({ type: 'query.blockers', queryId: waiting });
      await cluster.stop('fast');
      await incident.ended(waiting);
      await cluster.start();
      await incident.reconnected();
      await incident.run('select 1');
      const said = await incident.ofStatement(waiting);
      said.proves('lockWait', /because of process \d+ \(a connection of Querytape\)/, 'query.blockersFound');
      said.proves('serverRestart', /found the server down|had started since/, 'connection.lost');
      expect(said.yes).toEqual(['serverRestart', 'lockWait']);
    }));

  it('by the crash of one of its processes is not taken for a connection that was ended', () =>
    on(async (incident) => {
      await incident.open(place());
      const running = await incident.running('select pg_sleep(60)');
      process.kill(await incident.processOf(), 'SIGKILL');
      await incident.ended(running);
      await incident.reconnected();
      await incident.run('select 1');
      const said = await incident.ofStatement(running);
      said.proves('serverRestart', /has crashed|down or starting/, 'connection.lost');
      expect(said.yes).toEqual(['serverRestart']);
    }));
});

describe('a connection', () => {
  it('that the server closes for an idle transaction', () =>
    on(async (incident) => {
      await incident.open(place());
      await incident.run("set idle_in_transaction_session_timeout = '300ms'");
      const [begun] = await incident.run('begin');
      await incident.lost();
      for (const said of [await incident.ofStatement(begun), await incident.ofTape()]) {
        said.proves('idleRollback', /its transaction was idle for too long/, 'connection.lost');
        expect(said.yes).toEqual(['idleRollback']);
      }
    }));

  it('that is one too many for its server', () =>
    on(async (incident) => {
      await outside("create role few login password 'few' connection limit 2");
      await incident.open(place({ user: 'few' }, 'few'));
      await incident.run('select 1');
      const [more, outcome] = await incident.run('select 1', 't2');
      expect(outcome).toBe('lost.notRun');
      for (const said of [await incident.ofStatement(more), await incident.explained(more)]) {
        said.proves('tooManyConnections', /as many connections as it/, 'connection.notOpened');
        expect(said.yes).toEqual(['tooManyConnections']);
      }
    }));

  it('whose password was changed, or has expired, since the session was opened', () =>
    on(async (incident) => {
      await outside("create role staff login password 'before'");
      await incident.open(place({ user: 'staff' }, 'before'));
      await incident.run('select 1');
      await outside("alter role staff password 'after'");
      const [changed] = await incident.run('select 1', 't2');
      await outside("alter role staff password 'before' valid until '2020-01-01'");
      const [expired] = await incident.run('select 1', 't3');
      for (const queryId of [changed, expired]) {
        const said = await incident.ofStatement(queryId);
        said.proves('credentials', /password is wrong, or the account has expired/, 'connection.notOpened');
        expect(said.yes).toEqual(['credentials']);
      }
    }));

  it('whose network goes silent: the server is said neither to work nor to ignore the cancel', () =>
    on(async (incident) => {
      const proxy = await tcpProxy(cluster.address, {});
      try {
        await incident.open(place({ port: proxy.port }));
        await incident.run('select 1');
        proxy.silence();
        const running = await incident.running('select pg_sleep(1)');
        await wait(NOTICED_MS);
        (await incident.ofStatement(running)).answers('noAnswer', 'cantTell', /Nothing has come for/);
        await incident.cancel(running);
        await incident.ended(running);
        for (const said of [await incident.ofStatement(running), await incident.ofTape()]) {
          said.proves('noAnswer', /nothing answered for \d+/, 'query.cancel', 'query.cancelEscalated');
          said.proves('cancelEscalation', /Nothing answered the request to stop it/, 'query.cancelEscalated');
          expect(said.yes).toEqual(['noAnswer', 'cancelEscalation']);
        }
      } finally {
        await proxy.close();
      }
    }));
});

describe('the program', () => {
  it('lets as many statements of a session run as there are slots, and says what the next one waits for', () =>
    on(async (incident) => {
      await incident.open(place());
      const slots = 8;
      const running: string[] = [];
      for (let tab = 1; tab <= slots; tab++)
        running.push(await incident.running('select pg_sleep(60)', `t${tab}`));
      const waiting = await incident.submit('select 1', 'last');
      await incident.query(waiting, ({ state }) => state === 'queued.inSession');
      await wait(NOTICED_MS);
      const said = await incident.ofStatement(waiting);
      said.proves('slotTurn', /until now: 8 statements of its session ran already/, 'query.classified');
      expect(said.yes).toEqual([]);
      await incident.cancel(running[0]!);
      expect(await incident.ended(waiting)).toBe('succeeded');
      (await incident.explained(waiting)).proves('slotTurn', /8 statements/, 'query.slotGranted');
    }));

  it('stops what runs and what waits in production as the vault is locked', () =>
    on(async (incident) => {
      const { target, password } = place();
      await incident.client.command({ type: 'vault.create', protection: { passphrase: PASSPHRASE } });
      const draft = { name: 'Live', environment: 'production', readOnly: false, target } as const;
      const { profileId } = await incident.client.command({
        type: 'profile.save',
        draft,
        secrets: { password },
      });
      await incident.openSaved(profileId!);
      const running = await incident.running('select pg_sleep(60)');
      const waiting = await incident.submit('select 1');
      await incident.client.command({ type: 'vault.lock' });
      await Promise.all([incident.ended(running), incident.ended(waiting)]);
      const ran = await incident.ofStatement(running);
      ran.proves('lockedVault', /locked while it ran/, 'vault.locked', 'session.close', 'query.cancel');
      expect(ran.yes).toEqual(['lockedVault']);
      const waited = await incident.explained(waiting);
      waited.proves(
        'lockedVault',
        /locked while it waited.*It was not sent/,
        'vault.locked',
        'session.close',
      );
      expect(waited.yes).toEqual(['lockedVault']);
    }));

  it('whose disk is full says so while it is', async () => {
    const mounted = mountedFolder('2m');
    await on(
      async (incident) => {
        await incident.open(place());
        const running = await incident.running('select pg_sleep(60)');
        const filler = join(mounted.folder, 'filler');
        expect(() => writeFileSync(filler, Buffer.alloc(4 << 20))).toThrow('ENOSPC');
        // Whatever is recorded next finds the disk full.
        await expect.poll(() => incident.submit('select 1', 't2').then(() => '', String)).toContain('ENOSPC');
        const said = await incident.ofStatement(running);
        said.proves('fullDisk', /The tape can’t be written because the disk is full/);
        // That it sleeps may be true for long enough by now to be said as well.
        expect(said.yes.filter((cause) => cause !== 'slowFirstRow')).toEqual(['fullDisk']);
        rmSync(filler);
        await expect.poll(() => incident.submit('select 1', 't3').then(() => 'taken', String)).toBe('taken');
        await incident.cancel(running);
        expect(await incident.ended(running)).toBe('cancelled');
      },
      { folder: mounted.folder, remove: mounted.remove },
    );
  });
});

describe('the disk of the data folder', () => {
  it('that takes nothing for a while delays a statement, which the server is not blamed for', async () => {
    const disk = freezableFolder();
    await on(
      async (incident) => {
        await incident.open(place());
        await incident.run('select 1');
        disk.freeze();
        const submitted = incident.submit('select 2');
        await wait(2 * NOTICED_MS);
        disk.thaw();
        const queryId = await submitted;
        expect(await incident.ended(queryId)).toBe('succeeded');
        for (const said of [await incident.ofStatement(queryId), await incident.explained(queryId)]) {
          said.proves('slowDisk', /until its record was on disk/, 'query.recorded');
          expect(said.yes).toEqual([]);
        }
      },
      { folder: disk.folder, remove: disk.remove },
    );
  });
});

describe('MySQL', () => {
  let server: MysqlServer;
  const reads = `SELECT COUNT(*) FROM information_schema.COLUMNS a JOIN information_schema.COLUMNS b
    JOIN information_schema.COLUMNS c WHERE CONCAT(a.TABLE_NAME, b.TABLE_NAME, c.TABLE_NAME) LIKE '%x%y%z%'`;
  const here = (): Place => ({
    target: { ...targetOf(server.address), engine: 'mysql' },
    password: PASSWORD,
  });

  beforeAll(async () => {
    server = await makeMysql();
    await makeUser(server.address);
  });
  afterAll(() => server?.remove());

  it('stops a statement by KILL QUERY, which is not a time limit', () =>
    on(async (incident) => {
      await incident.open(here());
      const running = await incident.running(reads);
      await outsideMysql(server.address, `KILL QUERY ${await incident.processOf()}`);
      await incident.ended(running);
      for (const said of [await incident.ofStatement(running), await incident.ofTape()]) {
        said.proves('outsideStop', /another session stopped it/, 'query.failed');
        expect(said.yes).toEqual(['outsideStop']);
      }
    }));

  it('has no room for the connection that is to cancel, and so did not ignore the cancel', () =>
    on(async (incident) => {
      await incident.open(here());
      const running = await incident.running(reads);
      // The session's and the tab's connections are two already, and one more than the limit is for administrators.
      await outsideMysql(server.address, 'SET GLOBAL max_connections = 1');
      await incident.cancel(running);
      await incident.query(running, ({ outcome }) => outcome !== null);
      const said = await incident.ofStatement(running);
      said.proves('tooManyConnections', /to be stopped by another connection/, 'query.cancelRefused');
      said.proves('cancelEscalation', /could not be delivered \(1040\)/, 'query.cancelRefused');
      expect(said.yes).toEqual(['tooManyConnections', 'cancelEscalation']);
    }));
});
