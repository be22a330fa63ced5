import type { Browser, Locator, Page } from 'playwright-core';
import { startChromium } from '../servers/chromium.ts';

/** The page as a person uses it. Everything is found by what it says or by its test id; shadow roots are open. */
export class OpenPage {
  /** What the browser complained of: errors, and what the content policy refused. */
  readonly complaints: string[] = [];
  /** Hosts that were asked for anything. */
  readonly hosts = new Set<string>();

  private values = 0;

  private constructor(
    readonly page: Page,
    private readonly browser: Browser,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error.stack)));
    page.on('request', (request) => this.hosts.add(new URL(request.url()).host));
  }

  static async open(url: string, colorScheme: 'light' | 'dark' = 'dark'): Promise<OpenPage> {
    const browser = await startChromium();
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme });
    context.setDefaultTimeout(15_000);
    const opened = new OpenPage(await context.newPage(), browser);
    await opened.page.goto(url);
    return opened;
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  /** The whole browser dies, and no page hears of it. */
  async crash(): Promise<void> {
    const gone = new Promise((resolve) => this.browser.once('disconnected', resolve));
    const session = await this.browser.newBrowserCDPSession();
    void session.send('Browser.crash').catch(() => undefined);
    await gone;
  }

  get tab(): Locator {
    return this.page.locator('qt-query-tab:not([hidden])');
  }

  get runButton(): Locator {
    return this.tab.getByTestId('run-button');
  }

  get footer(): Locator {
    return this.tab.getByTestId('result-footer');
  }

  get grid(): Locator {
    return this.tab.locator('qt-grid');
  }

  get tapeEvents(): Locator {
    return this.page.getByTestId('tape-event');
  }

  async openDemo(): Promise<void> {
    await this.page.getByRole('button', { name: 'Open Demo' }).first().click();
    await this.page.getByTestId('tree-public').waitFor();
  }

  /** Puts a text into the editor, as by paste. */
  async type(text: string): Promise<void> {
    await this.tab.locator('.cm-content').click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(text);
  }

  /** Types a text and runs it: the statement under the cursor, or all of it. */
  async run(text: string, keys = 'Control+Shift+Enter'): Promise<void> {
    await this.type(text);
    await this.page.keyboard.press(keys);
  }

  /** Waits until the footer says something. */
  async said(text: string | RegExp): Promise<string> {
    const found = this.tab.getByTestId('result-footer').filter({ hasText: text });
    await found.waitFor();
    return (await found.innerText()).replace(/\s+/g, ' ');
  }

  /** The one value of a statement's result. The column has a name of its own, so that no older result is read. */
  async value(expression: string): Promise<string> {
    const name = `v${++this.values}`;
    await this.run(`select ${expression} as ${name}`);
    await this.grid.locator('[role=columnheader]').filter({ hasText: name }).waitFor();
    const cell = this.cell(1, 1).filter({ hasText: /\S/ });
    await cell.waitFor();
    return cell.innerText();
  }

  /** The text of a cell on the screen, both counted from 1. */
  cell(row: number, column: number): Locator {
    return this.grid.locator(`[role=row][aria-rowindex="${row + 1}"] [aria-colindex="${column}"]`);
  }
}
