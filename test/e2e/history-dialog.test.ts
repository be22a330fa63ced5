import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { trustPages } from './trust-pages.ts';

let page: Page;
const pages = trustPages();
const { events, focused, press } = pages;

describe('the history', () => {
  const rows = () => page.locator('.entry').count();
  const selected = () => page.locator('.entry[aria-selected=true]').getAttribute('aria-posinset');

  it('draws what is in view of ten thousand, and goes through all of them by keyboard', async () => {
    page = await pages.open('show=qt-history&count=10000');
    expect(await rows()).toBeLessThan(60);
    await page.locator('.list').focus();
    await press('ArrowDown', 'ArrowDown');
    expect(await selected()).toBe('3');
    await press('End');
    await expect.poll(selected).toBe('10000');
    expect(await page.locator('.entry[aria-selected=true]').isVisible()).toBe(true);
    await press('Enter', 'Delete');
    expect(await events()).toEqual(['qt-history-open', 'qt-history-delete']);
  });

  it('asks for what is typed, and opens the first without leaving the field', async () => {
    page = await pages.open('show=qt-history&count=3');
    await page.locator('input[type=search]').focus();
    await page.keyboard.type('fix');
    expect(await page.evaluate(() => window.events.at(-1))).toEqual({
      type: 'qt-history-search',
      detail: { search: 'fix', outcome: null },
    });
    await press('ArrowDown', 'Enter');
    expect(await page.evaluate(() => (window.events.at(-1)!.detail as { queryId: string }).queryId)).toBe(
      'h1',
    );
    await page.getByLabel('Outcome').selectOption('timedOut');
    expect((await page.evaluate(() => window.events.at(-1)))?.detail).toEqual({
      search: 'fix',
      outcome: 'timedOut',
    });
    await page.evaluate('shown.entries = []');
    await page.getByText('No statement matches.').waitFor();
  });

  it('asks for older ones before the end is seen, and not while they are on their way', async () => {
    page = await pages.open('show=qt-history&count=100');
    await page.evaluate(
      'shown.more = true; shown.addEventListener("qt-history-more", () => { shown.reading = true; })',
    );
    await page.locator('.list').focus();
    expect(await events()).toEqual([]);
    await press('End');
    await expect.poll(events).toEqual(['qt-history-more']);
    await press('Home', 'End');
    await page.waitForTimeout(100);
    expect(await events()).toEqual(['qt-history-more']);
  });

  it('asks for older ones where too few are left, and begins again at the first', async () => {
    page = await pages.open('show=qt-history&count=100');
    await page.evaluate(
      'shown.more = true; shown.addEventListener("qt-history-more", () => { shown.reading = true; })',
    );
    const read = (count: number) =>
      page.evaluate(`Object.assign(shown, { reading: false, entries: samples.history(${count}) })`);
    await page.locator('.list').focus();
    await press('End');
    await expect.poll(events).toEqual(['qt-history-more']);
    await read(0);
    await expect.poll(events).toHaveLength(2);
    await read(100);
    await page.locator('#entry-0').waitFor();
    expect(await events()).toHaveLength(2);
    await read(5);
    await expect.poll(events).toHaveLength(3);
  });

  it('stays on what is selected while new statements come', async () => {
    page = await pages.open('show=qt-history&count=500');
    await page.locator('.list').focus();
    await press('PageDown', 'PageDown', 'PageDown');
    const line = () => page.locator('.entry[aria-selected=true] time').getAttribute('datetime');
    const top = () =>
      page.locator('.entry[aria-selected=true]').evaluate((row) => row.getBoundingClientRect().top);
    const [before, topBefore] = [await line(), await top()];
    await page.evaluate(() => {
      const { shown } = window as unknown as { shown: { entries: unknown[] } };
      shown.entries = [
        ...window.samples.history(3).map((one) => ({ ...one, queryId: `new-${one.queryId}` })),
        ...shown.entries,
      ];
    });
    await expect.poll(top).toBe(topBefore);
    expect(await line()).toBe(before);
  });

  it('is emptied only by who says so twice', async () => {
    page = await pages.open('show=qt-history&count=10');
    await page.getByRole('button', { name: 'Delete all…' }).press('Enter');
    await expect.poll(focused).toBe('Keep them');
    await press('Escape');
    expect(await events()).toEqual([]);
    await page.getByRole('button', { name: 'Delete all…' }).press('Enter');
    await expect.poll(focused).toBe('Keep them');
    await press('Tab', 'Enter');
    expect(await events()).toEqual(['qt-history-purge']);
  });

  it('says what to do first where there is none', async () => {
    page = await pages.open('show=qt-history&count=0');
    await page.getByText('No statements yet.').waitFor();
  });
});
