import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const folder = dataFolder();
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--allow-unsaved-profiles']);
  open = await OpenPage.open(program.url);
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
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
  const said = page.getByRole('dialog', { name: 'The download failed' });
  await said.waitFor();
  expect(await said.innerText()).toMatch(/damaged|checksum|CRC/i);
  await said.getByRole('button', { name: 'Close' }).press('Enter');
  await said.waitFor({ state: 'detached' });
});
