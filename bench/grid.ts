import { gridPages } from '../test/e2e/grid-pages.ts';
import { measureScroll } from '../test/e2e/grid-scroll.ts';
import type { Bench, Figure } from './figure.ts';

/** Frames of the grid while it is scrolled, in headless chromium. */
export const grid: Bench = {
  name: 'grid',
  async run() {
    const pages = await gridPages();
    const figures: Figure[] = [];
    try {
      for (const rows of [1_000_000, 10_000_000]) {
        const page = await pages.open(`rows=${rows}&columns=50`);
        const { scrollP95Ms, dragP95Ms, heapBeforeMb, heapAfterMb } = await measureScroll(page);
        const name = `${rows / 1_000_000} M rows × 50 columns`;
        const how = '240 frames';
        figures.push(
          { name: `scroll, ${name}, p95`, value: scrollP95Ms, unit: 'ms', aim: 25, how },
          { name: `drag, ${name}, p95`, value: dragP95Ms, unit: 'ms', aim: 25, how },
          { name: `heap it took, ${name}`, value: heapAfterMb - heapBeforeMb, unit: 'MB', aim: null, how },
        );
      }
    } finally {
      await pages.close();
    }
    return figures;
  },
};
