import type { Column } from '../../events/result.ts';
import type { ColumnDefinition } from './protocol.ts';

/** Numbers of types in the protocol (MySQL source, field_types.h, enum_field_types). */
const TYPE = {
  decimal: 0,
  float: 4,
  double: 5,
  bit: 16,
  vector: 242,
  json: 245,
  newDecimal: 246,
  enum: 247,
  set: 248,
  tinyBlob: 249,
  blob: 252,
  varString: 253,
  string: 254,
  geometry: 255,
  varchar: 15,
} as const;

/** Integers by their number, without a width. */
const INTEGERS: Readonly<Record<number, string>> = {
  1: 'tinyint',
  2: 'smallint',
  3: 'int',
  8: 'bigint',
  9: 'mediumint',
};
/** Types of time; those that have a precision say it in their decimals. */
const TIMES: Readonly<Record<number, string>> = {
  7: 'timestamp',
  10: 'date',
  11: 'time',
  12: 'datetime',
  14: 'date',
};
const NULL_TYPE = 6;
const YEAR = 13;
/** Stored as an instant, printed in the session's time zone. */
const TIMESTAMP = 7;

/** Flags of a column (MySQL source, mysql_com.h). */
const FLAG = { unsigned: 0x20, zerofill: 0x40, enum: 0x100, set: 0x800 } as const;

/** The collation of what is no text. */
const BINARY = 63;
/** Bytes that a character of utf8mb4 can take, by which the server multiplies lengths. */
const CHARACTER_BYTES = 4;
/** Decimals of a float or double without a fixed number of them (NOT_FIXED_DEC). */
const NOT_FIXED = 31;

/** Bytes that text of each size can have, as the protocol says it for utf8mb4. */
const SIZES: readonly (readonly [bytes: number, prefix: string])[] = [
  [255, 'tiny'],
  [65_535, ''],
  [16_777_215, 'medium'],
];

/**
 * A column's type as SHOW COLUMNS writes it, as far as the protocol tells: not the members of an ENUM, and integers without
 * the width that MySQL 8 no longer has either, but for `tinyint(1)`. Values without a character set are named by the types
 * whose text is hexadecimal (`isBinaryType`), and no others are.
 */
export function typeText(definition: ColumnDefinition): string {
  const { type, flags, length, decimals, charset } = definition;
  const named = namedType(definition);
  if (named) return named;
  const sign = flags & FLAG.unsigned ? (flags & FLAG.zerofill ? ' unsigned zerofill' : ' unsigned') : '';
  const integer = INTEGERS[type];
  if (integer) return `${integer}${hasWidth(definition) ? `(${length})` : ''}${sign}`;
  const time = TIMES[type];
  if (time) return decimals > 0 && decimals < NOT_FIXED ? `${time}(${decimals})` : time;
  switch (type) {
    case TYPE.decimal:
    case TYPE.newDecimal:
      return `decimal(${length - (decimals > 0 ? 1 : 0) - (sign ? 0 : 1)},${decimals})${sign}`;
    case TYPE.float:
    case TYPE.double: {
      const name = type === TYPE.float ? 'float' : 'double';
      return `${name}${decimals < NOT_FIXED ? `(${length},${decimals})` : ''}${sign}`;
    }
    case TYPE.bit:
      return `bit(${length})`;
    case TYPE.vector:
      return 'vector';
    case NULL_TYPE:
      return 'null';
    case YEAR:
      return 'year';
  }
  return stringType(type, length, charset === BINARY);
}

/** Types that have a name of their own besides the protocol's number. */
function namedType({ type, flags, extendedType, extendedFormat }: ColumnDefinition): string {
  if (extendedFormat === 'json' || type === TYPE.json) return 'json';
  if (extendedType) return extendedType;
  if (type === TYPE.geometry) return 'geometry';
  if (flags & FLAG.enum || type === TYPE.enum) return 'enum';
  return flags & FLAG.set || type === TYPE.set ? 'set' : '';
}

function hasWidth({ type, flags, length }: ColumnDefinition): boolean {
  return (
    (flags & FLAG.zerofill) !== 0 ||
    (INTEGERS[type] === 'tinyint' && length === 1 && !(flags & FLAG.unsigned))
  );
}

function stringType(type: number, length: number, binary: boolean): string {
  const characters = binary ? length : Math.floor(length / CHARACTER_BYTES);
  if (type >= TYPE.tinyBlob && type <= TYPE.blob) {
    const size = SIZES.find(([bytes]) => characters <= bytes)?.[1] ?? 'long';
    return `${size}${binary ? 'blob' : 'text'}`;
  }
  if (type === TYPE.string) return `${binary ? 'binary' : 'char'}(${characters})`;
  if (type === TYPE.varString || type === TYPE.varchar)
    return `${binary ? 'varbinary' : 'varchar'}(${characters})`;
  return `type ${type}`;
}

/** Types whose values read as numbers. */
const NUMERIC = new Set<number>([
  1,
  2,
  3,
  8,
  9,
  TYPE.decimal,
  TYPE.newDecimal,
  TYPE.float,
  TYPE.double,
  YEAR,
]);

const NONE: ReadonlySet<string> = new Set();

/**
 * A result's columns. `printing` are the settings as its statement began,
 * null where it may have some of its own: a text that can't be read again is no table's own. One that is a table's own says where it comes from; `derived` are names that are no table's. MariaDB says such
 * a name for the table's, MySQL for its alias, beside the table that the column comes from under a name that the statement made.
 */
export function columnsOf(
  definitions: readonly ColumnDefinition[],
  derived: { has(name: string): boolean } = NONE,
  printing: readonly string[] | null = [],
): Column[] {
  return definitions.map((definition) => {
    const { name, type, schema, table, orgTable, orgName } = definition;
    const isPrinted = type === TIMESTAMP && (printing === null || printing.length > 0);
    const column = {
      name,
      type: typeText(definition),
      numeric: NUMERIC.has(type),
      ...(isPrinted && printing ? { printedBy: [...printing] } : {}),
    };
    const isDerived = [table, orgTable].some((one) => derived.has(one.toLowerCase()));
    const isElsewhere = isPrinted && printing === null;
    if (schema === '' || orgTable === '' || orgName === '' || isDerived || isElsewhere) return column;
    return { ...column, origin: { namespace: schema, collection: orgTable, column: orgName } };
  });
}
