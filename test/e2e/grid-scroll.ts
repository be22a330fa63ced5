import type { Page } from 'playwright-core';
import { pageThread } from './page-thread.ts';

/** What scrolling cost. Frames are counted by `requestAnimationFrame`, so one takes 16.7 ms at best. */
export interface ScrollFigures {
  /** A scroll down by 90 px a frame, as of a wheel. */
  readonly scrollP95Ms: number;
  /** A drag of the scrollbar over the whole result. */
  readonly dragP95Ms: number;
  /** A scroll to the right and back by 60 px a frame. */
  readonly sideP95Ms: number;
  /** The page's main thread a frame, in the mean of the three: without what it waited for a core. */
  readonly frameThreadMs: number;
  /** After garbage collection. */
  readonly heapBeforeMb: number;
  readonly heapAfterMb: number;
  readonly elements: number;
}

const FRAMES = 240;

/** Scrolls the first `qt-grid` of a page that has its rows, and measures. */
export async function measureScroll(page: Page): Promise<ScrollFigures> {
  const devtools = await page.context().newCDPSession(page);
  const heapMb = async (): Promise<number> => {
    await devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await devtools.send('Runtime.getHeapUsage');
    return Math.round((usedSize / 1024 / 1024) * 10) / 10;
  };
  const run = (motion: 'scroll' | 'drag' | 'side'): Promise<number> =>
    page.evaluate(p95OfFrames, { motion, frames: FRAMES });
  await run('scroll');
  const heapBeforeMb = await heapMb();
  const threadMs = await pageThread(page);
  const scrollP95Ms = await run('scroll');
  const dragP95Ms = await run('drag');
  const sideP95Ms = await run('side');
  const frameThreadMs = Math.round(((await threadMs()) / (3 * FRAMES)) * 10) / 10;
  const heapAfterMb = await heapMb();
  const elements = await page.evaluate(
    () => document.querySelector('qt-grid')!.shadowRoot!.querySelectorAll('*').length,
  );
  await devtools.detach();
  return { scrollP95Ms, dragP95Ms, sideP95Ms, frameThreadMs, heapBeforeMb, heapAfterMb, elements };
}

/** Runs in the page. */
async function p95OfFrames({ motion, frames }: { motion: string; frames: number }): Promise<number> {
  const scroller = document.querySelector('qt-grid')!.shadowRoot!.querySelector('.scroller')!;
  const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
  const times: number[] = [];
  const height = scroller.scrollHeight - scroller.clientHeight;
  scroller.scrollTop = motion === 'drag' ? 0 : height / 3;
  await frame();
  let last = await frame();
  for (let count = 0; count < frames; count++) {
    if (motion === 'scroll') scroller.scrollTop += 90;
    else if (motion === 'drag') scroller.scrollTop = (height * (count + 1)) / frames;
    else scroller.scrollLeft += count < frames / 2 ? 60 : -60;
    const now = await frame();
    times.push(now - last);
    last = now;
  }
  times.sort((a, b) => a - b);
  return Math.round(times[Math.floor(times.length * 0.95)]! * 10) / 10;
}
