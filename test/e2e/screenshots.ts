import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { animationsEnded } from './animations.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';
import { leave, PLACES, type Place } from './places.ts';

/** Pictures to look at, of all places in both themes and two sizes. */
const FOLDER = resolve(import.meta.dirname, '../../test-output/screenshots');
const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;
const START: Place = [
  'the start',
  ({ page }) => page.getByRole('button', { name: 'Open Demo' }).first().waitFor(),
];

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

  async function take([name, show]: Place): Promise<void> {
    await show(open);
    for (const size of SIZES) {
      await open.page.setViewportSize(size);
      await animationsEnded(open.page);
      const file = `${name.replaceAll(/\W+/g, '-')}-${theme}-${size.width}.png`;
      await open.page.screenshot({ path: resolve(FOLDER, file) });
    }
  }

  it('has its picture taken at the start', async () => {
    await take(START);
    await open.openDemo();
  });

  it.each(PLACES)('has its picture taken in %s', async (...place) => {
    await take(place);
    await leave(open);
  });
});
