import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { createServer } from 'vite';
import { startChromium } from '../servers/chromium.ts';

export interface TrustPages {
  /** Opens the page with one element and waits until it is drawn. */
  open(
    query: string,
    look?: { colorScheme?: 'light' | 'dark'; width?: number; height?: number },
  ): Promise<Page>;
  close(): Promise<void>;
}

/** Serves `trust.page.html` from the sources and opens it in a real browser. */
export async function trustPages(): Promise<TrustPages> {
  const cacheDir = await mkdtemp(join(tmpdir(), 'qt-trust-'));
  const server = await createServer({
    configFile: false,
    root: resolve('test/e2e'),
    cacheDir,
    logLevel: 'error',
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null, fs: { strict: false } },
    optimizeDeps: { include: ['lit', '@sinclair/typebox'], entries: ['trust.page.html'] },
  });
  await server.listen();
  const browser = await startChromium();
  return {
    async open(query, { colorScheme = 'dark', width = 1000, height = 800 } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      page.on('pageerror', (error) => {
        throw error;
      });
      await page.goto(`${server.resolvedUrls!.local[0]}trust.page.html?${query}`);
      await page.waitForFunction(() => window.shown?.shadowRoot?.childElementCount);
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
