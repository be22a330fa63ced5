import { isJsonNumber } from '../formats/json-number.ts';
import type { SqlDialect } from '../formats/sql-dialect.ts';
import { hexOf, holdsBytes } from '../utf8-text.ts';
import { HEX_TEXT, isBinaryType } from './mysql-rows.ts';
import { MYSQL_RESERVED, SQL_RESERVED } from './sql-reserved-words.ts';

/** A name in quotes, which reads the same whatever sql_mode says (MySQL manual, "Schema Object Names"). */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A name as MySQL reads it back: quoted where it is not a plain name or may be a reserved word. */
export function readableName(name: string): string {
  const word = name.toLowerCase();
  const isPlain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
  return isPlain && !SQL_RESERVED.has(word) && !MYSQL_RESERVED.has(word) ? name : quoted(name);
}

/**
 * MySQL manual, "Literal Values" and "Server SQL Modes". What is written reads the same under ANSI_QUOTES and
 * NO_BACKSLASH_ESCAPES: names stand in backticks, and a text that holds what the modes read differently is written by the
 * bytes of its characters.
 */
export const MYSQL_DIALECT: SqlDialect = {
  identifier: quoted,
  readable: readableName,
  literal(value, column) {
    if (value === null) return 'NULL';
    // A bare -0 is the integer 0: a float's would lose its sign.
    if (column.numeric && isJsonNumber(value) && !Object.is(Number(value), -0)) return value;
    if (isBinaryType(column.type) && HEX_TEXT.test(value)) return `X'${value.slice(2)}'`;
    if (holdsBytes(value)) return `X'${hexOf(value)}'`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and Control-Z are what a client may stumble over, and it makes \n of \r\n.
    return /[\\\0\r\x1a]/.test(value) ? `_utf8mb4 X'${hexOf(value)}'` : `'${value.replaceAll("'", "''")}'`;
  },
  doubt: () => '',
  zeroSetting: (column) =>
    column.default === 'AUTO_INCREMENT' ? "sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')" : null,
  overriding: () => '',
};
