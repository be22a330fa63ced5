import type { Page } from 'playwright-core';
import { closeBrowser, OpenPage } from '../test/e2e/page.ts';
import { type Bench, type Figure, median, percentile } from './figure.ts';
import { openProgram } from './http.ts';

const WARM_UP = 10;
const RUNS = 60;

/**
 * Presses Ctrl+Enter, and resolves with the milliseconds from the key until the first frame that shows the value in a cell has
 * been drawn. Looked at after each frame, in a task of its own.
 */
async function keyToRows(page: Page, value: string): Promise<number> {
  const painted = await page.evaluateHandle((wanted) => {
    const cell = (): string | null | undefined =>
      document
        .querySelector('qt-app')
        ?.shadowRoot?.querySelector('qt-query-tab:not([hidden])')
        ?.shadowRoot?.querySelector('qt-results')
        ?.shadowRoot?.querySelector('qt-result')
        ?.shadowRoot?.querySelector('qt-grid')
        ?.shadowRoot?.querySelector('[role=row][aria-rowindex="2"] [aria-colindex="1"]')?.textContent;
    const ms = new Promise<number>((resolve) => {
      const frames = new MessageChannel();
      const look = (): unknown => requestAnimationFrame(() => frames.port2.postMessage(null));
      const pressed = ({ key, timeStamp }: KeyboardEvent): void => {
        if (key !== 'Enter') return;
        removeEventListener('keydown', pressed, { capture: true });
        frames.port1.onmessage = () => {
          if (cell() === wanted) resolve(performance.now() - timeStamp);
          else look();
        };
        look();
      };
      addEventListener('keydown', pressed, { capture: true });
    });
    return { ms };
  }, value);
  await page.keyboard.press('Control+Enter');
  return painted.evaluate(({ ms }) => ms);
}

/** From a key press to rows on the screen, in chromium. */
export const page: Bench = {
  name: 'page',
  async run(): Promise<Figure[]> {
    const { program, client, stop } = await openProgram();
    const open = await OpenPage.open(program.url);
    const times: number[] = [];
    try {
      await open.tab.locator('.cm-content').waitFor();
      for (let i = 0; i < WARM_UP + RUNS; i++) {
        const value = `row ${i}`;
        await open.type(`select '${value}' as shown, i from generate_series(1, 100) i`);
        const ms = await keyToRows(open.page, value);
        if (i >= WARM_UP) times.push(ms);
        await client.until(
          ({ queries }) => Object.values(queries).every(({ outcome }) => outcome) || undefined,
        );
      }
    } finally {
      await open.close();
      await closeBrowser();
      await stop();
    }
    const how = `${RUNS} presses of Ctrl+Enter, 100 rows`;
    return [
      { name: 'key press to painted rows', value: median(times), unit: 'ms', aim: 50, how },
      { name: '… 9 of 10 are within', value: percentile(times, 0.9), unit: 'ms', aim: null, how },
    ];
  },
};
