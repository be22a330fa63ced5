import type { Column, RowEncoding } from '../result.ts';
import { csvFormat } from './csv.ts';
import { clipboardCell, documentFormat, documentOfCells, type EjsonForm, plainCell } from './documents.ts';
import { insertFormat } from './insert.ts';
import { jsonFormat, ndjsonFormat } from './json.ts';
import { markdownFormat } from './markdown.ts';
import type { RowFormat } from './row-format.ts';
import { sqlDialect } from './sql-dialect.ts';
import { tsvFormat } from './tsv.ts';

/** The text formats of rows. */
export type FormatName = 'csv' | 'tsv' | 'json' | 'ndjson' | 'markdown' | 'sql';

export interface FormatOptions {
  readonly encoding: RowEncoding;
  /** The table that INSERT names, as it is to be written. */
  readonly table?: string;
  /** The form of documents; relaxed where it is left out. */
  readonly ejson?: EjsonForm;
}

/** Whether rows of an encoding can be written in a format: SQL has no documents. */
export function hasFormat(encoding: RowEncoding, name: FormatName): boolean {
  return name !== 'sql' || sqlDialect(encoding) !== null;
}

/** The writer of a format for rows of these columns. @throws RangeError where `hasFormat` is false */
export function rowFormat(name: FormatName, columns: readonly Column[], options: FormatOptions): RowFormat {
  const { encoding, table = 'result', ejson = 'relaxed' } = options;
  if (encoding === 'ejson' && (name === 'json' || name === 'ndjson')) {
    const format = documentFormat(name, ejson);
    return { ...format, row: (cells) => format.row(documentOfCells(columns, cells)) };
  }
  const format = cellFormat(name, columns, encoding, table);
  if (encoding !== 'ejson') return format;
  const cell = name === 'tsv' ? clipboardCell : plainCell;
  return { ...format, row: (cells) => format.row(cells.map(cell)) };
}

function cellFormat(
  name: FormatName,
  columns: readonly Column[],
  encoding: RowEncoding,
  table: string,
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
      const dialect = sqlDialect(encoding);
      if (!dialect) throw new RangeError(`rows encoded as ${encoding} have no SQL`);
      return insertFormat(columns, table, dialect);
    }
  }
}

/** All of it at once. */
export function formatted(
  name: FormatName,
  columns: readonly Column[],
  rows: readonly (readonly (string | null)[])[],
  options: FormatOptions,
): string {
  const format = rowFormat(name, columns, options);
  return format.head + rows.map((cells) => format.row(cells)).join('') + format.tail();
}
