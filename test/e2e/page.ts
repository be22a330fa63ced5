import type { Browser, Locator, Page, Response } from 'playwright-core';
import type { CommandAnswer } from '../../src/events/command.ts';
import type { QueryView } from '../../src/events/views/query-view.ts';
import type { State } from '../../src/events/views/state.ts';
import { Client } from '../../src/main/client.ts';
import { startChromium } from '../servers/chromium.ts';

/** Dialogs that may be open one above the other. */
const DIALOGS_MAX = 4;

/** Ends only what hangs: beside the other lanes of the suite a page may stand still for many seconds. */
const PATIENCE_MS = 60_000;

/** The browser of the test file, from its first page on; undefined once it has crashed. */
let browser: Promise<Browser> | undefined;

/** Every page has a context of its own in one browser, because a start takes longer than most tests do. */
async function fileBrowser(): Promise<Browser> {
  browser ??= startChromium().then((started) => {
    started.once('disconnected', () => {
      browser = undefined;
    });
    return started;
  });
  return browser;
}

/** Closes the browser that the pages share. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
}

/** Pages that are open, newest last. */
const openPages = new Set<OpenPage>();

/** The most characters of a page that a failed test prints. */
const SHOWN_MAX = 8000;

/** Prints what each open page shows: what a test that failed once, on another machine, leaves to find out why. */
async function printPages(title: string): Promise<void> {
  for (const { page, complaints } of openPages) {
    const shown = await page
      .locator('body')
      .ariaSnapshot({ timeout: 5000 })
      .catch((error: unknown) => `no picture of it: ${error}`);
    const text = shown.length > SHOWN_MAX ? `${shown.slice(0, SHOWN_MAX)} …` : shown;
    console.log(`“${title}” failed. The page then:\n${text}\n${complaints.join('\n')}`);
  }
}

// Registered first and so run last, after the hooks of the test file itself. A bench closes it itself: vitest can't be loaded there.
if (process.env.VITEST !== undefined) {
  const { afterAll, beforeEach } = await import('vitest');
  beforeEach(({ task, onTestFailed }) => onTestFailed(() => printPages(task.name)));
  afterAll(closeBrowser);
}

/** The path of what a complaint is of, without a token. */
function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : '';
}

/** The page as the user sees it. Elements are found by their text or their test id; shadow roots are open. */
export class OpenPage {
  /** What the browser logged: errors, and what the content policy refused. */
  readonly complaints: string[] = [];
  /** Hosts that requests were sent to. */
  readonly hosts = new Set<string>();

  private values = 0;

  private constructor(
    readonly page: Page,
    private readonly client: Client,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.complaints.push(`${message.text()} ${pathOf(message.location().url)}`.trim());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error.stack)));
    page.on('request', (request) => this.hosts.add(new URL(request.url()).host));
    openPages.add(this);
    page.once('close', () => openPages.delete(this));
  }

  /** Opens the page and waits until it has the program's state: before that, controls come and are replaced. */
  static async open(url: string, colorScheme: 'light' | 'dark' = 'dark'): Promise<OpenPage> {
    const opened = await OpenPage.visit(url, colorScheme);
    await opened.connected();
    return opened;
  }

  /** Opens an address, whatever it shows. */
  static async visit(url: string, colorScheme: 'light' | 'dark' = 'dark'): Promise<OpenPage> {
    const context = await (await fileBrowser()).newContext({
      viewport: { width: 1440, height: 900 },
      colorScheme,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const opened = new OpenPage(await context.newPage(), new Client(url));
    await opened.page.goto(url);
    return opened;
  }

  /** Waits until the page has the program's state and follows its tape. */
  async connected(): Promise<void> {
    await this.page.locator('[data-testid=on-tape]:not(.unknown)').waitFor();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.connected();
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  /** Kills the whole browser; no page handles its own end. */
  async crash(): Promise<void> {
    const running = await fileBrowser();
    const disconnected = new Promise((resolve) => running.once('disconnected', resolve));
    const session = await running.newBrowserCDPSession();
    void session.send('Browser.crash').catch(() => undefined);
    await disconnected;
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

  /**
   * Types a text and runs it: the statement under the cursor, or all of it. Resolves with the ids of the statements once the page
   * shows them in place of an older result; without any where the program refused the command.
   */
  async run(text: string, keys = 'Control+Shift+Enter'): Promise<readonly string[]> {
    await this.type(text);
    return this.submit(keys);
  }

  /** Runs what the editor holds, once the tab's last statement has ended or pauses. Resolves as `run` does. */
  async submit(keys: string): Promise<readonly string[]> {
    await this.runButton.filter({ hasText: /^\s*Run|paused/ }).waitFor();
    const answered = this.page.waitForResponse(isSubmission);
    await this.page.keyboard.press(keys);
    const answer = (await (await answered).json()) as CommandAnswer;
    const queryIds = 'refused' in answer ? [] : (answer.queryIds ?? []);
    if (queryIds.length > 0) await this.shows(({ queries }) => queries[queryIds[0]!] !== undefined);
    return queryIds;
  }

  /** Runs a text to its end. Resolves with its statements once the server has ended all of them and the page shows it. */
  async complete(text: string, keys?: string): Promise<readonly QueryView[]> {
    return this.ended(await this.run(text, keys));
  }

  /** Waits until the server has ended these statements and the page shows it. */
  async ended(queryIds: readonly string[]): Promise<readonly QueryView[]> {
    const { queries } = await this.shows((state) => queryIds.every((id) => state.queries[id]?.outcome));
    return queryIds.map((id) => queries[id]!);
  }

  /** Waits until the program's state is as `look` wants it, and the page has drawn that state. */
  async shows(look: (state: State) => boolean): Promise<State> {
    const state = await this.client.until((now) => (look(now) ? now : undefined));
    await this.page.getByTestId('on-tape').evaluate(
      (element, seq) =>
        new Promise<void>((reached) => {
          const check = (): void => {
            if (Number(element.dataset.seq) >= seq) reached();
            else requestAnimationFrame(check);
          };
          check();
        }),
      state.seq,
    );
    return state;
  }

  /** Closes the dialogs that a failed test has left open, so that the next one finds the page usable. */
  async dismissDialogs(): Promise<void> {
    for (let left = DIALOGS_MAX; left > 0; left--) {
      if ((await this.page.locator('dialog[open]').count()) === 0) return;
      await this.page.keyboard.press('Escape');
    }
  }

  /** Exports the result in view, by the keyboard. */
  async exportAs(format: string): Promise<void> {
    await this.footer.getByRole('button', { name: 'Export' }).press('Enter');
    await this.page.getByRole('menuitem', { name: format, exact: true }).press('Enter');
  }

  /** Waits for a text in the footer of the result in view. */
  async said(text: string | RegExp): Promise<string> {
    const found = this.tab.getByTestId('result-footer').filter({ hasText: text });
    await found.waitFor();
    return (await found.innerText()).replace(/\s+/g, ' ');
  }

  /** The one value of a statement's result. The column has a name of its own, so that no older result is read. */
  async value(expression: string): Promise<string> {
    const name = `v${++this.values}`;
    await this.complete(`select ${expression} as ${name}`);
    await this.grid.locator('[role=columnheader]').filter({ hasText: name }).waitFor();
    const cell = this.cell(1, 1).filter({ hasText: /\S/ });
    await cell.waitFor();
    return cell.innerText();
  }

  /** A cell on the screen, both counted from 1. The grid's pool hides rows that have no place, with the texts they had. */
  cell(row: number, column: number): Locator {
    return this.grid.locator(
      `[role=row][aria-rowindex="${row + 1}"]:not([hidden]) [aria-colindex="${column}"]:not([hidden])`,
    );
  }
}

/** Whether an answer is the one to a command that submits statements. */
function isSubmission(response: Response): boolean {
  const request = response.request();
  if (request.method() !== 'POST' || !response.url().includes('/api/commands?')) return false;
  return (request.postDataJSON() as { type?: string }).type === 'query.submit';
}
