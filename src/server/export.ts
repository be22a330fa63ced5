import { CUT_WORDS } from '../events/cut-words.ts';
import { ejsonDocument } from '../events/engines/mongodb-rows.ts';
import { csvHead } from '../events/formats/csv.ts';
import { CsvBytes } from '../events/formats/csv-bytes.ts';
import { documentFormat, type EjsonForm } from '../events/formats/documents.ts';
import { type FormatName, hasFormat, hasSpreadsheetForm, rowFormat } from '../events/formats/format.ts';
import type { InsertTarget } from '../events/formats/insert.ts';
import type { Column, Cut, RowEncoding } from '../events/result.ts';
import { rowCodec } from '../events/rows.ts';
import type { ReadableResult } from './app.ts';
import type { exportXlsx } from './export-xlsx.ts';
import { exportedRows, joinedRows, rowTooLong } from './exported-rows.ts';
import { TEXT_ROW_BYTES_MAX } from './limits.ts';

/** The formats of `GET /api/results/ID/export`, with their content types. */
const FORMATS = {
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values; charset=utf-8',
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  sql: 'application/sql; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;
type ExportFormat = keyof typeof FORMATS;
const EXTENSIONS: Partial<Record<ExportFormat, string>> = { markdown: 'md' };

/** What an export is made of, in pieces, as the result is read. */
export interface Export {
  readonly contentType: string;
  /** Says so where rows are missing. */
  readonly fileName: string;
  /** It goes on to the end of the result, so that only its end tells whether rows are missing. */
  readonly follows: boolean;
  /**
   * What most formats can't say: whether all rows are in it, and why not. Header lines, or trailers where it
   * follows.
   */
  readonly fields: () => Readonly<Record<(typeof EXPORT_FIELDS)[number], string>>;
  readonly pieces: AsyncIterable<string | Uint8Array>;
}

interface ExportOptions {
  /** Also the rows that are still to come, to the end of the result. */
  readonly follow?: boolean;
  readonly ejson?: EjsonForm;
  /** What SQL inserts into, in place of `result`. */
  readonly target?: InsertTarget | undefined;
  /** For a spreadsheet: CSV and TSV have no formulas; XLSX never has. */
  readonly spreadsheet?: boolean;
}

/** Names of an export's fields. */
export const EXPORT_FIELDS = ['x-querytape-rows-complete', 'x-querytape-cut'] as const;

/** The formats that rows of an encoding can be exported in. */
export function exportNames(encoding: RowEncoding): string[] {
  return Object.keys(FORMATS).filter((name) => name === 'xlsx' || hasFormat(encoding, name as FormatName));
}

/**
 * Begins an export of the rows that are here; undefined for a format that their encoding does not have.
 * @throws Error `export.rowTooLong` where a row is too long for a text
 */
export function beginExport(
  result: ReadableResult,
  name: string,
  options: ExportOptions = {},
): Export | undefined {
  const { encoding, complete } = result.meta();
  if (!exportNames(encoding).includes(name)) return undefined;
  const isForSpreadsheet = options.spreadsheet === true && hasSpreadsheetForm(name);
  if (options.spreadsheet && !isForSpreadsheet && name !== 'xlsx') return undefined;
  const format = name as ExportFormat;
  // Where it is known already, it is reported before anything is sent.
  const isCopied = format === 'csv' && !isForSpreadsheet && rowCodec(encoding).places !== undefined;
  if (!isCopied && (result.meta().longestRowBytes ?? 0) > TEXT_ROW_BYTES_MAX) throw rowTooLong();
  const follows = options.follow === true && !complete;
  const now = missingRows(result);
  const missing = follows ? () => missingRows(result) : () => now;
  const parts = { ...options, missing };
  const kind = isForSpreadsheet ? '-for-spreadsheets' : '';
  const stem = `${follows || now === null ? 'result' : 'result-incomplete'}${kind}`;
  return {
    contentType: FORMATS[format],
    fileName: `${stem}.${EXTENSIONS[format] ?? format}`,
    follows,
    fields: () => ({
      'x-querytape-rows-complete': `${missing() === null}`,
      'x-querytape-cut': missing() ?? '',
    }),
    pieces: format === 'xlsx' ? sheets(result, parts) : exportText(result, format, parts),
  };
}

/** Spreadsheets are written by a part that is loaded with the first of them. */
async function* sheets(...of: Parameters<typeof exportXlsx>): AsyncGenerator<Uint8Array> {
  yield* (await import('./export-xlsx.ts')).exportXlsx(...of);
}

/** Why rows are missing: `running` where more may come. Null where all are here. */
type Missing = Cut | 'running' | null;

function missingRows(result: ReadableResult): Missing {
  const { rowsComplete, cut } = result.meta();
  return rowsComplete ? null : (cut ?? 'running');
}

/** What the formats that have comments end with where rows are missing. */
function missingComment(missing: Missing): string {
  if (missing === null) return '';
  return `-- Not all rows: ${missing === 'running' ? 'the statement had not ended' : CUT_WORDS[missing]}.\n`;
}

/** The text of an export: no more than one piece is in memory. */
async function* exportText(
  result: ReadableResult,
  name: FormatName,
  parts: ExportOptions & { readonly missing: () => Missing },
): AsyncGenerator<string | Uint8Array> {
  const { follow = false, ejson = 'relaxed', spreadsheet = false, target, missing } = parts;
  const { encoding } = result.meta();
  const codec = rowCodec(encoding);
  if (encoding === 'ejson' && (name === 'json' || name === 'ndjson')) {
    const format = documentFormat(name, ejson);
    yield format.head;
    for await (const { bytes } of result.rowsFrom(0, follow))
      yield* joinedRows(bytes, codec.rowLength, (at) => format.row(ejsonDocument(bytes, at)));
    yield format.tail();
    return;
  }
  const { columns, batches } = await exportedRows(result, follow);
  if (name === 'csv' && codec.places && !spreadsheet) {
    yield* csvFromBytes(batches, columns, new CsvBytes(columns, { ...codec, places: codec.places }));
    return;
  }
  const format = rowFormat(name, columns, { encoding, spreadsheet, ...target });
  yield format.head;
  for await (const { bytes, cells } of batches)
    yield* joinedRows(bytes, codec.rowLength, (at) => format.row(cells(at)));
  yield format.tail();
  if (name === 'sql') yield missingComment(missing());
}

async function* csvFromBytes(
  batches: AsyncIterable<{ readonly bytes: Uint8Array }>,
  columns: readonly Column[],
  writer: CsvBytes,
): AsyncGenerator<string | Uint8Array> {
  yield csvHead(columns);
  for await (const { bytes } of batches) yield writer.lines(bytes);
}
