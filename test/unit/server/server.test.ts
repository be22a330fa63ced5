import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { BehaviorSubject, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Command } from '../../../src/events/command.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { decodeWindow, encodeWindowHeader, metaOf } from '../../../src/events/window-frame.ts';
import type { TapeHealth } from '../../../src/events/wire.ts';
import type { ReadableResult } from '../../../src/server/app.ts';
import { BODY_VALUES_MAX } from '../../../src/server/limits.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { appDouble } from './app-double.ts';

const commands: Command[] = [];
const refusals: string[] = [];
const committed = new Subject<readonly Envelope[]>();
const healthChanges = new BehaviorSubject<TapeHealth>({ state: 'durable', durableSeq: 3, code: null });
const onDisk: Envelope[] = [1, 2, 3].map((seq) => record(seq));
let serving: Serving;

function record(seq: number): Envelope {
  return {
    seq,
    at: seq,
    actor: 'run-1',
    kind: 'workspace',
    machine: 'workspace@1',
    cause: null,
    event: { type: 'request.refused', code: 'x' },
    state: 'running.recording',
  };
}

/** A result of two rows, as the store gives it. */
const rows = Uint8Array.of(2, 0, 0, 0, 1, 49, 2, 0, 0, 0, 1, 50);
const columns = [{ name: 'n', type: 'int', numeric: true }];
const header = { encoding: 'mysql-text', complete: true, cut: false, columns: 1, from: 0 } as const;
const frame = Buffer.concat([encodeWindowHeader({ ...header, count: 2, rowsHere: 2 }), rows]);
const result = {
  meta: () => ({ resultId: 'q1', columns, encoding: 'mysql-text' }),
  window: async () => frame,
} as unknown as ReadableResult;

beforeEach(async () => {
  commands.length = 0;
  refusals.length = 0;
  serving = await serve({
    port: 0,
    pageFolder: null,
    app: appDouble({
      command: (command) => {
        commands.push(command);
        return { accepted: true, commandId: 'c1' };
      },
      requestRefused: (code) => refusals.push(code),
      result: (resultId) => (resultId === 'q1' ? result : undefined),
      health: () => healthChanges.value,
      healthChanges,
      committed,
      async *read(from, to) {
        yield onDisk.filter(({ seq }) => seq >= from && seq <= to);
      },
    }),
  });
});

afterEach(() => serving.close());

interface Asked {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  bearer?: boolean;
}

/** A request whose every header is ours; `fetch` would not let us lie about Host and Origin. */
function ask({ method = 'GET', path = '/api/state', headers = {}, body, bearer = true }: Asked) {
  const token = new URL(serving.url).searchParams.get('token');
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const authorization = bearer ? { authorization: `Bearer ${token}` } : {};
      const options = {
        port: serving.port,
        host: '127.0.0.1',
        method,
        path,
        headers: { ...authorization, ...headers },
      };
      const sent = httpRequest(options, (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

const json = { 'content-type': 'application/json' };
const open = JSON.stringify({ type: 'session.open', profileId: 'p1' });

describe('the server', () => {
  it('lets the holder of the token in', async () => {
    expect((await ask({})).status).toBe(200);
    expect(refusals).toEqual([]);
  });

  it.each<[string, Asked, string]>([
    ['without a cookie', { bearer: false }, 'cookie.missing'],
    ['with a wrong cookie', { bearer: false, headers: { cookie: 'COOKIE=wrong' } }, 'cookie.wrong'],
    ['with a made-up code', { bearer: false, path: '/?code=wrong' }, 'code.spent'],
    ['with a wrong token', { bearer: false, headers: { authorization: 'Bearer wrong' } }, 'token.wrong'],
    ['with a wrong launch token', { bearer: false, path: '/?token=wrong' }, 'token.wrong'],
    ['for another host', { headers: { host: 'evil.example' } }, 'host.wrong'],
    ['for localhost by name', { headers: { host: 'localhost:PORT' } }, 'host.wrong'],
    ['for the right host at another port', { headers: { host: '127.0.0.1:1' } }, 'host.wrong'],
    ['from another origin', { headers: { origin: 'https://evil.example' } }, 'origin.wrong'],
    ['from another port of this machine', { headers: { origin: 'http://127.0.0.1:1' } }, 'origin.wrong'],
    ['from no origin', { headers: { origin: 'null' } }, 'origin.wrong'],
    [
      'that changes by GET',
      { path: '/api/commands', method: 'PUT', headers: json, body: open },
      'method.wrong',
    ],
    [
      'with a form',
      { method: 'POST', path: '/api/commands', headers: { 'content-type': 'text/plain' }, body: open },
      'body.wrong',
    ],
    ['for an address that can’t be read', { path: '/api/queries/%zz' }, 'path.wrong'],
    ['for one that can’t be read, without a cookie', { path: '/%', bearer: false }, 'path.wrong'],
    ['for an endless address', { path: `/api/queries/${'x'.repeat(5000)}` }, 'path.wrong'],
    ['with broken JSON', { method: 'POST', path: '/api/commands', headers: json, body: '{' }, 'body.wrong'],
    [
      'with JSON that is not UTF-8',
      { method: 'POST', path: '/api/commands', headers: json, body: Buffer.from('{"a":"\xe9"}', 'latin1') },
      'body.wrong',
    ],
    [
      'with JSON that is no object',
      { method: 'POST', path: '/api/commands', headers: json, body: '"x"' },
      'body.wrong',
    ],
    [
      'with more values than a command has',
      { method: 'POST', path: '/api/commands', headers: json, body: `[1${',1'.repeat(BODY_VALUES_MAX)}]` },
      'body.wrong',
    ],
  ])('turns a request %s away, and says so on the tape', async (_name, asked, code) => {
    const port = String(serving.port);
    const headers = Object.fromEntries(
      Object.entries(asked.headers ?? {}).map(([name, value]) => [
        name,
        value.replace('PORT', port).replace('COOKIE', `querytape-${port}`),
      ]),
    );
    const answer = await ask({ ...asked, headers });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({ code });
    expect(refusals).toEqual([code]);
    expect(commands).toEqual([]);
  });

  it('hangs up on what is no HTTP, and says so on the tape', async () => {
    const { port } = serving;
    const said = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/9.9\r\nHost\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
    });
    expect(said).toMatch(/^HTTP\/1\.1 400 /);
    expect(refusals).toEqual(['request.malformed']);
  });

  it('takes a command', async () => {
    const answer = await ask({ method: 'POST', path: '/api/commands', headers: json, body: open });
    expect(JSON.parse(answer.text)).toEqual({ accepted: true, commandId: 'c1' });
    expect(commands).toEqual([{ type: 'session.open', profileId: 'p1' }]);
  });

  it.each([
    [{ type: 'session.open' }, /profileId/],
    [{ type: 'session.open', profileId: '../x' }, /profileId/],
    [{ type: 'session.open', profileId: 'p', environment: 'development' }, /environment/],
    [{ type: 'drop.everything' }, /none of/],
    [{}, /none of/],
  ])('refuses %j and names what is wrong', async (body, message) => {
    const answer = await ask({
      method: 'POST',
      path: '/api/commands',
      headers: json,
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).refused).toMatchObject({
      code: 'command.invalid',
      message: expect.stringMatching(message),
    });
    expect(commands).toEqual([]);
  });

  it('forbids inline script, framing and sniffing on every answer', async () => {
    for (const path of ['/api/state', '/nothing-here']) {
      const { headers } = await ask({ path });
      expect(headers['content-security-policy']).toContain("script-src 'self'");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  it('answers what it does not have with 404 and what to do', async () => {
    for (const path of ['/api/results/x', '/api/results/x/rows', '/api/results/x/export', '/api/queries/x']) {
      const answer = await ask({ path });
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.text).message.length).toBeGreaterThan(10);
    }
  });

  it('says the metrics in Prometheus text', async () => {
    const { text } = await ask({ path: '/metrics' });
    expect(text).toContain('# TYPE querytape_statement_duration_seconds histogram');
    expect(text).toContain('querytape_tape_sync_seconds_bucket{le="+Inf"} 0');
  });
});

function listen(after: number, headers: Record<string, string> = {}) {
  const token = new URL(serving.url).searchParams.get('token');
  const socket = new WebSocket(`ws://127.0.0.1:${serving.port}/api/events?after=${after}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const messages: { type: string; envelopes?: Envelope[]; reason?: string }[] = [];
  const waiting: (() => void)[] = [];
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)));
    for (const wake of waiting.splice(0)) wake();
  });
  const seqs = () => messages.flatMap(({ envelopes }) => envelopes ?? []).map(({ seq }) => seq);
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise<void>((wake) => waiting.push(wake));
  };
  return { socket, messages, seqs, until };
}

describe('the events', () => {
  it('come from where they were asked for, first from disk, then live, without a gap', async () => {
    const { socket, messages, seqs, until } = listen(1);
    await until(() => seqs().length === 2);
    expect(messages[0]!.type).toBe('hello');
    committed.next([record(4), record(5)]);
    await until(() => seqs().length === 4);
    expect(seqs()).toEqual([2, 3, 4, 5]);
    socket.close();
  });

  it('tell a reader of the future to fetch the state again', async () => {
    const { messages, until } = listen(99);
    await until(() => messages.some(({ type }) => type === 'resync'));
    expect(messages.at(-1)).toMatchObject({ type: 'resync', reason: 'gone' });
  });

  it('tell how the tape is', async () => {
    const { socket, messages, until } = listen(3);
    await until(() => messages.length > 0);
    healthChanges.next({ state: 'failed', durableSeq: 3, code: 'ENOSPC' });
    await until(() => messages.some(({ type }) => type === 'health'));
    healthChanges.next({ state: 'durable', durableSeq: 3, code: null });
    socket.close();
  });

  it.each([[{ origin: 'https://evil.example' }], [{ authorization: 'Bearer wrong' }]])(
    'are kept from %j',
    async (headers) => {
      const { socket } = listen(0, headers as Record<string, string>);
      const error = await new Promise<Error>((resolve) => socket.on('error', resolve));
      expect(error.message).toContain('403');
      expect(refusals).toHaveLength(1);
    },
  );
});

describe('a window of rows', () => {
  const get = async (query: string): Promise<Uint8Array> => {
    const token = new URL(serving.url).searchParams.get('token');
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`http://127.0.0.1:${serving.port}/api/results/q1/rows?${query}`, { headers });
    return new Uint8Array(await answer.arrayBuffer());
  };

  it('comes with its columns in the same answer where that is asked for', async () => {
    const bytes = await get('from=0&count=200&meta=true');
    expect(metaOf(bytes).columns).toEqual(columns);
    expect([...decodeWindow(bytes).rows]).toEqual([...rows]);
  });

  it('is the frame alone where it is not', async () => {
    expect([...(await get('from=0&count=200'))]).toEqual([...frame]);
    expect([...(await get('from=0&count=200&meta=false'))]).toEqual([...frame]);
  });
});

it.each(['format=yaml', 'format=sql&into=tables', 'format=json&ejson=plain', 'format=json&spreadsheet=true'])(
  'refuses to export as %s, and says what there is',
  async (query) => {
    const headers = { authorization: `Bearer ${new URL(serving.url).searchParams.get('token')}` };
    const answer = await fetch(`http://127.0.0.1:${serving.port}/api/results/q1/export?${query}`, {
      headers,
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: 'export.format',
      message: expect.stringMatching(/csv.*`into` is table/s),
    });
  },
);
