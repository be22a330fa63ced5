import type { Column } from '../events/result.ts';
import type { RowCodec } from '../events/row-codec.ts';
import { rowCodec } from '../events/rows.ts';
import { holdsBytes, visibleText } from '../events/utf8-text.ts';
import type { ReadableResult } from './app.ts';
import { exportXlsx } from './export-xlsx.ts';

type Cells = readonly (string | null)[];

/** A text format of `GET /api/results/ID/export`. Every value is the server's own text; nothing is rounded or converted. */
interface TextFormat {
  readonly contentType: string;
  readonly extension: string;
  head(columns: readonly Column[]): string;
  row(cells: Cells, columns: readonly Column[], index: number): string;
  tail(rows: number): string;
}

/** RFC 4180; NULL is empty, and an empty text is quoted so that the two stay apart. */
function csvField(value: string | null): string {
  if (value === null) return '';
  const text = visibleText(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Names that are unique, as an object's keys have to be: the second `id` is `id_2`. */
function keys(columns: readonly Column[]): string[] {
  const seen = new Map<string, number>();
  return columns.map(({ name }) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  });
}

/** A number stays a JSON number only where JSON can write it; all else is a string of the server's text. */
function jsonValue(value: string | null, column: Column): string {
  if (value === null) return 'null';
  return column.numeric && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(value)
    ? value
    : JSON.stringify(value);
}

function jsonObject(cells: Cells, columns: readonly Column[]): string {
  const names = keys(columns);
  return `{${cells.map((value, i) => `${JSON.stringify(names[i])}:${jsonValue(value, columns[i]!)}`).join(',')}}`;
}

function sqlLiteral(value: string | null, column: Column): string {
  if (value === null) return 'NULL';
  if (column.numeric && /^-?\d+(\.\d+)?$/.test(value)) return value;
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes('\\') || holdsBytes(value)
    ? `E${visibleText(quoted.replaceAll('\\', '\\\\'))}`
    : quoted;
}

const TEXT_FORMATS: Readonly<Record<string, TextFormat>> = {
  csv: {
    contentType: 'text/csv; charset=utf-8',
    extension: 'csv',
    head: (columns) => `${columns.map(({ name }) => csvField(name)).join(',')}\r\n`,
    row: (cells) => `${cells.map(csvField).join(',')}\r\n`,
    tail: () => '',
  },
  json: {
    contentType: 'application/json; charset=utf-8',
    extension: 'json',
    head: () => '[',
    row: (cells, columns, index) => `${index === 0 ? '' : ','}\n${jsonObject(cells, columns)}`,
    tail: () => '\n]\n',
  },
  ndjson: {
    contentType: 'application/x-ndjson; charset=utf-8',
    extension: 'ndjson',
    head: () => '',
    row: (cells, columns) => `${jsonObject(cells, columns)}\n`,
    tail: () => '',
  },
  sql: {
    contentType: 'application/sql; charset=utf-8',
    extension: 'sql',
    head: () => '',
    row: (cells, columns) => {
      const names = columns.map(({ name }) => `"${name.replaceAll('"', '""')}"`).join(', ');
      const values = cells.map((value, i) => sqlLiteral(value, columns[i]!)).join(', ');
      return `INSERT INTO result (${names}) VALUES (${values});\n`;
    },
    tail: () => '',
  },
};

/** What an export is made of, in pieces, as the result is read. */
export interface Export {
  readonly contentType: string;
  readonly extension: string;
  readonly pieces: AsyncIterable<string | Uint8Array>;
}

/** The names of all formats. */
export const EXPORT_NAMES = [...Object.keys(TEXT_FORMATS), 'xlsx'] as const;

/** Begins an export of what is here; undefined for a format that there is not. */
export function beginExport(result: ReadableResult, name: string): Export | undefined {
  const format = TEXT_FORMATS[name];
  if (format) return { ...format, pieces: exportText(result, format) };
  if (name !== 'xlsx') return undefined;
  const contentType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  return { contentType, extension: 'xlsx', pieces: exportXlsx(result) };
}

/** The text of an export: no more than one piece is in memory. */
async function* exportText(result: ReadableResult, format: TextFormat): AsyncGenerator<string> {
  const { columns, encoding } = result.meta();
  const codec: RowCodec = rowCodec(encoding);
  let index = 0;
  yield format.head(columns);
  for await (const { bytes } of result.rowsFrom(0)) {
    let text = '';
    for (let at = 0; at < bytes.length; at += codec.rowLength(bytes, at))
      text += format.row(codec.cells(bytes, at, columns), columns, index++);
    yield text;
  }
  yield format.tail(index);
}
