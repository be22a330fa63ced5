import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { animationsEnded } from './animations.ts';
import { violations } from './axe.ts';
import { leave } from './place.ts';
import { PLACES } from './places.ts';
import { Scene } from './scene.ts';

/** What axe finds in either theme, each line with the theme's name. A place takes longer to reach than to look at. */
async function violationsInThemes({ open }: Scene): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await open.page.emulateMedia({ colorScheme });
    await animationsEnded(open.page);
    found.push(...(await violations(open)).map((line) => `${colorScheme}: ${line}`));
  }
  return found;
}

describe('the page, light and dark,', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.start();
  });
  afterAll(() => scene?.end());

  it('has no violations before a connection is open', async () => {
    const { open } = scene;
    await open.page.getByRole('button', { name: 'Open Demo' }).first().waitFor();
    const found = await violationsInThemes(scene);
    await open.openDemo();
    expect(found).toEqual([]);
  });

  it.each(PLACES)('has no violations in %s', async (_name, show) => {
    await show(scene.open, scene);
    const { open } = scene;
    const found = await violationsInThemes(scene);
    const headings = await open.page.locator('h1:visible').count();
    const inOthers = await open.page.locator(':is([role=option], h1, h2, h3) :is(button, a, input)').count();
    await leave(open);
    expect(found).toEqual([]);
    expect([headings, inOthers]).toEqual([1, 0]);
  });
});
