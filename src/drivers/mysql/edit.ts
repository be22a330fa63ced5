import { createHash } from 'node:crypto';
import { baseType } from '../../events/base-type.ts';
import type { ColumnInfo } from '../../events/catalogue.ts';
import type { Cell, RowChange } from '../../events/edit.ts';
import { quoted } from '../../events/engines/mysql-dialect.ts';
import { HEX_TEXT, isBinaryType } from '../../events/engines/mysql-rows.ts';
import { hexOf, holdsBytes } from '../../events/utf8-text.ts';
import { DriverError, type Edit, type Statement } from '../driver.ts';

/** Values longer than this, in UTF-16 units, are compared by their hash. */
const HASHED_UNITS_MIN = 4096;
const GEOMETRY: ReadonlySet<string> = new Set([
  ...['geometry', 'geometrycollection', 'geomcollection', 'point', 'linestring', 'polygon'],
  ...['multipoint', 'multilinestring', 'multipolygon'],
]);
/** Types that no equality finds by the text they print: six digits of a FLOAT, bytes against a number, a document. */
const NO_EQUALITY: ReadonlySet<string> = new Set(['float', 'bit', 'json', 'vector', ...GEOMETRY]);
/** A date with a zero part can't be compared with in strict mode. */
const NO_DATE = /^0000-|-00/;
const DATES: ReadonlySet<string> = new Set(['date', 'datetime', 'timestamp']);
/** A BIT as statements write it: a whole number, or its bits (MySQL manual, "Bit-Value Literals"). BIT(64) is the longest. */
const BIT_TEXT = /^(?:\d{1,20}|b'[01]{1,64}')$/i;
/** A vector as VECTOR_TO_STRING() and VEC_ToText() write it. */
const VECTOR_TEXT = /^\s*\[/;

/**
 * The statement of a change. Values are parameters, written as text from which the server makes the column's type, as it made
 * the text from it; bytes are written by their digits.
 *
 * The key is compared as its type, so that its index finds the row, and then, like every old value, byte for byte in the text
 * that the server prints: an equality of its own would take 'a' for 'A' and 'a ', and a number for its neighbour beyond
 * 2^53. The index's comparison is `<=>`: the optimizer puts a column's constant in the place of the column where `=` says what it
 * is, and the text of 7 is not that of a zerofilled 7.
 */
export function editStatement(change: RowChange, columns: readonly ColumnInfo[]): Edit {
  const edit = new Writer(columns);
  const table = `${quoted(change.namespace)}.${quoted(change.collection)}`;
  if (change.change === 'insert') {
    const names = change.values.map(({ column }) => quoted(column)).join(', ');
    const values = change.values.map((cell) => edit.written(cell)).join(', ');
    const text = `INSERT INTO ${table} (${names}) VALUES (${values})`;
    const read = readBack(table, change, columns);
    return { text: read.readBack ? text : `${text}${returning(change)}`, params: edit.params, ...read };
  }
  const verb =
    change.change === 'delete'
      ? `DELETE FROM ${table}`
      : `UPDATE ${table}\n  SET ${change.values.map((cell) => `${quoted(cell.column)} = ${edit.written(cell)}`).join(', ')}`;
  const text = `${verb}\n  WHERE ${seenRow(change, edit)}`;
  const finder = new Writer(columns);
  const find = `SELECT 1 FROM ${table}\n  WHERE ${seenRow(change, finder)}\n  LIMIT 2 FOR UPDATE`;
  return {
    // Not every engine can take a change back, and FLOAT keys may print alike: the rows are counted before any is changed.
    find: { text: find, params: finder.params },
    text,
    params: edit.params,
    ...readBack(table, change, columns),
  };
}

/** The condition that a row is the one that was seen, as it was seen. */
function seenRow({ key, old }: Exclude<RowChange, { change: 'insert' }>, writer: Writer): string {
  const conditions = [
    ...key.flatMap((cell) => [...writer.found(cell), writer.wasSeen(cell)]),
    ...old.map((cell) => writer.wasSeen(cell)),
  ];
  return conditions.join('\n  AND ');
}

/**
 * Has MariaDB give the inserted row whose key only the server knows, such as a DEFAULT (UUID()). MySQL has no RETURNING and takes the
 * comment for one, so that there the row is not known (MariaDB manual, "INSERT...RETURNING", "Comment Syntax").
 */
function returning({ returning = [] }: RowChange & { change: 'insert' }): string {
  return returning.length === 0 ? '' : `\n  /*M!100500 RETURNING ${returning.map(quoted).join(', ')} */`;
}

/**
 * Reads the row that a change left by its key, as triggers, defaults and ON UPDATE may have filled it. None where its key is not
 * known: a default other than AUTO_INCREMENT, or a new value that no equality finds.
 */
function readBack(
  table: string,
  change: RowChange,
  columns: readonly ColumnInfo[],
): { readonly readBack?: Statement } {
  if (change.change === 'delete' || !change.returning || change.returning.length === 0) return {};
  const writer = new Writer(columns);
  const conditions: string[] = [];
  const values = new Map(change.values.map((cell) => [cell.column, cell]));
  for (const column of columns.filter(({ primaryKey }) => primaryKey !== null)) {
    const { name } = column;
    const written = values.get(name);
    const seen = change.change === 'update' ? change.key.find((cell) => cell.column === name) : undefined;
    if (seen && !written) conditions.push(...writer.found(seen), writer.wasSeen(seen));
    else if ((written?.value ?? null) === null && column.default === 'AUTO_INCREMENT')
      conditions.push(`${quoted(name)} = LAST_INSERT_ID()`);
    else {
      const found = written ? writer.found(written) : [];
      // AUTO_INCREMENT makes a number of 0 too, unless sql_mode says not to.
      const isMade = column.default === 'AUTO_INCREMENT' && Number(written?.value) === 0;
      if (found.length === 0 || isMade) return {};
      conditions.push(...found);
    }
  }
  if (conditions.length === 0) return {};
  const text = `SELECT ${change.returning.map(quoted).join(', ')} FROM ${table}\n  WHERE ${conditions.join('\n  AND ')}`;
  return { readBack: { text, params: writer.params } };
}

/** Collects a statement's parameters in the order in which its parts are written. */
class Writer {
  readonly params: (string | null)[] = [];

  constructor(private readonly columns: readonly ColumnInfo[]) {}

  /** A value as it is stored. */
  written(cell: Cell): string {
    const { column, value } = cell;
    if (value !== null && isBinaryType(this.typeOf(cell))) return this.bytes(cell);
    if (value !== null && holdsBytes(value)) throw notText(column);
    return this.param(value);
  }

  /** What an index can find a key by; nothing where its type has no such equality. */
  found(cell: Cell): string[] {
    const type = baseType(this.typeOf(cell));
    const { value } = cell;
    if (value === null || holdsBytes(value) || NO_EQUALITY.has(type)) return [];
    if (DATES.has(type) && NO_DATE.test(value)) return [];
    return [`${quoted(cell.column)} <=> ${this.written(cell)}`];
  }

  /** That a value still prints as it was seen. */
  wasSeen(cell: Cell): string {
    const name = quoted(cell.column);
    const type = baseType(this.typeOf(cell));
    // IS NULL also finds dates that are zero, and not every type has a <=>.
    if (cell.value === null) return DATES.has(type) ? `${name} <=> NULL` : `${name} IS NULL`;
    if (GEOMETRY.has(type) || type === 'vector') return this.equal(`HEX(${name})`, digits(cell, type), '?');
    if (isBinaryType(type)) return this.equal(`CAST(${name} AS BINARY)`, digits(cell, type), 'UNHEX(?)');
    if (holdsBytes(cell.value)) return this.equal(`CAST(${name} AS BINARY)`, hexOf(cell.value), 'UNHEX(?)');
    return this.equal(`CAST(CONVERT(${name} USING utf8mb4) AS BINARY)`, cell.value, '?');
  }

  /** Long values are compared by their hash, so that a large column does not make a large statement. */
  private equal(expression: string, text: string, written: '?' | 'UNHEX(?)'): string {
    const isLong = text.length > HASHED_UNITS_MIN;
    const bytes = isLong ? Buffer.from(text, written === '?' ? 'utf8' : 'hex') : null;
    this.params.push(bytes ? createHash('sha256').update(bytes).digest('hex') : text);
    return bytes ? `SHA2(${expression}, 256) = ?` : `${expression} = ${written}`;
  }

  private typeOf({ column }: Cell): string {
    return this.columns.find(({ name }) => name === column)?.type ?? '';
  }

  private bytes(cell: Cell): string {
    return `UNHEX(${this.param(digits(cell, baseType(this.typeOf(cell))))})`;
  }

  private param(value: string | null): string {
    this.params.push(value);
    return '?';
  }
}

/** The digits of `0x…`, as HEX() writes them, and those of a vector's text and of a BIT's number. @throws DriverError */
function digits({ column, value }: Cell, type: string): string {
  if (value !== null && HEX_TEXT.test(value)) return value.slice(2).toUpperCase();
  if (value !== null && type === 'vector' && VECTOR_TEXT.test(value)) return vectorDigits(column, value);
  if (value !== null && type === 'bit' && BIT_TEXT.test(value)) return bitDigits(value);
  throw new DriverError({
    code: 'edit.notHex',
    source: 'client',
    message: `${column} holds bytes, and ${JSON.stringify(value?.slice(0, 40) ?? null)} is not their text.`,
    advice: `Write bytes as 0x and pairs of hexadecimal digits: 0x48656C6C6F.${type === 'bit' ? ' Or write a BIT as a whole number: 5.' : ''}`,
  });
}

function bitDigits(text: string): string {
  const digits = BigInt(text.replace(/^b'(.*)'$/i, '0b$1'))
    .toString(16)
    .toUpperCase();
  return digits.padStart(digits.length + (digits.length % 2), '0');
}

/** A VECTOR's bytes: its numbers as FLOATs, little-endian (MySQL manual, "The VECTOR Type"). @throws DriverError */
function vectorDigits(column: string, text: string): string {
  const numbers = numbersOf(text);
  if (!numbers)
    throw new DriverError({
      code: 'edit.notVector',
      source: 'client',
      message: `${column} is a vector, and ${JSON.stringify(text.slice(0, 40))} is not a list of numbers that a FLOAT can hold.`,
      advice: 'Write a vector as [1,2.5,-3], or its bytes as 0x and pairs of hexadecimal digits.',
    });
  const bytes = Buffer.alloc(numbers.length * FLOAT_BYTES);
  for (const [at, number] of numbers.entries()) bytes.writeFloatLE(number, at * FLOAT_BYTES);
  return bytes.toString('hex').toUpperCase();
}

const FLOAT_BYTES = 4;

function numbersOf(text: string): readonly number[] | null {
  try {
    const list: unknown = JSON.parse(text);
    const isFloat = (one: unknown): one is number =>
      typeof one === 'number' && Number.isFinite(Math.fround(one));
    return Array.isArray(list) && list.length > 0 && list.every(isFloat) ? list : null;
  } catch {
    return null;
  }
}

function notText(column: string): DriverError {
  return new DriverError({
    code: 'edit.notText',
    source: 'client',
    message: `The value of ${column} holds bytes that are not UTF-8, so it is not text that can be written.`,
    advice: 'Write the statement by hand, with the bytes in hexadecimal.',
  });
}
