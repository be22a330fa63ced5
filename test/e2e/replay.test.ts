import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Envelope } from '../../src/events/envelope.ts';
import type { OpenReplay } from '../../src/events/replay-view.ts';
import { Client } from '../../src/main/client.ts';
import { checkTraces } from '../unit/main/otlp/otlp-schema.ts';
import { violations } from './axe.ts';
import { dataFolder, environmentOf, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const MAIN = process.env.QUERYTAPE_TEST_MAIN ?? resolve(import.meta.dirname, '../../dist/main.js');

/** The replay on the page: of the live tape by the keyboard, and of a bundle that came from elsewhere. */
const folder = dataFolder();
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  open = await OpenPage.open(program.url);
  await open.openDemo();
  await open.complete('select 1 as one; select nowhere');
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

/** What Perfetto does: answers a PING once it listens, and takes the trace from the window that opened it. */
const PERFETTO = `<!doctype html><body><script>
  addEventListener('message', ({ data, source }) => {
    if (source !== opener) return;
    if (data === 'PING') return source.postMessage('PONG', '*');
    const events = JSON.parse(new TextDecoder().decode(data.perfetto.buffer));
    const seqs = events.filter(({ ph }) => ph === 'i').map(({ args }) => args.seq);
    document.body.append(data.perfetto.title + ' has records ' + seqs.at(0) + ' to ' + seqs.at(-1) + '.');
  });
</script></body>`;

/** The verdict of a bundle that nothing is wrong with. */
const SIGNED = /every state reproduced, chain intact\..*Signature checked/s;
const verdict = (text: RegExp) => open.page.getByTestId('replay-verdict').filter({ hasText: text }).waitFor();
/** Chooses an entry of the menu of exports by the keyboard. */
async function exportBy(entry: string): Promise<void> {
  const { page } = open;
  await page.getByRole('button', { name: 'Export…' }).press('Enter');
  await page.getByRole('menuitem', { name: entry }).press('Enter');
}

/** What such an entry downloads. */
async function downloadBy(entry: string): Promise<string> {
  const download = open.page.waitForEvent('download');
  await exportBy(entry);
  return readFile(await (await download).path(), 'utf8');
}

/** The records that a trace has an instant of. */
function seqsOf(trace: string): readonly number[] {
  const events = JSON.parse(trace) as { readonly ph: string; readonly args?: { readonly seq: number } }[];
  return events.filter(({ ph }) => ph === 'i').map(({ args }) => args!.seq);
}

/** Has a page give the trace to what stands for Perfetto, and returns what that has got. */
async function handedOver(): Promise<string> {
  const context = open.page.context();
  const asked: string[] = [];
  await context.route('https://ui.perfetto.dev/**', (route) => {
    asked.push(route.request().url());
    return route.fulfill({ contentType: 'text/html', body: PERFETTO });
  });
  const opening = context.waitForEvent('page');
  await exportBy('Open in Perfetto…');
  const handoff = await opening;
  await handoff.getByRole('status').filter({ hasText: 'Nothing has left this machine' }).waitFor();
  expect(asked).toEqual([]);
  expect(new URL(handoff.url()).hash).toBe('');
  expect(await handoff.evaluate(() => [window.opener, sessionStorage.length])).toEqual([null, 0]);
  const [perfetto] = await Promise.all([
    context.waitForEvent('page'),
    handoff.getByRole('button', { name: 'Open in Perfetto' }).press('Enter'),
  ]);
  await handoff.getByRole('status').filter({ hasText: 'Perfetto has the trace' }).waitFor();
  const got = await perfetto.getByText('querytape-trace.json has records').innerText();
  await Promise.all([perfetto.close(), handoff.close()]);
  await context.unroute('https://ui.perfetto.dev/**');
  return got;
}

const where = (text: RegExp) => open.page.getByTestId('replay-where').filter({ hasText: text }).waitFor();

/** How wide a select is, and how wide its chosen option asks it to be. */
function widths(element: Element): [has: number, needs: number] {
  const select = element as HTMLSelectElement;
  const alone = select.cloneNode() as HTMLSelectElement;
  alone.append(select.selectedOptions[0]!.cloneNode(true));
  for (const [name, value] of Object.entries({ flex: 'none', 'min-width': '0', position: 'absolute' }))
    alone.style.setProperty(name, value);
  select.after(alone);
  const needs = alone.offsetWidth;
  alone.remove();
  return [select.offsetWidth, needs];
}

/** The records of a bundle, by the command line. */
async function recordsOf(file: string): Promise<Envelope[]> {
  const words = [MAIN, 'replay', file, 'events', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, words, {
    env: environmentOf(folder),
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Envelope);
}

describe('the replay', () => {
  it('proves the live tape, and leads by the keyboard to what failed and why', async () => {
    const { page } = open;
    await page.keyboard.press('Control+k');
    await page.keyboard.type('Replay the tape');
    await page.keyboard.press('Enter');
    await verdict(/every state reproduced, chain intact/);
    await page.getByTestId('lane').first().focus();
    await page.keyboard.press('Shift+ArrowLeft');
    const actor = page.locator('qt-actor-instant');
    await actor.filter({ hasText: /query@\d+/ }).waitFor();
    await actor.filter({ hasText: '→ failed' }).waitFor();
    // The cause is an event, and leads there; back again by steps.
    const before = await page.getByTestId('replay-where').innerText();
    await page.keyboard.press('ArrowLeft');
    await where(/event/);
    await expect.poll(() => page.getByTestId('replay-where').innerText()).not.toBe(before);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.getByTestId('replay-where').innerText()).toBe(before);
    await page.keyboard.press('+');
    // A statement is called the same everywhere, also one whose text is not on the tape.
    expect(await page.locator('qt-slowest').innerText()).not.toContain('qry-');
    // What went wrong says of which statement, and leads to it.
    const failed = page.locator('qt-diagnosis article').filter({ hasText: '42703' });
    const named = failed.getByRole('button', { name: /^query \w{5}$/ });
    await actor.filter({ hasText: `${await named.innerText()} · query@` }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.getByTestId('replay-where').innerText()).not.toBe(before);
    await named.press('Enter');
    await expect.poll(() => page.getByTestId('replay-where').innerText()).toBe(before);
    await actor.filter({ hasText: '→ failed' }).waitFor();
    const chart = page.getByTestId('machine-chart');
    await chart.getByRole('img', { name: /active: failed/ }).waitFor();
    await chart.locator('.words.lit').filter({ hasText: '×' }).waitFor();
    await chart.focus();
    await page.keyboard.press('p');
    await page.getByLabel(/^Note on event/).fill('zebra-7431');
    expect(await violations(open)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await violations(open)).toEqual([]);
  });

  it('shows the words of its event filter whole in a small window', async () => {
    const { page } = open;
    await page.setViewportSize({ width: 1280, height: 800 });
    const filter = page.locator('qt-event-filter');
    for (const name of ['Kind', 'Type', 'Outcome']) {
      const [has, needs] = await filter.getByLabel(name, { exact: true }).evaluate(widths);
      expect(has, name).toBeGreaterThanOrEqual(needs);
    }
    const tops = await filter
      .locator('select')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
    expect(new Set(tops).size).toBe(1);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('is played, stepped and searched by the keyboard', async () => {
    const { page } = open;
    const at = () => page.getByTestId('replay-where').innerText();
    await page.getByTestId('lane').first().focus();
    await page.keyboard.press('f');
    await page.keyboard.type('query.submit');
    await page
      .getByTestId('events-found')
      .filter({ hasText: /of|match|event/ })
      .waitFor();
    const before = await at();
    await page.keyboard.press('Shift+Enter');
    await expect.poll(at).not.toBe(before);
    const found = await at();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.getByLabel('Pace', { exact: true }).selectOption('1000');
    await page.getByTestId('replay-play').focus();
    await page.keyboard.press('Enter');
    await expect.poll(at).not.toBe(found);
    await page.getByTestId('replay-play').filter({ hasText: 'Play' }).waitFor();
  });

  it('asks an example that is chosen by the keyboard', async () => {
    const { page } = open;
    await page.getByRole('button', { name: 'Examples…' }).press('Enter');
    await page.getByRole('menuitem', { name: 'transactions left open' }).press('ArrowDown');
    await page.keyboard.press('Enter');
    const field = page.getByLabel('Ask', { exact: true }).and(page.locator('input:focus'));
    expect(await field.inputValue()).toBe('query.state = queued and inState > 1 s');
    await page.keyboard.press('Enter');
    await page.getByTestId('ask-said').filter({ hasText: /\S/ }).waitFor();
    await page.getByRole('button', { name: 'Clear' }).press('Enter');
  });

  it('gives the trace to Perfetto on a further click only, from a page that has no key and no way back', async () => {
    const last = /event \S+ of ([\d,]+)/.exec(await open.page.getByTestId('replay-where').innerText())![1]!;
    expect(await handedOver()).toBe(`querytape-trace.json has records 1 to ${last.replaceAll(',', '')}.`);
  });

  it('exports the range alone where one is chosen', async () => {
    const { page } = open;
    const title = () => page.getByRole('button', { name: 'Export…' }).getAttribute('title');
    expect(await title()).toBe('The whole tape that is shown, for other tools');
    await page.getByTestId('lane').first().focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('+');
    await page.keyboard.press('r');
    const chosen = page.getByTestId('replay-range');
    const [, count] = /· (\S+) events/.exec(await chosen.filter({ hasText: / events/ }).innerText())!;
    const events = Number(count!.replaceAll(/\D/g, ''));
    expect(await title()).toBe('The range that is chosen, for other tools');
    const seqs = seqsOf(await downloadBy('Download a trace for Perfetto'));
    expect(seqs).toHaveLength(events);
    expect(await handedOver()).toBe(`querytape-trace.json has records ${seqs.at(0)} to ${seqs.at(-1)}.`);
    await page.getByRole('button', { name: 'The whole tape again' }).press('Enter');
    await chosen.waitFor({ state: 'hidden' });
    expect(seqsOf(await downloadBy('Download a trace for Perfetto')).length).toBeGreaterThan(events);
  });

  it('leads back by a link that has no note, and by a saved view that has', async () => {
    const { page } = open;
    await page.getByTestId('lane').first().focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await page.locator('qt-actor-instant').filter({ hasText: '→ failed' }).waitFor();
    const place = await page.getByTestId('replay-where').innerText();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy link' }).press('Enter');
    await page.locator('qt-replay .notice').filter({ hasText: 'copied' }).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).not.toContain('zebra');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save view' }).press('Enter');
    const saved = await (await download).path();
    await page.keyboard.press('Escape');
    await page.getByTestId('replay-verdict').waitFor({ state: 'hidden' });
    await page.evaluate((hash) => {
      location.hash = hash;
    }, new URL(link).hash);
    await verdict(/chain intact/);
    await page
      .getByTestId('replay-where')
      .filter({ hasText: place.split(' of ')[0]! })
      .waitFor();
    await page.locator('qt-actor-instant').filter({ hasText: '→ failed' }).waitFor();
    expect(await page.evaluate(() => location.hash)).toBe('');
    const text = await readFile(saved, 'utf8');
    await page.locator('qt-replay input[type=file]').setInputFiles({
      name: 'incident.view.json',
      mimeType: 'application/json',
      buffer: Buffer.from(text),
    });
    await expect.poll(() => page.getByLabel(/^Note on event/).inputValue()).toBe('zebra-7431');
  });

  it('opens a bundle that is dropped, says who signed it, and has the same story', async () => {
    const { page } = open;
    const file = join(folder, 'incident.qtape');
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [MAIN, ...args, '--data-dir', folder], {
        env: environmentOf(folder),
      });
    // The bundle has a failure by another code than the tape that is open.
    await expect(run('run', '--profile', 'Demo', 'select 1 / 0')).rejects.toThrow('22012');
    await run('tape', 'export', '--output', file);
    // What went well may be another tape than what is looked at after it.
    await page.getByRole('button', { name: 'This tape is the good one' }).press('Enter');
    const bytes = (await readFile(file)).toString('base64');
    await page.locator('qt-replay dialog').evaluate((dialog, encoded) => {
      const content = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content], 'incident.qtape'));
      dialog.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }, bytes);
    await verdict(SIGNED);
    await page.getByTestId('lane').first().focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await page.locator('qt-actor-instant').filter({ hasText: '→ failed' }).waitFor();
    // What other tools get is the bundle’s: its records, its replaced names.
    const inBundle = (await recordsOf(file)).map(({ seq }) => seq);
    const trace = await downloadBy('Download a trace for Perfetto');
    expect(seqsOf(trace)).toEqual(inBundle);
    expect(trace).not.toContain('nowhere');
    const spans = (await downloadBy('Download spans as OTLP')).trimEnd().split('\n');
    for (const line of spans) expect(checkTraces(JSON.parse(line))).toEqual([]);
    expect(spans.join()).toContain('db.query.summary');
    expect(spans.join()).not.toContain('nowhere');
    expect(await handedOver()).toBe(
      `querytape-trace.json has records ${inBundle.at(0)} to ${inBundle.at(-1)}.`,
    );
    const compared = page.locator('qt-span-difference');
    await compared.filter({ hasText: 'Good: this installation’s tape' }).waitFor();
    await compared.getByRole('row', { name: 'failed 1 2' }).waitFor();
    const [bad, good] = [compared.getByTestId('difference-bad'), compared.getByTestId('difference-good')];
    await compared.getByText(/^Difference 1 of/).waitFor();
    const next = compared.getByRole('button', { name: 'Next' });
    while (!/query: running.* → failed by query.failed.*code 22012/.test(await bad.innerText()))
      await next.press('Enter');
    expect(await good.innerText()).toMatch(/query: running.* → failed by query.failed.*code 42703/);
    expect(await compared.getByTestId('difference-fields').innerText()).toBe('failure.code');
    const [, seq] = /first at event ([\d,]+)/.exec(await bad.innerText())!;
    await where(new RegExp(`event ${seq} of`));
    await page.locator('qt-actor-instant').filter({ hasText: '→ failed' }).waitFor();
    expect(await violations(open)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByTestId('replay-verdict').waitFor({ state: 'hidden' });
    // The command line ran in a session of its own: the page's is as open as before.
    expect(await page.getByText('Demo is not open').count()).toBe(0);
    expect(open.complaints).toEqual([]);
  });

  it('opens a bundle by the command line: in the running program by a launch link, or in one that it starts', async () => {
    const { page } = open;
    const file = join(folder, 'incident.qtape');
    const words = (data: string, ...more: string[]) => [
      MAIN,
      'replay',
      file,
      '--open',
      '--data-dir',
      data,
      ...more,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, words(folder, '--no-open'), {
      env: environmentOf(folder),
    });
    const link = /http:\S+\?code=\S+#replay=rpl-\w+/.exec(stdout)![0];
    await page.goto(link);
    await verdict(SIGNED);
    await page.getByText('bundle opened from the command line').waitFor();
    expect(new URL(page.url()).search + new URL(page.url()).hash).toBe('');
    // Elsewhere nothing runs yet: what is started has the bundle open, and ends like any other.
    const elsewhere = dataFolder();
    const child = spawn(process.execPath, words(elsewhere, '--json'), {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: environmentOf(elsewhere),
    });
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const { url } = JSON.parse(String(line)) as { url: string };
      const client = new Client(url);
      const replayId = new URL(url).hash.replace('#replay=', '');
      const opened = (await (await client.get(`/api/replay/${replayId}`)).json()) as OpenReplay;
      expect([opened.source, opened.integrity?.verdict]).toEqual(['bundle', 'signed']);
      child.kill('SIGINT');
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
      removeFolder(elsewhere);
    }
    expect(open.complaints).toEqual([]);
  });
});
