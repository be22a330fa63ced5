import type { Column } from '../../src/events/result.ts';
import type { WindowFrame } from '../../src/events/window-frame.ts';

/** Makes the rows of the grid's test page in a worker, where they cost the page as little as a server's would. */
export interface SourceAsked {
  readonly id: number;
  readonly kind: SourceKind;
  readonly columns: number;
  readonly from: number;
  /** The first row that isn't wanted. */
  readonly to: number;
  readonly bytesMax: number;
}

export interface SourceAnswer {
  readonly id: number;
  readonly frame: Pick<WindowFrame, 'from' | 'count' | 'rows'>;
}

export type SourceKind = 'shop' | 'hostile' | 'wide' | 'vast';
type Value = string | null;

const LATENCY_MS = 5;
const VAST_UNITS = 64 * 1024 * 1024;
const REGIONS = ['eu-west', 'eu-north', 'us-east', 'us-west', 'ap-south'];

const shop: { column: Column; value: (row: number) => Value }[] = [
  { column: { name: 'region', type: 'text', numeric: false }, value: (row) => REGIONS[row % 5]! },
  {
    column: { name: 'day', type: 'timestamp with time zone', numeric: false },
    value: (row) => `2026-08-${String(25 + (Math.floor(row / 5) % 5)).padStart(2, '0')} 00:00:00+00`,
  },
  {
    column: { name: 'revenue', type: 'numeric(12,2)', numeric: true },
    value: (row) => (((row * 7919) % 100_000) + 0.25).toFixed(2),
  },
  { column: { name: 'items', type: 'bigint', numeric: true }, value: (row) => String(row + 1) },
  {
    column: { name: 'note', type: 'jsonb', numeric: false },
    value: (row) =>
      row % 4 === 1 ? null : `{"promo": ${row % 2 === 0}, "sku": 9007199254740993${row % 10}, "n": 1.10}`,
  },
  { column: { name: 'empty', type: 'text', numeric: false }, value: () => '' },
];

const HOSTILE: Value[][] = [
  ['plain', 'two\nlines\tand a tab', '‮evil‬ override'],
  ['مرحبا بالعالم (12)', 'עברית', 'mixed عربي and latin'],
  ['👩‍👩‍👧‍👦 family', '🇩🇪 flag', '日本語のテキスト'],
  ['<img src=x onerror="window.hacked=1">', '"quoted"', "it's"],
  [
    'x'.repeat(65_536),
    `{"a": 1e400, "b": 123456789012345678901234567890.10, "c": [1, {"d": null}]}`,
    '\\x89504e47',
  ],
  [null, '', ' '],
  ['\u0000\u001b[31mred', 'zero\u200bwidth', '\ufeffbom'],
];

function valueAt(kind: SourceKind, row: number, column: number): Value {
  if (kind === 'hostile') return HOSTILE[row % HOSTILE.length]![column % 3]!;
  if (kind === 'wide') return `${row}`.padEnd(1024 * 1024, 'w');
  if (kind === 'vast') return column === 0 ? `${row}`.padEnd(VAST_UNITS, 'v') : 'small';
  const known = shop[column % shop.length]!;
  return known.value(row);
}

/** The columns of a kind of result. */
export function columnsOf(kind: SourceKind, count: number): Column[] {
  return Array.from({ length: count }, (_, at) => {
    if (kind !== 'shop') return { name: `c${at + 1}`, type: 'text', numeric: false };
    const { column } = shop[at % shop.length]!;
    return at < shop.length
      ? column
      : { ...column, name: `${column.name}_${Math.floor(at / shop.length) + 1}` };
  });
}

const utf8 = new TextEncoder();

/** A DataRow message in text format. */
function dataRow(values: readonly Value[]): Uint8Array {
  const cells = values.map((value) => (value === null ? null : utf8.encode(value)));
  const length = cells.reduce((sum, cell) => sum + 4 + (cell?.length ?? 0), 7);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x44);
  view.setInt32(1, length - 1);
  view.setInt16(5, values.length);
  let at = 7;
  for (const cell of cells) {
    view.setInt32(at, cell ? cell.length : -1);
    if (cell) bytes.set(cell, at + 4);
    at += 4 + (cell?.length ?? 0);
  }
  return bytes;
}

function windowOf({ kind, columns, from, to, bytesMax }: SourceAsked): SourceAnswer['frame'] {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (let row = from; row < to; row++) {
    const part = dataRow(Array.from({ length: columns }, (_, column) => valueAt(kind, row, column)));
    if (parts.length > 0 && bytes + part.length > bytesMax) break;
    parts.push(part);
    bytes += part.length;
  }
  const rows = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    rows.set(part, at);
    at += part.length;
  }
  return { from, count: parts.length, rows };
}

// The page imports this module for its columns; it answers in a worker only.
if (typeof document === 'undefined') {
  self.onmessage = ({ data }: MessageEvent<SourceAsked>) => {
    setTimeout(() => {
      const frame = windowOf(data);
      self.postMessage({ id: data.id, frame } satisfies SourceAnswer, { transfer: [frame.rows.buffer] });
    }, LATENCY_MS);
  };
}
