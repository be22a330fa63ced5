import type { Column } from '../result.ts';
import { distinctNames } from './column-names.ts';
import type { RowFormat } from './row-format.ts';
import type { SqlDialect } from './sql-dialect.ts';

/** Rows and UTF-16 units of one statement: few enough for every server's limits and for a parser's memory. */
const STATEMENT_ROWS_MAX = 100;
const STATEMENT_UNITS_MAX = 256 * 1024;

/** What the server has no name for, and so no other server either. */
const NAMELESS = "time_zone = 'SYSTEM'";

/**
 * INSERT statements of several rows each, after the settings by which their values are read as they were printed. `table` stands there
 * as it is to be written.
 */
export function insertFormat(columns: readonly Column[], table: string, dialect: SqlDialect): RowFormat {
  const settings = new Set(columns.flatMap(({ printedBy = [] }) => printedBy));
  settings.delete(NAMELESS);
  const names = distinctNames(columns).map((name) => dialect.identifier(name));
  const begin = `INSERT INTO ${table} (${names.join(', ')}) VALUES\n  `;
  let rows = 0;
  let rowsHere = 0;
  let unitsHere = 0;
  return {
    head: [...settings].map((setting) => `SET ${setting};\n`).join(''),
    row(cells) {
      const values = columns.map((column, i) => dialect.literal(cells[i] ?? null, column));
      const text = `(${values.join(', ')})`;
      const isFull = rowsHere >= STATEMENT_ROWS_MAX || unitsHere + text.length > STATEMENT_UNITS_MAX;
      const begins = rows++ === 0 || isFull;
      rowsHere = begins ? 1 : rowsHere + 1;
      unitsHere = begins ? text.length : unitsHere + text.length;
      return begins ? `${rows === 1 ? '' : ';\n'}${begin}${text}` : `,\n  ${text}`;
    },
    tail: () => (rows === 0 ? '' : ';\n'),
  };
}
