import type { Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { type ElementPages, elementPages, type Look } from './element-pages.ts';

/** The dialogs and words of trust in a real browser, for the tests of one file: opened before them, closed after. */
export function trustPages() {
  let pages: ElementPages;
  let page: Page;
  beforeAll(async () => {
    pages = await elementPages({
      html: 'trust.page.html',
      drawn: () => window.shown?.shadowRoot?.childElementCount,
      width: 1000,
      height: 800,
    });
  });
  afterAll(() => pages?.close());
  return {
    async open(query: string, look?: Look): Promise<Page> {
      page = await pages.open(query, look);
      return page;
    },
    /** The commands that the element asked for, without the statement's ids. */
    commands: () => page.evaluate(() => window.commands),
    events: () => page.evaluate(() => window.events.map(({ type }) => type)),
    dialogOpen: () => page.locator('dialog[open]').count(),
    /** What has the focus: its id, label or words. */
    focused: () =>
      page.evaluate(() => {
        const element = window.shown.shadowRoot!.activeElement as HTMLElement | null;
        return element?.id || element?.getAttribute('aria-label') || element?.textContent?.trim() || null;
      }),
    async press(...keys: readonly string[]): Promise<void> {
      for (const key of keys) await page.keyboard.press(key);
    },
  };
}
