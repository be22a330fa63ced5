import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { EventsFeed } from '../../../src/server/events-feed.ts';
import {
  HEADERS_TIMEOUT_MS,
  SOCKETS_UNKNOWN_MAX,
  WS_BACKLOG_BYTES,
  WS_PING_MS,
} from '../../../src/server/limits.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { TabClaims } from '../../../src/server/tab-claims.ts';
import { appDouble } from './app-double.ts';

const refusals: string[] = [];
const sockets: Socket[] = [];
let serving: Serving;
let token: string;

beforeEach(async () => {
  refusals.length = 0;
  serving = await serve({
    port: 0,
    pageFolder: null,
    app: appDouble({ requestRefused: (code) => refusals.push(code) }),
  });
  token = new URL(serving.url).searchParams.get('token')!;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await serving.close();
});

async function dialled(text = ''): Promise<{ socket: Socket; said: () => string; closed: Promise<void> }> {
  const socket = connect(serving.port, '127.0.0.1');
  sockets.push(socket);
  let said = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    said += chunk;
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  socket.write(text);
  return { socket, said: () => said, closed };
}

const getState = async (): Promise<number> =>
  (
    await fetch(`http://127.0.0.1:${serving.port}/api/state`, {
      headers: { authorization: `Bearer ${token}` },
    })
  ).status;
const refused = () => `GET /api/state HTTP/1.1\r\nHost: 127.0.0.1:${serving.port}\r\n\r\n`;

describe('a socket', () => {
  it.each([
    ['cookie.missing', '/api/state'],
    ['path.wrong', '/%zz'],
  ])(
    'a local user: requests pipelined behind one refused as %s are neither answered nor counted, and the socket is closed',
    async (code, path) => {
      const { said, closed } = await dialled(refused().replace('/api/state', path).repeat(500));
      await closed;
      expect(said().match(/HTTP\/1\.1 403/g)).toHaveLength(1);
      expect(said()).toMatch(/^connection: close\r$/im);
      expect(refusals).toEqual([code]);
    },
  );

  it('a local user: a request that is allowed is not answered behind a refused one', async () => {
    const allowed = refused().replace('\r\n\r\n', `\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    const { said, closed } = await dialled(refused() + allowed);
    await closed;
    expect(said()).not.toContain('200 OK');
  });

  it.each([
    ['says nothing', () => ''],
    ['sends its headers a byte at a time', () => 'GET /api/state HTTP/1.1\r\nHost:'],
  ])(
    'a local user: a socket that %s is closed after some seconds, and is no record',
    { tags: ['slow'], timeout: 30_000 },
    async (_what, text) => {
      const { socket, closed } = await dialled(text());
      const dripping = setInterval(() => socket.write(text() === '' ? '' : 'x'), 200);
      const began = performance.now();
      await closed;
      clearInterval(dripping);
      expect(performance.now() - began).toBeGreaterThan(HEADERS_TIMEOUT_MS / 2);
      expect(refusals).toEqual([]);
    },
  );

  it('a local user: of 1 500 idle sockets at most 512 stay open, and the page is answered all the while', {
    tags: ['slow'],
  }, async () => {
    const open = new Set<Socket>();
    const answers: number[] = [];
    for (let n = 0; n < 1500; n++) {
      const { socket } = await dialled();
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      if (n % 100 === 99) answers.push(await getState());
    }
    expect(answers).toEqual(new Array(15).fill(200));
    await expect.poll(() => open.size, { timeout: 10_000 }).toBeLessThanOrEqual(SOCKETS_UNKNOWN_MAX);
    expect(await getState()).toBe(200);
    await expect.poll(() => open.size, { timeout: 20_000 }).toBe(0);
    expect(refusals).toEqual([]);
  });

  it('of a page that was let in outlives all sockets that were not', async () => {
    const { socket, said } = await dialled(
      refused().replace('\r\n\r\n', `\r\nAuthorization: Bearer ${token}\r\n\r\n`),
    );
    await expect.poll(said).toContain('200 OK');
    for (let n = 0; n < SOCKETS_UNKNOWN_MAX + 50; n++) await dialled();
    expect(socket.destroyed).toBe(false);
    socket.write(refused().replace('\r\n\r\n', `\r\nAuthorization: Bearer ${token}\r\n\r\n`));
    await expect.poll(() => said().match(/200 OK/g)?.length).toBe(2);
  }, 30_000);

  it('a web page: cookies of 100 KB that another port set do not lock the page out', async () => {
    const cookie = Array.from({ length: 25 }, (_, n) => `toss${n}=${'x'.repeat(4000)}`).join('; ');
    const headers = { authorization: `Bearer ${token}`, cookie };
    expect((await fetch(`http://127.0.0.1:${serving.port}/api/state`, { headers })).status).toBe(200);
  });
});

describe('a request as bytes', () => {
  const post = (more: string, body = '{}') =>
    `POST /api/commands HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nAuthorization: Bearer TOKEN\r\nContent-Type: application/json\r\n${more}\r\n${body}`;
  const get = (path: string, more = '', host = '127.0.0.1:PORT') =>
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer TOKEN\r\n${more}\r\n`;
  const hidden = 'GET /api/state HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nAuthorization: Bearer TOKEN\r\n\r\n';

  it.each([
    ['a number for the host', get('/api/state', '', '2130706433:PORT'), 403],
    ['a short form of the host', get('/api/state', '', '127.1:PORT'), 403],
    ['any address', get('/api/state', '', '0.0.0.0:PORT'), 403],
    ['IPv6', get('/api/state', '', '[::1]:PORT'), 403],
    ['a name before the host', get('/api/state', '', 'evil@127.0.0.1:PORT'), 403],
    ['a host that ends in a dot', get('/api/state', '', '127.0.0.1.:PORT'), 403],
    ['a host without its port', get('/api/state', '', '127.0.0.1'), 403],
    ['the origin null', get('/api/state', 'Origin: null\r\n'), 403],
    ['an empty origin', get('/api/state', 'Origin: \r\n'), 403],
    ['the origin with a path', get('/api/state', 'Origin: http://127.0.0.1:PORT/\r\n'), 403],
    ['the origin by HTTPS', get('/api/state', 'Origin: https://127.0.0.1:PORT\r\n'), 403],
    ['two origins', get('/api/state', 'Origin: http://127.0.0.1:PORT, http://evil\r\n'), 403],
    ['another host in the address itself', get('http://evil.example/api/state', '', 'evil.example'), 403],
    ['another host in the address alone', get('http://evil.example/api/state'), 403],
    ['a second host', get('/api/state', 'Host: evil.example\r\n'), 403],
    ['two lengths', post(`Content-Length: 2\r\nContent-Length: 4\r\n`, `{}${hidden}`), 400],
    [
      'a length and chunks',
      post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`),
      400,
    ],
    [
      'chunks that are not the last coding',
      post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${hidden}`),
      400,
    ],
    ['a length with a sign', post('Content-Length: +2\r\n', `{}${hidden}`), 400],
    [
      'a chunk without a length',
      post('Transfer-Encoding: chunked\r\n', `x\r\n{}\r\n0\r\n\r\n${hidden}`),
      400,
    ],
    ['a header before a colon', get('/api/state', 'Origin : http://evil\r\n'), 400],
    ['a header that goes on', get('/api/state', 'X: y\r\n\tOrigin: http://evil\r\n'), 400],
  ])('a web page: %s hides nothing from the door', async (_what, text, status) => {
    const url = `${serving.port}`;
    const { said, closed } = await dialled(text.replaceAll('PORT', url).replaceAll('TOKEN', token));
    await expect.poll(said).toMatch(/^HTTP\/1\.1 \d{3}/);
    await closed;
    expect([...said().matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => Number(code))).toEqual([status]);
  });
});

describe("a page's WebSocket", () => {
  it('an agent: a WebSocket that answers no ping is closed, and one that does is not', () => {
    vi.useFakeTimers();
    try {
      const feed = new EventsFeed(appDouble({ committed: new Subject() }), new TabClaims());
      const double = (answers: boolean) => {
        const on = new Map<string, () => void>();
        return {
          OPEN: 1,
          readyState: 1,
          bufferedAmount: 0,
          terminated: false,
          on: (name: string, heard: () => void) => on.set(name, heard),
          send: () => undefined,
          ping: () => answers && on.get('pong')!(),
          terminate() {
            this.terminated = true;
          },
        };
      };
      const [silent, living] = [double(false), double(true)];
      void feed.join(silent as unknown as WebSocket, 3, null);
      void feed.join(living as unknown as WebSocket, 3, null);
      vi.advanceTimersByTime(WS_PING_MS);
      expect(silent.terminated).toBe(false);
      vi.advanceTimersByTime(WS_PING_MS);
      expect([silent.terminated, living.terminated]).toEqual([true, false]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('an agent: a WebSocket that pings on and reads no answer is closed', () => {
    const feed = new EventsFeed(appDouble({ committed: new Subject() }), new TabClaims());
    const on = new Map<string, (bytes: Buffer) => void>();
    const done: string[] = [];
    const double = {
      OPEN: 1,
      readyState: 1,
      bufferedAmount: WS_BACKLOG_BYTES,
      on: (name: string, heard: () => void) => on.set(name, heard),
      send: () => undefined,
      pong: (bytes: Buffer) => done.push(String(bytes)),
      terminate: () => done.push('terminated'),
    };
    void feed.join(double as unknown as WebSocket, 3, null);
    on.get('ping')!(Buffer.from('x'));
    double.bufferedAmount++;
    on.get('ping')!(Buffer.from('y'));
    feed.close();
    expect(done).toEqual(['x', 'terminated']);
  });

  it('is answered each ping once', async () => {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`ws://127.0.0.1:${serving.port}/api/events`, { headers });
    const pongs: string[] = [];
    socket.on('pong', (bytes) => pongs.push(String(bytes)));
    await once(socket, 'open');
    for (const text of ['x', 'y', 'z']) socket.ping(text);
    await expect.poll(() => pongs).toContain('z');
    expect(pongs).toEqual(['x', 'y', 'z']);
    socket.terminate();
  });
});
