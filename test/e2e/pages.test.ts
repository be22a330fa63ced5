import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

/** What a page says of the program, and of another page of it. */
const folder = dataFolder();
let program: Started;
let first: OpenPage;
let second: OpenPage | undefined;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  first = await OpenPage.open(program.url);
  await first.openDemo();
});
afterAll(async () => {
  await second?.close();
  await first?.close();
  program?.process.kill('SIGCONT');
  await program?.stop();
  removeFolder(folder);
});

describe('two pages of one program', () => {
  it('have tabs of their own: neither shows the other a result under its text', async () => {
    await first.complete('select 1 as first_page');
    await first.grid.locator('[role=columnheader]').filter({ hasText: 'first_page' }).waitFor();
    second = await OpenPage.open(program.url);
    await second.page.getByTestId('tabs-elsewhere').filter({ hasText: '1 open in another page' }).waitFor();
    // With none of its own, it opens one for the connection that is open.
    await second.page.getByTestId('tab').waitFor();
    await second.complete('select 2 as second_page');
    await second.grid.locator('[role=columnheader]').filter({ hasText: 'second_page' }).waitFor();
    expect(await first.grid.locator('[role=columnheader]').filter({ hasText: 'second_page' }).count()).toBe(
      0,
    );
    expect(await first.page.getByTestId('tab').count()).toBe(1);
  });

  it('hand a tab over once the page that had it is closed', async () => {
    await first.close();
    await second!.reload();
    await expect.poll(() => second!.page.getByTestId('tab').count()).toBe(2);
    expect(await second!.page.getByTestId('tabs-elsewhere').count()).toBe(0);
    first = await OpenPage.open(program.url);
  });
});

describe('a program that stops answering', () => {
  it('is said not to have answered since a time, and nothing counts on; then it is back', async () => {
    const bar = second!.page.getByTestId('status-bar');
    program.process.kill('SIGSTOP');
    await bar.filter({ hasText: 'Querytape has not answered since' }).waitFor({ timeout: 30_000 });
    program.process.kill('SIGCONT');
    await bar.filter({ hasText: /PostgreSQL|Demo/ }).waitFor({ timeout: 30_000 });
  });
});
