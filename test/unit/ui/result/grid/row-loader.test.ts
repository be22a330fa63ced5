import { describe, expect, it } from 'vitest';
import type { WindowFrame } from '../../../../../src/events/window-frame.ts';
import { RowLoader } from '../../../../../src/ui/result/grid/row-loader.ts';
import { numberedWindow } from './data-rows.ts';

const ROWS = 10_000;

/** A source that answers when the test says so. */
function feedOf(
  answer: (from: number, count: number) => WindowFrame = (from, count) => numberedWindow(from, count),
) {
  const asked: [number, number][] = [];
  const open: { from: number; settle: () => void }[] = [];
  const drawn = new Set<number>();
  const feed = new RowLoader(
    {
      window: (from, count) => {
        asked.push([from, count]);
        return new Promise((resolve, reject) => {
          const settle = (): void => {
            try {
              resolve(answer(from, Math.min(count, ROWS - from)));
            } catch (error) {
              reject(error);
            }
          };
          open.push({ from, settle });
        });
      },
    },
    { isDrawn: (row) => drawn.has(row), arrived: () => undefined, changed: () => undefined },
  );
  feed.rowsHere = ROWS;
  const settleAll = async (): Promise<void> => {
    while (open.length > 0) {
      open.shift()!.settle();
      // A turn of the event loop, in which the feed reads the window and asks on.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { feed, asked, open, drawn, settleAll };
}

describe('the feed of windows', () => {
  it('asks for whole pages, at most two at one time', () => {
    const { feed, asked } = feedOf();
    feed.want({ from: 390, to: 430 }, [{ from: 430, to: 630 }]);
    expect(asked).toEqual([
      [200, 200],
      [400, 200],
    ]);
  });

  it('does not ask for rows that came with the source', () => {
    const asked: number[] = [];
    const feed = new RowLoader(
      {
        first: numberedWindow(0, 150),
        window: (from) => {
          asked.push(from);
          return new Promise(() => undefined);
        },
      },
      { isDrawn: () => false, arrived: () => undefined, changed: () => undefined },
    );
    feed.rowsHere = ROWS;
    feed.want({ from: 0, to: 40 }, []);
    expect(asked).toEqual([]);
    expect(feed.has(149)).toBe(true);
    feed.want({ from: 140, to: 180 }, []);
    expect(asked).toEqual([150]);
  });

  it('forgets what was wanted on the way of a fast scroll', async () => {
    const { feed, asked, settleAll } = feedOf();
    feed.want({ from: 0, to: 20 }, []);
    for (let row = 400; row <= 4000; row += 400) feed.want({ from: row, to: row + 20 }, []);
    await settleAll();
    expect(asked.map(([from]) => from)).toEqual([0, 400, 4000]);
  });

  it('asks again for the rest of a window that came short', async () => {
    const { feed, asked, settleAll } = feedOf((from, count) => numberedWindow(from, Math.min(count, 15)));
    feed.want({ from: 0, to: 40 }, []);
    await settleAll();
    expect(asked).toEqual([
      [0, 200],
      [15, 185],
      [30, 170],
    ]);
    expect(feed.cells(39)).toEqual(['39']);
  });

  it('does not ask again for rows that are drawn and whose bytes are gone', async () => {
    const { feed, asked, drawn, settleAll } = feedOf();
    for (let row = 0; row < 40; row++) drawn.add(row);
    feed.want({ from: 0, to: 40 }, []);
    await settleAll();
    expect(asked).toEqual([]);
  });

  it('does not fetch ahead of rows that are megabytes each', { tags: ['slow'] }, async () => {
    const { feed, asked, settleAll } = feedOf((from) => numberedWindow(from, 1, ROWS, 5_000_000));
    feed.want({ from: 0, to: 2 }, [{ from: 2, to: 600 }]);
    await settleAll();
    expect(asked.every(([from]) => from < 2 || from === 200)).toBe(true);
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it('reports what failed, stops requesting it, and requests it again on retry', async () => {
    let broken = true;
    const { feed, asked, settleAll } = feedOf((from, count) => {
      if (broken) throw new Error('gone');
      return numberedWindow(from, count);
    });
    feed.want({ from: 0, to: 40 }, []);
    await settleAll();
    feed.want({ from: 0, to: 40 }, []);
    await settleAll();
    expect(asked).toHaveLength(1);
    expect(feed.failureIn({ from: 10, to: 20 })).toEqual({ from: 0, to: 200, message: 'gone' });
    expect(feed.failureIn({ from: 300, to: 320 })).toBeUndefined();
    broken = false;
    feed.retry();
    await settleAll();
    expect(feed.cells(5)).toEqual(['5']);
    expect(feed.failureIn({ from: 0, to: 40 })).toBeUndefined();
  });

  it('treats a window without rows as a failure, not as a reason to request it forever', async () => {
    const { feed, asked, settleAll } = feedOf((from) => numberedWindow(from, 0));
    feed.want({ from: 0, to: 40 }, []);
    await settleAll();
    expect(asked).toHaveLength(1);
    expect(feed.failureIn({ from: 0, to: 1 })?.message).toBe('the window is empty');
  });

  it('reads a range in order from what is here and what is not', async () => {
    const { feed, open, settleAll } = feedOf((from, count) => numberedWindow(from, Math.min(count, 70)));
    feed.want({ from: 200, to: 240 }, []);
    await settleAll();
    const read = (async () => {
      const rows: string[] = [];
      for await (const [value] of feed.read({ from: 150, to: 300 })) rows.push(value!);
      return rows;
    })();
    for (let turn = 0; turn < 20; turn++) {
      await settleAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(open).toEqual([]);
    expect(await read).toEqual(Array.from({ length: 150 }, (_, at) => String(150 + at)));
  });

  it('keeps nothing that comes after it was closed', async () => {
    const { feed, settleAll } = feedOf();
    feed.want({ from: 0, to: 40 }, []);
    feed.close();
    await settleAll();
    expect(feed.bytes).toBe(0);
  });
});
