import { describe, expect, it, vi } from 'vitest';
import { DISK_WAIT_MAX_MS, PAUSE_RECORDED_MS, PROGRESS_INTERVAL_MS } from '../../../src/actors/limits.ts';
import { SideStore } from '../../../src/actors/side-store.ts';
import { StatementRun } from '../../../src/actors/statement-run.ts';
import type { Execution, ExecutionEnd, RowSink } from '../../../src/drivers/driver.ts';
import type { QueryFact } from '../../../src/events/query.ts';
import type { ResultStore } from '../../../src/store/results/result-store.ts';
import {
  type OpenSpill,
  SPILL_WRITE_BYTES,
  type SpillHandle,
} from '../../../src/store/results/spill-file.ts';
import { COLUMNS, dataRows, GatedDisk, storeForTest, until } from '../store/results-support.ts';

const ROW_BYTES = 1000;

/** A statement whose driver is the test, and what it told. */
function started(
  store: ResultStore,
  more: { harmless?: boolean; reads?: boolean; rowsMax?: number; fetchAheadBytes?: number } = {},
) {
  const facts: QueryFact[] = [];
  const side = new SideStore();
  side.keep('q', { text: '', params: [], offset: 0, tabId: null, fetchAll: false, endsTransaction: false });
  let end: (end: ExecutionEnd) => void = () => {};
  let sink!: RowSink;
  const execution = {
    ended: new Promise<ExecutionEnd>((resolve) => {
      end = resolve;
    }),
    resume: vi.fn(),
    enough: vi.fn(),
    cancel: vi.fn(),
  } satisfies Execution;
  const run = new StatementRun({
    queryId: 'q',
    execute: (given) => {
      sink = given;
      return execution;
    },
    rowsMax: 0,
    fetchAheadBytes: 1e9,
    reads: false,
    harmless: false,
    isAwaited: () => false,
    results: store,
    side,
    tell: (fact) => void facts.push(fact),
    defect: (error) => {
      throw error;
    },
    ...more,
  });
  sink.columns(COLUMNS, 'postgres-datarow');
  const give = (count: number): boolean =>
    sink.rows(Buffer.concat(dataRows(0, count, ROW_BYTES - 11)), count);
  const complete = async (rowsAffected: number | null = null): Promise<QueryFact> => {
    const figures = { serverMs: 1, pausedMs: 0, transaction: 'none', usable: true } as const;
    end({ type: 'completed', command: 'UPDATE', rowsAffected, ...figures });
    await execution.ended;
    await Promise.resolve();
    return facts.at(-1)!;
  };
  const lose = async (): Promise<void> => {
    const figures = { serverMs: 1, pausedMs: 0, transaction: 'none', usable: false } as const;
    const failure = { code: 'ECONNRESET', source: 'connection', message: '' } as const;
    end({ type: 'lost', ran: 'mayHaveCompleted', failure, ...figures });
    await execution.ended;
    await Promise.resolve();
  };
  return { run, execution, facts, side, sink, give, complete, lose, store };
}

describe('a result that can take no more', () => {
  it.each([
    ['ENOSPC', 'diskFull', 'The disk is full.'],
    ['EDQUOT', 'diskFull', 'The disk is full.'],
    ['EIO', 'diskFailed', 'EIO'],
  ])('because of %s is cut as %s, and a statement with effects runs on', async (code, cut, words) => {
    const disk = new GatedDisk();
    disk.code = code;
    disk.release();
    const { store } = storeForTest({ limits: { resultMemoryBytes: 1 }, openSpill: disk.openSpill });
    const { give, facts, complete, execution, side } = started(store);
    give(1);
    await until(() => facts.some(({ type }) => type === 'query.resultLimitReached'));
    expect(facts.at(-1)).toMatchObject({ cut, readOn: true });
    for (let batch = 0; batch < 10; batch++) expect(give(1000)).toBe(true);
    expect(await complete(10_001)).toMatchObject({
      type: 'query.completed',
      cut,
      rows: 1,
      rowsAffected: 10_001,
    });
    expect(execution.cancel).not.toHaveBeenCalled();
    expect(side.query('q')!.notices[0]!.message).toContain(words);
    expect(side.query('q')!.notices[0]!.message).toContain('runs to its end');
    expect(store.get('q')!.meta()).toMatchObject({ complete: true, rowsComplete: false, cut, rows: 1 });
  });

  it('at its size limit says that, and counts only the rows that are here', async () => {
    const { store } = storeForTest({ limits: { resultBytesMax: 5 * ROW_BYTES } });
    const { give, complete, facts } = started(store, { harmless: true, reads: true });
    expect(give(5)).toBe(true);
    give(5);
    expect(facts.at(-1)).toEqual({
      type: 'query.resultLimitReached',
      bytes: 5 * ROW_BYTES,
      cut: 'resultLimit',
    });
    expect(await complete()).toMatchObject({ rows: 5, cut: 'resultLimit' });
  });

  it('because its disk takes nothing for too long is cut, so that the statement is not held by it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const disk = new GatedDisk();
      const limits = { resultMemoryBytes: 1, spillBacklogBytes: 1 };
      const { store } = storeForTest({ limits, openSpill: disk.openSpill });
      const { give, execution, complete, facts } = started(store);
      expect(give(5)).toBe(false);
      vi.advanceTimersByTime(DISK_WAIT_MAX_MS - 1);
      expect(facts.at(-1)).toMatchObject({ type: 'query.paused', cause: 'disk' });
      vi.advanceTimersByTime(1);
      expect(execution.resume).toHaveBeenCalledTimes(1);
      expect(give(1000)).toBe(true);
      expect(await complete()).toMatchObject({ cut: 'diskSlow', rows: 5 });
      disk.release();
    } finally {
      vi.useRealTimers();
    }
  });
});

it('is not cut while its disk takes some of a row that is too large for it to take in time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const disk = new GatedDisk();
  disk.release();
  const pieces: (() => void)[] = [];
  let isSlow = true;
  const openSpill: OpenSpill = async (path) => {
    const handle = await disk.openSpill(path);
    const writev: SpillHandle['writev'] = async (chunks, position) => {
      if (isSlow) await new Promise<void>((resolve) => pieces.push(resolve));
      return handle.writev(chunks, position);
    };
    return { ...handle, writev };
  };
  const limits = { resultMemoryBytes: 1, spillBacklogBytes: 1 };
  const { store } = storeForTest({ limits, openSpill });
  try {
    const { sink, complete, facts } = started(store);
    const [row] = dataRows(0, 1, 5 * SPILL_WRITE_BYTES);
    expect(sink.rows(row!, 1, true)).toBe(false);
    const types = () => facts.map(({ type }) => type);
    for (let piece = 1; piece <= 3; piece++) {
      await until(() => pieces.length === 1);
      pieces.pop()!();
      await until(() => store.get('q')!.meta().spilledBytes === piece * SPILL_WRITE_BYTES);
      vi.advanceTimersByTime(DISK_WAIT_MAX_MS);
      expect(types()).not.toContain('query.resultLimitReached');
    }
    vi.advanceTimersByTime(DISK_WAIT_MAX_MS);
    expect(types()).toContain('query.resultLimitReached');
    // No row came that could be thrown away: all are here.
    expect(await complete()).toMatchObject({ type: 'query.completed', rows: 1 });
    expect(facts.at(-1)).not.toHaveProperty('cut');
    expect(store.get('q')!.meta()).toMatchObject({ rowsComplete: true, cut: null });
  } finally {
    isSlow = false;
    for (const resolve of pieces) resolve();
    vi.useRealTimers();
  }
});

it('is not cut for its disk once it only waits for its reader', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const disk = new GatedDisk();
    const limits = { resultMemoryBytes: 1, spillBacklogBytes: 1, offsetStrideRows: 1 };
    const { store } = storeForTest({ limits, openSpill: disk.openSpill });
    const more = { harmless: true, reads: true, fetchAheadBytes: 10 * ROW_BYTES };
    const { give, execution, facts } = started(store, more);
    expect(give(9)).toBe(false);
    // What had left the server before it was asked to wait.
    expect(give(5)).toBe(false);
    disk.release();
    await until(() => store.get('q')!.meta().spilledBytes === 14 * ROW_BYTES);
    vi.advanceTimersByTime(2 * DISK_WAIT_MAX_MS);
    expect(facts.at(-1)).toMatchObject({ type: 'query.paused', cause: 'budget' });
    expect(execution.resume).not.toHaveBeenCalled();
  } finally {
    vi.useRealTimers();
  }
});

it('that waits for its reader for a moment goes on without a record of it', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { store } = storeForTest();
    const waits = { harmless: true, reads: true };
    const { run, give, execution, facts } = started(store, { fetchAheadBytes: 10 * ROW_BYTES, ...waits });
    expect(give(11)).toBe(false);
    vi.advanceTimersByTime(PAUSE_RECORDED_MS - 1);
    run.fetchAll();
    vi.advanceTimersByTime(2 * PAUSE_RECORDED_MS);
    expect(execution.resume).toHaveBeenCalledTimes(1);
    expect(facts.map(({ type }) => type)).not.toContain('query.paused');
    expect(facts.map(({ type }) => type)).not.toContain('query.resumed');
  } finally {
    vi.useRealTimers();
  }
});

describe('a statement with several results', () => {
  it('is cut in those whose rows were thrown away, and in no other', async () => {
    const { store } = storeForTest();
    const { run, give, complete } = started(store, { rowsMax: 5 });
    give(3);
    run.columns(COLUMNS, 'postgres-datarow');
    give(3);
    run.columns(COLUMNS, 'postgres-datarow');
    run.columns(COLUMNS, 'postgres-datarow');
    give(1);
    await complete();
    const cuts = ['q', 'q.2', 'q.3', 'q.4'].map((id) => store.get(id)!.meta().cut);
    expect(cuts).toEqual([null, 'rowLimit', null, 'rowLimit']);
  });
});

it('counts the rows of a result without columns, and has it', async () => {
  const { store } = storeForTest();
  const { run, complete } = started(store);
  run.columns([], 'postgres-datarow');
  const row = Buffer.from([68, 0, 0, 0, 6, 0, 0]);
  run.rows(Buffer.concat([row, row, row]), 3);
  expect(await complete()).toMatchObject({ rows: 3, resultSets: 2 });
  expect(store.get('q.2')!.meta()).toMatchObject({ columns: [], rows: 3, complete: true });
});

describe('progress', () => {
  it('is reported of the last rows too, where the server sends no more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { store } = storeForTest({});
      const { give, facts, complete } = started(store);
      const progress = () => facts.filter(({ type }) => type === 'query.progressed');
      give(3);
      give(4);
      expect(progress()).toEqual([]);
      vi.advanceTimersByTime(PROGRESS_INTERVAL_MS);
      expect(progress()).toEqual([{ type: 'query.progressed', rows: 7, bytes: 7 * ROW_BYTES }]);
      vi.advanceTimersByTime(10 * PROGRESS_INTERVAL_MS);
      expect(progress()).toHaveLength(1);
      give(1);
      give(1);
      expect(progress().map((fact) => 'rows' in fact && fact.rows)).toEqual([7, 8]);
      await complete();
      vi.advanceTimersByTime(PROGRESS_INTERVAL_MS);
      expect(progress()).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is reported of the last rows before a loss, which counts none', async () => {
    const { store } = storeForTest({});
    const { give, facts, lose } = started(store);
    give(3);
    give(4);
    await lose();
    expect(facts.map(({ type }) => type)).toEqual([
      'query.firstRowArrived',
      'query.progressed',
      'query.lost',
    ]);
    expect(facts[1]).toMatchObject({ rows: 7, bytes: 7 * ROW_BYTES });
    expect(store.get('q')!.meta().rows).toBe(7);
  });

  it('is not reported twice where the connection is lost later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { give, facts, lose } = started(storeForTest({}).store);
      give(3);
      vi.advanceTimersByTime(PROGRESS_INTERVAL_MS);
      await lose();
      expect(facts.map(({ type }) => type)).toEqual([
        'query.firstRowArrived',
        'query.progressed',
        'query.lost',
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});
