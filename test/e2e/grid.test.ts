import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ElementPages } from './element-pages.ts';
import { gridPages } from './grid-pages.ts';
import { measureScroll } from './grid-scroll.ts';

let pages: ElementPages;
let page: Page;

beforeAll(async () => {
  pages = await gridPages();
});
afterAll(() => pages?.close());

const HEADER = 38;
const ROW = 26;

/** Waits until two frames have been drawn and nothing in view is pending. */
async function drawn(): Promise<void> {
  await page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    const root = document.querySelector('qt-grid')!.shadowRoot!;
    // It only ends what never comes: hundreds of MiB take their time on a busy machine.
    for (const giveUpAt = performance.now() + 60_000; performance.now() < giveUpAt; ) {
      await frame();
      await frame();
      if (!root.querySelector('.row.pending:not([hidden])')) return;
    }
    throw new Error('rows are still pending');
  });
}

interface SeenRow {
  readonly row: number;
  readonly top: number;
  readonly bottom: number;
  readonly cells: string[];
}

/**
 * The rows that stand whole between header and lower edge, from the top, as a frame paints them. They are read after the
 * frame's animation callbacks: the grid puts the thumb right at once, and the rows after it only in the next frame.
 */
function seenRows(): Promise<SeenRow[]> {
  return page.evaluate((header) => {
    const root = document.querySelector('qt-grid')!.shadowRoot!;
    const scroller = root.querySelector('.scroller')!;
    const read = (): SeenRow[] => {
      const box = scroller.getBoundingClientRect();
      return [...root.querySelectorAll<HTMLElement>('.row:not([hidden])')]
        .map((element) => {
          const { top, bottom } = element.getBoundingClientRect();
          const cells = [...element.querySelectorAll<HTMLElement>('.cell:not([hidden])')]
            .sort((a, b) => Number(a.ariaColIndex) - Number(b.ariaColIndex))
            .map((cell) => cell.textContent ?? '');
          return { row: Number(element.getAttribute('aria-rowindex')) - 2, top, bottom, cells };
        })
        .filter(
          ({ top, bottom }) => top >= box.top + header - 1 && bottom <= box.top + scroller.clientHeight + 1,
        )
        .sort((a, b) => a.top - b.top);
    };
    return new Promise<SeenRow[]>((resolve) => {
      const observer = new ResizeObserver(() => {
        observer.disconnect();
        resolve(read());
      });
      observer.observe(scroller);
    });
  }, HEADER);
}

const active = (): Promise<{ row: number; column: number; value: unknown } | null> =>
  page.evaluate(() => {
    const cell = window.grid.activeCell;
    return cell ? { row: cell.row, column: cell.column, value: cell.value } : null;
  });
const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
const events = (type: string): Promise<unknown[]> =>
  page.evaluate(
    (name) => window.events.filter((event) => event.type === name).map((event) => event.detail),
    type,
  );
const notice = (): Promise<string | null> => page.locator('qt-grid .notice p').textContent();
const press = async (...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
  await drawn();
};
const scrollTop = (): Promise<number> =>
  page.locator('qt-grid .scroller').evaluate((element) => element.scrollTop);

/** Rows stand one below the other, with nothing between them. */
function expectUnbroken(rows: readonly SeenRow[]): void {
  for (let at = 1; at < rows.length; at++) {
    expect(rows[at]!.row).toBe(rows[at - 1]!.row + 1);
    expect(rows[at]!.top).toBeCloseTo(rows[at - 1]!.bottom, 0);
  }
}

describe('scrolling 10 M rows of 50 columns', () => {
  it('comes to the very last row by key, and shows it whole at the lower edge', async () => {
    page = await pages.open('rows=10000000&columns=50');
    await page.locator('qt-grid').evaluate((grid: HTMLElement) => grid.focus());
    await press('Control+End');
    const rows = await seenRows();
    expectUnbroken(rows);
    expect(rows.at(-1)!.row).toBe(9_999_999);
    expect(await active()).toMatchObject({ row: 9_999_999, column: 49 });
    await press('Control+Home');
    expect((await seenRows())[0]).toMatchObject({ row: 0, top: HEADER });
  });

  it('comes to the last row by a drag of the scrollbar, and back to the first', async () => {
    page = await pages.open('rows=10000000&columns=50', { width: 800, height: 600 });
    const box = await page
      .locator('qt-grid .scroller')
      .evaluate((element) => ({ width: element.clientWidth, height: element.clientHeight }));
    const bar = box.width + Math.floor((800 - box.width) / 2);
    await page.mouse.move(bar, 22);
    await page.mouse.down();
    await page.mouse.move(bar, box.height / 2, { steps: 8 });
    await drawn();
    const middle = await seenRows();
    expectUnbroken(middle);
    expect(middle[0]!.row).toBeGreaterThan(3_000_000);
    expect(middle[0]!.row).toBeLessThan(7_000_000);
    await page.mouse.move(bar, box.height + 200, { steps: 8 });
    await drawn();
    expect((await seenRows()).at(-1)!.row).toBe(9_999_999);
    await page.mouse.move(bar, -200, { steps: 8 });
    await page.mouse.up();
    await drawn();
    expect((await seenRows())[0]!.row).toBe(0);
  });

  it('moves by the wheel as a short result does, and puts the thumb right when it rests', async () => {
    page = await pages.open('rows=10000000&columns=50');
    await page.evaluate(() => window.grid.activate(5_000_000, 0));
    await drawn();
    const before = (await seenRows())[0]!;
    const thumb = await scrollTop();
    await page.mouse.move(300, 300);
    for (let count = 0; count < 10; count++) {
      await page.mouse.wheel(0, ROW * 2);
      await drawn();
    }
    const top = async () => (await seenRows())[0]!.row;
    await expect.poll(top).toBe(before.row + 20);
    // 8 M px of thumb for 260 M of rows: it rests 16 px further, however far the wheel has taken it.
    await expect.poll(async () => Math.abs((await scrollTop()) - thumb - 16)).toBeLessThanOrEqual(1);
    expect(await top()).toBe(before.row + 20);
  });

  it('comes by the wheel alone to the last row and not further', async () => {
    page = await pages.open('rows=10000000&columns=4');
    await page.evaluate(() => window.grid.activate(9_999_900, 0));
    await drawn();
    await page.mouse.move(300, 300);
    for (let count = 0; count < 12; count++) {
      await page.mouse.wheel(0, 400);
      await drawn();
    }
    const rows = await seenRows();
    expect(rows.at(-1)!.row).toBe(9_999_999);
    expectUnbroken(rows);
  });

  it('keeps few elements, draws only columns in view, and asks for whole pages, two at one time at most', async () => {
    page = await pages.open('rows=10000000&columns=50');
    for (let step = 1; step <= 20; step++) {
      await page.locator('qt-grid .scroller').evaluate((element, at) => {
        element.scrollTop = at * 400_000;
        element.scrollLeft = at * 250;
      }, step);
      await page.waitForTimeout(8);
    }
    await drawn();
    const rows = await seenRows();
    expectUnbroken(rows);
    // However the pools have grown on the way, each column in view is drawn once.
    const places = await page.evaluate(() =>
      [...document.querySelector('qt-grid')!.shadowRoot!.querySelectorAll('.row:not([hidden])')].map((row) =>
        [...row.querySelectorAll<HTMLElement>('.cell:not([hidden])')].map((cell) =>
          Number(cell.ariaColIndex),
        ),
      ),
    );
    for (const row of places) expect(new Set(row).size).toBe(row.length);
    const elements = await page.evaluate(
      () => document.querySelector('qt-grid')!.shadowRoot!.querySelectorAll('*').length,
    );
    expect(elements).toBeLessThan(1500);
    const { asked, inFlightMost } = await page.evaluate(() => window.source);
    expect(inFlightMost).toBeLessThanOrEqual(2);
    for (const [from, count] of asked) expect([from % 200, count]).toEqual([0, 200]);
    expect(asked.length).toBeLessThan(120);
  });

  it('keeps frames short and the heap flat', async () => {
    page = await pages.open('rows=10000000&columns=50');
    const figures = await measureScroll(page);
    expect(figures.frameThreadMs).toBeLessThan(30);
    expect(figures.heapAfterMb).toBeLessThan(figures.heapBeforeMb + 20);
  });
});

describe('by keyboard', () => {
  it('moves, stretches and collapses', async () => {
    page = await pages.open('rows=5000&columns=8');
    await page.keyboard.press('Tab');
    await drawn();
    expect(await active()).toMatchObject({ row: 0, column: 0, value: 'eu-west' });
    await press('ArrowDown', 'ArrowRight', 'PageDown');
    expect((await active())!.row).toBeGreaterThan(10);
    await press('Control+ArrowDown', 'Home');
    expect(await active()).toMatchObject({ row: 4999, column: 0 });
    await press('Shift+ArrowUp', 'Shift+ArrowRight');
    expect(await page.locator('qt-grid [role=gridcell][aria-selected=true]').count()).toBe(4);
    await press('Escape');
    expect(await page.locator('qt-grid [role=gridcell][aria-selected=true]').count()).toBe(1);
    expect(await active()).toMatchObject({ row: 4998, column: 1 });
    expect(await events('qt-selection')).toContainEqual({
      from: 4998,
      rows: 2,
      cells: 4,
      numeric: expect.any(Array),
    });
    expect((await events('qt-selection')).at(-1)).toBeNull();
  });

  it('announces its position to a screen reader', async () => {
    page = await pages.open('rows=5000&columns=8');
    await page.keyboard.press('Tab');
    await press('Control+End');
    const told = await page.evaluate(() => {
      const root = document.querySelector('qt-grid')!.shadowRoot!;
      const grid = root.querySelector('[role=grid]')!;
      const cell = root.getElementById(grid.getAttribute('aria-activedescendant')!)!;
      return {
        rows: grid.getAttribute('aria-rowcount'),
        columns: grid.getAttribute('aria-colcount'),
        label: grid.getAttribute('aria-label'),
        role: cell.getAttribute('role'),
        row: cell.closest('[role=row]')!.getAttribute('aria-rowindex'),
        column: cell.getAttribute('aria-colindex'),
        focused: root.activeElement === grid,
      };
    });
    expect(told).toEqual({
      rows: '5001',
      columns: '8',
      label: 'Result 1',
      role: 'gridcell',
      row: '5001',
      column: '8',
      focused: true,
    });
  });

  it('resizes, moves and selects a column from its header', async () => {
    page = await pages.open('rows=100&columns=6');
    await page.keyboard.press('Tab');
    await press('ArrowRight', 'ArrowUp');
    expect(await active()).toMatchObject({ row: -1, column: 1 });
    const width = () =>
      page.locator('qt-grid .column[aria-colindex="2"]').evaluate((cell) => cell.clientWidth);
    const before = await width();
    await press('Alt+ArrowRight', 'Alt+ArrowRight', 'Alt+ArrowLeft');
    expect(await width()).toBe(before + 16);
    await press('Alt+Shift+ArrowLeft');
    expect(((await events('qt-columns-changed')).at(-1) as { order: number[] }).order.slice(0, 3)).toEqual([
      1, 0, 2,
    ]);
    await press('Space', 'Control+c');
    await expect.poll(() => events('qt-copied')).toEqual([{ cells: 100, format: 'tsv' }]);
    expect((await clipboard()).split('\n')).toHaveLength(100);
  });

  it('opens the viewer on Space, shows JSON with its digits, and gives the focus back on Esc', async () => {
    page = await pages.open('rows=100&columns=6');
    await page.keyboard.press('Tab');
    await press('End', 'ArrowLeft', 'Space');
    const dialog = page.locator('qt-cell-viewer dialog');
    expect(await dialog.locator('pre').textContent()).toBe(
      '{\n  "promo": true,\n  "sku": 90071992547409930,\n  "n": 1.10\n}',
    );
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await press('ArrowDown');
    expect(await active()).toMatchObject({ row: 1, column: 4 });
  });
});

describe('by pointer', () => {
  it('selects by drag, by header, by row number, and all by the corner', async () => {
    page = await pages.open('rows=5000&columns=8');
    const selected = () => page.locator('qt-grid [role=gridcell][aria-selected=true]:visible').count();
    await page.mouse.move(100, HEADER + 10);
    await page.mouse.down();
    await page.mouse.move(200, HEADER + ROW * 2 + 10, { steps: 4 });
    await page.mouse.up();
    await drawn();
    expect(await selected()).toBe(6);
    await page.mouse.click(20, HEADER + ROW + 10);
    await press('Control+c');
    await expect.poll(() => events('qt-copied')).toEqual([{ cells: 8, format: 'tsv' }]);
    expect((await clipboard()).split('\t')).toHaveLength(8);
    await page.mouse.click(100, 10);
    await press('Control+c');
    await expect.poll(async () => (await events('qt-copied')).at(-1)).toEqual({ cells: 5000, format: 'tsv' });
    expect((await clipboard()).split('\n').slice(0, 2)).toEqual(['eu-west', 'eu-north']);
  });

  it('goes on scrolling while a selection is dragged beyond the edge', async () => {
    page = await pages.open('rows=5000&columns=8');
    await page.mouse.move(100, HEADER + 10);
    await page.mouse.down();
    await page.mouse.move(100, 639);
    await page.mouse.move(100, 680);
    await expect.poll(async () => (await active())!.row).toBeGreaterThan(60);
    await page.mouse.up();
    const { row } = (await active())!;
    await page.waitForTimeout(100);
    expect((await active())!.row).toBe(row);
  });

  it('resizes a column by its edge, and fits it on a double click', async () => {
    page = await pages.open('rows=100&columns=6');
    const header = page.locator('qt-grid .column[aria-colindex="1"]');
    const box = (await header.boundingBox())!;
    const edge = box.x + box.width - 3;
    await page.mouse.move(edge, 15);
    await page.mouse.down();
    await page.mouse.move(edge + 90, 15, { steps: 5 });
    await page.mouse.up();
    await drawn();
    expect((await header.boundingBox())!.width).toBe(box.width + 90);
    await page.mouse.dblclick(edge + 90, 15);
    await drawn();
    expect((await header.boundingBox())!.width).toBe(box.width);
    expect((await active())!.column).toBe(0);
  });

  it('gives a cut cell its whole text to hover', async () => {
    page = await pages.open('rows=100&columns=3&kind=hostile');
    await page.mouse.move(200, HEADER + ROW * 4 + 10);
    const cell = page.locator('qt-grid .row[aria-rowindex="6"] .cell[aria-colindex="1"]');
    expect(await cell.getAttribute('title')).toBe(`${'x'.repeat(2048)}…`);
  });
});

describe('copying', () => {
  it('fetches what isn’t here, in the formats that are asked for', async () => {
    page = await pages.open('rows=10000000&columns=3');
    await page.keyboard.press('Tab');
    await press('Control+ArrowDown', 'Home');
    for (let count = 0; count < 40; count++) await page.keyboard.press('Shift+PageUp');
    await press('Shift+ArrowRight');
    const { row } = (await active())!;
    for (const [format, first] of [
      ['csv', 'region,day\r'],
      ['json', '['],
      ['markdown', '| region | day |'],
      ['sql', 'INSERT INTO table_name ("region", "day") VALUES'],
    ] as const) {
      await page.evaluate((name) => window.grid.copyAs(name), format);
      const lines = (await clipboard()).split('\n');
      expect(lines[0]).toBe(first);
      expect(lines.length).toBeGreaterThanOrEqual(10_000_000 - row);
    }
    expect(await events('qt-copied')).toHaveLength(4);
  });

  it('says so when it is too much, and offers the export', async () => {
    page = await pages.open('rows=10000000&columns=50');
    await page.keyboard.press('Tab');
    await press('Control+a', 'Control+c');
    await expect.poll(notice).toContain('500\u00a0000\u00a0000 cells are selected');
    await page.getByRole('button', { name: 'Export…' }).click();
    expect(await events('qt-export-requested')).toHaveLength(1);
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await page.locator('qt-grid .notice').count()).toBe(0);
    expect(await page.evaluate(() => window.grid.shadowRoot!.activeElement?.className)).toContain('scroller');
  });

  it('works where the clipboard interface is missing', async () => {
    page = await pages.open('rows=10&columns=3');
    await page.keyboard.press('Tab');
    await drawn();
    await page.evaluate(() => Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined }));
    await page.evaluate(() =>
      document.addEventListener('copy', () => window.events.push({ type: 'dom', detail: 1 })),
    );
    await press('Shift+ArrowRight', 'Control+c');
    await expect.poll(() => events('qt-copied')).toEqual([{ cells: 2, format: 'tsv' }]);
    expect(await events('dom')).toEqual([1]);
    await press('ArrowDown');
    expect(await active()).toMatchObject({ row: 1 });
  });
});

describe('what may go wrong', () => {
  it('says which rows could not be read, and reads them on Retry', async () => {
    page = await pages.open('rows=100000&columns=6');
    await page.evaluate(() => {
      window.source.failing = true;
      window.grid.activate(50_000, 0);
    });
    await expect.poll(notice).toContain('could not be read: the spill file is gone (ENOENT)');
    await page.evaluate(() => {
      window.source.failing = false;
    });
    await page.getByRole('button', { name: 'Retry' }).click();
    await drawn();
    expect((await seenRows()).at(-1)!.row).toBe(50_000);
    await expect.poll(() => page.locator('qt-grid .notice').count()).toBe(0);
  });

  it('asks for the rest where windows come short, also of rows that are megabytes', async () => {
    page = await pages.open('rows=300&columns=2&kind=wide', { height: 200 });
    await drawn();
    expect((await seenRows()).map(({ cells }) => cells[0]!.slice(0, 3))).toContain('3ww');
    const longest = await page.evaluate(() =>
      Math.max(
        ...[...document.querySelector('qt-grid')!.shadowRoot!.querySelectorAll('.cell')].map(
          (cell) => cell.textContent!.length,
        ),
      ),
    );
    expect(longest).toBeLessThanOrEqual(301);
  });

  it('lives with a value of 64 MiB: cut in the cell and the viewer, refused by the clipboard', async () => {
    page = await pages.open('rows=3&columns=2&kind=vast');
    await drawn();
    expect((await seenRows()).map(({ cells }) => cells[0]!.length)).toEqual([301, 301, 301]);
    await page.keyboard.press('Tab');
    await press('ArrowDown', 'Control+c');
    await expect.poll(notice).toContain('larger than 50 MB');
    await press('Space');
    const dialog = page.locator('qt-cell-viewer dialog');
    await dialog.waitFor();
    expect((await dialog.locator('pre').textContent())!.length).toBe(256 * 1024 + 1);
    expect(await dialog.locator('.foot').textContent()).toContain(
      'the first 262\u00a0144 of 67\u00a0108\u00a0864',
    );
  });

  it('shows hostile text as text, in one line, where it belongs', async () => {
    page = await pages.open('rows=70&columns=3&kind=hostile');
    const rows = await seenRows();
    expect(rows[0]!.cells).toEqual(['plain', 'two↵lines→and a tab', '\\u202Eevil\\u202C override']);
    expect(rows[3]!.cells[0]).toBe('<img src=x onerror="window.hacked=1">');
    expect(rows[4]!.cells[0]!.length).toBe(301);
    expect(rows[5]!.cells).toEqual(['NULL', '', ' ']);
    expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
    expectUnbroken(rows);
    expect(rows.every(({ top, bottom }) => bottom - top === ROW)).toBe(true);
    // A 64 KiB value is cut on the screen only.
    await page.mouse.click(100, HEADER + ROW * 4 + 10);
    await press('Control+c');
    await expect.poll(async () => (await clipboard()).length).toBe(65_536);
  });
});

describe('small results', () => {
  it('shows one row', async () => {
    page = await pages.open('rows=1&columns=6');
    await page.keyboard.press('Tab');
    await press('Control+End', 'ArrowDown', 'PageDown');
    expect(await active()).toMatchObject({ row: 0, column: 5, value: '' });
    expect(await seenRows()).toHaveLength(1);
  });

  it('says that there are no rows, and still shows the columns', async () => {
    page = await pages.open('rows=0&columns=6');
    expect(await page.locator('qt-grid .empty').textContent()).toBe('No rows.');
    expect(await page.locator('qt-grid .column:visible').count()).toBe(6);
    await page.keyboard.press('Tab');
    await press('ArrowDown', 'ArrowRight', 'Control+a', 'Control+c', 'Space');
    expect(await page.locator('qt-grid .number:visible').count()).toBe(0);
  });

  it('says that there are no columns', async () => {
    page = await pages.open('rows=0&columns=0');
    expect(await page.locator('qt-grid .empty').textContent()).toBe('The statement returned no columns.');
  });

  it('shows rows as they come, and keeps what is looked at', async () => {
    page = await pages.open('rows=0&columns=6');
    await page.evaluate(async () => {
      window.grid.complete = false;
      for (let rows = 1; rows < 5000; rows += 333) {
        window.grid.rowsHere = rows;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    });
    await drawn();
    expect((await seenRows())[0]!.cells[0]).toBe('eu-west');
    expect(await page.locator('qt-grid [role=grid]').getAttribute('aria-rowcount')).toBe('-1');
    await page.evaluate(() => window.grid.activate(4000, 0));
    await drawn();
    const before = (await seenRows())[0]!.row;
    await page.evaluate(() => {
      window.grid.rowsHere = 9_000_000;
      window.grid.complete = true;
    });
    await page.waitForTimeout(300);
    await drawn();
    expect((await seenRows())[0]!.row).toBe(before);
  });

  it('starts over with another source, and shows its columns as they were arranged', async () => {
    page = await pages.open('rows=5000&columns=6');
    await page.evaluate(() => {
      const { grid } = window;
      grid.activate(3000, 3);
      for (let count = 0; count < 3; count++) grid.obey({ type: 'moveColumn', by: -1 });
      for (const hidden of [4, 5, 2, 1]) {
        grid.activate(3000, hidden);
        grid.obey({ type: 'hideColumns' });
      }
    });
    await drawn();
    expect((await seenRows())[0]!.cells).toHaveLength(2);
    expect(await active()).toMatchObject({ row: 3000, column: 0 });
    await page.evaluate(() => {
      const { source } = window.grid;
      window.grid.source = { window: (from, count) => source!.window(from, count) };
    });
    await drawn();
    const [first] = await seenRows();
    expect(first).toMatchObject({ row: 0, cells: ['1', 'eu-west'] });
  });

  it('stages what is being typed where another source comes, and shows its rows without an editor', async () => {
    page = await pages.open('rows=5000&columns=6');
    await page.evaluate(async () => {
      const staged: unknown[] = [];
      const editing = {
        can: true,
        rowsAfter: 0,
        look: () => undefined,
        begin: () => ({
          ...{ text: '', isNull: false, nullWord: 'NULL', nullLacking: '', choices: [] },
          typeOf: () => 'text',
          read: (value: string) => ({ value }),
        }),
        stage: (...change: unknown[]) => staged.push(change.slice(0, 3)),
      };
      Object.assign(window, { staged });
      window.grid.editing = editing as unknown as NonNullable<typeof window.grid.editing>;
      await window.grid.updateComplete;
      window.grid.activate(2, 1);
      window.grid.obey({ type: 'edit' });
    });
    await page.keyboard.type('typed');
    const editor = page.locator('qt-grid .editor');
    expect(await editor.count()).toBe(1);
    await page.evaluate(() => {
      const { source } = window.grid;
      window.grid.editing = null;
      window.grid.source = { window: (from, count) => source!.window(from, count) };
    });
    await drawn();
    expect(await editor.count()).toBe(0);
    expect(await page.evaluate(() => (window as unknown as { staged: unknown[] }).staged)).toEqual([
      [2, 1, 'typed'],
    ]);
    expect((await seenRows())[0]!.row).toBe(0);
  });
});
