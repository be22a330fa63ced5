import type { Page } from 'playwright-core';

/** Milliseconds that the page's main thread takes from now on, without what it waits for a core. */
export async function pageThread(page: Page): Promise<() => Promise<number>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const taken = async (): Promise<number> => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000;
  };
  const before = await taken();
  return async () => (await taken()) - before;
}
