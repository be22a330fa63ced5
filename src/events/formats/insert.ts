import type { ColumnInfo } from '../catalogue.ts';
import type { Column } from '../result.ts';
import { insertColumns } from './insert-columns.ts';
import type { RowFormat } from './row-format.ts';
import type { SqlDialect } from './sql-dialect.ts';

/** Rows and UTF-16 units of one statement: few enough for every server's limits and for a parser's memory. */
const STATEMENT_ROWS_MAX = 100;
const STATEMENT_UNITS_MAX = 256 * 1024;

/** What the server has no name for, and so no other server either. */
const NAMELESS = "time_zone = 'SYSTEM'";

/** What INSERT statements go into. */
export interface InsertTarget {
  /** The table, as it is to be written. */
  readonly table: string;
  /** What the catalogue says of its columns, where it is the one that the rows are of; empty where that can't be read. */
  readonly infos?: readonly ColumnInfo[] | undefined;
}

/**
 * INSERT statements of several rows each, after the settings by which their values are read as they were printed. How many columns are
 * left out (`insertColumns`) stands in a comment.
 */
export function insertFormat(
  columns: readonly Column[],
  { table, infos }: InsertTarget,
  dialect: SqlDialect,
): RowFormat {
  const { indices, names, overriding, zero } = insertColumns(columns, infos, dialect);
  const settings = new Set(indices.flatMap((index) => columns[index]!.printedBy ?? []));
  settings.delete(NAMELESS);
  const left = columns.length - indices.length;
  const note =
    left === 0
      ? ''
      : `-- Without ${left} column${left === 1 ? '' : 's'} that the server computes or the table does not have.\n`;
  const begin = `INSERT INTO ${table} (${names.join(', ')})${overriding} VALUES\n  `;
  // The grammar of SQL has no empty list; of all engines PostgreSQL alone has results without columns.
  const defaults = indices.length === 0 ? `INSERT INTO ${table} DEFAULT VALUES;\n` : '';
  let isZeroSet = false;
  let rows = 0;
  let rowsHere = 0;
  let unitsHere = 0;
  return {
    head:
      note +
      dialect.doubt(indices.map((index) => columns[index]!)) +
      [...settings].map((setting) => `SET ${setting};\n`).join(''),
    row(cells) {
      if (defaults !== '') return defaults;
      const values = indices.map((index) => dialect.literal(cells[index] ?? null, columns[index]!));
      const text = `(${values.join(', ')})`;
      const needsSetting = zero && !isZeroSet && Number(cells[zero.index] ?? 1) === 0;
      const set = needsSetting ? `SET ${zero.setting};\n` : '';
      isZeroSet ||= set !== '';
      const isFull =
        set !== '' || rowsHere >= STATEMENT_ROWS_MAX || unitsHere + text.length > STATEMENT_UNITS_MAX;
      const begins = rows++ === 0 || isFull;
      rowsHere = begins ? 1 : rowsHere + 1;
      unitsHere = begins ? text.length : unitsHere + text.length;
      return begins ? `${rows === 1 ? '' : ';\n'}${set}${begin}${text}` : `,\n  ${text}`;
    },
    tail: () => (rows === 0 ? '' : ';\n'),
  };
}
