import { isJsonNumber } from '../formats/json-number.ts';
import type { SqlDialect } from '../formats/sql-dialect.ts';
import { holdsBytes, visibleText } from '../utf8-text.ts';
import { SQL_RESERVED } from './sql-reserved-words.ts';

/** A name in quotes, which reads the same whatever its letters (PostgreSQL manual, "Identifiers and Key Words"). */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name as PostgreSQL reads it back: quoted where it would be folded or is not a plain name. */
export function readableName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !SQL_RESERVED.has(name) ? name : quoted(name);
}

/** Types that take a bare number as it is: of others some have no cast from it, and a float's `-0` would lose its sign. */
const EXACT_NUMBER_TYPE = /^(?:smallint|integer|bigint|numeric)\b/;

/** Types whose text ends in the abbreviation of a zone where the setting that begins so is not ISO. */
const ZONED_TYPE = /^timestamp.* with time zone|^tstz/;
const DATES = 'DateStyle';

/** How a column is called, in place of a default, that no INSERT may give a value without saying so (manual, "INSERT"). */
export const IDENTITY_ALWAYS = 'GENERATED ALWAYS AS IDENTITY';

/**
 * PostgreSQL manual, "Lexical Structure". A quoted literal is read by the column's own input function, and so is exact. It reads
 * the same with `standard_conforming_strings` on and off.
 */
export const POSTGRES_DIALECT: SqlDialect = {
  identifier: quoted,
  readable: readableName,
  literal(value, column) {
    if (value === null) return 'NULL';
    if (EXACT_NUMBER_TYPE.test(column.type) && isJsonNumber(value)) return value;
    const text = value.replaceAll("'", "''");
    // Bytes of a SQL_ASCII database that are not UTF-8 become \xC3, which means that byte.
    return text.includes('\\') || holdsBytes(text)
      ? `E'${visibleText(text.replaceAll('\\', '\\\\'))}'`
      : `'${text}'`;
  },
  doubt: (columns) =>
    columns.some(
      ({ type, printedBy }) => ZONED_TYPE.test(type) && printedBy?.some((one) => one.startsWith(DATES)),
    )
      ? '-- Times end in the abbreviation of a zone, which another session may read as another zone. DateStyle ISO has none.\n'
      : '',
  zeroSetting: () => null,
  overriding: (columns) =>
    columns.some((column) => column.default === IDENTITY_ALWAYS) ? ' OVERRIDING SYSTEM VALUE' : '',
};
