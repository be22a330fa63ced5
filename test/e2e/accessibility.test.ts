import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { animationsEnded } from './animations.ts';
import { violations } from './axe.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';
import { leave, PLACES } from './places.ts';

describe.each(['light', 'dark'] as const)('the page in its %s theme', (theme) => {
  const folder = dataFolder();
  let program: Started;
  let open: OpenPage;

  beforeAll(async () => {
    program = await startQuerytape(folder, ['--demo']);
    open = await OpenPage.open(program.url, theme);
  });
  afterAll(async () => {
    await open?.close();
    await program?.stop();
    removeFolder(folder);
  });

  it('has no violations before a connection is open', async () => {
    await open.page.getByRole('button', { name: 'Open Demo' }).first().waitFor();
    const found = await violations(open);
    await open.openDemo();
    expect(found).toEqual([]);
  });

  it.each(PLACES)('has no violations in %s', async (_name, show) => {
    await show(open);
    await animationsEnded(open.page);
    const found = await violations(open);
    const headings = await open.page.locator('h1:visible').count();
    const inOptions = await open.page.locator('[role=option] :is(button, a, input)').count();
    await leave(open);
    expect(found).toEqual([]);
    expect([headings, inOptions]).toEqual([1, 0]);
  });
});
