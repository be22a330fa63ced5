import { expect } from 'vitest';
import type { OpenPage } from './page.ts';
import type { Scene } from './scene.ts';

/** What the page can show, and how a user gets there from the open demo. */
export type Place = readonly [name: string, show: (open: OpenPage, scene: Scene) => Promise<unknown>];

/** Chooses an entry of the palette. */
export async function byPalette({ page }: OpenPage, words: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.keyboard.type(words);
  await page.keyboard.press('Enter');
}

/** Ends what a place has begun, so that the next one is reached from the page itself. */
export async function leave(open: OpenPage): Promise<void> {
  const { page } = open;
  const dialogs = page.locator('dialog[open]');
  // A form that was changed asks first.
  const asks = page.getByRole('button', { name: 'Close without saving' });
  await expect
    .poll(
      async () => {
        if (await asks.isVisible()) await asks.click();
        else if ((await dialogs.count()) > 0) await page.keyboard.press('Escape');
        return dialogs.count();
      },
      { timeout: 30_000 },
    )
    .toBe(0);
  await page.keyboard.press('Escape');
  // After a crash no tab is open.
  if ((await open.tab.count()) === 0) return;
  const free = open.runButton.filter({ hasText: /^\s*Run/ });
  if ((await free.count()) === 0) await page.keyboard.press('Control+.');
  await free.waitFor();
}
