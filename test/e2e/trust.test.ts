import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { animationsEnded } from './animations.ts';
import { trustPages } from './trust-pages.ts';

let page: Page;
const pages = trustPages();
const { commands, dialogOpen, events, focused, press } = pages;

describe('the confirmation', () => {
  const run = () => page.locator('button.run');
  const ask = (script: string) => page.evaluate(script);

  it('stands on the harmless button, which cancels', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('shown.pending = [samples.pending()]');
    await expect.poll(focused).toBe('Cancel: send nothing');
    await press('Enter');
    expect(await commands()).toEqual([{ type: 'query.cancel', queryId: 'q1' }]);
    await ask('shown.pending = []');
    await expect.poll(dialogOpen).toBe(0);
  });

  it('cancels on Escape, once', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('answers["query.cancel"] = "never"; shown.pending = [samples.pending()]');
    await expect.poll(focused).not.toBeNull();
    await press('Escape', 'Escape');
    expect(await commands()).toEqual([{ type: 'query.cancel', queryId: 'q1' }]);
    await expect.poll(dialogOpen).toBe(1);
  });

  it('runs only once the name is typed to the letter, and never by the Enter that ends the name', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('answers["query.confirm"] = "never"; shown.pending = [samples.pending()]');
    await expect.poll(focused).toBe('Cancel: send nothing');
    // What is typed goes where it belongs.
    await page.keyboard.type('Shop');
    expect(await focused()).toBe('name');
    expect(await run().isDisabled()).toBe(true);
    await press('Enter');
    expect(await page.locator('#problem').textContent()).toContain('not the connection’s name');
    await press('Control+a');
    await page.keyboard.type('shop');
    expect(await run().isEnabled()).toBe(true);
    await press('Enter');
    expect(await commands()).toEqual([]);
    expect(await focused()).toBe('Run on production');
    await press('Enter');
    expect(await commands()).toEqual([
      { type: 'query.confirm', queryId: 'q1', challenge: 'challenge-q1', name: 'shop' },
    ]);
    expect(await run().textContent()).toContain('Sending');
  });

  it('takes the keys that ran the statement for no answer', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('shown.pending = [samples.pending()]');
    await expect.poll(focused).toBe('Cancel: send nothing');
    await press('Control+Enter');
    expect(await commands()).toEqual([]);
    expect(await dialogOpen()).toBe(1);
  });

  it('of another page’s statement is answered by no key that is typed while it comes up', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('shown.pending = [samples.pending({ tabId: "tab-2" })]');
    await expect.poll(focused).toContain('submitted outside this page');
    await press('Space', 'Enter');
    expect(await commands()).toEqual([]);
    expect(await dialogOpen()).toBe(1);
    await press('Tab');
    await page.locator('button.harmless').focus();
    await press('Enter');
    expect(await commands()).toEqual([{ type: 'query.cancel', queryId: 'q1' }]);
  });

  it('keeps nothing that was typed for one statement for the next', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask(
      'window.two = samples.pending({ queryId: "q2" }); shown.pending = [samples.pending(), window.two]',
    );
    expect(await page.locator('.count').textContent()).toBe('1 of 2 waiting');
    await page.keyboard.type('shop');
    await ask('shown.pending = [window.two]');
    await expect.poll(() => page.locator('#name').inputValue()).toBe('');
    expect(await run().isDisabled()).toBe(true);
    await expect.poll(focused).toBe('Cancel: send nothing');
  });

  it('marks the dangers in the statement and describes each in a sentence', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('shown.pending = [samples.pending()]');
    expect(await page.locator('mark').allTextContents()).toEqual(['or true', 'delete', 'drop table']);
    expect(await page.locator('li').count()).toBe(3);
    expect(await page.locator('pre').textContent()).toBe(await page.evaluate(() => window.samples.TEXT));
  });

  it('is too late when its time is over, and says so', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('shown.pending = [samples.pending({ leftMs: 900 })]');
    await page.keyboard.type('shop');
    await expect.poll(() => page.locator('.clock').textContent()).toContain('Too late');
    expect(await run().isDisabled()).toBe(true);
    expect(await page.locator('#name').isDisabled()).toBe(true);
  });

  it('says a refusal where the name is typed', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask(
      'answers["query.confirm"] = { refused: { code: "confirmation.invalid", message: "It came too late." } }; shown.pending = [samples.pending()]',
    );
    await page.keyboard.type('shop');
    await press('Enter', 'Enter');
    await expect.poll(() => page.locator('#problem').textContent()).toContain('It came too late.');
  });

  it('shows hostile names and texts as text', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask(
      'shown.pending = [samples.pending({ profileName: "<img src=x onerror=hacked=1> \\u202e x", text: "truncate \\"<b>\\u202e\\"" })]',
    );
    await page.locator('mark').waitFor();
    expect(await page.locator('dialog img, dialog pre b').count()).toBe(0);
    expect(await page.locator('pre').textContent()).toContain('<b>\\u202E');
  });
});

describe('the badge', () => {
  it('explains itself on a press, within the window, and leaves on Escape', async () => {
    page = await pages.open('show=qt-protection-badge');
    expect(await page.locator('.badge').textContent()).toContain(
      'read-only · enforced by server and classifier',
    );
    await page.locator('.badge').press('Enter');
    const popup = page.locator('#why');
    await popup.getByText('GRANT pg_read_all_data').waitFor();
    const box = (await popup.boundingBox())!;
    expect(box.y).toBeGreaterThanOrEqual(0);
    expect(box.y + box.height).toBeLessThanOrEqual(800);
    await press('Escape');
    await expect.poll(() => popup.isVisible()).toBe(false);
    await page.locator('.badge').press('Enter');
    await page.getByRole('button', { name: 'Change the policy' }).press('Enter');
    expect(await events()).toEqual(['qt-open-settings']);
  });
});

describe('a refusal', () => {
  it('leads to its place and to who may change it', async () => {
    page = await pages.open('show=qt-refusal&code=readOnly.ddl');
    await page.getByRole('button', { name: 'line 5' }).press('Enter');
    await page.getByRole('button', { name: 'Edit the connection' }).press('Enter');
    expect(await page.evaluate(() => window.events)).toEqual([
      { type: 'qt-show-place', detail: null },
      { type: 'qt-refusal-act', detail: 'edit-connection' },
    ]);
  });
});

describe('colours', () => {
  /** Contrast of every word that is seen with what is behind it, below 4.5. */
  const faint = () =>
    page.evaluate(() => {
      const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
      const rgb = (colour: string): [number, number, number, number] => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r!, g!, b!, a! / 255];
      };
      const light = ([r, g, b]: readonly number[]): number => {
        const part = (value: number): number =>
          value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
        return 0.2126 * part(r!) + 0.7152 * part(g!) + 0.0722 * part(b!);
      };
      const behind = (element: Element | null): [number, number, number, number] => {
        for (let at = element; at; at = at.parentElement) {
          const colour = rgb(getComputedStyle(at).backgroundColor);
          if (colour[3] > 0.99) return colour;
        }
        return rgb(getComputedStyle(document.body).backgroundColor);
      };
      const bad: string[] = [];
      for (const element of window.shown.shadowRoot!.querySelectorAll<HTMLElement>('*')) {
        const own = [...element.childNodes].some(
          (node) => node.nodeType === 3 && node.textContent!.trim() !== '',
        );
        if (!own || !element.checkVisibility() || element.tagName === 'STYLE' || element.tagName === 'OPTION')
          continue;
        const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5)
          bad.push(
            `${element.className || element.tagName} "${element.textContent!.trim().slice(0, 30)}" ${contrast.toFixed(2)}`,
          );
      }
      return bad;
    });

  it.each([
    [
      'light',
      'show=qt-danger-dialog',
      'shown.pending = [samples.pending(), samples.pending({ queryId: "q2" })]',
    ],
    ['dark', 'show=qt-danger-dialog', 'shown.pending = [samples.pending({ leftMs: 9000 })]'],
    ['light', 'show=qt-danger-dialog', 'shown.pending = [samples.pending({ environment: "staging" })]'],
    ['light', 'show=qt-connection-dialog', 'shown.edit(samples.SHOP, ["password"])'],
    ['dark', 'show=qt-connection-dialog', 'shown.edit(samples.SHOP, ["password"])'],
    ['light', 'show=qt-vault-dialog', 'void shown.open()'],
    ['dark', 'show=qt-vault-dialog', 'void shown.open()'],
    ['light', 'show=qt-settings', 'shown.open(samples.SETTINGS)'],
    ['dark', 'show=qt-settings', 'shown.open(samples.SETTINGS)'],
    ['light', 'show=qt-settings', 'shown.open(samples.SETTINGS_OF_RUN)'],
    ['light', 'show=qt-refusal&code=policy.dangerous', ''],
    ['dark', 'show=qt-refusal&code=policy.dangerous', ''],
    ['light', 'show=qt-history&count=40', ''],
    ['dark', 'show=qt-history&count=40', ''],
    ['light', 'show=qt-protection-badge&write', 'shown.shadowRoot.querySelector(".badge").click()'],
    ['dark', 'show=qt-protection-badge', 'shown.shadowRoot.querySelector(".badge").click()'],
  ] as const)('stand out from what is behind them, %s %s %s', async (colorScheme, query, script) => {
    page = await pages.open(query, { colorScheme });
    await page.evaluate(script);
    await animationsEnded(page);
    expect(await faint()).toEqual([]);
  });
});
