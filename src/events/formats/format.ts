import { sentAs } from '../engines/index.ts';
import type { Column, RowEncoding } from '../result.ts';
import { distinctNames } from './column-names.ts';
import { csvFormat } from './csv.ts';
import { clipboardCell, documentFormat, documentOfCells, type EjsonForm, plainCell } from './documents.ts';
import { type InsertTarget, insertFormat } from './insert.ts';
import { jsonFormat, ndjsonFormat } from './json.ts';
import { isJsonNumber } from './json-number.ts';
import { markdownFormat } from './markdown.ts';
import type { RowFormat } from './row-format.ts';
import { spreadsheetText } from './spreadsheet.ts';
import { tsvFormat } from './tsv.ts';

/** The text formats of rows. */
export type FormatName = 'csv' | 'tsv' | 'json' | 'ndjson' | 'markdown' | 'sql';

export interface FormatOptions extends Partial<InsertTarget> {
  readonly encoding: RowEncoding;
  /** The form of documents; relaxed where it is left out. */
  readonly ejson?: EjsonForm;
  /** CSV and TSV for a spreadsheet: no cell is a formula (`spreadsheetText`). Numbers of numeric columns stay numbers. */
  readonly spreadsheet?: boolean;
}

/** Whether a format can be written for a spreadsheet: the others are read by programs, and Markdown by people. */
export function hasSpreadsheetForm(name: string): boolean {
  return name === 'csv' || name === 'tsv';
}

/** Whether rows of an encoding can be written in a format: SQL has no documents. */
export function hasFormat(encoding: RowEncoding, name: FormatName): boolean {
  return name !== 'sql' || sentAs(encoding).dialect !== null;
}

/** The writer of a format for rows of these columns. @throws RangeError where `hasFormat` is false */
export function rowFormat(name: FormatName, columns: readonly Column[], options: FormatOptions): RowFormat {
  const { encoding, table = 'result', infos, ejson = 'relaxed', spreadsheet = false } = options;
  if (encoding === 'ejson' && (name === 'json' || name === 'ndjson')) {
    const format = documentFormat(name, ejson);
    return { ...format, row: (cells) => format.row(documentOfCells(columns, cells)) };
  }
  const plain = encoding !== 'ejson' ? undefined : name === 'tsv' ? clipboardCell : plainCell;
  if (spreadsheet && hasSpreadsheetForm(name)) {
    const format = cellFormat(name, spreadsheetNames(columns), encoding, { table });
    const cell = spreadsheetCell(columns, plain);
    return { ...format, row: (cells) => format.row(cells.map(cell)) };
  }
  const format = cellFormat(name, columns, encoding, { table, infos });
  return plain ? { ...format, row: (cells) => format.row(cells.map(plain)) } : format;
}

function spreadsheetNames(columns: readonly Column[]): readonly Column[] {
  const names = distinctNames(columns).map(spreadsheetText);
  return columns.map((column, i) => ({ ...column, name: names[i]! }));
}

/** A number is known by its column, or in a document by its type; and it has to be one, whatever a server says. */
function spreadsheetCell(
  columns: readonly Column[],
  plain: ((value: string | null) => string | null) | undefined,
): (value: string | null, column: number) => string | null {
  return (value, column) => {
    const text = plain ? plain(value) : value;
    if (text === null) return null;
    const mayBeNumber = plain ? !value!.startsWith('"') : columns[column]?.numeric;
    return mayBeNumber && isJsonNumber(text) ? text : spreadsheetText(text);
  };
}

function cellFormat(
  name: FormatName,
  columns: readonly Column[],
  encoding: RowEncoding,
  target: InsertTarget,
): RowFormat {
  switch (name) {
    case 'csv':
      return csvFormat(columns);
    case 'tsv':
      return tsvFormat();
    case 'json':
      return jsonFormat(columns);
    case 'ndjson':
      return ndjsonFormat(columns);
    case 'markdown':
      return markdownFormat(columns);
    case 'sql': {
      const dialect = sentAs(encoding).dialect;
      if (!dialect) throw new RangeError(`rows encoded as ${encoding} have no SQL`);
      return insertFormat(columns, target, dialect);
    }
  }
}
