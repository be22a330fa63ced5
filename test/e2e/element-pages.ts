import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LaunchOptions, Page } from 'playwright-core';
import { build, preview } from 'vite';
import { startChromium } from '../servers/chromium.ts';

/** Where the pages are, seen from the project, where tests run. */
const FOLDER = resolve('test/e2e');

/** How a page is shown, in CSS pixels. */
export interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** What a page of elements needs. */
export interface ElementPage {
  /** Its file, beside this one. */
  readonly html: string;
  readonly width: number;
  readonly height: number;
  /** Runs in the page: something, once the element is drawn. */
  readonly drawn: () => unknown;
  readonly browser?: LaunchOptions;
}

/** A page of elements, built and served, in a real browser. */
export interface ElementPages {
  /** Loads the page afresh and waits until it is drawn. The document before it is left, with all that is in it. */
  open(query: string, look?: Look): Promise<Page>;
  close(): Promise<void>;
}

/**
 * Builds a page of elements and opens it in a real browser. It is built once and its tab is used again, because a page out of
 * the sources loads hundreds of modules, and a new tab starts a process: either takes longer than most tests do. The elements
 * keep nothing in the browser's storage, so a new document is all that separates one test from the next.
 */
export async function elementPages({
  html,
  drawn,
  browser: launch,
  ...size
}: ElementPage): Promise<ElementPages> {
  const outDir = await mkdtemp(join(tmpdir(), 'qt-page-'));
  const config = { configFile: false, root: FOLDER, logLevel: 'error' } as const;
  const input = join(FOLDER, html);
  await build({
    ...config,
    build: { outDir, emptyOutDir: true, target: 'es2022', minify: false, rolldownOptions: { input } },
    worker: { format: 'es' },
  });
  const server = await preview({ ...config, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
  const browser = await startChromium(launch);
  const context = await browser.newContext({ viewport: size });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  return {
    async open(query, { colorScheme = 'dark', ...other } = {}) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ ...size, ...other });
      await page.mouse.move(0, 0);
      await page.goto(`${server.resolvedUrls!.local[0]}${html}?${query}`);
      await page.waitForFunction(drawn);
      await page.evaluate(() => document.fonts.ready.then(() => undefined));
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
      await rm(outDir, { recursive: true, force: true });
    },
  };
}
