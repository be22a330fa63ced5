import { clipboardCell } from '../../../events/formats/documents.ts';
import { type FormatName, type FormatOptions, rowFormat } from '../../../events/formats/format.ts';
import type { Column } from '../../../events/result.ts';
import { writeClipboard } from '../../controls/clipboard.ts';
import { rememberCopied } from './cell-clipboard.ts';
import { cellCount, type Rectangle } from './selection.ts';

/** What the clipboard takes; beyond it there is the export. */
export const COPY_CELLS_MAX = 100_000;
const COPY_UNITS_MAX = 50_000_000;

/** What is to be copied. */
export interface CopyRequest {
  readonly format: FormatName;
  readonly rectangle: Rectangle;
  /** The columns of the rectangle, and their indices in a row. */
  readonly columns: readonly Column[];
  readonly indices: readonly number[];
  readonly rows: AsyncIterable<readonly (string | null)[]>;
  /** Why the result has more rows, where the rectangle reaches its last one; else empty. */
  readonly missing: string;
  readonly options: FormatOptions;
}

/** How a copy ended. `blocked` holds the text, for another attempt on a click. */
export type CopyEnd =
  | { readonly type: 'copied'; readonly cells: number }
  | { readonly type: 'tooMany'; readonly cells: number }
  | { readonly type: 'tooLarge' }
  | { readonly type: 'blocked'; readonly cells: number; readonly text: string }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly message: string };

/** Copies a rectangle, fetching what of it isn't here. Calls `progress` with the number of rows read. */
export async function copyRectangle(
  request: CopyRequest,
  signal: AbortSignal,
  progress: (rows: number) => void,
): Promise<CopyEnd> {
  const cells = cellCount(request.rectangle);
  if (cells === 0) return { type: 'stopped' };
  if (cells > COPY_CELLS_MAX) return { type: 'tooMany', cells };
  let read: Copied | undefined;
  try {
    read = await textOf(request, signal, progress);
  } catch (error) {
    if (signal.aborted) return { type: 'stopped' };
    return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
  if (signal.aborted) return { type: 'stopped' };
  if (read === undefined) return { type: 'tooLarge' };
  const { text, values } = read;
  if (request.format === 'tsv') rememberCopied(text, values);
  return (await writeClipboard(text)) ? { type: 'copied', cells } : { type: 'blocked', cells, text };
}

interface Copied {
  readonly text: string;
  /** The cells as they are in it, null for none. */
  readonly values: (string | null)[][];
}

/** Undefined where it grows beyond the bound. */
async function textOf(
  { format: name, rectangle, columns, indices, rows, options }: CopyRequest,
  signal: AbortSignal,
  progress: (rows: number) => void,
): Promise<Copied | undefined> {
  const format = rowFormat(name, columns, options);
  const single = name === 'tsv' && !options.spreadsheet && cellCount(rectangle) === 1;
  const parts = [format.head];
  let units = format.head.length;
  const cells: (string | null)[][] = [];
  let count = 0;
  for await (const row of rows) {
    signal.throwIfAborted();
    const values = indices.map((index) => row[index] ?? null);
    // A single value is copied as it is, so that what is pasted is what was stored.
    const plain = options.encoding === 'ejson' ? values.map(clipboardCell) : values;
    const part = single ? (plain[0] ?? '') : format.row(values);
    if (name === 'tsv') cells.push(plain);
    units += part.length;
    if (units > COPY_UNITS_MAX) return undefined;
    parts.push(part);
    count++;
    if (count % 200 === 0) progress(count);
  }
  return { text: parts.join('') + format.tail(), values: cells };
}
