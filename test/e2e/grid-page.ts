import '../../src/ui/result/grid/qt-grid.ts';
import type { QtGrid, WindowSource } from '../../src/ui/result/grid/qt-grid.ts';
import { columnsOf, type SourceAnswer, type SourceAsked, type SourceKind } from './grid-source.ts';

/**
 * The page of the grid's tests: `/grid.page.html?rows=10000000&columns=50&kind=shop|hostile|wide|vast`. The rows are made
 * when they are asked for, after a wait like a loopback server's, in PostgreSQL's bytes.
 */
declare global {
  interface Window {
    grid: QtGrid;
    /** What the source was asked for, how much of it at one time at most, and how it is to answer. */
    source: { asked: [number, number][]; inFlightMost: number; failing: boolean; bytesMax: number };
    events: { type: string; detail: unknown }[];
  }
}

const asked = new URLSearchParams(location.search);
const kind = (asked.get('kind') ?? 'shop') as SourceKind;
const rows = Number(asked.get('rows') ?? 10_000_000);
const columnCount = Number(asked.get('columns') ?? 50);
window.source = { asked: [], inFlightMost: 0, failing: false, bytesMax: 4 * 1024 * 1024 };
window.events = [];

const columns = columnsOf(kind, columnCount);
const worker = new Worker(new URL('./grid-source.ts', import.meta.url), { type: 'module' });
const waiting = new Map<number, (frame: SourceAnswer['frame']) => void>();
worker.onmessage = ({ data }: MessageEvent<SourceAnswer>) => {
  waiting.get(data.id)?.(data.frame);
  waiting.delete(data.id);
};
let count = 0;

const source: WindowSource = {
  async window(from, rowsAsked) {
    const { asked: list } = window.source;
    list.push([from, rowsAsked]);
    if (list.length > 1000) list.splice(0, 500);
    const id = ++count;
    const to = Math.min(from + rowsAsked, window.grid.rowsHere);
    const frame = await new Promise<SourceAnswer['frame']>((resolve) => {
      waiting.set(id, resolve);
      window.source.inFlightMost = Math.max(window.source.inFlightMost, waiting.size);
      const { bytesMax } = window.source;
      worker.postMessage({ id, kind, columns: columnCount, from, to, bytesMax } satisfies SourceAsked);
    });
    if (window.source.failing) throw new Error('the spill file is gone (ENOENT)');
    const { rowsHere, complete } = window.grid;
    return { ...frame, encoding: 'postgres-datarow', complete, cut: false, columns: columnCount, rowsHere };
  },
};

const grid = document.createElement('qt-grid');
window.grid = grid;
for (const type of ['qt-selection', 'qt-copied', 'qt-columns-changed', 'qt-export-requested']) {
  grid.addEventListener(type, (event) => {
    window.events.push({ type, detail: (event as CustomEvent).detail });
    if (window.events.length > 500) window.events.shift();
  });
}
grid.columns = columns;
grid.rowsHere = rows;
grid.complete = true;
grid.source = source;
grid.label = 'Result 1';
document.body.append(grid);
