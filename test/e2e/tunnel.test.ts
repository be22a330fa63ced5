import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTimeOf } from '../../src/drivers/own-process.ts';
import type { ProfileDraft } from '../../src/events/profile.ts';
import type { TunnelView } from '../../src/events/views/tunnel-view.ts';
import { Client } from '../../src/main/client.ts';
import { obtainPostgres } from '../servers/postgres.ts';
import { makeSshKey } from '../servers/ssh-keys.ts';
import { makeSshd, type Sshd } from '../servers/sshd.ts';
import { codeSecret, oneTimeCode } from '../servers/sshd-pam.ts';
import { violations } from './axe.ts';
import { dataFolder, environmentOf, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const run = promisify(execFile);
const MAIN = process.env.QUERYTAPE_TEST_MAIN ?? resolve(import.meta.dirname, '../../dist/main.js');

/** Whether a port of 127.0.0.1 is listened on. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Whether an item of the tree shows all of its text, and the items that it covers. */
function overlaps(item: Element): { isWhole: boolean; over: string[] } {
  const own = item.getBoundingClientRect();
  const others = [...item.parentElement!.querySelectorAll('[role=treeitem]')].filter((one) => one !== item);
  const over = others.filter((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return top < own.bottom - 1 && bottom > own.top + 1;
  });
  return {
    isWhole: item.scrollHeight <= item.clientHeight + 1,
    over: over.map((one) => one.textContent!.trim()),
  };
}

describe('the program with a tunnel', () => {
  const folder = dataFolder();
  const keys = mkdtempSync(join(tmpdir(), 'querytape-tunnel-'));
  const stops: (() => Promise<unknown>)[] = [];
  let sshd: Sshd;
  let program: Started;
  let client: Client;
  let server: Awaited<ReturnType<typeof obtainPostgres>>['address'];
  const tunnel = async (): Promise<TunnelView> => Object.values((await client.state()).state.tunnels).at(-1)!;

  async function start(): Promise<void> {
    program = await startQuerytape(folder);
    client = new Client(program.url);
  }
  const script = (name: string, text: string) =>
    run(process.execPath, [MAIN, 'run', '--profile', name, '--data-dir', folder, '--format', 'csv', text], {
      env: environmentOf(folder),
    });

  beforeAll(async () => {
    const key = await makeSshKey(join(keys, 'key'));
    sshd = await makeSshd({ authorized: [key.line] });
    writeFileSync(join(folder, 'known_hosts'), sshd.known);
    const { address, stop } = await obtainPostgres();
    stops.push(stop);
    server = address;
    await start();
    await client.command({ type: 'vault.create', protection: { passphrase: 'copper tidal raven mosaic' } });
    const { host, port, user, database, password } = address;
    const hop = { host: sshd.host, port: sshd.port, user: sshd.user, auth: { by: 'key', keyFile: key.file } };
    for (const backend of ['openssh', 'embedded']) {
      const draft = {
        name: backend,
        environment: 'development',
        readOnly: false,
        target: { engine: 'postgres', host, port, user, database, tls: { mode: 'disable' } },
        tunnel: { by: 'ssh', backend, hostKeys: 'strict', hops: [hop] },
      };
      await client.command({
        type: 'profile.save',
        draft: draft as unknown as ProfileDraft,
        secrets: { password },
      });
    }
  });
  afterAll(async () => {
    await program?.stop();
    for (const stop of stops) await stop();
    await sshd?.remove();
    removeFolder(folder);
    rmSync(keys, { recursive: true, force: true });
  });

  it.each(['openssh', 'embedded'])(
    'runs a script through it by %s, and ends it with the script',
    async (backend) => {
      expect((await script(backend, 'select 7 as seven')).stdout).toBe('seven\r\n7\r\n');
      // A script's result is out before its session, and the tunnel with it, has closed.
      await vi.waitFor(
        async () => expect(await tunnel()).toMatchObject({ backend, state: 'closed', processes: [] }),
        { timeout: 60_000, interval: 50 },
      );
    },
  );

  it('asks what the server asks round by round, with nothing typed left over, and sends nothing on Escape', async () => {
    const secret = codeSecret();
    const asking = await makeSshd({
      pam: { password: 'p a$s', code: { secret, prompt: 'Code of your device: ', echo: true } },
    });
    stops.push(() => asking.remove());
    appendFileSync(join(folder, 'known_hosts'), asking.known);
    const { host, port, user, database, password } = server;
    const draft = {
      name: 'two rounds',
      environment: 'development',
      readOnly: false,
      target: { engine: 'postgres', host, port, user, database, tls: { mode: 'disable' } },
      tunnel: {
        by: 'ssh',
        hostKeys: 'strict',
        hops: [
          { host: asking.host, port: asking.port, user: asking.user, auth: { by: 'keyboardInteractive' } },
        ],
      },
    };
    await client.command({
      type: 'profile.save',
      draft: draft as unknown as ProfileDraft,
      secrets: { password },
    });
    const open = await OpenPage.open(program.url);
    const { page } = open;
    const dialog = page.getByRole('dialog', { name: `${asking.host} asks` });
    const first = dialog.getByLabel('Password:', { exact: true });
    const second = dialog.getByLabel('Code of your device:', { exact: true });
    const profile = page.getByTestId('open-profile').filter({ hasText: 'two rounds' });
    const mark = page.getByTestId('tab-tunnel');

    await profile.press('Enter');
    await first.waitFor();
    await mark.filter({ hasText: 'needs your answer' }).waitFor();
    expect(await first.getAttribute('type')).toBe('password');
    await page.keyboard.type('p a$s');
    await page.keyboard.press('Enter');
    await second.waitFor();
    expect(await first.count()).toBe(0);
    expect(await second.inputValue()).toBe('');
    expect(await second.getAttribute('type')).toBe('text');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await mark.filter({ hasText: 'tunnel failed' }).waitFor();
    expect(await asking.log()).not.toContain('Accepted');

    await profile.press('Enter');
    await first.fill('p a$s');
    await page.keyboard.press('Enter');
    await second.waitFor();
    expect(await violations(open)).toEqual([]);
    await page.keyboard.type(oneTimeCode(secret));
    await page.keyboard.press('Enter');
    await open.tab.locator('[data-testid=run-button]:not([data-blocked])').waitFor();
    expect(await mark.getAttribute('aria-label')).toBe(`through ${asking.host}`);
    expect(await mark.innerText()).toBe('');
    await open.run('select 7 as seven');
    await open.footer.filter({ hasText: '1 row' }).waitFor();
    expect(open.complaints).toEqual([]);
    await open.close();
  });

  it('leaves no process, file or listener of it behind where it is killed', async () => {
    const running = script('openssh', 'select pg_sleep(600)').catch(() => null);
    await client.until(({ queries }) =>
      Object.values(queries).some(({ state }) => state === 'executing') ? true : undefined,
    );
    const { processes } = await tunnel();
    expect(processes.length).toBeGreaterThan(0);
    const tunnels = join(folder, 'tunnels');
    const [made] = readdirSync(tunnels);
    const config = readFileSync(join(tunnels, made!, 'hop-0.conf'), 'utf8');
    const port = Number(/LocalForward "?127\.0\.0\.1:(\d+)/.exec(config)?.[1]);
    expect(await isOpen(port)).toBe(true);
    await program.kill();
    await running;
    await start();
    for (const { pid, startTime } of processes) await expect.poll(() => startTimeOf(pid)).not.toBe(startTime);
    await expect.poll(() => isOpen(port)).toBe(false);
    expect(readdirSync(tunnels)).toEqual([]);
  });

  it('is made, tested step by step, lost and reopened in the page, and stops at a changed host key', async () => {
    const { host, port, user, database, password } = server;
    await client.command({ type: 'vault.unlock', passphrase: 'copper tidal raven mosaic' });
    const open = await OpenPage.open(program.url);
    const { page } = open;
    const dialog = (name: string | RegExp) => page.getByRole('dialog', { name });
    await page.getByRole('button', { name: 'New connection' }).first().press('Enter');
    const form = dialog('New connection');
    const fields = { Name: 'by page', Host: host, Port: String(port), Database: database, User: user };
    for (const [label, value] of Object.entries({ ...fields, Password: password }))
      await form.getByLabel(label, { exact: true }).first().fill(value);
    await form.getByRole('radio', { name: 'SSH', exact: true }).check({ force: true });
    const hop = form.getByRole('group', { name: 'Hop 1' });
    // Known by its address alone, so that its name has a key that is unknown.
    await hop.getByLabel('Host', { exact: true }).fill('localhost');
    await form.getByRole('group', { name: 'Hop 1, localhost' }).waitFor();
    const named = form.getByRole('group', { name: 'Hop 1, localhost' });
    await named.getByLabel('Port', { exact: true }).fill(String(sshd.port));
    await named.getByLabel('User', { exact: true }).fill(sshd.user);
    await named.getByLabel('Sign-in', { exact: true }).selectOption('key');
    await named.getByLabel('Key file', { exact: true }).fill(join(keys, 'key'));

    const test = form.getByRole('button', { name: 'Test' });
    const steps = form.getByTestId('test-steps').getByRole('listitem');
    await test.press('Enter');
    const trust = dialog(`Trust [localhost]:${sshd.port}?`);
    await trust.waitFor();
    expect(await trust.getByText('SHA256:').first().innerText()).toBe(sshd.hostKeys[0]!.fingerprint);
    await expect.poll(() => steps.nth(1).getAttribute('data-state')).toBe('asking');
    expect(await violations(open)).toEqual([]);
    // The harmless answer has the focus, and the test stops there.
    await page.keyboard.press('Enter');
    await form.getByText('tunnel.notAnswered').waitFor();
    expect(await steps.evaluateAll((all) => all.map((step) => (step as HTMLElement).dataset.state))).toEqual([
      'done',
      'failed',
      ...Array(3).fill('waiting'),
    ]);
    await test.press('Enter');
    await trust.getByRole('button', { name: 'Trust and remember' }).click();
    await form.getByText('Connection works').waitFor();
    expect(await steps.evaluateAll((all) => all.map((step) => (step as HTMLElement).dataset.state))).toEqual(
      Array(5).fill('done'),
    );

    await form.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByTestId('open-profile').filter({ hasText: 'by page' }).press('Enter');
    await open.tab.locator('[data-testid=run-button]:not([data-blocked])').waitFor();
    await page.getByTestId('status-way').filter({ hasText: 'through localhost' }).waitFor();
    const mark = page.getByTestId('tab-tunnel');
    expect(await mark.getAttribute('aria-label')).toBe('through localhost');
    await open.run('select 7 as seven');
    await open.footer.filter({ hasText: '1 row' }).waitFor();

    await sshd.kill();
    await page.getByTestId('status-tunnel').filter({ hasText: 'tunnel lost' }).waitFor();
    await page.getByTestId('open-profile').filter({ hasText: 'tunnel lost' }).waitFor();
    await mark.filter({ hasText: 'tunnel lost…' }).waitFor();
    expect(await mark.getAttribute('aria-label')).toBe('through localhost, tunnel lost…');
    await sshd.start();
    await page.getByTestId('status-tunnel').waitFor({ state: 'detached' });
    await expect.poll(() => mark.getAttribute('aria-label')).toBe('through localhost');
    await open.run('select 8 as eight');
    await open.footer.filter({ hasText: '1 row' }).waitFor();

    await sshd.changeHostKeys();
    const changed = dialog(`The host key of [localhost]:${sshd.port} has changed`);
    await changed.waitFor();
    await changed.getByText(sshd.hostKeys[0]!.fingerprint).waitFor();
    await expect.poll(() => changed.getByRole('region', { name: 'A key that is known' }).count()).toBe(1);
    expect(await violations(open)).toEqual([]);
    await page.keyboard.press('Enter');
    await changed.waitFor({ state: 'hidden' });
    await page
      .getByTestId('status-tunnel')
      .filter({ hasText: 'tunnel failed (ssh.hostKeyChanged)' })
      .waitFor();
    await mark.filter({ hasText: 'tunnel failed' }).waitFor();
    // What is wrong stands below its connection, whole, and over nothing else.
    const failure = page.getByRole('treeitem').filter({ has: page.getByRole('alert') });
    await failure.filter({ hasText: 'ssh.hostKeyChanged' }).getByRole('button', { name: 'Retry' }).waitFor();
    const line = page.getByTestId('open-profile').filter({ hasText: 'by page' });
    await line.focus();
    await line.getByRole('button', { name: 'Reconnect now' }).waitFor();
    const isCut = (name: Element): boolean => name.scrollWidth > name.clientWidth;
    expect(await line.locator('.name').evaluate(isCut)).toBe(false);
    expect(await failure.evaluate(overlaps)).toEqual({ isWhole: true, over: [] });
    expect(open.complaints).toEqual([]);
    await open.close();
  });
});
