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
  await open.dismissDialogs();
  // A form that was changed asks first.
  if ((await open.page.locator('dialog[open]').count()) > 0) {
    await open.page.keyboard.press('Escape');
    await open.page.getByRole('button', { name: 'Close without saving' }).click();
  }
  await open.page.keyboard.press('Escape');
  await open.page.keyboard.press('Control+.');
  // After a crash no tab is open.
  if ((await open.tab.count()) > 0) await open.runButton.filter({ hasText: /^\s*Run/ }).waitFor();
}
