import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const verdict = (text: RegExp) => open.page.getByTestId('replay-verdict').filter({ hasText: text }).waitFor();
const where = (text: RegExp) => open.page.getByTestId('replay-where').filter({ hasText: text }).waitFor();

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
    await page.locator('qt-diagnosis').waitFor();
    expect(await violations(open)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await violations(open)).toEqual([]);
  });

  it('opens a bundle, says who signed it, and has the same story', async () => {
    const { page } = open;
    const file = join(folder, 'incident.qtape');
    const args = [MAIN, 'tape', 'export', '--data-dir', folder, '--output', file];
    await promisify(execFile)(process.execPath, args, { env: environmentOf(folder) });
    await page.locator('qt-replay input[type=file]').setInputFiles(file);
    await verdict(
      /every state reproduced, chain intact.*[Ss]igned|every state reproduced, chain intact.*[Ss]ignature/,
    );
    await page.getByTestId('lane').first().focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await page.locator('qt-actor-instant').filter({ hasText: '→ failed' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('replay-verdict').waitFor({ state: 'hidden' });
    expect(open.complaints).toEqual([]);
  });
});
