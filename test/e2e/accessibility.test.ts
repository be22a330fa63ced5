import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { animationsEnded } from './animations.ts';
import { violations } from './axe.ts';
import { leave } from './place.ts';
import { PLACES } from './places.ts';
import { Scene } from './scene.ts';

describe.each(['light', 'dark'] as const)('the page in its %s theme', (theme) => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.start(theme);
  });
  afterAll(() => scene?.end());

  it('has no violations before a connection is open', async () => {
    const { open } = scene;
    await open.page.getByRole('button', { name: 'Open Demo' }).first().waitFor();
    const found = await violations(open);
    await open.openDemo();
    expect(found).toEqual([]);
  });

  it.each(PLACES)('has no violations in %s', async (_name, show) => {
    await show(scene.open, scene);
    const { open } = scene;
    await animationsEnded(open.page);
    const found = await violations(open);
    const headings = await open.page.locator('h1:visible').count();
    const inOptions = await open.page.locator('[role=option] :is(button, a, input)').count();
    await leave(open);
    expect(found).toEqual([]);
    expect([headings, inOptions]).toEqual([1, 0]);
  });
});
