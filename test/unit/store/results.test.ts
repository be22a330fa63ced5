import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DISK_RESERVE_BYTES } from '../../../src/events/limits.ts';
import { decodeWindow } from '../../../src/events/window-frame.ts';
import { BLOCKS_IDLE_BYTES, RESULT_BLOCK_BYTES } from '../../../src/store/limits.ts';
import { OffsetIndex } from '../../../src/store/results/offset-index.ts';
import type { Result } from '../../../src/store/results/result.ts';
import {
  COLUMNS,
  dataRow,
  dataRows,
  GatedDisk,
  hex,
  storeForTest,
  until,
  windowOf,
  write,
} from './results-support.ts';

const MIB = 1024 * 1024;
/** Bytes of a row from `dataRows(…, …, 89)`. */
const ROW_BYTES = 100;
const rows = (from: number, count: number) => dataRows(from, count, ROW_BYTES - 11);

function open(store: ReturnType<typeof storeForTest>['store'], resultId = 'r'): Result {
  return store.open(resultId, `q-${resultId}`, COLUMNS, 'postgres-datarow');
}

describe('a window', () => {
  it('says in its header what is here and whether more will come', async () => {
    const { store } = storeForTest();
    const result = open(store);
    write(result, rows(0, 10));
    expect(await windowOf(result, 3, 2)).toEqual({
      encoding: 'postgres-datarow',
      complete: false,
      cut: false,
      columns: 1,
      from: 3,
      count: 2,
      rowsHere: 10,
      rows: hex(rows(3, 2)),
    });
    result.complete();
    expect(await windowOf(result, 9, 5)).toMatchObject({ complete: true, count: 1, rows: hex(rows(9, 1)) });
    expect(result.meta()).toMatchObject({ complete: true, rowsComplete: true, cut: null });
  });

  it('says that rows are missing where the result was cut, and why', async () => {
    const { store } = storeForTest();
    const result = open(store);
    write(result, rows(0, 10));
    expect(result.meta()).toMatchObject({ complete: false, rowsComplete: false, cut: null });
    result.complete('rowLimit');
    expect(await windowOf(result, 0, 1)).toMatchObject({ complete: true, cut: true });
    expect(result.meta()).toMatchObject({ complete: true, rowsComplete: false, cut: 'rowLimit' });
  });

  it('is empty beyond the end', async () => {
    const { store } = storeForTest();
    const result = open(store);
    expect(await windowOf(result, 0, 10)).toMatchObject({ count: 0, rowsHere: 0, rows: '' });
    write(result, rows(0, 10));
    expect(await windowOf(result, 10, 10)).toMatchObject({ from: 10, count: 0, rowsHere: 10, rows: '' });
    expect(await windowOf(result, 2 ** 40, 10)).toMatchObject({ from: 2 ** 40, count: 0 });
  });

  it('has at most so many rows and so many bytes', async () => {
    const { store } = storeForTest({ limits: { windowRowsMax: 50, windowBytesMax: 1000 } });
    const result = open(store);
    write(result, dataRows(0, 1000, 0));
    expect(await windowOf(result, 0, 1000)).toMatchObject({ count: 50 });
    write(result, rows(1000, 1000));
    expect(await windowOf(result, 1500, 50)).toMatchObject({ count: 10, rows: hex(rows(1500, 10)) });
  });

  it('gives a row wider than a window whole and alone', async () => {
    const { store } = storeForTest({ limits: { windowBytesMax: 1000, resultMemoryBytes: 0 } });
    const result = open(store);
    const wide = dataRow(1, 100_000);
    write(result, [...rows(0, 1), wide, ...rows(2, 200)]);
    expect(await windowOf(result, 1, 10)).toMatchObject({ count: 1, rows: hex([wide]) });
    expect(await windowOf(result, 0, 10)).toMatchObject({ count: 1, rows: hex(rows(0, 1)) });
    expect(await windowOf(result, 2, 10)).toMatchObject({ count: 10, rows: hex(rows(2, 10)) });
  });

  it('reads only near the rows it is asked for, even where rows are wide', async () => {
    const reads: number[] = [];
    const disk = new GatedDisk();
    disk.release();
    const { store } = storeForTest({
      limits: { resultMemoryBytes: 0, windowBytesMax: 16_000 },
      openSpill: async (path) => {
        const handle = await disk.openSpill(path);
        const read = handle.read as (...args: unknown[]) => Promise<{ bytesRead: number }>;
        const counted = (...args: unknown[]) => {
          reads.push(args[2] as number);
          return read(...args);
        };
        return { ...handle, read: counted as typeof handle.read };
      },
    });
    const result = open(store);
    write(result, dataRows(0, 200, 5000));
    await until(() => result.memoryBytes === 0);
    expect(await windowOf(result, 163, 1)).toMatchObject({ count: 1, rows: hex([dataRow(163, 5000)]) });
    expect(reads).toEqual([5011]);
  });
});

it('keeps where rows begin beyond 2^32', () => {
  const index = new OffsetIndex(64, 1000);
  index.add(2 ** 33);
  for (let i = 0; i < 200; i++) index.add(10);
  expect(index.before(150)).toEqual({ row: 128, offset: 2 ** 33 + 1270 });
  expect(index.within(2 ** 33 + 1275)).toEqual({ row: 128, offset: 2 ** 33 + 1270 });
});

describe('a spill file', () => {
  it('has no name once it is open, and only its owner may read it', async () => {
    const disk = new GatedDisk();
    const { store, folder } = storeForTest({
      limits: { resultMemoryBytes: 1000 },
      openSpill: disk.openSpill,
    });
    const result = open(store);
    write(result, rows(0, 100));
    await until(() => disk.waiting === 1);
    expect(readdirSync(folder)).toEqual([]);
    const stat = await disk.handles[0]!.stat();
    expect({ mode: stat.mode & 0o777, links: stat.nlink }).toEqual({ mode: 0o600, links: 0 });
    disk.release();
    await until(() => result.memoryBytes <= 1000);
    expect(store.spilledBytes).toBe(result.spilledBytes);
    expect(result.spilledBytes + result.memoryBytes).toBe(100 * ROW_BYTES);
    expect(result.meta()).toMatchObject({
      rows: 100,
      bytes: 100 * ROW_BYTES,
      spilledBytes: result.spilledBytes,
    });
  });

  it('is not made for a result that fits into memory', async () => {
    const disk = new GatedDisk();
    const { store } = storeForTest({ openSpill: disk.openSpill });
    write(open(store), rows(0, 1000));
    await store.close();
    expect(disk.handles).toEqual([]);
  });

  it('that a killed process left behind is removed at the start', () => {
    const { folder } = storeForTest();
    writeFileSync(join(folder, 'left.spill'), 'rows');
    writeFileSync(join(folder, 'other'), '');
    storeForTest({ spillFolder: folder });
    expect(readdirSync(folder)).toEqual(['other']);
  });

  it('goes on where its folder is deleted under the running program, as the next one does', async () => {
    const { store, folder } = storeForTest({ limits: { resultMemoryBytes: 1000 } });
    for (const id of ['a', 'b']) {
      const result = open(store, id);
      for (const from of [0, 50]) {
        rmSync(folder, { recursive: true });
        write(result, rows(from, 50));
        await until(() => result.memoryBytes <= 1000);
      }
      expect(result.fullCode).toBeUndefined();
      expect(await windowOf(result, 0, 100)).toMatchObject({ rows: hex(rows(0, 100)) });
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('that is full ends the result with its code and loses no row', async () => {
    const disk = new GatedDisk();
    disk.code = 'ENOSPC';
    const { store } = storeForTest({ limits: { resultMemoryBytes: 1000 }, openSpill: disk.openSpill });
    const result = open(store);
    const codes: string[] = [];
    result.onFull((code) => codes.push(code));
    write(result, rows(0, 50));
    disk.release();
    await until(() => codes.length > 0);
    expect(codes).toEqual(['ENOSPC']);
    expect([result.pressure, result.fullCode]).toEqual(['full', 'ENOSPC']);
    expect(write(result, rows(50, 50))).toBe(false);
    expect(await windowOf(result, 0, 100)).toMatchObject({ count: 50, rows: hex(rows(0, 50)) });
    expect(codes).toHaveLength(1);
  });

  it('leaves room on its disk for the tape, and refuses the rows that would take of it', async () => {
    let free = Number.POSITIVE_INFINITY;
    const { store } = storeForTest({
      limits: { resultMemoryBytes: 1000 },
      freeBytes: () => Promise.resolve(free),
    });
    const result = open(store);
    write(result, rows(0, 50));
    await until(() => result.spilledBytes > 0 && result.memoryBytes <= 1000);
    free = DISK_RESERVE_BYTES + 100;
    const before = result.spilledBytes;
    for (let from = 50; result.fullCode === undefined; from += 50) {
      write(result, rows(from, 50));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(result.fullCode).toBe('ENOSPC');
    expect(result.spilledBytes).toBe(before);
    expect(await windowOf(result, 0, 50)).toMatchObject({ rows: hex(rows(0, 50)) });
  });

  it('that fails after a while keeps what it has', async () => {
    const disk = new GatedDisk();
    disk.release();
    const { store } = storeForTest({ limits: { resultMemoryBytes: 1000 }, openSpill: disk.openSpill });
    const result = open(store);
    write(result, rows(0, 50));
    await until(() => result.spilledBytes > 0);
    disk.code = 'EIO';
    for (let from = 50; result.fullCode === undefined; from += 50) {
      write(result, rows(from, 50));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(result.fullCode).toBe('EIO');
    const { count, rows: bytes } = await windowOf(result, 0, 10_000);
    expect(count).toBe(result.rows);
    expect(bytes).toBe(hex(rows(0, count)));
  });

  it('is read to the end of a window although the result is dropped in the meantime', async () => {
    const { store } = storeForTest({ limits: { resultMemoryBytes: 0 } });
    const result = open(store);
    write(result, rows(0, 100));
    await until(() => result.memoryBytes === 0);
    const window = windowOf(result, 10, 5);
    store.drop('r');
    expect(await window).toMatchObject({ count: 5, rows: hex(rows(10, 5)) });
    await expect(result.window(0, 1)).rejects.toMatchObject({ code: 'result.dropped' });
  });
});

describe('a source', () => {
  it('pauses so many bytes beyond the furthest row asked for and goes on when more are asked for', async () => {
    const { store } = storeForTest({ limits: { fetchAheadBytes: 100 * ROW_BYTES, offsetStrideRows: 1 } });
    const result = open(store);
    let room = 0;
    result.onRoom(() => room++);
    expect(write(result, rows(0, 100))).toBe(true);
    expect(write(result, rows(100, 1))).toBe(false);
    expect(result.pressure).toBe('budget');
    await result.window(0, 10);
    expect(room).toBe(0);
    await result.window(41, 10);
    expect([room, result.pressure]).toEqual([1, null]);
    expect(write(result, rows(101, 51))).toBe(false);
    result.askedFor(1000);
    expect(room).toBe(2);
    expect(write(result, rows(152, 900))).toBe(true);
  });

  it('is not paused for a number of rows, however many they are', { tags: ['slow'] }, () => {
    const { store } = storeForTest();
    const result = open(store);
    expect(write(result, dataRows(0, 300_000, 0))).toBe(true);
  });

  it('pauses so many bytes beyond the row asked for, as near as the index tells', () => {
    const { store } = storeForTest({ limits: { fetchAheadBytes: 100 * ROW_BYTES } });
    const result = open(store);
    let room = 0;
    result.onRoom(() => room++);
    expect(write(result, rows(0, 100))).toBe(true);
    expect(write(result, rows(100, 28))).toBe(false);
    expect(result.pressure).toBe('budget');
    result.askedFor(128);
    expect([room, result.pressure]).toEqual([1, null]);
  });

  it('pauses while the disk is behind, even when all rows are asked for', async () => {
    const disk = new GatedDisk();
    const { store } = storeForTest({
      limits: { resultMemoryBytes: 1000, spillBacklogBytes: 1000, fetchAheadBytes: 1 },
      openSpill: disk.openSpill,
    });
    const result = open(store);
    result.fetchAhead(Number.POSITIVE_INFINITY);
    let room = 0;
    result.onRoom(() => room++);
    expect(write(result, rows(0, 20))).toBe(true);
    expect(write(result, rows(20, 1))).toBe(false);
    expect(result.pressure).toBe('disk');
    expect(room).toBe(0);
    disk.release();
    await until(() => room === 1);
    expect(result.pressure).toBe(null);
  });

  it('goes on once the disk has caught up, though most of what is fetched ahead is here', async () => {
    const disk = new GatedDisk();
    const { store } = storeForTest({
      limits: {
        resultMemoryBytes: 1000,
        spillBacklogBytes: 1000,
        fetchAheadBytes: 30 * ROW_BYTES,
        offsetStrideRows: 1,
      },
      openSpill: disk.openSpill,
    });
    const result = open(store);
    let room = 0;
    result.onRoom(() => room++);
    expect(write(result, rows(0, 25))).toBe(false);
    expect(result.pressure).toBe('disk');
    disk.release();
    await until(() => result.spilledBytes > 0);
    expect([room, result.pressure]).toEqual([1, null]);
    expect(write(result, rows(25, 5))).toBe(true);
    expect(write(result, rows(30, 1))).toBe(false);
    expect(result.pressure).toBe('budget');
    result.askedFor(10);
    expect([room, result.pressure]).toEqual([1, 'budget']);
    result.askedFor(16);
    expect([room, result.pressure]).toEqual([2, null]);
  });

  it('goes on when all rows are asked for', () => {
    const { store } = storeForTest({ limits: { fetchAheadBytes: 10 * ROW_BYTES } });
    const result = open(store);
    let room = 0;
    result.onRoom(() => room++);
    expect(write(result, rows(0, 11))).toBe(false);
    result.fetchAhead(Number.POSITIVE_INFINITY);
    expect(room).toBe(1);
    expect(write(result, rows(11, 1000))).toBe(true);
  });

  it('is reported once when the result has its most bytes, and the rows so far stay', async () => {
    const { store } = storeForTest({ limits: { resultBytesMax: 1000 } });
    const result = open(store);
    const codes: string[] = [];
    result.onFull((code) => codes.push(code));
    expect(write(result, rows(0, 10))).toBe(true);
    expect(write(result, rows(10, 1))).toBe(false);
    expect(write(result, rows(10, 1))).toBe(false);
    expect(codes).toEqual(['result.full']);
    expect(result.pressure).toBe('full');
    expect(await windowOf(result, 0, 100)).toMatchObject({ count: 10, rowsHere: 10 });
  });

  it('that hands over broken rows is refused, and the whole ones stay readable', async () => {
    const { store } = storeForTest();
    const result = open(store);
    const broken = Buffer.concat([...rows(0, 2), rows(2, 1)[0]!.subarray(0, 40)]);
    expect(() => result.write(broken, 3)).toThrow(RangeError);
    expect(await windowOf(result, 0, 10)).toMatchObject({ count: 2, rows: hex(rows(0, 2)) });
  });
});

describe('a result', () => {
  it('frees memory and disk when it is dropped, and swallows what its source still sends', async () => {
    const { store } = storeForTest({ limits: { resultMemoryBytes: 1000 } });
    const result = open(store);
    write(result, rows(0, 50));
    await until(() => store.spilledBytes > 0);
    write(result, rows(50, 5));
    store.drop('r');
    expect([store.memoryBytes, store.spilledBytes, store.size]).toEqual([0, 0, 0]);
    expect(write(result, rows(55, 5))).toBe(true);
    expect([store.memoryBytes, store.get('r')]).toEqual([0, undefined]);
  });

  it('looked at longest ago is dropped when there are too many, unless it is being filled', async () => {
    const dropped: string[] = [];
    const { store } = storeForTest({
      limits: { resultsMax: 3 },
      onDrop: (id, why) => dropped.push(`${id} ${why}`),
    });
    open(store, 'filling');
    for (const id of ['a', 'b']) open(store, id).complete();
    await store.get('a')!.window(0, 1);
    open(store, 'c');
    expect(dropped).toEqual(['b count']);
    open(store, 'd');
    expect(dropped).toEqual(['b count', 'a count']);
    open(store, 'e');
    expect(store.size).toBe(4);
  });

  it('that was not looked at for too long is dropped by a sweep, unless it is being filled', async () => {
    let now = 0;
    const { store } = storeForTest({ limits: { resultAgeMaxMs: 1000 }, now: () => now });
    open(store, 'filling');
    for (const id of ['seen', 'unseen']) open(store, id).complete();
    now = 800;
    await store.get('seen')!.window(0, 1);
    now = 1001;
    store.sweep();
    expect(['filling', 'seen', 'unseen'].filter((id) => store.get(id))).toEqual(['filling', 'seen']);
  });

  it('that is complete leaves the memory for others, longest unseen first', async () => {
    const { store } = storeForTest({ limits: { resultsMemoryBytes: 5000 } });
    for (const id of ['a', 'b']) {
      write(open(store, id), rows(0, 20));
      store.get(id)!.complete();
    }
    await store.get('a')!.window(0, 1);
    const filling = open(store, 'filling');
    write(filling, rows(0, 20));
    await until(() => store.get('b')!.memoryBytes === 0);
    expect(store.get('a')!.memoryBytes).toBe(2000);
    expect(await windowOf(store.get('b')!, 5, 2)).toMatchObject({ rows: hex(rows(5, 2)) });
  });

  it('that must leave the memory dies when the disk refuses it', async () => {
    const disk = new GatedDisk();
    disk.code = 'ENOSPC';
    disk.release();
    const dropped: string[] = [];
    const { store } = storeForTest({
      limits: { resultsMemoryBytes: 5000 },
      openSpill: disk.openSpill,
      onDrop: (id, why) => dropped.push(`${id} ${why}`),
    });
    write(open(store, 'old'), rows(0, 30));
    store.get('old')!.complete();
    write(open(store, 'filling'), rows(0, 30));
    await until(() => dropped.length > 0);
    expect(dropped).toEqual(['old memory']);
    expect(store.get('filling')!.rows).toBe(30);
  });

  it('may keep what the others leave of the memory, and no more', async () => {
    const disk = new GatedDisk();
    const { store } = storeForTest({
      limits: { resultsMemoryBytes: 5000, resultMemoryBytes: 4000, spillBacklogBytes: 1000 },
      openSpill: disk.openSpill,
    });
    expect(write(open(store, 'a'), rows(0, 40))).toBe(true);
    expect(write(open(store, 'b'), rows(0, 20))).toBe(true);
    expect(write(store.get('b')!, rows(20, 1))).toBe(false);
    expect(store.get('b')!.pressure).toBe('disk');
    expect([store.get('a')!.isShedding, store.get('b')!.isShedding]).toEqual([false, false]);
    disk.release();
    await until(() => store.memoryBytes <= 5000);
  });

  it('does not hold a large buffer of which a batch is a small part, though it is given', async () => {
    const { store } = storeForTest();
    const result = open(store);
    const large = new Uint8Array(1 << 20);
    large.set(Buffer.concat(rows(0, 200)));
    result.write(large.subarray(0, 200 * ROW_BYTES), 200, true);
    // Who still saw the large buffer would see this.
    large.fill(0);
    expect(await windowOf(result, 0, 200)).toMatchObject({ rows: hex(rows(0, 200)) });
  });

  it('takes a huge row that it is given without a copy, between rows that it copies', async () => {
    const { store } = storeForTest();
    const result = open(store);
    const huge = dataRow(1, 2 * MIB);
    write(result, rows(0, 1));
    result.write(huge, 1, true);
    expect(store.blocks.inUse).toBe(0);
    write(result, rows(2, 1));
    expect(await windowOf(result, 0, 3)).toMatchObject({
      count: 3,
      rows: hex([...rows(0, 1), huge, ...rows(2, 1)]),
    });
  });

  it('ends an export at the rows that were there when it began', async () => {
    const { store } = storeForTest({ limits: { resultMemoryBytes: 1000, windowBytesMax: 16_000 } });
    const result = open(store);
    write(result, rows(0, 300));
    let count = 0;
    for await (const chunk of result.rowsFrom(10)) {
      expect(decodeWindow(await result.window(10 + count, chunk.count)).rows).toEqual(chunk.bytes);
      count += chunk.count;
      write(result, rows(300, 10));
    }
    expect(count).toBe(290);
  });
});

describe('the memory that rows pass through', () => {
  /** 1 000 rows of 1 000 bytes. */
  const batch = (from: number) => dataRows(from, 1000, 989);
  /** What a result may hold, what may wait for the disk, one write of it and the block that is being filled. */
  const setOf = (memoryBytes: number) => Math.ceil((memoryBytes + 2 * MIB) / RESULT_BLOCK_BYTES) + 4;

  it('is a set of blocks that are filled again and again, however many rows there are', {
    tags: ['slow'],
  }, async () => {
    const { store } = storeForTest({ limits: { resultMemoryBytes: MIB, spillBacklogBytes: MIB } });
    const result = open(store);
    result.fetchAhead(Number.POSITIVE_INFINITY);
    let room = true;
    result.onRoom(() => {
      room = true;
    });
    for (let written = 0; written < 40; written++) {
      room = write(result, batch(written * 1000));
      await until(() => room);
    }
    expect(result.bytes).toBe(40_000_000);
    expect(store.blocks.made).toBeLessThanOrEqual(setOf(2 * MIB));
    expect(await windowOf(result, 777, 2)).toMatchObject({ rows: hex(dataRows(777, 2, 989)) });
    expect(await windowOf(result, 39_998, 2)).toMatchObject({ rows: hex(dataRows(39_998, 2, 989)) });
    store.drop('r');
    await store.close();
    expect(store.blocks.inUse).toBe(0);
  });

  it('is used again by the next result, and beyond so many blocks freed', { tags: ['slow'] }, () => {
    const { store } = storeForTest();
    for (const id of ['a', 'b']) {
      for (let from = 0; from < 20_000; from += 1000) write(store.get(id) ?? open(store, id), batch(from));
      store.drop(id);
    }
    const all = Math.ceil(20_000_000 / RESULT_BLOCK_BYTES);
    expect(store.blocks.inUse).toBe(0);
    expect(store.blocks.made).toBeLessThanOrEqual(all + 1 + all - BLOCKS_IDLE_BYTES / RESULT_BLOCK_BYTES + 1);
    expect(store.blocks.made).toBeGreaterThan(all + 1);
  });

  it('is not filled again while it is being written, though its result is dropped', async () => {
    const disk = new GatedDisk();
    const { store } = storeForTest({ limits: { resultMemoryBytes: 0 }, openSpill: disk.openSpill });
    const result = open(store);
    for (let from = 0; from < 3000; from += 1000) write(result, batch(from));
    await until(() => disk.waiting === 1);
    store.drop('r');
    expect(store.blocks.inUse).toBeGreaterThan(0);
    write(open(store, 'next'), batch(5000));
    disk.release();
    store.drop('next');
    await store.close();
    expect(store.blocks.inUse).toBe(0);
  });

  it('counts an index that has grown, and many columns, as memory of the result', () => {
    const { store } = storeForTest({ limits: { resultMemoryBytes: 64 * 1024, offsetStrideRows: 1 } });
    const result = open(store);
    // 8 192 offsets of 8 bytes, of which 16 KiB are what any result has.
    for (let from = 0; from < 8192; from += 1024) write(result, dataRows(from, 1024, 0));
    expect(result.besidesBytes).toBe(8 * 8192 + 8 - 16 * 1024 + 256 + 2 * 'vtext'.length);
    const many = Array.from({ length: 1000 }, (_, n) => ({
      name: `column ${n}`,
      type: 'text',
      numeric: false,
    }));
    const before = result.besidesBytes;
    result.moreColumns(many);
    expect(result.besidesBytes - before).toBeGreaterThan(256_000);
    store.drop('r');
    expect(result.besidesBytes).toBe(0);
  });

  it('lets rows leave the memory that the index takes of the budget', async () => {
    const { store } = storeForTest({ limits: { resultMemoryBytes: 300_000, offsetStrideRows: 1 } });
    const result = open(store);
    write(result, dataRows(0, 20_000, 0));
    expect(result.bytes).toBe(220_000);
    await until(() => result.spilledBytes > 0);
  });

  it('has no free room in a result that is complete', () => {
    const { store } = storeForTest();
    const result = open(store);
    write(result, batch(0));
    expect(store.blocks.inUse).toBe(Math.ceil(1_000_000 / RESULT_BLOCK_BYTES));
    result.complete();
    expect(store.blocks.inUse).toBe(Math.floor(1_000_000 / RESULT_BLOCK_BYTES));
  });
});
