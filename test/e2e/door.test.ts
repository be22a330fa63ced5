import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../src/main/client.ts';
import {
  atTerminal,
  dataFolder,
  environmentOf,
  removeFolder,
  type Started,
  startQuerytape,
} from './client.ts';
import { OpenPage } from './page.ts';

const MAIN = process.env.QUERYTAPE_TEST_MAIN ?? resolve(import.meta.dirname, '../../dist/main.js');
const UNSAVED = ['--allow-unsaved-profiles'];

/** Runs the built program to its end. */
async function cli(folder: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return promisify(execFile)(process.execPath, [MAIN, ...args, '--data-dir', folder], {
    env: environmentOf(folder),
  }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: error.stdout,
      err: error.stderr,
    }),
  );
}

const linkIn = (text: string) => /http:\/\/127\.0\.0\.1:\d+\/\?code=[\w-]{43}/.exec(text)?.[0];

describe('the page', () => {
  const folder = dataFolder();
  let program: Started;
  let open: OpenPage;

  beforeAll(async () => {
    program = await startQuerytape(folder, UNSAVED);
  });
  afterAll(async () => {
    await open?.close();
    await program?.stop();
    removeFolder(folder);
  });

  const link = async () => linkIn((await cli(folder, 'serve', '--no-open')).out)!;
  const isIn = (page: OpenPage['page']) =>
    page.getByRole('button', { name: 'New connection' }).first().waitFor();

  it('opens by the link that a second start prints, and leaves no code in the address', async () => {
    const url = await link();
    expect(url).not.toContain(new URL(program.url).searchParams.get('token')!);
    open = await OpenPage.open(url);
    await isIn(open.page);
    expect(open.page.url()).toBe(`${new URL(url).origin}/`);
    // A code that was spent lets no other browser in.
    const other = await OpenPage.visit(url);
    await other.page.getByText('code.spent').waitFor();
    await other.close();
  });

  it('prints another link whenever Enter is pressed at its terminal', async () => {
    const own = dataFolder();
    const args = [MAIN, 'serve', '--no-open', '--port', '0', '--data-dir', own, ...UNSAVED];
    const terminal = atTerminal([process.execPath, ...args], environmentOf(own));
    const links = (text: string) => new Set(text.match(/\/\?code=[\w-]{43}/g) ?? []);
    let shown = '';
    for await (const chunk of terminal.stdout!) {
      const before = links(shown).size;
      shown += chunk;
      const now = links(shown).size;
      if (now === before) continue;
      // Enter twice, then Ctrl-C.
      terminal.stdin!.write(now < 3 ? '\n' : '\x03');
    }
    expect(links(shown).size).toBe(3);
    expect(shown).toContain('Press Enter for another one.');
    removeFolder(own);
  });

  it('is there again after a reload', async () => {
    await open.reload();
    await isIn(open.page);
    expect(await open.page.evaluate(() => document.cookie)).toBe('');
  });

  it('leaves the focus on a control that the user has reached before the first state arrives', async () => {
    const { page } = open;
    let arrive = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    await page.route('**/api/state', async (route) => {
      await arrived;
      await route.continue();
    });
    await page.reload();
    // The one in the sidebar: the welcome has none yet.
    const add = page.getByRole('button', { name: 'New connection' });
    await add.focus();
    arrive();
    await page.getByRole('heading', { name: 'No connection yet' }).waitFor();
    await expect.poll(() => add.count()).toBe(2);
    await add.first().and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'New connection' }).waitFor();
    await page.keyboard.press('Escape');
    await page.unroute('**/api/state');
  });

  it('opens another page from its palette; an address typed by hand says how to get in', async () => {
    const typed = await open.page.context().newPage();
    await typed.goto(new URL(program.url).origin);
    await typed.getByText('This tab has not been let in.').first().waitFor();
    await typed.close();
    const opened = open.page.context().waitForEvent('page');
    await open.page.keyboard.press('Control+k');
    await open.page.keyboard.insertText('Open another window');
    await open.page.keyboard.press('Enter');
    const second = await opened;
    await isIn(second);
    expect(second.url()).toBe(`${new URL(program.url).origin}/`);
    await second.close();
  });

  it('saves a result by a ticket', async () => {
    await new Client(program.url).command({
      type: 'vault.create',
      protection: { passphrase: 'correct horse battery staple' },
    });
    const { path } = await open.page.evaluate(async () => {
      const meta = sessionStorage.getItem('querytape-key')!;
      const headers = { 'content-type': 'application/json', 'x-querytape-key': meta };
      const body = JSON.stringify({ path: '/api/profiles/export' });
      return (await fetch('/api/downloads', { method: 'POST', headers, body })).json() as Promise<{
        path: string;
      }>;
    });
    const saved = open.page.waitForEvent('download');
    await open.page.evaluate((href) => {
      const link = document.createElement('a');
      link.href = href;
      link.click();
    }, path);
    expect((await saved).suggestedFilename()).toBe('querytape-profiles.json');
  });
});

describe('a browser that the program opens', () => {
  const folder = dataFolder();
  let child: ChildProcess | undefined;
  afterAll(async () => {
    if (child?.exitCode === null) {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
    removeFolder(folder);
  });

  it.runIf(process.platform === 'linux')(
    'a local user: the arguments of the browser that is opened hold no token and no code, only a file of mode 0600',
    async () => {
      const bin = join(folder, 'bin');
      mkdirSync(bin, { recursive: true });
      const heard = join(folder, 'heard');
      writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\nprintf '%s\\n' "$@" >> '${heard}'\n`);
      chmodSync(join(bin, 'xdg-open'), 0o755);
      const env = environmentOf(folder, { PATH: `${bin}:${process.env.PATH}`, DISPLAY: ':9', CI: '' });
      child = spawn(process.execPath, [MAIN, '--port', '0', '--data-dir', join(folder, 'data'), ...UNSAVED], {
        env,
      });
      let out = '';
      child.stdout!.on('data', (chunk) => {
        out += chunk;
      });
      await expect.poll(() => existsSync(heard) && linkIn(out)).toBeTruthy();
      const opened = readFileSync(heard, 'utf8').trim();
      expect(opened).toMatch(/^file:\/\/.*\/launch\/[\w-]+\.html$/);
      const file = opened.slice('file://'.length);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
      const url = linkIn(readFileSync(file, 'utf8'))!;
      // The printed link is another one: each is spent by itself.
      expect(url).not.toBe(linkIn(out));
      const open = await OpenPage.open(opened);
      await open.page.getByRole('button', { name: 'New connection' }).first().waitFor();
      expect(open.page.url()).toBe(`${new URL(url).origin}/`);
      await expect.poll(() => existsSync(file)).toBe(false);
      await open.close();
    },
  );
});

describe('the command line', () => {
  const folder = dataFolder();
  afterAll(() => removeFolder(folder));

  it('a local user: after kill -9 another program on the port is given nothing, and run starts on its own', async () => {
    const program = await startQuerytape(folder, UNSAVED);
    const { port } = new URL(program.url);
    await program.kill();
    expect(existsSync(join(folder, 'running.json'))).toBe(true);
    let heard = '';
    const listener = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        heard += chunk;
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
      });
    });
    listener.listen(Number(port), '127.0.0.1');
    await once(listener, 'listening');
    const ran = await cli(folder, 'run', '--profile', 'Shop', 'select 1');
    listener.close();
    // Its own program has read its own vault: none yet, so no such profile.
    expect(ran.err).toContain('There is no profile Shop.');
    expect(heard).toBe('');
    expect(existsSync(join(folder, 'running.json'))).toBe(false);
  });

  it('a local user: a running.json that names a listener beside the living program leads nowhere', async () => {
    const program = await startQuerytape(folder, UNSAVED);
    let heard = '';
    const listener = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        heard += chunk;
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
      });
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as { port: number };
    const planted = { processId: program.process.pid, url: `http://127.0.0.1:${port}/?token=known-to-it` };
    writeFileSync(join(folder, 'running.json'), JSON.stringify(planted));
    const ran = await cli(folder, 'run', '--profile', 'Shop', 'select 1');
    listener.close();
    await program.stop();
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('writes this tape');
    // Once before it would start itself, and once after it found the tape locked.
    expect(heard).toMatch(
      /^(GET \/api\/proof\?nonce=[\w-]{43} HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n\r\n){2}$/,
    );
  });
});
