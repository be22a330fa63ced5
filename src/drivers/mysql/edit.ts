import { createHash } from 'node:crypto';
import type { ColumnInfo } from '../../events/catalogue.ts';
import type { Cell, RowChange } from '../../events/edit.ts';
import { HEX_TEXT, isBinaryType } from '../../events/rows-mysql.ts';
import { DriverError, type Params } from '../driver.ts';
import { quoted } from './quoting.ts';

/** Values longer than this, in UTF-16 units, are compared by their hash. */
const HASHED_UNITS_MIN = 4096;
/** Types that `=` can't find by the text they print: six digits of a FLOAT, bytes against a number, a document, a shape. */
const NO_EQUALITY = /^(?:float|bit|json|geometry|geom|(?:multi)?(?:point|linestring|polygon))/i;
const GEOMETRY = /^(?:geometry|geom|(?:multi)?(?:point|linestring|polygon))/i;
/** A date that is none can't be compared with in strict mode. */
const NO_DATE = /^0000-|-00/;
const OF_TIME = /^(?:date|timestamp)/i;

/**
 * The statement of a change. Values are parameters, written as text from which the server makes the column's type, as it made
 * the text from it; bytes are written by their digits.
 *
 * The key is compared as its type, so that its index finds the row, and then, like every old value, byte for byte in the text
 * that the server prints: an equality of its own would take 'a' for 'A' and 'a ', and a number for its neighbour beyond
 * 2^53. `<=> NULL`, as `IS NULL` also finds dates that are zero.
 */
export function editStatement(
  change: RowChange,
  columns: readonly ColumnInfo[],
): { readonly text: string; readonly params: Params } {
  const edit = new Edit(columns);
  const table = `${quoted(change.namespace)}.${quoted(change.collection)}`;
  if (change.change === 'insert') {
    const names = change.values.map(({ column }) => quoted(column)).join(', ');
    const values = change.values.map((cell) => edit.written(cell)).join(', ');
    return { text: `INSERT INTO ${table} (${names}) VALUES (${values})`, params: edit.params };
  }
  const verb =
    change.change === 'delete'
      ? `DELETE FROM ${table}`
      : `UPDATE ${table}\n  SET ${change.values.map((cell) => `${quoted(cell.column)} = ${edit.written(cell)}`).join(', ')}`;
  const where = [
    ...change.key.flatMap((cell) => [...edit.found(cell), edit.wasSeen(cell)]),
    ...change.old.map((cell) => edit.wasSeen(cell)),
  ].join('\n  AND ');
  return { text: `${verb}\n  WHERE ${where}`, params: edit.params };
}

/** Collects a statement's parameters in the order in which its parts are written. */
class Edit {
  readonly params: (string | null)[] = [];

  constructor(private readonly columns: readonly ColumnInfo[]) {}

  /** A value as it is stored. */
  written(cell: Cell): string {
    return cell.value !== null && isBinaryType(this.typeOf(cell)) ? this.bytes(cell) : this.param(cell.value);
  }

  /** What an index can find a key by; nothing where its type has no such equality. */
  found(cell: Cell): string[] {
    const type = this.typeOf(cell);
    const { value } = cell;
    if (value === null || NO_EQUALITY.test(type) || (OF_TIME.test(type) && NO_DATE.test(value))) return [];
    return [`${quoted(cell.column)} = ${this.written(cell)}`];
  }

  /** That a value still prints as it was seen. */
  wasSeen(cell: Cell): string {
    const name = quoted(cell.column);
    const type = this.typeOf(cell);
    if (cell.value === null) return `${name} <=> NULL`;
    if (GEOMETRY.test(type)) return this.equal(`HEX(${name})`, digits(cell), '?');
    if (isBinaryType(type)) return this.equal(`CAST(${name} AS BINARY)`, digits(cell), 'UNHEX(?)');
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
    return `UNHEX(${this.param(digits(cell))})`;
  }

  private param(value: string | null): string {
    this.params.push(value);
    return '?';
  }
}

/** The digits of `0x…`, as HEX() writes them. @throws DriverError */
function digits({ column, value }: Cell): string {
  if (value !== null && HEX_TEXT.test(value)) return value.slice(2).toUpperCase();
  throw new DriverError({
    code: 'edit.notHex',
    source: 'client',
    message: `${column} holds bytes, and ${JSON.stringify(value?.slice(0, 40) ?? null)} is not their text.`,
    advice: 'Write bytes as 0x and pairs of hexadecimal digits: 0x48656C6C6F.',
  });
}
