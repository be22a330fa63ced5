import { HEX_TEXT, isBinaryType } from '../engines/mysql-rows.ts';
import type { Column, RowEncoding } from '../result.ts';
import { hexOf, holdsBytes, visibleText } from '../utf8-text.ts';
import { isJsonNumber } from './json-number.ts';

/** How an engine writes names and values in SQL. */
export interface SqlDialect {
  identifier(name: string): string;
  /** A value in the server's own text as a literal that a column of that type takes; null is NULL. */
  literal(value: string | null, column: Column): string;
}

/** The dialect of the servers that send rows in an encoding; null for documents. */
export function sqlDialect(encoding: RowEncoding): SqlDialect | null {
  switch (encoding) {
    case 'postgres-datarow':
      return POSTGRES;
    case 'mysql-text':
      return MYSQL;
    case 'ejson':
      return null;
  }
}

/** Types that take a bare number as it is: of others some have no cast from it, and a float's `-0` would lose its sign. */
const EXACT_NUMBER_TYPE = /^(?:smallint|integer|bigint|numeric)\b/;

/**
 * PostgreSQL manual, "Lexical Structure". A quoted literal is read by the column's own input function, and so is exact. It reads
 * the same with `standard_conforming_strings` on and off.
 */
const POSTGRES: SqlDialect = {
  identifier: (name) => `"${name.replaceAll('"', '""')}"`,
  literal(value, column) {
    if (value === null) return 'NULL';
    if (EXACT_NUMBER_TYPE.test(column.type) && isJsonNumber(value)) return value;
    const text = value.replaceAll("'", "''");
    // Bytes of a SQL_ASCII database that are not UTF-8 become \xC3, which means that byte.
    return text.includes('\\') || holdsBytes(text)
      ? `E'${visibleText(text.replaceAll('\\', '\\\\'))}'`
      : `'${text}'`;
  },
};

/**
 * MySQL manual, "Literal Values" and "Server SQL Modes". What is written reads the same under ANSI_QUOTES and
 * NO_BACKSLASH_ESCAPES: names stand in backticks, and a text that holds what the modes read differently is written by the
 * bytes of its characters.
 */
const MYSQL: SqlDialect = {
  identifier: (name) => `\`${name.replaceAll('`', '``')}\``,
  literal(value, column) {
    if (value === null) return 'NULL';
    if (column.numeric && isJsonNumber(value)) return value;
    if (isBinaryType(column.type) && HEX_TEXT.test(value)) return `X'${value.slice(2)}'`;
    if (holdsBytes(value)) return `X'${hexOf(value)}'`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and Control-Z are what a client may stumble over.
    return /[\\\0\x1a]/.test(value) ? `_utf8mb4 X'${hexOf(value)}'` : `'${value.replaceAll("'", "''")}'`;
  },
};
