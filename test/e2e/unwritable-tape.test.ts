import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { type MountedFolder, mountedFolder } from './mounted-folder.ts';
import { OpenPage } from './page.ts';

const folder = dataFolder();
/** A disk of its own for the tape, which a test can fill. */
const tape = join(folder, 'tape');
let program: Started;
let open: OpenPage;
let disk: MountedFolder;

beforeAll(async () => {
  mkdirSync(tape, { mode: 0o700 });
  disk = mountedFolder('4m', tape);
  program = await startQuerytape(folder, ['--demo']);
  open = await OpenPage.open(program.url);
  await open.openDemo();
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  disk?.remove();
  removeFolder(folder);
});

it('says in the tape panel that newer statements wait for a tape that can’t be written, until it can', async () => {
  await open.complete('select 1');
  const filler = join(tape, 'filler');
  expect(() => writeFileSync(filler, Buffer.alloc(8 << 20))).toThrow('ENOSPC');
  // More records than the last page of the tape's file has room for.
  await open.type('select 2;'.repeat(100));
  await open.page.keyboard.press('Control+Shift+Enter');
  const panel = open.page.locator('qt-tape-panel');
  const said = panel.getByText(
    'The tape can’t be written, so newer statements are not on it yet; this is asked of the newest one that is. The disk is full (ENOSPC). Make room on it. It resumes by itself.',
  );
  await said.waitFor();
  rmSync(filler);
  await said.waitFor({ state: 'detached' });
});
