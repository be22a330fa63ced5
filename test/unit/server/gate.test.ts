import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { KEY_HEADER, KEY_PROTOCOL, PAGE_PROTOCOL } from '../../../src/events/page-key.ts';
import { ONE_TIME_CODE_MS, ONE_TIME_CODES_MAX } from '../../../src/server/limits.ts';
import { OneTimeCodes } from '../../../src/server/one-time-codes.ts';
import { serverProof } from '../../../src/server/proof.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { appDouble } from './app-double.ts';

const refusals: string[] = [];
const redirects: { url: string; removed: boolean }[] = [];
let pageFolder: string;
let serving: Serving;

beforeEach(async () => {
  refusals.length = 0;
  redirects.length = 0;
  pageFolder = mkdtempSync(join(tmpdir(), 'querytape-page-'));
  writeFileSync(join(pageFolder, 'index.html'), '<!doctype html><html><head><title>x</title></head></html>');
  writeFileSync(join(pageFolder, 'page.js'), 'export {};');
  writeFileSync(join(pageFolder, 'perfetto.html'), '<!doctype html><html><head></head></html>');
  serving = await serve({
    port: 0,
    pageFolder,
    app: appDouble({ requestRefused: (code) => refusals.push(code) }),
    async writeRedirect(url) {
      const redirect = { url, removed: false };
      redirects.push(redirect);
      return {
        path: `/redirect-${redirects.length}`,
        async remove() {
          redirect.removed = true;
        },
      };
    },
  });
});

afterEach(async () => {
  await serving.close();
  rmSync(pageFolder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A request whose every header is ours. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET', body?: string) {
  return new Promise<Answer>((resolve, reject) => {
    const sent = request({ port: serving.port, host: '127.0.0.1', method, path, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const pathOf = (url: string) => url.replace(/^http:\/\/[^/]+/, '');
const codeOf = ({ status, text }: Answer) => [status, (JSON.parse(text) as { code: string }).code];

/** A launch link, as the command line asks for it. */
async function launch(): Promise<{ url: string; file: string }> {
  const authorization = `Bearer ${new URL(serving.url).searchParams.get('token')}`;
  return JSON.parse((await ask('/api/launches', { authorization }, 'POST')).text);
}

/** Launches as a browser does: the cookie and the key that it is given. */
async function launched() {
  const { url } = await launch();
  const welcome = await ask(pathOf(url));
  expect(welcome.status).toBe(200);
  const cookie = String(welcome.headers['set-cookie']).split(';')[0]!;
  const key = /name="querytape-key" content="([\w-]+)"/.exec(welcome.text)![1]!;
  return { url, welcome, cookie, key };
}

describe('a launch', () => {
  it('is answered by the page itself, with a cookie for its files and the key for the interfaces', async () => {
    const { welcome, cookie, key } = await launched();
    expect(String(welcome.headers['set-cookie'])).toMatch(
      /^querytape-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/,
    );
    expect(welcome.headers['cache-control']).toBe('no-store');
    expect(welcome.headers['referrer-policy']).toBe('no-referrer');
    expect((await ask('/page.js', { cookie })).status).toBe(200);
    expect((await ask('/', { cookie })).text).not.toContain(key);
    expect((await ask('/api/state', { [KEY_HEADER]: key })).status).toBe(200);
    expect(refusals).toEqual([]);
  });

  it('keeps every window of another origin from the page, and lets only the page without a key reach one that it opens', async () => {
    const { welcome, cookie, key } = await launched();
    const policyOf = async (path: string, headers: Record<string, string> = { cookie }) =>
      (await ask(path, headers)).headers['cross-origin-opener-policy'];
    expect(welcome.headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(await policyOf('/')).toBe('same-origin');
    expect(await policyOf('/page.js')).toBe('same-origin');
    expect(await policyOf('/perfetto.html')).toBe('same-origin-allow-popups');
    expect(await policyOf('/perfetto.html', {})).toBe('same-origin');
    expect((await ask('/perfetto.html', { cookie })).text).not.toContain(key);
  });

  it('a local user: a launch code that was seen is spent by the first welcome', async () => {
    const { url, cookie } = await launched();
    expect(codeOf(await ask(pathOf(url)))).toEqual([403, 'code.spent']);
    // The browser that was let in goes to the page by the same link.
    const again = await ask(pathOf(url), { cookie });
    expect([again.status, again.headers.location]).toEqual([303, '/']);
    expect(again.text).toBe('');
  });

  it('a local user: no launch URL holds the token of the run, and its file is removed once it was used', async () => {
    const token = new URL(serving.url).searchParams.get('token')!;
    const { url } = await launched();
    expect(url).not.toContain(token);
    expect(redirects).toEqual([{ url, removed: true }]);
    await launch();
    expect(redirects.map(({ removed }) => removed)).toEqual([true, false]);
    await serving.close();
    expect(redirects.map(({ removed }) => removed)).toEqual([true, true]);
  });

  it('that is refused is reported as a page to a browser that goes there', async () => {
    const answer = await ask('/?code=x', { 'sec-fetch-dest': 'document' });
    expect([answer.status, answer.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
    expect(answer.text).toContain('Run querytape again');
  });

  it('is not spent by a browser that looks ahead', async () => {
    const { url } = await launch();
    const early = await ask(pathOf(url), { 'sec-purpose': 'prefetch;prerender' });
    expect(codeOf(early)).toEqual([403, 'code.early']);
    expect((await ask(pathOf(url))).status).toBe(200);
  });

  it('by the token of the run gives the page to a script that opens one', async () => {
    const answer = await ask(pathOf(serving.url));
    expect(answer.text).toContain('name="querytape-key"');
  });

  it('is made for another page by whoever is in', async () => {
    const { key, cookie } = await launched();
    const made = JSON.parse((await ask('/api/launches', { [KEY_HEADER]: key }, 'POST')).text) as {
      url: string;
      file: string;
    };
    expect(made.file).toBe('/redirect-2');
    expect((await ask(pathOf(made.url))).status).toBe(200);
    expect(codeOf(await ask('/api/launches', { cookie }, 'POST'))).toEqual([401, 'key.missing']);
  });

  it('leads to an open replay, and takes no other text into its link and its file', async () => {
    const { key } = await launched();
    const headers = { [KEY_HEADER]: key, 'content-type': 'application/json' };
    const made = (replayId: unknown) => ask('/api/launches', headers, 'POST', JSON.stringify({ replayId }));
    const { url } = JSON.parse((await made('rpl-0a1b')).text) as { url: string };
    expect(url).toMatch(/\?code=[\w-]{43}#replay=rpl-0a1b$/);
    expect(redirects.at(-1)!.url).toBe(url);
    for (const wrong of ['rpl-"><script>', 'rpl-1&actor=2', 'qry-1', 7, null])
      expect(codeOf(await made(wrong))).toEqual([400, 'replay.invalid']);
    expect(redirects).toHaveLength(2);
  });
});

describe('a cookie', () => {
  it.each([
    ['GET', '/api/state'],
    ['GET', '/api/profiles'],
    ['GET', '/%61pi/state'],
    ['GET', '/metrics'],
    ['GET', '/api/profiles/export'],
    ['GET', '/api/logs'],
    ['POST', '/api/commands'],
    ['POST', '/api/launches'],
    ['POST', '/'],
  ])(
    'a web page: another port of this machine replays the cookie by %s %s and gets 401',
    async (method, path) => {
      const { cookie } = await launched();
      const headers = {
        cookie,
        origin: `http://127.0.0.1:${serving.port}`,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/json',
      };
      const answer = await ask(path, headers, method, method === 'POST' ? '{}' : undefined);
      expect(codeOf(answer)).toEqual([401, 'key.missing']);
    },
  );

  it('a web page: another port replays the cookie on the WebSocket and gets 401', async () => {
    const { cookie } = await launched();
    const socket = new WebSocket(`ws://127.0.0.1:${serving.port}/api/events`, { headers: { cookie } });
    const error = await new Promise<Error>((resolve) => socket.on('error', resolve));
    expect(error.message).toContain('401');
  });

  it('a web page: cookies of the same name that another port set lock no page out', async () => {
    const { cookie } = await launched();
    const name = cookie.split('=')[0];
    for (const header of [
      `${name}=tossed; ${cookie}`,
      `${name}=; ${name}="x"; ${cookie}; ${name}=y`,
      `${cookie}; ${name}=tossed`,
    ])
      expect((await ask('/page.js', { cookie: header })).status).toBe(200);
    expect(codeOf(await ask('/page.js', { cookie: `${name}=tossed` }))).toEqual([403, 'cookie.wrong']);
  });
});

describe('the key', () => {
  it('opens the WebSocket as a subprotocol, and is not said back', async () => {
    const { key } = await launched();
    const address = `ws://127.0.0.1:${serving.port}/api/events`;
    const socket = new WebSocket(address, [PAGE_PROTOCOL, KEY_PROTOCOL + key]);
    const [message] = await new Promise<unknown[]>((resolve) =>
      socket.on('message', (...all) => resolve(all)),
    );
    expect(JSON.parse(String(message))).toMatchObject({ type: 'hello' });
    expect(socket.protocol).toBe(PAGE_PROTOCOL);
    socket.close();
    const wrong = new WebSocket(address, [PAGE_PROTOCOL, `${KEY_PROTOCOL}wrong`]);
    const error = await new Promise<Error>((resolve) => wrong.on('error', resolve));
    expect(error.message).toContain('401');
  });

  it('is not made up', async () => {
    const { cookie } = await launched();
    expect(codeOf(await ask('/api/state', { cookie, [KEY_HEADER]: 'x' }))).toEqual([401, 'key.wrong']);
  });

  it('counts for nothing from another origin', async () => {
    const { key } = await launched();
    const headers = { [KEY_HEADER]: key, origin: 'http://127.0.0.1:1' };
    expect(codeOf(await ask('/api/state', headers))).toEqual([403, 'origin.wrong']);
  });
});

describe('a download', () => {
  const ticketFor = async (path: unknown, key: string) => {
    const headers = { [KEY_HEADER]: key, 'content-type': 'application/json' };
    return ask('/api/downloads', headers, 'POST', JSON.stringify({ path }));
  };

  it('starts by a ticket, once, and for nothing else', async () => {
    const { key } = await launched();
    const { path } = JSON.parse((await ticketFor('/api/profiles/export', key)).text) as { path: string };
    expect(codeOf(await ask(path.replace('profiles/export', 'results/x/export')))).toEqual([
      403,
      'ticket.spent',
    ]);
    expect((await ask(path)).headers['content-disposition']).toContain('attachment');
    expect(codeOf(await ask(path))).toEqual([403, 'ticket.spent']);
  });

  it('is known by its start: on its way, or refused with the words that a browser does not show', async () => {
    const { key } = await launched();
    const start = async (path: string) => {
      const made = JSON.parse((await ticketFor(path, key)).text) as { path: string; downloadId: string };
      const awaited = ask(`/api/downloads/${made.downloadId}`, { [KEY_HEADER]: key });
      const download = await ask(made.path);
      const { status, text } = await awaited;
      expect(made.path).not.toContain(made.downloadId);
      return { status, said: JSON.parse(text), download };
    };
    expect(await start('/api/profiles/export')).toMatchObject({ status: 200, said: {} });
    const { status, said, download } = await start('/api/results/x/export?format=csv');
    expect([status, said]).toEqual([download.status, JSON.parse(download.text)]);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(said).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    const unknown = await ask('/api/downloads/none', { [KEY_HEADER]: key });
    expect(codeOf(unknown)).toEqual([404, 'download.unknown']);
  });

  it.each([
    '/api/state',
    '/api/results/x/rows',
    '//evil.example/api/profiles/export',
    'https://evil.example',
    '',
    null,
    7,
  ])('is none of %j', async (path) => {
    const { key } = await launched();
    expect(codeOf(await ticketFor(path, key))).toEqual([400, 'download.invalid']);
  });

  it('keeps what is asked for of it', async () => {
    const { key } = await launched();
    const wanted = '/api/results/q1/export?format=csv&follow=true';
    const { path } = JSON.parse((await ticketFor(wanted, key)).text) as { path: string };
    expect(path.startsWith(`${wanted}&ticket=`)).toBe(true);
    expect(codeOf(await ask(path.replace('csv', 'sql')))).toEqual([403, 'ticket.spent']);
    expect(codeOf(await ask(path))).toEqual([404, 'result.gone']);
  });
});

describe('the proof', () => {
  const nonce = 'n'.repeat(43);

  it('is an HMAC by the token, of this port, and needs no secret', async () => {
    const token = new URL(serving.url).searchParams.get('token')!;
    const answer = await ask(`/api/proof?nonce=${nonce}`);
    expect(JSON.parse(answer.text)).toEqual({ proof: serverProof(token, serving.port, nonce) });
    expect(serverProof(token, serving.port + 1, nonce)).not.toBe(serverProof(token, serving.port, nonce));
  });

  it('is given for nothing but a nonce, and on this host only', async () => {
    expect(codeOf(await ask('/api/proof?nonce=x'))).toEqual([403, 'nonce.wrong']);
    expect(codeOf(await ask(`/api/proof?nonce=${nonce}`, { host: 'evil.example' }))).toEqual([
      403,
      'host.wrong',
    ]);
  });
});

describe('a one-time code', () => {
  it('a local user: a launch code that is found later has died after 30 seconds', () => {
    vi.useFakeTimers();
    try {
      const codes = new OneTimeCodes();
      let ended = 0;
      const code = codes.issue('launch', () => ended++);
      vi.advanceTimersByTime(ONE_TIME_CODE_MS - 1);
      expect(ended).toBe(0);
      vi.advanceTimersByTime(1);
      expect(ended).toBe(1);
      expect(codes.spend(code, 'launch')).toBe(false);
      expect(ONE_TIME_CODE_MS).toBe(30_000);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is one of so many, the oldest of which ends', () => {
    const codes = new OneTimeCodes();
    const issued = Array.from({ length: ONE_TIME_CODES_MAX + 1 }, () => codes.issue('x'));
    expect(codes.spend(issued[0]!, 'x')).toBe(false);
    expect(codes.spend(issued[1]!, 'y')).toBe(false);
    expect(codes.spend(issued[1]!, 'x')).toBe(true);
    codes.clear();
    expect(codes.spend(issued[2]!, 'x')).toBe(false);
  });
});

it.each(['/page.js%00', '/%2e%2e/%2e%2e/%2e%2e/etc/passwd', '/..%5c..%5cetc'])(
  'a web page: %s leads out of the page’s folder to nothing, and is refused as a path',
  async (path) => {
    const authorization = `Bearer ${new URL(serving.url).searchParams.get('token')}`;
    expect(codeOf(await ask(path, { authorization }))).toEqual([403, 'path.wrong']);
    expect(refusals).toEqual(['path.wrong']);
  },
);
