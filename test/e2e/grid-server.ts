import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { createServer } from 'vite';
import { startChromium } from '../servers/chromium.ts';

/** Where the page is, seen from the project, where tests and benches run. */
const FOLDER = resolve('test/e2e');

export interface GridPages {
  /** Opens the grid's page and waits until its first row is drawn, or there is none. */
  open(
    query: string,
    look?: { colorScheme?: 'light' | 'dark'; width?: number; height?: number },
  ): Promise<Page>;
  close(): Promise<void>;
}

/** Serves `grid.page.html` from the sources and opens it in a real browser. */
export async function gridPages(): Promise<GridPages> {
  const cacheDir = await mkdtemp(join(tmpdir(), 'qt-grid-'));
  const server = await createServer({
    configFile: false,
    root: FOLDER,
    cacheDir,
    logLevel: 'error',
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null, fs: { strict: false } },
    optimizeDeps: { include: ['lit'], entries: ['grid.page.html'] },
  });
  await server.listen();
  const browser = await startChromium({
    // The scrollbar is dragged.
    ignoreDefaultArgs: ['--hide-scrollbars'],
  });
  return {
    async open(query, { colorScheme = 'dark', width = 1120, height = 640 } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const page = await context.newPage();
      page.on('pageerror', (error) => {
        throw error;
      });
      await page.goto(`${server.resolvedUrls!.local[0]}grid.page.html?${query}`);
      await page.waitForFunction(() => {
        const root = document.querySelector('qt-grid')?.shadowRoot;
        return root?.querySelector('.row:not(.pending) .cell, .empty') ?? null;
      });
      await page.evaluate(() => document.fonts.ready.then(() => undefined));
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
      await rm(cacheDir, { recursive: true, force: true });
    },
  };
}
