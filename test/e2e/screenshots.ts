import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { animationsEnded } from './animations.ts';
import { leave, type Place } from './place.ts';
import { PLACES } from './places.ts';
import { Scene } from './scene.ts';

/** Pictures to look at, of all places in both themes and three sizes. */
const FOLDER = resolve(import.meta.dirname, '../../test-output/screenshots');
const SIZES = [
  { width: 1280, height: 800 },
  { width: 1440, height: 900 },
  { width: 1920, height: 1080 },
] as const;
const START: Place = [
  'the start',
  ({ page }) => page.getByRole('button', { name: 'Open Demo' }).first().waitFor(),
];

describe('the page', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.start();
  });
  afterAll(() => scene?.end());

  async function take([name, show]: Place): Promise<void> {
    await show(scene.open, scene);
    const { page } = scene.open;
    for (const colorScheme of ['light', 'dark'] as const)
      for (const size of SIZES) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(size);
        await animationsEnded(page);
        const file = `${name.replaceAll(/\W+/g, '-')}-${colorScheme}-${size.width}.png`;
        await page.screenshot({ path: resolve(FOLDER, file) });
      }
  }

  it('has its picture taken at the start', async () => {
    await take(START);
    await scene.open.openDemo();
  });

  it.each(PLACES)('has its picture taken in %s', async (...place) => {
    await take(place);
    await leave(scene.open);
  });
});
