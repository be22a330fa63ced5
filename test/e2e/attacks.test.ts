import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Accepted, Command, CommandAnswer } from '../../src/events/command.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import type { QueryText } from '../../src/events/wire.ts';
import { Client } from '../../src/main/client.ts';
import { BODY_BYTES_MAX } from '../../src/server/limits.ts';
import { readTape } from '../../src/store/tape/tape.ts';
import { ATTACKED_ENGINES, type Attacked } from './attacked-engines.ts';
import { dataFolder, environmentOf, removeFolder, type Started, startQuerytape } from './client.ts';
import { type Requested, rawRequest } from './raw-request.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const PASSPHRASE = 'correct horse battery';

const folder = dataFolder();
let program: Started;
let client: Client;

async function start(args: readonly string[] = ['--allow-unsaved-profiles']): Promise<void> {
  program = await startQuerytape(folder, args);
  client = new Client(program.url);
}

/** A request of the test's own, by default with the right to be answered. */
const ask = (requested: Requested) => rawRequest(client, requested);
const json = { 'content-type': 'application/json' };
const post = (body: unknown) =>
  ask({
    method: 'POST',
    path: '/api/commands',
    headers: json,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const answer = async (command: Command) => JSON.parse((await post(command)).text) as CommandAnswer;
const refusal = async (command: Command): Promise<string> => {
  const said = await answer(command);
  return 'refused' in said ? said.refused.code : 'accepted';
};
const seq = async () => (await client.state()).state.seq;

/** What went on the tape after a record. */
async function since(after: number): Promise<Envelope['event'][]> {
  const events: Envelope['event'][] = [];
  for await (const batch of readTape(join(folder, 'tape'), after + 1))
    events.push(...batch.map(({ event }) => event));
  return events;
}

/** The codes of all requests that were turned away, each as often as it was, as the tape has them by now. */
async function turnedAway(): Promise<string[]> {
  return (await since(0)).flatMap((event) =>
    event.type === 'request.refused' ? new Array<string>(event.times ?? 1).fill(event.code) : [],
  );
}

/** What is turned away from now on: waits until the tape has `codes` of it, and nothing else. */
async function refusals(): Promise<(codes: readonly string[]) => Promise<void>> {
  await quiet();
  const before = (await turnedAway()).length;
  return (codes) => expect.poll(async () => (await turnedAway()).slice(before)).toEqual(codes);
}

/** Waits until nothing more goes on the tape. */
async function quiet(): Promise<void> {
  for (let last = -1, now = await seq(); now !== last; now = await seq()) {
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Every file of the data folder, by what is in it. */
function filesNow(): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(
    files.map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    ]),
  );
}

const opened = async (command: Command): Promise<string> => {
  const { sessionId } = await client.command(command);
  await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
  return sessionId!;
};
const close = async (sessionId: string): Promise<void> => {
  await client.command({ type: 'session.close', sessionId });
  await client.until(({ sessions }) => (sessions[sessionId]?.state === 'offline' ? true : undefined));
};
const submit = (sessionId: string, text: string, more: object = {}) =>
  client.command({ type: 'query.submit', sessionId, tabId: 't', text, ...more });
const inState = (queryId: string, wanted: string) =>
  client.until(({ queries }) => (queries[queryId]?.state === wanted ? true : undefined));
const ended = (queryId: string) =>
  client.until(({ queries }) => (queries[queryId]?.outcome ? queries[queryId] : undefined));
const words = async (queryId: string) =>
  (await (await client.get(`/api/queries/${queryId}`)).json()) as QueryText;

let postgres: Awaited<ReturnType<Attacked['obtain']>>;
const draft = (more: object = {}) => ({
  name: 'Shop',
  target: postgres.target,
  environment: 'development',
  ...more,
});
const save = async (more: object = {}, profileId?: string): Promise<string> => {
  const command = {
    type: 'profile.save',
    draft: draft(more),
    secrets: { password: postgres.password },
  } as const;
  const saved = await client.command(profileId === undefined ? command : { ...command, profileId });
  return saved.profileId!;
};

beforeAll(async () => {
  postgres = await ATTACKED_ENGINES[0]!.obtain();
  await start();
  await client.command({ type: 'vault.create', protection: { passphrase: PASSPHRASE } });
});
afterAll(async () => {
  await program?.kill();
  await postgres?.stop();
  removeFolder(folder);
});

describe('the door', () => {
  it.each<[string, Requested, string]>([
    ['another page’s Origin', { headers: { origin: 'https://evil.example' } }, 'origin.wrong'],
    ['another port’s Origin', { headers: { origin: 'http://127.0.0.1:1' } }, 'origin.wrong'],
    ['a name that leads here (DNS rebinding)', { headers: { host: 'evil.example:PORT' } }, 'host.wrong'],
    ['the machine’s name', { headers: { host: 'localhost:PORT' } }, 'host.wrong'],
    ['no cookie', { bearer: false }, 'cookie.missing'],
    ['a cookie of another client', { bearer: false, headers: { cookie: 'querytape-1=x' } }, 'cookie.missing'],
    ['a made-up cookie', { bearer: false, headers: { cookie: 'querytape-PORT=x' } }, 'cookie.wrong'],
    ['the token in another address', { bearer: false, path: '/api/state?token=TOKEN' }, 'cookie.missing'],
    ['the token with more behind it', { bearer: false, path: '/?token=TOKEN&x=1' }, 'token.wrong'],
    ['the token of another run', { bearer: false, path: `/?token=${'x'.repeat(43)}` }, 'token.wrong'],
    ['an address of no letters', { path: '/api/%zz' }, 'path.wrong'],
    [
      'a form',
      { method: 'POST', path: '/api/commands', headers: { 'content-type': 'text/plain' }, body: '{}' },
      'body.wrong',
    ],
    [
      'a form of fields',
      {
        method: 'POST',
        path: '/api/commands',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'type=vault.lock',
      },
      'body.wrong',
    ],
    [
      'a form of parts',
      {
        method: 'POST',
        path: '/api/commands',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
        body: '--b--',
      },
      'body.wrong',
    ],
    ['no body', { method: 'POST', path: '/api/commands', headers: json }, 'body.wrong'],
    [
      'a body on a GET’s address',
      { method: 'POST', path: '/api/state', headers: json, body: '{}' },
      'method.wrong',
    ],
    [
      'a body that is too long',
      // Announced is enough: it is turned away before it is read.
      {
        method: 'POST',
        path: '/api/commands',
        headers: { ...json, 'content-length': `${BODY_BYTES_MAX + 1}` },
      },
      'body.wrong',
    ],
  ])('a web page: the door stays shut to %s, and that is on the tape', async (_name, asked, code) => {
    const { port } = new URL(client.origin);
    const token = new URL(program.url).searchParams.get('token')!;
    const filled = JSON.parse(
      JSON.stringify(asked).replaceAll('PORT', port).replaceAll('TOKEN', token),
    ) as Requested;
    const recorded = await refusals();
    const { status, text } = await ask(filled);
    expect([status, JSON.parse(text).code]).toEqual([403, code]);
    await recorded([code]);
  });

  it('a web page: a WebSocket of another page is not let in', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { host: 'evil.example' }]) {
      const recorded = await refusals();
      const events = new WebSocket(`${client.origin.replace('http', 'ws')}/api/events`, {
        headers: { ...client.headers, ...headers },
      });
      const error = await new Promise<Error>((failed) => events.on('error', failed));
      expect(error.message).toContain('403');
      await recorded([headers.host ? 'host.wrong' : 'origin.wrong']);
    }
  });
});

describe('reading', () => {
  const routes = [
    ...readFileSync(join(ROOT, 'doc/api.md'), 'utf8').matchAll(/(?:`|^## )(?:GET|WS) (\/[^\s`?]+)/gm),
  ]
    .map(([, path]) => path!)
    .concat('/api/connections/ID', '/metrics', '/api/machines', '/');
  const paths = [...new Set(routes)];

  it('a web page: reading is looked at wherever the server has an address', () => {
    const folder = join(ROOT, 'src/server');
    const source = readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
    const served = [...source.join('').matchAll(/server\.get(?:<[^(]*>)?\(\s*'([^']+)'/g)].map(
      ([, path]) => path!,
    );
    expect(served.length).toBeGreaterThan(25);
    expect(paths).toEqual(
      expect.arrayContaining(served.map((path) => path.replace(':id', 'ID').replace(':name', 'NAME'))),
    );
  });

  it('a web page: reading changes nothing, not even on the disk', async () => {
    const sessionId = await opened({ type: 'session.open', profileId: await save() });
    const { queryIds } = await submit(sessionId, 'select 1');
    await ended(queryIds![0]!);
    await quiet();
    const look = async () => ({
      state: (await client.state()).state,
      files: filesNow(),
      kept: await (await client.get('/api/profiles')).text(),
    });
    // What was logged until now is on the disk once the log was read.
    await ask({ path: '/api/logs' });
    const before = await look();
    // A proof without a nonce is a refusal, which is recorded.
    const reading = paths.filter((one) => !one.endsWith('catalogue') && one !== '/api/proof');
    for (const path of reading)
      for (const id of [sessionId, queryIds![0]!, 'no-such-id'])
        for (const query of [
          '',
          '?rollback=true&type=vault.lock&readOnly=false',
          '?from=0&count=1&format=csv',
        ])
          expect((await ask({ path: path.replace('ID', id) + query })).status).toBeLessThan(500);
    expect(await look()).toEqual(before);
    await close(sessionId);
  });

  it('a web page: reading is done by GET and nothing else', async () => {
    const recorded = await refusals();
    const codes: string[] = [];
    for (const path of paths.filter((one) => one !== '/'))
      for (const method of ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'TRACE']) {
        const { status } = await ask({ method, path });
        expect([path, method, status]).toEqual([path, method, 403]);
        codes.push('method.wrong');
      }
    await recorded(codes);
  });
});

describe('a body', () => {
  const nested = (depth: number, inner = '1') => `${'['.repeat(depth)}${inner}${']'.repeat(depth)}`;
  const ids = { sessionId: 's', tabId: 't' };
  const commands: readonly object[] = [
    { type: 'query.submit', ...ids, text: 'select 1' },
    { type: 'query.confirm', queryId: 'q', challenge: 'c', name: 'n' },
    { type: 'session.open', profileId: 'p' },
    { type: 'transaction.begin', ...ids },
    { type: 'row.insert', ...ids, namespace: 'n', collection: 'c', values: [] },
    { type: 'vault.unlock', passphrase: 'x' },
    { type: 'profile.delete', profileId: 'p' },
  ];
  const flags = {
    readOnly: false,
    environment: 'development',
    confirmed: true,
    force: true,
    purpose: 'catalogue',
    verdict: 'read',
    admission: 'admitted',
    trust: { readOnly: false },
    unsavedProfiles: true,
    constructor: 1,
  };

  it.each(commands)('an agent: a body brings no permission of its own: $type', async (command) => {
    for (const [flag, value] of Object.entries(flags)) {
      const { status, text } = await post({ ...command, [flag]: value });
      expect([flag, status, JSON.parse(text).refused.code]).toEqual([flag, 400, 'command.invalid']);
    }
    const own = JSON.stringify(command).replace('{', '{"__proto__":{"readOnly":false},');
    expect(JSON.parse((await post(own)).text).refused.code).toBe('command.invalid');
  });

  it.each([
    ['a prototype in a draft', `{"type":"profile.test","draft":{"__proto__":{"readOnly":false},"name":"x"}}`],
    ['a prototype among secrets', `{"type":"profile.test","draft":{},"secrets":{"__proto__":"x"}}`],
    ['a prototype in a policy', `{"type":"policy.save","policy":{"__proto__":{"autoLockMs":null}}}`],
    ['a deep draft', `{"type":"profile.save","draft":${nested(100_000)}}`],
    [
      'a deep field of a draft',
      `{"type":"profile.save","draft":{"name":${nested(100_000)},"target":${nested(100_000)}}}`,
    ],
    ['a deep policy', `{"type":"policy.save","policy":{"environments":${nested(100_000)}}}`],
    ['deep fields', `{"type":"query.submit","text":${nested(1_000_000)}}`],
    ['a deep import', JSON.stringify({ type: 'profile.import', source: 'dbeaver', text: nested(100_000) })],
    [
      'a deep import of profiles',
      JSON.stringify({ type: 'profile.import', source: 'querytape', text: nested(100_000, '{}') }),
    ],
  ])('an agent: a body of %s is answered, and does no harm', async (_name, body) => {
    const { status, text } = await post(body);
    expect(status, text.slice(0, 200)).toBeLessThan(500);
    if (!body.includes('profile.import')) expect(text).toMatch(/"(?:refused"|code":"body\.wrong")/);
    expect(({} as { readOnly?: boolean }).readOnly).toBeUndefined();
    expect((await ask({})).status).toBe(200);
  });

  it('an agent: a body that says a thing twice is judged by what is run', async () => {
    const sessionId = await opened({
      type: 'session.open',
      profileId: await save({ name: 'Twice', readOnly: true }),
    });
    const { text } = await post(
      `{"type":"query.submit","sessionId":"${sessionId}","tabId":"t","text":"select 1","text":"create table twice (n int)"}`,
    );
    const [queryId] = (JSON.parse(text) as { queryIds: string[] }).queryIds;
    expect(await ended(queryId!)).toMatchObject({ outcome: 'refused', refusedCode: 'readOnly.ddl' });
    await close(sessionId);
  });

  it('an agent: a command with the id of one that was taken does nothing, whatever else is in it', async () => {
    const sessionId = await opened({ type: 'session.open', profileId: await save({ name: 'Again' }) });
    const commandId = 'taken-before';
    const first = await answer({ type: 'query.submit', commandId, sessionId, tabId: 't', text: 'select 1' });
    await ended((first as Accepted).queryIds![0]!);
    const before = await seq();
    const again: Command[] = [
      { type: 'query.submit', commandId, sessionId, tabId: 't', text: 'drop schema public cascade' },
      { type: 'session.close', commandId, sessionId },
      { type: 'vault.lock', commandId },
      { type: 'row.insert', commandId, sessionId, tabId: 't', namespace: 'n', collection: 'c', values: [] },
    ];
    for (const command of again) expect(await answer(command)).toEqual(first);
    expect(await seq()).toBe(before);
    await close(sessionId);
  });
});

describe('a confirmation', () => {
  let sessionId: string;
  let profileId: string;
  beforeAll(async () => {
    profileId = await save({ name: 'Rehearsal', environment: 'staging' });
    sessionId = await opened({ type: 'session.open', profileId });
    const made = await submit(sessionId, 'create table doomed (n int); insert into doomed values (1)');
    for (const queryId of made.queryIds!) expect((await ended(queryId)).outcome).toBe('succeeded');
  });
  const waiting = async (text = 'delete from doomed') => {
    const queryId = (await submit(sessionId, text)).queryIds![0]!;
    await inState(queryId, 'confirming');
    const { challenge } = await words(queryId);
    return { type: 'query.confirm', queryId, challenge: challenge!.id, name: 'Rehearsal' } as const;
  };

  it('an agent: a confirmation succeeds once of a hundred at once, from two clients', async () => {
    const confirm = await waiting('delete from doomed where true');
    const all = await Promise.all(Array.from({ length: 100 }, () => refusal(confirm)));
    expect(all.filter((code) => code === 'accepted')).toHaveLength(1);
    expect((await ended(confirm.queryId)).outcome).toBe('succeeded');
    expect(await refusal(confirm)).toMatch(/query\.unknown|confirmation\.invalid/);
  });

  it('an agent: a confirmation is not taken after a cancel, after a rename, or once the profile is read-only', async () => {
    const cancelled = await waiting();
    await client.command({ type: 'query.cancel', queryId: cancelled.queryId });
    await ended(cancelled.queryId);
    expect(await refusal(cancelled)).toMatch(/query\.unknown|confirmation\.invalid/);

    const confirm = await waiting();
    await save({ name: 'Renamed', environment: 'staging' }, profileId);
    expect(await refusal(confirm)).toBe('confirmation.name');
    await save({ name: 'Rehearsal', environment: 'staging', readOnly: true }, profileId);
    expect(await refusal(confirm)).toBe('readOnly.write');
    await client.command({ type: 'profile.delete', profileId });
    expect(await refusal(confirm)).toBe('profile.unknown');
    await client.command({ type: 'query.cancel', queryId: confirm.queryId });
    expect((await ended(confirm.queryId)).outcome).toBe('cancelled');
  });
});

describe('the vault', () => {
  it('a stolen laptop: a vault that locks while a statement runs, waits or is tested gives nothing away', async () => {
    const production = await save({ name: 'Live', environment: 'production', readOnly: false });
    const live = await opened({ type: 'session.open', profileId: production });
    const [slow] = (await submit(live, 'select pg_sleep(60)')).queryIds!;
    await inState(slow!, 'executing');
    const staging = await save({ name: 'Stage', environment: 'staging' });
    const stage = await opened({ type: 'session.open', profileId: staging });
    const [dangerous] = (await submit(stage, 'drop table if exists doomed')).queryIds!;
    await inState(dangerous!, 'confirming');
    const { challenge } = await words(dangerous!);
    const tested = answer({ type: 'profile.test', profileId: production, draft: draft() });
    await client.command({ type: 'vault.lock' });
    const { outcome } = await ended(slow!);
    expect(outcome).toBe('cancelled');
    await tested;
    const confirm = {
      type: 'query.confirm',
      queryId: dangerous!,
      challenge: challenge!.id,
      name: 'Stage',
    } as const;
    expect(await refusal(confirm)).toBe('vault.locked');
    expect(await refusal({ type: 'session.open', profileId: production })).toBe('vault.locked');
    expect(await refusal({ type: 'profile.save', profileId: staging, draft: draft() })).toBe('vault.locked');
    expect((await client.state()).profiles.map(({ name }) => name)).not.toContain('Live');
    expect(await refusal({ type: 'vault.unlock', passphrase: PASSPHRASE })).toBe('accepted');
    await close(stage);
  });

  it('a stolen laptop: the vault is what was asked for last, where locking and unlocking race', async () => {
    await client.command({ type: 'vault.lock' });
    for (let round = 0; round < 3; round++) {
      const unlocking = refusal({ type: 'vault.unlock', passphrase: PASSPHRASE });
      // Deriving the key takes a while; when this is answered it has begun.
      await client.get('/api/vault');
      expect(await refusal({ type: 'vault.lock' })).toBe('accepted');
      await unlocking;
      expect(await (await client.get('/api/vault')).json()).toMatchObject({ state: 'locked' });
    }
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
  });
});

describe.each(ATTACKED_ENGINES)('a read-only profile on $name', (engine) => {
  let server: Awaited<ReturnType<Attacked['obtain']>>;
  let writer: string;
  let reader: string;
  let tab = 0;
  const name = `Read ${engine.name}`;
  /** What is there, as another session sees it. */
  const kept = async (): Promise<string> => {
    const [queryId] = (await submit(writer, engine.all)).queryIds!;
    expect((await ended(queryId!)).outcome).toBe('succeeded');
    const { rows } = (await (await client.get(`/api/results/${queryId}/rows`)).json()) as { rows: unknown };
    return JSON.stringify(rows);
  };

  beforeAll(async () => {
    server = engine.name === 'PostgreSQL' ? postgres : await engine.obtain();
    const { target, password } = server;
    writer = await opened({
      type: 'session.openUnsaved',
      name: 'w',
      target,
      environment: 'development',
      password,
    });
    for (const text of engine.make)
      expect((await ended((await submit(writer, text)).queryIds![0]!)).outcome).toBe('succeeded');
    const command = { type: 'profile.save', draft: { ...draft({ name, readOnly: true }), target } } as const;
    const { profileId } = await client.command({ ...command, secrets: { password } });
    reader = await opened({ type: 'session.open', profileId: profileId! });
  });
  afterAll(async () => {
    if (engine.name !== 'PostgreSQL') await server?.stop();
  });

  it('an agent: a read-only profile is written to by no text, alone or under manual commit', async () => {
    const before = await kept();
    for (const text of engine.writes)
      for (const manualCommit of [false, true]) {
        const said = await answer({
          type: 'query.submit',
          sessionId: reader,
          tabId: `t${tab++ % 4}`,
          text,
          manualCommit,
          goOnAfterError: true,
        });
        if ('refused' in said) continue;
        const outcomes = await Promise.all(said.queryIds!.map(async (id) => (await ended(id)).outcome));
        expect(outcomes, text).not.toContain('succeeded');
      }
    expect(await kept()).toBe(before);
  });

  it('an agent: a read-only profile is written to by no edit, no transaction and no script', async () => {
    const before = await kept();
    const at = { sessionId: reader, tabId: 't', namespace: engine.namespace, collection: 'kept' };
    const { key, cell } = engine;
    const edits: Command[] = [
      { type: 'row.insert', ...at, values: [{ ...key, value: key.value.replace('1', '3') }, cell] },
      { type: 'row.update', ...at, key: [key], old: [], values: [cell] },
      { type: 'row.update', ...at, key: [key], old: [], values: [cell], manualCommit: true },
      { type: 'row.delete', ...at, key: [key], old: [] },
    ];
    for (const edit of edits) {
      const said = await answer(edit);
      if ('accepted' in said)
        expect(await ended(said.queryIds![0]!)).toMatchObject({
          outcome: 'refused',
          refusedCode: 'readOnly.write',
        });
    }
    for (const type of ['transaction.begin', 'transaction.commit'] as const)
      expect(await refusal({ type, sessionId: reader, tabId: 't' })).toMatch(
        /readOnly|capability|transaction\.none/,
      );
    const script = run(
      process.execPath,
      [
        join(ROOT, 'dist/main.js'),
        'run',
        '--profile',
        name,
        '--data-dir',
        folder,
        '--go-on',
        engine.writes.join(';\n'),
      ],
      { env: environmentOf(folder) },
    );
    await expect(script).rejects.toMatchObject({ code: 1 });
    expect(await kept()).toBe(before);
  });

  it('is read by what is known to read', async () => {
    const catalogue = await client.get(`/api/sessions/${reader}/catalogue?list=namespaces`);
    expect(catalogue.status).toBe(200);
    const [queryId] = (await submit(reader, engine.all)).queryIds!;
    expect((await ended(queryId!)).outcome).toBe('succeeded');
  });
});

describe('a target that no profile names', () => {
  const unsaved = (environment: 'development' | 'production'): Command => ({
    type: 'session.openUnsaved',
    name: 'x',
    target: postgres.target,
    environment,
    password: postgres.password,
  });

  it('an agent: a target that no profile names is not opened as production, nor at all without the flag', async () => {
    expect(await refusal(unsaved('production'))).toBe('profile.unsavedProduction');
    await program.kill();
    await start([]);
    const before = await seq();
    expect(await refusal(unsaved('development'))).toBe('profile.unsaved');
    await client.until((state) => (state.seq > before ? true : undefined));
    const events = await since(before);
    expect(events.at(-1)).toMatchObject({ type: 'command.refused', code: 'profile.unsaved' });
    expect(events.map(({ type }) => type)).not.toContain('session.open');
  });
});
