import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client } from '../../src/main/client.ts';
import { RESULTS_MAX } from '../../src/store/limits.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const folder = dataFolder();
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--allow-unsaved-profiles', '--demo']);
  open = await OpenPage.open(program.url);
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

it('says below a result that is complete why it was not exported, until the next one is', async () => {
  const { page } = open;
  await open.openDemo();
  await open.complete('select 1 as one');
  const refusal = { code: 'result.gone', message: 'The result is gone.' };
  await page.route('**/api/downloads/*', (route) => route.fulfill({ status: 404, json: refusal }));
  const choose = () => open.exportAs('CSV');
  const problem = open.tab.getByTestId('footer-problem');
  await choose();
  await problem.filter({ hasText: 'export failed: The result is gone.' }).waitFor();
  await page.unroute('**/api/downloads/*');
  await choose();
  await problem.waitFor({ state: 'detached' });
  await page.route('**/api/downloads/*', (route) => route.fulfill({ status: 404, json: refusal }));
  await choose();
  await problem.waitFor();
  await open.complete('select 2 as two');
  await problem.waitFor({ state: 'detached' });
  await page.unroute('**/api/downloads/*');
});

it('says at Export that later results have pushed out the rows in view, before a format is chosen', async () => {
  const { page } = open;
  await open.complete('select 4 as four');
  const pushedOut = open.footer.getByTestId('footer-problem');
  await page.keyboard.press('Control+Alt+t');
  await open.complete('select 5 as five;'.repeat(RESULTS_MAX));
  await page.keyboard.press('Control+PageUp');
  await open.cell(1, 1).filter({ hasText: '4' }).waitFor();
  await open.footer.getByRole('button', { name: 'Export' }).press('Enter');
  await pushedOut.filter({ hasText: 'export failed: There is no such result (any more).' }).waitFor();
  expect(await page.getByRole('menuitem').count()).toBe(0);
});

it('downloads nothing by arrow keys, which only choose', async () => {
  const { page } = open;
  const formats: (string | null)[] = [];
  page.on('download', (download) => formats.push(download.suggestedFilename()));
  await open.complete('select 3 as three');
  await open.footer.getByRole('button', { name: 'Export' }).press('ArrowDown');
  await page.keyboard.press('Enter');
  const item = (name: string) => page.getByRole('menuitem', { name, exact: true });
  await item('CSV').press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const chosen = page.waitForEvent('download');
  await item('XLSX').and(page.locator(':focus')).press('Enter');
  await chosen;
  expect(formats).toEqual(['result.xlsx']);
});

it('says in the vault why its connections were not exported', async () => {
  const { page } = open;
  await new Client(program.url).command({
    type: 'vault.create',
    protection: { passphrase: 'copper tidal raven mosaic' },
  });
  const refusal = { code: 'vault.locked', message: 'The vault was locked first.' };
  await page.route('**/api/downloads/*', (route) => route.fulfill({ status: 409, json: refusal }));
  await page.getByTestId('vault-button').press('Enter');
  const dialog = page.getByRole('dialog', { name: /vault/i });
  await dialog.getByRole('link', { name: 'Export the connections' }).press('Enter');
  await dialog.getByRole('alert').filter({ hasText: refusal.message }).waitFor();
  await page.unroute('**/api/downloads/*');
  await dialog.getByRole('link', { name: 'Export the connections' }).press('Enter');
  await dialog.getByRole('alert').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
});

it('says why a download was refused, of which the browser shows nothing', async () => {
  const file = join(folder, 'tape', '00000001.jsonl');
  const bytes = readFileSync(file);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(file, bytes);
  const { page } = open;
  await page.keyboard.press('Control+k');
  await page.keyboard.type('Export the tape as OTLP');
  await page.keyboard.press('Enter');
  const said = page.getByRole('alertdialog', { name: 'The download failed' });
  await said.waitFor();
  expect(await said.innerText()).toMatch(/damaged|checksum|CRC/i);
  await said.getByRole('button', { name: 'Close' }).press('Enter');
  await said.waitFor({ state: 'detached' });
});
