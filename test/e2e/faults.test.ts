import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessFigures } from '../../src/events/metrics/process-figures.ts';
import type { Outcome } from '../../src/events/query.ts';
import type { QueryText } from '../../src/events/wire.ts';
import { Client } from '../../src/main/client.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { dataFolder, type Ended, removeFolder, runCommand, type Started, startQuerytape } from './client.ts';
import { mountedFolder } from './mounted-folder.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
const UNSAVED = ['--allow-unsaved-profiles'];

let cluster: PostgresCluster;
let folder: string;
let program: Started;
let client: Client;

beforeAll(async () => {
  cluster = await makeCluster();
});
afterAll(() => cluster?.remove());

beforeEach(async () => {
  folder = dataFolder();
  program = await startQuerytape(folder, UNSAVED);
  client = new Client(program.url);
});
afterEach(async () => {
  await program.stop();
  removeFolder(folder);
});

async function open(environment: 'development' | 'production' = 'development'): Promise<string> {
  const { host, port, user, password, database } = cluster.address;
  const target = { engine: 'postgres', host, port, user, database, tls: { mode: 'disable' } } as const;
  const { sessionId } = await client.command({
    type: 'session.openUnsaved',
    name: 'Private',
    target,
    environment,
    password,
  });
  await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
  return sessionId!;
}

async function submit(sessionId: string, text: string, tabId = 't1'): Promise<string> {
  const { queryIds } = await client.command({ type: 'query.submit', sessionId, tabId, text });
  return queryIds![0]!;
}

function ended(queryId: string): Promise<Outcome> {
  return client.until(({ queries }) => queries[queryId]?.outcome ?? undefined);
}

function inState(queryId: string, state: string): Promise<true> {
  return client.until(({ queries }) => (queries[queryId]?.state === state ? true : undefined));
}

/** Reconnects at once instead of after the wait, unless an attempt of the session's own is already under way. */
async function reconnected(sessionId: string): Promise<void> {
  const asked = await client.command({ type: 'session.reconnect', sessionId }).catch((error: Error) => error);
  if (asked instanceof Error) expect(asked.message).toContain('session.notReady');
  await client.until(({ sessions }) => (sessions[sessionId]?.state === 'ready' ? true : undefined));
}

async function value(sessionId: string, text: string): Promise<string | null> {
  const queryId = await submit(sessionId, text, 'look');
  expect(await ended(queryId)).toBe('succeeded');
  const answer = await client.get(`/api/results/${queryId}/rows?from=0&count=1`);
  const { rows } = (await answer.json()) as { rows: (string | null)[][] };
  return rows[0]![0]!;
}

const cli = (...args: string[]): Promise<Ended> => runCommand(args);

describe('a server that goes', () => {
  it('and comes back is connected to again; nothing is run twice, and each loss is reported', async () => {
    const sessionId = await open();
    await ended(await submit(sessionId, 'create table if not exists ran (what text)'));
    const running = await submit(sessionId, "insert into ran select 'once' from pg_sleep(60)");
    const waiting = await submit(sessionId, "insert into ran values ('twice')");
    await inState(running, 'executing');
    await cluster.stop();
    expect(await ended(running)).toBe('lost.mayHaveCompleted');
    expect(await ended(waiting)).toBe('lost.notRun');
    await client.until(({ sessions }) =>
      sessions[sessionId]?.state.startsWith('reconnecting') ? true : undefined,
    );
    await cluster.start();
    await reconnected(sessionId);
    expect(await value(sessionId, 'select count(*) from ran')).toBe('0');
  });

  it('for one tab alone is lost for that tab alone', async () => {
    const sessionId = await open();
    const one = await submit(sessionId, 'select pg_sleep(60)', 'one');
    const two = await submit(sessionId, 'select pg_sleep(60)', 'two');
    await inState(one, 'executing');
    await inState(two, 'executing');
    const pid = await client.until(
      ({ queries, connections }) => connections[queries[one]!.connectionId]?.server?.process.processId,
    );
    await value(sessionId, `select pg_terminate_backend(${pid})`);
    expect(await ended(one)).toBe('lost.mayHaveCompleted');
    expect((await client.state()).state.queries[two]!.outcome).toBeNull();
    await client.command({ type: 'query.cancel', queryId: two });
    expect(await ended(two)).toBe('cancelled');
    expect(await ended(await submit(sessionId, 'select 1', 'one'))).toBe('succeeded');
  });
});

describe('what is secret', () => {
  it('is on no tape, in no bundle and in no metric', async () => {
    const sessionId = await open();
    const secrets = [
      'planted-literal-4711',
      'planted column 4712',
      'planted-row-4713',
      cluster.address.password,
    ];
    await ended(
      await submit(
        sessionId,
        `select 'planted-literal-4711' as "planted column 4712" -- planted-literal-4711`,
      ),
    );
    await ended(await submit(sessionId, `select 'planted-row-' || 4700 + 13`));
    const failing = await submit(sessionId, `select 'planted-literal-4711'::int`);
    expect(await ended(failing)).toBe('failed');
    const words = (await (await client.get(`/api/queries/${failing}`)).json()) as QueryText;
    expect(words.failure?.message).toContain('planted-literal-4711');
    const metrics = await (await client.get('/metrics')).text();
    const bundle = join(tmpdir(), `querytape-bundle-${process.pid}.qtape`);
    expect((await cli('tape', 'export', '--data-dir', folder, '--output', bundle)).code).toBe(0);
    const unpacked = Buffer.concat(Object.values(unzipSync(readFileSync(bundle)))).toString();
    rmSync(bundle);
    expect(unpacked).toContain('22P02');
    const names = readdirSync(folder, { recursive: true }) as string[];
    const files = names.filter((name) => statSync(join(folder, name)).isFile());
    const all = [
      metrics,
      unpacked,
      program.stderr(),
      ...files.map((name) => readFileSync(join(folder, name), 'latin1')),
    ];
    for (const secret of secrets) for (const text of all) expect(text).not.toContain(secret);
    expect(files.map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8))).toEqual(
      files.map(() => '600'),
    );
  });

  it('production is opened from a saved profile only', async () => {
    await expect(open('production')).rejects.toThrow('profile.unsavedProduction');
  });
});

describe('the program', () => {
  it('has in its state what a command made as soon as the command is accepted', async () => {
    const { host, port, user, password, database } = cluster.address;
    const target = { engine: 'postgres', host, port, user, database, tls: { mode: 'disable' } } as const;
    for (let n = 0; n < 5; n++) {
      const { sessionId } = await client.command({
        type: 'session.openUnsaved',
        name: 'Private',
        target,
        environment: 'development',
        password,
      });
      expect(Object.keys((await client.state()).state.sessions)).toContain(sessionId);
    }
  });

  it('started a second time finds the first', async () => {
    const second = await cli('serve', '--json', '--no-open', '--data-dir', folder, ...UNSAVED);
    expect(second.code).toBe(0);
    expect(JSON.parse(second.out)).toEqual({ url: program.url });
  });

  it('started several times at once is one, which the others wait for while it starts', async () => {
    await program.stop();
    const commands = [
      ['serve', '--json', '--no-open'],
      ['serve', '--json', '--no-open'],
      ['history'],
      ['run', '--profile', 'none', 'select 1'],
    ];
    const [started, ...others] = await Promise.all([
      startQuerytape(folder, UNSAVED),
      ...commands.map(async (words) => {
        // Once the first has the lock, and long before it serves.
        await expect.poll(() => existsSync(join(folder, 'tape', 'tape.lock')), { interval: 1 }).toBe(true);
        return cli(...words, '--data-dir', folder);
      }),
    ]);
    program = started;
    client = new Client(program.url);
    expect(others.map(({ err }) => err).join('\n')).not.toContain('writes this tape');
    expect(others.slice(0, 2).map(({ out }) => JSON.parse(out))).toEqual([
      { url: program.url },
      { url: program.url },
    ]);
  });

  it('ended by Ctrl-C cancels on the server first, and ends well', async () => {
    const sessionId = await open();
    const queryId = await submit(sessionId, 'select pg_sleep(61)');
    await inState(queryId, 'executing');
    expect(await program.stop()).toBe(0);
    program = await startQuerytape(folder, UNSAVED);
    client = new Client(program.url);
    expect((await client.state()).state.queries[queryId]).toMatchObject({
      outcome: 'cancelled',
      orphaned: false,
      cancel: { reason: 'sessionClosed', confirmedAfterMs: expect.any(Number) },
    });
    const left = await value(
      await open(),
      "select count(*) from pg_stat_activity where query like '%pg_sleep(61)%' and pid <> pg_backend_pid()",
    );
    expect(left).toBe('0');
  });

  it('asks before Ctrl-C rolls an open transaction back, and does it at the second', async () => {
    const sessionId = await open();
    await ended(await submit(sessionId, 'create table if not exists kept (n int)'));
    await ended(await submit(sessionId, 'begin'));
    await ended(await submit(sessionId, 'insert into kept values (1)'));
    program.process.kill('SIGINT');
    await expect.poll(() => program.stderr()).toContain('A transaction is open.');
    const { connections } = (await client.state()).state;
    expect(Object.values(connections).map(({ transaction }) => transaction)).toContain('open');
    expect(await program.stop()).toBe(0);
    program = await startQuerytape(folder, UNSAVED);
    client = new Client(program.url);
    expect(await value(await open(), 'select count(*) from kept')).toBe('0');
  });

  it('rolls back what a script leaves open, says so, and ends with code 1', async () => {
    const sessionId = await open();
    await ended(await submit(sessionId, 'create table if not exists script (n int)'));
    const script = (...args: string[]) => cli('run', '--profile', 'Private', '--data-dir', folder, ...args);
    const left = await script('begin; insert into script values (1)');
    expect(left).toMatchObject({ code: 1, err: expect.stringContaining('left a transaction open') });
    expect(await value(sessionId, 'select count(*) from script')).toBe('0');
    expect(await script('begin; insert into script values (1); commit')).toMatchObject({ code: 0 });
    expect(await value(sessionId, 'select count(*) from script')).toBe('1');
  });

  it('runs the rest of a script after an error if it was asked to', async () => {
    await open();
    const script = (...args: string[]) =>
      cli('run', '--profile', 'Private', '--data-dir', folder, '--format', 'csv', ...args);
    const stopped = await script('select 1 as a; select 1/0; select 3 as b');
    expect(stopped).toMatchObject({ code: 1, out: 'a\r\n1\r\n' });
    const whole = await script('--go-on', 'select 1 as a; select 1/0; select 3 as b');
    expect(whole).toMatchObject({ code: 1, out: 'a\r\n1\r\n\r\nb\r\n3\r\n' });
  });

  it('cancels a script’s statement on the server at Ctrl-C, and says so', async () => {
    const sessionId = await open();
    const args = [MAIN, 'run', '--profile', 'Private', '--data-dir', folder, 'select pg_sleep(62); select 2'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await client.until(({ queries }) =>
      Object.values(queries).some((query) => query.sessionId !== sessionId && query.state === 'executing')
        ? true
        : undefined,
    );
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect([code, said]).toEqual([1, expect.stringMatching(/^cancelled, confirmed by the server/)]);
  });

  it('proves its own tape while it writes it', async () => {
    await ended(await submit(await open(), 'select 1'));
    expect(await cli('tape', 'verify', '--data-dir', folder)).toMatchObject({ code: 0 });
    const { code, out } = await cli('replay', '--json', folder);
    expect(code).toBe(0);
    expect(JSON.parse(out.trim().split('\n').at(-1)!)).toMatchObject({ matched: true, unproven: 0 });
  });

  it('finds one flipped byte and says where', async () => {
    await ended(await submit(await open(), 'select 1'));
    await program.stop();
    const file = join(folder, 'tape', '00000001.jsonl');
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(file, bytes);
    const verified = await cli('tape', 'verify', '--json', '--data-dir', folder);
    expect(verified.code).toBe(1);
    expect(JSON.parse(verified.out).damages[0]).toMatchObject({ segment: 1, line: expect.any(Number) });
    program = await startQuerytape(folder, UNSAVED);
  });

  it('runs a script in every format, with codes that say how it went', async () => {
    const demo = dataFolder();
    try {
      const script = (text: string, ...more: string[]) =>
        cli('run', '--profile', 'Demo', '--data-dir', demo, ...more, text);
      expect(await script("select 1 as a, null as b, '' as c", '--format', 'csv')).toMatchObject({
        code: 0,
        out: 'a,b,c\r\n1,,""\r\n',
      });
      const json = await script('select 12345678901234567890 as n', '--format', 'json');
      expect(json.out).toContain('12345678901234567890');
      expect((await script('select 1/0')).code).toBe(1);
      const timedOut = await script('select pg_sleep(60)', '--timeout', '200');
      expect(timedOut.code).toBe(1);
      expect(timedOut.err).toMatch(/^timed out after 200 ms, confirmed by the server in \d+(\.\d+)? ms$/m);
      const limited = await script('select * from order_items', '--limit', '7', '--format', 'ndjson');
      expect(limited.out.trim().split('\n')).toHaveLength(7);
      expect(limited).toMatchObject({
        code: 0,
        err: expect.stringContaining('only 7 rows printed, cut at the row limit of 7'),
      });
      const text =
        'create temp table t (n int); insert into t select generate_series(1, 9) returning n; table t';
      const changed = await script(text, '--limit', '5', '--format', 'csv');
      expect(changed.code).toBe(0);
      expect(changed.err).toMatch(/INSERT · 9 rows · only 5 rows printed, cut at the row limit of 5/);
      const empty = await script(
        'create temp table t (); insert into t default values; select from t; select from t where false',
      );
      expect(
        empty.err
          .replace(/ · server .* ms$/gm, '')
          .trimEnd()
          .split('\n')
          .slice(-4),
      ).toEqual(['CREATE TABLE', 'INSERT · 1 row', 'SELECT · 1 row', 'SELECT · 0 rows']);
    } finally {
      removeFolder(demo);
    }
  });
});

describe('a full disk', () => {
  it('stops new statements with the reason, and lets them go on when there is room', async () => {
    await program.stop();
    const disk = mountedFolder('2m');
    const mounted = disk.folder;
    try {
      program = await startQuerytape(mounted, UNSAVED);
      client = new Client(program.url);
      const sessionId = await open();
      expect(await ended(await submit(sessionId, 'select 1'))).toBe('succeeded');
      // Nothing waits for the disk, so that the next write is the statement's.
      await expect
        .poll(async () => ((await (await client.get('/api/process')).json()) as ProcessFigures).tape.pending)
        .toBe(0);
      const filler = join(mounted, 'filler');
      expect(() => writeFileSync(filler, Buffer.alloc(4 << 20))).toThrow('ENOSPC');
      let refused = '';
      let unrecorded = '';
      for (let tries = 0; tries < 200 && refused === ''; tries++)
        refused = await submit(sessionId, 'select 2').then(
          (queryId) => {
            unrecorded = queryId;
            return '';
          },
          (error: Error) => error.message,
        );
      const diagnosed = async () => {
        const answer = await client.get(`/api/diagnosis?queryId=${unrecorded}`);
        return { status: answer.status, body: (await answer.json()) as object };
      };
      expect(await diagnosed()).toMatchObject({
        status: 409,
        body: {
          code: 'diagnosis.notRecorded',
          message: expect.stringContaining('The disk is full (ENOSPC).'),
        },
      });
      expect(refused).toContain('tape.unavailable');
      expect(refused).toContain('ENOSPC');
      const { health } = (await (await client.get('/api/state')).json()) as { health: object };
      expect(health).toMatchObject({ state: 'failed', code: 'ENOSPC' });
      rmSync(filler);
      await expect.poll(() => submit(sessionId, 'select 3').catch(() => '')).not.toBe('');
      expect(await ended(await submit(sessionId, 'select 4'))).toBe('succeeded');
      const { body } = await diagnosed();
      expect(body).toMatchObject({
        findings: expect.arrayContaining([expect.objectContaining({ cause: 'fullDisk', answer: 'yes' })]),
      });
      await program.stop();
      expect((await cli('tape', 'verify', '--data-dir', mounted)).code).toBe(0);
      expect((await cli('replay', mounted)).code).toBe(0);
    } finally {
      await program.stop();
      disk.remove();
    }
    program = await startQuerytape(folder, UNSAVED);
  });
});

describe('a result that is larger than the disk', () => {
  it('ends short of filling it, so that the tape goes on and the next statement runs', async () => {
    await program.stop();
    const disk = mountedFolder('16m');
    try {
      program = await startQuerytape(disk.folder, UNSAVED);
      client = new Client(program.url);
      const sessionId = await open();
      const queryId = await submit(sessionId, "select repeat('x', 1000) from generate_series(1, 100000)");
      expect(await ended(queryId)).toBe('cancelled');
      expect((await client.state()).state.queries[queryId]).toMatchObject({ cut: 'diskFull' });
      const { health } = (await (await client.get('/api/state')).json()) as { health: object };
      expect(health).toMatchObject({ state: 'durable', code: null });
      expect(await value(sessionId, 'select 2')).toBe('2');
    } finally {
      await program.stop();
      disk.remove();
    }
    program = await startQuerytape(folder, UNSAVED);
  });
});

describe('a data folder that is deleted under a running program', () => {
  it('stops new statements with the reason, as nothing of them would be recorded', async () => {
    await program.stop();
    const deleted = dataFolder();
    program = await startQuerytape(deleted, UNSAVED);
    client = new Client(program.url);
    const sessionId = await open();
    expect(await ended(await submit(sessionId, 'create table unrecorded (n int)'))).toBe('succeeded');
    removeFolder(deleted);
    await submit(sessionId, 'insert into unrecorded values (1)').catch(() => undefined);
    const refused = () => submit(sessionId, 'insert into unrecorded values (2)').then(() => '', String);
    await expect.poll(refused).toMatch(/Its file was deleted or moved \(ENOENT\).*tape\.unavailable/);
    expect(await program.stop()).toBe(1);
    program = await startQuerytape(folder, UNSAVED);
    client = new Client(program.url);
    expect(await value(await open(), 'select count(*) from unrecorded')).toBe('0');
  });
});

describe('a reader that has stopped reading', () => {
  it('has to resync and delays nothing', async () => {
    const { port, searchParams } = new URL(program.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `GET /api/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${searchParams.get('token')}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await new Promise((ready) => socket.once('data', ready));
    socket.pause();
    const sessionId = await open();
    // What a failed script leaves undone is written to the tape without a server: the fastest way to fill a socket.
    const script = `select 1/0;${'select 1;'.repeat(249)}`;
    for (let round = 1; round <= 40; round++) {
      await client.command({ type: 'query.submit', sessionId, tabId: 't1', text: script });
      await client.until(({ metrics }) =>
        Object.values(metrics.sources)[0]?.statements.statement?.cancelled === 249 * round ? true : undefined,
      );
    }
    let received = 0;
    let last = '';
    await new Promise<void>((told) => {
      socket.on('data', (chunk) => {
        received += chunk.length;
        last = (last + chunk.toString('latin1')).slice(-400);
        if (last.includes('"type":"resync","reason":"slow"')) told();
      });
      socket.resume();
    });
    socket.destroy();
    // What waited for it is bounded: our backlog, and the sockets' own buffers.
    expect(received).toBeLessThan(16 << 20);
  });
});
