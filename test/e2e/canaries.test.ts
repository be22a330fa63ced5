import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Command, CommandAnswer } from '../../src/events/command.ts';
import type { Target } from '../../src/events/profile.ts';
import type { Down, QueryText } from '../../src/events/wire.ts';
import { Client } from '../../src/main/client.ts';
import { awkward, type Canary, canary, found } from '../canary.ts';
import { obtainMongodb } from '../servers/mongodb.ts';
import { emptyMariadb } from '../servers/mysql.ts';
import { makeCluster } from '../servers/postgres-cluster.ts';
import { dataFolder, environmentOf, removeFolder, type Started, startQuerytape } from './client.ts';

const run = promisify(execFile);
const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
const tls = { mode: 'disable' } as const;

interface Obtained {
  readonly target: Target;
  readonly password: string;
  stop(): Promise<void>;
}

/** An engine, and where its language takes a word. `plant` gives a new one each time. */
interface Engine {
  readonly name: string;
  obtain(): Promise<Obtained>;
  /** Statements that make a user with a password; none where users are made by other means. */
  account(user: string, password: string): readonly string[];
  readonly make: readonly string[];
  statements(plant: () => Canary): readonly string[];
  /** One that runs until it is ended. */
  slow(word: Canary): string;
  readonly namespace: string;
  /** As a result gives a text. */
  value(text: string): string;
  readonly key: { readonly column: string; readonly value: string };
  readonly dangerous: (word: Canary) => string;
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

const ENGINES: readonly Engine[] = [
  {
    name: 'PostgreSQL',
    async obtain() {
      const cluster = await makeCluster();
      const { password, ...address } = cluster.address;
      return { target: { engine: 'postgres', ...address, tls }, password, stop: () => cluster.remove() };
    },
    account: (user, password) => [
      `create user ${user} superuser password '${password.replaceAll("'", "''")}'`,
      `alter role ${user} password '${password.replaceAll("'", "''")}'`,
    ],
    make: [
      'create table planted (id int primary key, name text unique)',
      "insert into planted values (1, 'a')",
    ],
    statements: (plant) => [
      `select '${plant()}', 'it''s ${plant()}', E'\\'${plant()}', U&'\\0061${plant()}', N'${plant()}'`,
      `select $$${plant()}$$, $tag$${plant()}$tag$, array['${plant()}'], '{"${plant()}": "${plant()}"}'::jsonb`,
      `select convert_from('\\x${Buffer.from(plant()).toString('hex')}', 'UTF8'), x'cafe', 0xCAFE, 12345.678e9`,
      `select 1 -- ${plant()}`,
      `/* ${plant()} /* ${plant()} */ */ select 1`,
      `select 1 as "${plant()}", 2 as "a ""${plant()}""", 3 as U&"${plant()}"`,
      `select "${plant()}" from planted`,
      `select 1 from planted where name is distinct from "${plant()}"`,
      `select '${plant()}'::int`,
      `select date '${plant()}'`,
      `insert into planted values (1, '${plant()}')`,
      `insert into planted values (2, '${plant()}') returning *`,
      `insert into planted select 3, name from planted where id = 2`,
      `do $do$ begin raise notice '${plant()}' using detail = '${plant()}', hint = '${plant()}'; end $do$`,
      `do $do$ begin raise exception '${plant()}' using detail = '${plant()}', constraint = '${plant()}'; end $do$`,
      `set my.setting = '${plant()}'`,
      `set my.setting to ${plant()}`,
      `select set_config('my.setting', '${plant()}', false)`,
      `copy planted to stdout with (delimiter '${plant()}')`,
      `prepare p as select '${plant()}'::text, $1::text`,
      `execute p('${plant()}')`,
      `notify channel, '${plant()}'`,
      `comment on table planted is '${plant()}'`,
      `my password is ${plant()}`,
      plant(),
    ],
    slow: (word) => `select pg_sleep(60), '${word}'`,
    namespace: 'public',
    value: (text) => text,
    key: { column: 'id', value: '1' },
    dangerous: (word) => `delete from planted /* ${word} */`,
  },
  {
    name: 'MariaDB',
    async obtain() {
      const { address, stop } = await emptyMariadb();
      const { password, ...rest } = address;
      return { target: { engine: 'mariadb', ...rest, database: 'mysql', tls }, password, stop };
    },
    account: (user, password) => [
      `CREATE USER ${user}@'%' IDENTIFIED BY ${quoted(password)}`,
      `GRANT ALL ON *.* TO ${user}@'%'`,
      `SET PASSWORD FOR ${user}@'%' = PASSWORD(${quoted(password)})`,
    ],
    make: [
      'CREATE DATABASE IF NOT EXISTS canaries',
      'DROP TABLE IF EXISTS canaries.planted',
      'CREATE TABLE canaries.planted (id INT PRIMARY KEY, name VARCHAR(200) UNIQUE)',
      "INSERT INTO canaries.planted VALUES (1, 'a')",
    ],
    statements: (plant) => [
      `SELECT '${plant()}', "${plant()}", 'it''s \\'${plant()}', N'${plant()}', _utf8mb4'${plant()}'`,
      `SELECT x'${Buffer.from(plant()).toString('hex')}', 0xCAFE, b'01', 12345.678e9`,
      `SELECT 1 -- ${plant()}`,
      `SELECT 1 # ${plant()}`,
      `/* ${plant()} */ SELECT 1`,
      `/*!99999 KANARI${plant()} */ SELECT 1`,
      // Letters alone, as a command's word has them.
      `/*!999999 ${plant().replace(/[0-9]/g, 'x')} */ SELECT 1`,
      `SELECT 1 AS '${plant()}', 2 AS \`${plant()}\``,
      `SELECT \`${plant()}\` FROM canaries.planted`,
      `SELECT CAST('${plant()}' AS INT)`,
      `INSERT INTO canaries.planted VALUES (1, '${plant()}')`,
      `INSERT INTO canaries.planted VALUES (2, '${plant()}') RETURNING *`,
      `INSERT INTO canaries.planted SELECT 3, name FROM canaries.planted WHERE id = 2`,
      `SIGNAL SQLSTATE '01000' SET MESSAGE_TEXT = '${plant()}'`,
      `SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${plant()}', CONSTRAINT_NAME = '${plant()}'`,
      `SET @a = '${plant()}', @b := "${plant()}"`,
      `SET PASSWORD = ${plant()}`,
      `LOAD DATA INFILE '/${plant()}' INTO TABLE canaries.planted FIELDS TERMINATED BY '${plant()}'`,
      `PREPARE p FROM 'SELECT "${plant()}", ?'`,
      `EXECUTE p USING '${plant()}'`,
      `EXECUTE IMMEDIATE 'SELECT "${plant()}"'`,
      `CREATE USER norights IDENTIFIED BY ${plant()}`,
      `CHANGE MASTER TO MASTER_PASSWORD=${plant()}`,
      `SELECT * FROM canaries.planted WHERE name = ${plant()}`,
      `my password is ${plant()}`,
      plant(),
    ],
    slow: (word) => `SELECT '${word}' FROM (SELECT 1) one WHERE SLEEP(60) = 0`,
    namespace: 'canaries',
    value: (text) => text,
    key: { column: 'id', value: '1' },
    dangerous: (word) => `DELETE FROM canaries.planted /* ${word} */`,
  },
  {
    name: 'MongoDB',
    async obtain() {
      const { address, stop } = await obtainMongodb();
      const { host, port, user, password } = address;
      const mongo = { directConnection: true, authSource: 'admin' };
      return {
        target: { engine: 'mongodb', host, port, user, database: 'shop', tls, mongo },
        password,
        stop,
      };
    },
    account: () => [],
    make: ['db.planted.drop()', 'db.planted.insertOne({ _id: 1, name: "a" })'],
    statements: (plant) => [
      `db.planted.find({ name: "${plant()}", "${plant()}": { $gt: '${plant()}' } }, { ${plant()}: 1 })`,
      `db.planted.find({ name: /${plant()}/i }) // ${plant()}`,
      `/* ${plant()} */ db.planted.aggregate([{ $match: { name: "${plant()}" } }, { $project: { "${plant()}": { $literal: "${plant()}" } } }])`,
      `db.planted.find({}).sort({ "${plant()}": 1 })`,
      `db.planted.find({}).comment("${plant()}")`,
      ...[1, 2].map(() => `db.planted.insertOne({ _id: "twice", ${plant()}: "${plant()}" })`),
      `db.planted.updateOne({ name: "${plant()}" }, { $set: { "${plant()}": "${plant()}" } })`,
      `db.planted.deleteMany({ name: "${plant()}" })`,
      `db.planted.find({ $${plant()}: 1 })`,
      `db.runCommand({ ${plant()}: 1, comment: "${plant()}" })`,
      `db.${plant()}.find()`,
      `db.getSiblingDB("${plant()}").planted.find()`,
      `db.planted.${plant()}()`,
      `db.planted.find({ ${plant()}`,
      `my password is ${plant()}`,
      plant(),
    ],
    slow: (word) => `db.customers.find({ $where: "sleep(60000) || true" }) // ${word}`,
    namespace: 'shop',
    value: (text) => JSON.stringify(text),
    key: { column: '_id', value: '{"$numberInt":"1"}' },
    dangerous: (word) => `db.planted.deleteMany({}) // ${word}`,
  },
];

/** Throws, as a driver would that let a server's error through, at SIGUSR2; at SIGWINCH eats all memory there is. */
const misbehave = (word: Canary) =>
  `--import data:text/javascript,${encodeURIComponent(`
    process.on('SIGUSR2', () => { throw Object.assign(new Error('Key (name)=(${word})'), { detail: '${word}' }); });
    process.on('SIGWINCH', () => { const all = []; for (;;) all.push({ text: 'x'.repeat(1000) + all.length, list: [all.length] }); });
  `)}`;

/** Every file below a folder. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

describe.each(ENGINES)('with $name', (engine) => {
  const folder = dataFolder();
  const planted: Canary[] = [];
  /** Of profiles: the page may see them, the tape and the rest may not. */
  const ofProfiles: Canary[] = [];
  let server: Obtained;
  let program: Started;
  let client: Client;
  let sessionId: string;

  const plant = (): Canary => {
    const word = canary();
    planted.push(word);
    return word;
  };
  const plantInProfile = (): Canary => {
    const word = canary();
    ofProfiles.push(word);
    return word;
  };
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${client.origin}/api/commands`, {
      method: 'POST',
      headers: { ...client.headers, 'content-type': 'application/json', ...headers },
      body,
    });
  const answer = async (command: Command) =>
    (await (await post(JSON.stringify(command))).json()) as CommandAnswer;
  const start = async (options = ''): Promise<void> => {
    program = await startQuerytape(folder, ['--allow-unsaved-profiles'], { NODE_OPTIONS: options });
    client = new Client(program.url);
  };
  const openUnsaved = async (environment: 'development' | 'staging', name = 'Planted'): Promise<string> => {
    const { target, password } = server;
    const opened = await client.command({ type: 'session.openUnsaved', name, target, environment, password });
    await ready(opened.sessionId!);
    return opened.sessionId!;
  };
  const ready = async (id: string): Promise<void> => {
    const state = await client.until(({ sessions }) => {
      const now = sessions[id]?.state ?? '';
      return ['ready', 'failed', 'offline'].includes(now) ? now : undefined;
    });
    expect(state).toBe('ready');
  };
  const submit = async (text: string, to = sessionId): Promise<readonly string[]> =>
    (await client.command({ type: 'query.submit', sessionId: to, tabId: 't', text })).queryIds!;
  const ended = async (queryId: string) =>
    client.until(({ queries }) => (queries[queryId]?.outcome ? queries[queryId] : undefined));
  const runs = async (id: string) =>
    client.until(({ queries }) => (queries[id]?.state === 'executing' ? true : undefined));

  /** Nothing of what was planted is in any file. */
  const filesAreClean = (words: readonly Canary[]): void => {
    const files = filesOf(folder);
    for (const part of ['tape', 'logs']) expect(files.some((path) => path.includes(part))).toBe(true);
    for (const path of files) expect(found(readFileSync(path), words), path).toEqual([]);
  };

  beforeAll(async () => {
    server = await engine.obtain();
    await start(misbehave('nothing'));
    sessionId = await openUnsaved('development');
    for (const text of engine.make) expect((await ended((await submit(text))[0]!)).outcome).toBe('succeeded');
  });
  afterAll(async () => {
    await program?.kill();
    await server?.stop();
    removeFolder(folder);
  });

  it('takes what it is given', async () => {
    const passphrase = awkward(plant());
    await client.command({ type: 'vault.create', protection: { passphrase } });
    await client.command({ type: 'vault.lock' });
    expect(await answer({ type: 'vault.unlock', passphrase: awkward(plant()) })).toHaveProperty('refused');
    await client.command({ type: 'vault.unlock', passphrase });

    const password = `%41 "'/@:?#&=+;${plant()}'$\`{}[]`;
    const user = `user_${Date.now() % 1e6}`;
    const account = engine.account(user, password);
    for (const text of account) expect((await ended((await submit(text))[0]!)).outcome).toBe('succeeded');

    const { scheme } = { scheme: server.target.engine === 'postgres' ? 'postgresql' : server.target.engine };
    const url = `${scheme}://u:${encodeURIComponent(awkward(plant()))}@db-${plantInProfile()}.example:1/d?application_name=${plant()}`;
    const { imported } = await client.command({ type: 'profile.import', source: 'url', text: url });
    const importIds = imported!.drafts.map(({ importId }) => importId);
    expect(importIds).toHaveLength(1);
    await client.command({ type: 'profile.saveImported', importIds });
    await client.command({
      type: 'profile.import',
      source: 'url',
      text: `${scheme}://${plant()}:${plant()}@[/%zz`,
    });

    const signIn = account.length > 0 ? { user, password } : server;
    const draft = {
      name: plantInProfile(),
      target: { ...server.target, ...('user' in signIn ? { user: signIn.user } : {}) },
      environment: 'development',
      notes: plantInProfile(),
      folder: plantInProfile(),
      tags: [plantInProfile()],
    };
    const secrets = { password: signIn.password, sshPassphrase: awkward(plant()), sshPassword: plant() };
    const { profileId } = await client.command({ type: 'profile.save', draft, secrets });
    await client.command({ type: 'profile.test', profileId: profileId!, draft });
    const wrong = { password: awkward(plant()) };
    expect(await answer({ type: 'profile.test', draft, secrets: wrong })).toHaveProperty('refused');
    const elsewhere = { ...draft, target: { ...draft.target, host: `${plantInProfile()}.invalid` } };
    expect(await answer({ type: 'profile.test', draft: elsewhere, secrets: wrong })).toHaveProperty(
      'refused',
    );
    const opened = await client.command({ type: 'session.open', profileId: profileId! });
    await ready(opened.sessionId!);
    sessionId = opened.sessionId!;
  });

  it('runs what holds them', async () => {
    const outcomes: string[] = [];
    for (const text of engine.statements(plant)) {
      const answered = await answer({ type: 'query.submit', sessionId, tabId: 't', text });
      if ('refused' in answered) continue;
      for (const queryId of answered.queryIds!) {
        const { outcome } = await ended(queryId);
        outcomes.push(outcome!);
        await client.get(`/api/results/${queryId}/export?format=sql`);
      }
    }
    // Some of them succeed and some fail: both ends were looked at.
    expect(outcomes.filter((outcome) => outcome === 'succeeded').length).toBeGreaterThan(5);
    expect(outcomes.filter((outcome) => outcome === 'failed').length).toBeGreaterThan(3);

    const place = { sessionId, tabId: 't', namespace: engine.namespace, collection: 'planted' };
    const cell = () => [{ column: 'name', value: engine.value(plant()) }];
    const { queryIds } = await client.command({
      type: 'row.update',
      ...place,
      key: [engine.key],
      old: [],
      values: cell(),
    });
    expect((await ended(queryIds![0]!)).outcome).toBe('succeeded');
    const conflict: Command = {
      type: 'row.update',
      ...place,
      key: [engine.key],
      old: cell(),
      values: cell(),
    };
    const second = await client.command(conflict);
    expect((await ended(second.queryIds![0]!)).failure?.code).toBe('edit.conflict');
    const nowhere = { ...place, namespace: plant(), collection: plant(), values: cell() };
    const inserted = await answer({ type: 'row.insert', ...nowhere });
    // A collection that is not there is made; a table is not.
    expect('refused' in inserted).toBe(engine.name !== 'MongoDB');
    if ('accepted' in inserted) await ended(inserted.queryIds![0]!);
    await client.get(`/api/sessions/${sessionId}/catalogue?list=collections&search=${plant()}`);
    await client.get(
      `/api/sessions/${sessionId}/catalogue?list=columns&namespace=${plant()}&collection=${plant()}`,
    );

    const staging = await openUnsaved('staging', plantInProfile());
    const [queryId] = await submit(engine.dangerous(plant()), staging);
    await client.until(({ queries }) => (queries[queryId!]?.state === 'confirming' ? true : undefined));
    const { challenge } = (await (await client.get(`/api/queries/${queryId}`)).json()) as QueryText;
    const confirm = { type: 'query.confirm', queryId: queryId!, challenge: challenge!.id } as const;
    expect(await answer({ ...confirm, name: plant() })).toMatchObject({
      refused: { code: 'confirmation.name' },
    });
    await client.command({ type: 'query.cancel', queryId: queryId! });
  });

  it('turns requests away that hold them', async () => {
    const { target } = server;
    const bodies = [
      `{"type": "query.submit", "text": "${plant()}`,
      plant(),
      JSON.stringify(plant()),
      JSON.stringify({ type: plant() }),
      JSON.stringify({ type: 'query.submit', sessionId, tabId: 't', text: plant(), [plant()]: plant() }),
      JSON.stringify({ type: 'session.open', profileId: `${plant()} ${plant()}` }),
      JSON.stringify({ type: 'session.openUnsaved', name: plant(), target: { ...target, [plant()]: 1 } }),
      JSON.stringify({ type: 'profile.save', draft: { [plant()]: plant() }, secrets: { password: plant() } }),
      JSON.stringify({ type: 'profile.save', draft: {}, secrets: { [plant()]: plant() } }),
      JSON.stringify({ type: 'policy.save', policy: { [plant()]: plant() } }),
      JSON.stringify({ type: 'vault.unlock', passphrase: plant(), [plant()]: 1 }),
      JSON.stringify({ type: 'vault.protect', protection: { passphrase: plant() }, current: plant() }),
    ];
    for (const body of bodies) {
      const text = await (await post(body)).text();
      expect(text).toMatch(/"refused"|"code"/);
    }
    await post(`sql=${plant()}`, { 'content-type': 'application/x-www-form-urlencoded' });
    await post('{}', { 'x-secret': plant(), authorization: `Bearer ${plant()}` });
    for (const path of [
      `/${plant()}`,
      `/api/queries/${plant()}`,
      `/api/results/${plant()}/rows?from=${plant()}`,
      `/api/sessions/${plant()}/catalogue?list=${plant()}`,
      `/?token=${plant()}`,
      `/%zz${plant()}`,
      `/api/events?after=${plant()}`,
    ])
      await client.get(path);
    await fetch(`${client.origin}/api/state?q=${plant()}`, { headers: { cookie: `a=${plant()}` } });
  });

  it('a stolen laptop: secrets and values that were typed stand in no tape, log, metric or message', async () => {
    const words = [...planted, ...ofProfiles];
    expect(new Set(words).size).toBeGreaterThan(60);
    const { profiles, state } = await client.state();
    expect(found(JSON.stringify(state), words)).toEqual([]);
    expect(found(JSON.stringify(profiles), planted)).toEqual([]);
    const log = await (await client.get('/api/logs')).text();
    expect(log).toContain('query.ended');
    expect(found(log, words)).toEqual([]);
    for (const path of ['/metrics', '/api/machines', '/api/vault', '/api/policy'])
      expect(found(await (await client.get(path)).text(), words), path).toEqual([]);
    for (const path of ['/api/profiles', '/api/profiles/export'])
      expect(found(await (await client.get(path)).text(), planted), path).toEqual([]);

    const events = new WebSocket(`${client.origin.replace('http', 'ws')}/api/events?after=0`, {
      headers: client.headers,
    });
    let heard = '';
    await new Promise<void>((all, failed) => {
      events.on('error', failed);
      events.on('message', (data) => {
        heard += data;
        const down = JSON.parse(String(data)) as Down;
        if (down.type === 'events' && (down.envelopes.at(-1)?.seq ?? 0) >= state.seq) all();
      });
    });
    events.close();
    expect(heard).toContain('query.classified');
    expect(found(heard, words)).toEqual([]);

    const bundle = join(folder, 'bundle.qtape');
    await run(process.execPath, [MAIN, 'tape', 'export', '--data-dir', folder, '--output', bundle], {
      env: environmentOf(folder),
    });
    const unzipped = Buffer.concat(Object.values(unzipSync(readFileSync(bundle))));
    expect(unzipped.includes('query.classified')).toBe(true);
    expect(found(unzipped, words)).toEqual([]);
    filesAreClean(words);
    expect(found(program.stdout() + program.stderr(), words)).toEqual([]);
  });

  it.each([
    ['an uncaught error', 'SIGUSR2', ''],
    ['an abort', 'SIGABRT', ''],
    ['the end of its memory', 'SIGWINCH', '--max-old-space-size=96'],
  ] as const)('leaves nothing of them behind by %s', async (_what, signal, options) => {
    await program.kill();
    const word = plant();
    await start(`${misbehave(word)} ${options}`);
    sessionId = await openUnsaved('development');
    const [queryId] = await submit(engine.slow(word));
    await runs(queryId!);
    program.process.kill(signal);
    expect(await program.ended).not.toBe(0);
    expect(found(program.stdout() + program.stderr(), planted)).toEqual([]);
    if (signal === 'SIGUSR2') expect(program.stderr()).toMatch(/ended by a defect.*\nError\n {4}at /);
    filesAreClean([...planted, ...ofProfiles]);
  });
});
