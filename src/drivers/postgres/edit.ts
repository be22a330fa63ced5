import type { ColumnInfo, TakenBy } from '../../events/catalogue.ts';
import type { Cell, RowChange } from '../../events/edit.ts';
import { POSTGRES_DIALECT, quoted } from '../../events/engines/postgres-dialect.ts';
import { hexOf, holdsBytes } from '../../events/utf8-text.ts';
import type { Edit, Params, Statement } from '../driver.ts';
import { BUILTIN_TYPES } from './builtin-types.ts';

const BUILTIN_NAMES: ReadonlySet<string> = new Set(BUILTIN_TYPES.values());

/**
 * The statements of a change. Values are parameters without a type, so that the server reads each as its column's own input
 * function does, which takes what the output function wrote.
 *
 * The key is compared as its type, so that its index finds the row. A type without an equality of its own (a composite, regclass) borrows
 * that of another, so there the value is cast, or the server would read it as the other's. Old values are compared as text: not every type has an
 * equality, and some call different values equal (numeric 1.0 and 1.00, a box by its area). `format('%s', …)` is a value's
 * output function itself; a cast to text is not (char(n) loses its blanks, booleans are spelled out). `IS NULL` looks into a
 * row-valued column; `IS NOT DISTINCT FROM NULL` asks for the column itself, and needs no equality.
 *
 * The row is read back by RETURNING. A rule that acts instead has none (manual, "CREATE RULE"), so there a SELECT by the key does it.
 */
export function editStatement(
  change: RowChange,
  columns: readonly ColumnInfo[],
  takenBy: TakenBy = {},
): Edit {
  const table = `${quoted(change.namespace)}.${quoted(change.collection)}`;
  const by = takenBy[change.change];
  const taken = by === undefined ? {} : { mayBeTaken: by };
  const names = ('returning' in change ? (change.returning ?? []) : []).map(quoted).join(', ');
  const returning = names === '' || by === 'rule' ? '' : `\n  RETURNING ${names}`;
  if (change.change === 'insert') return { ...insertion(table, change, columns, returning), ...taken };
  const params: Params = [];
  const param = parameters(params);
  const set =
    change.change === 'update'
      ? change.values.map(({ column, value }) => `${quoted(column)} = ${param(value)}`).join(', ')
      : '';
  const verb = change.change === 'update' ? `UPDATE ${table}\n  SET ${set}` : `DELETE FROM ${table}`;
  const edit = {
    text: `${verb}\n  WHERE ${isRow(change, param, columns)}${returning}`,
    params,
    findForbidden: forbidden(table, change, columns),
  };
  if (by === undefined) return edit;
  const found: Params = [];
  const find = `SELECT 1 FROM ${table}\n  WHERE ${isRow(change, parameters(found), columns)}\n  FOR UPDATE`;
  const readBack = by === 'rule' && names !== '' ? reading(table, change, names, columns) : null;
  return {
    ...edit,
    ...taken,
    find: { text: find, params: found },
    ...(readBack ? { readBack } : {}),
  };
}

/** Writes values as parameters, in the order in which the parts of a statement are written. */
function parameters(into: Params): (value: string | null) => string {
  return (value) => `$${(into as (string | null)[]).push(value)}`;
}

function insertion(
  table: string,
  { values }: RowChange & { change: 'insert' },
  columns: readonly ColumnInfo[],
  returning: string,
): Statement {
  if (values.length === 0) return { text: `INSERT INTO ${table} DEFAULT VALUES${returning}`, params: [] };
  const names = values.map(({ column }) => quoted(column)).join(', ');
  const given = new Set(values.map(({ column }) => column));
  const overriding = POSTGRES_DIALECT.overriding(columns.filter(({ name }) => given.has(name)));
  const params = values.map(({ value }) => value);
  const places = params.map((_, place) => `$${place + 1}`).join(', ');
  return { text: `INSERT INTO ${table} (${names})${overriding} VALUES (${places})${returning}`, params };
}

/** The condition that a row is the one of the key, and as it was seen. */
function isRow(
  { key, old }: RowChange & { change: 'update' | 'delete' },
  param: (value: string | null) => string,
  columns: readonly ColumnInfo[],
): string {
  const wasSeen = ({ column, value }: Cell): string => {
    if (value === null) return `${quoted(column)} IS NOT DISTINCT FROM NULL`;
    const text = `pg_catalog.format('%s', ${quoted(column)})`;
    // What is no text is no parameter either.
    const isSame = holdsBytes(value)
      ? `pg_catalog.convert_to(${text}, 'SQL_ASCII') = pg_catalog.decode(${param(hexOf(value))}, 'hex')`
      : `${text} = ${param(value)}`;
    return `${quoted(column)} IS DISTINCT FROM NULL AND ${isSame}`;
  };
  const isKey = (cell: Cell): string =>
    cell.value !== null && holdsBytes(cell.value)
      ? wasSeen(cell)
      : `${quoted(cell.column)} = ${param(cell.value)}${castOf(columns, cell.column)}`;
  return [...key.map(isKey), ...old.map(wasSeen)].join('\n  AND ');
}

/** The cast of a key's value to a type that may have no equality of its own. A modifier would change the value. */
function castOf(columns: readonly ColumnInfo[], name: string): string {
  const type = columns.find((column) => column.name === name)?.type ?? 'text';
  if (type.includes('(') || (BUILTIN_NAMES.has(type) && !type.startsWith('reg'))) return '';
  return `::${type}`;
}

/** Finds the row where it is as it was seen, in a table whose policies hold for the current user. */
function forbidden(
  table: string,
  change: RowChange & { change: 'update' | 'delete' },
  columns: readonly ColumnInfo[],
): Statement {
  const params: Params = [];
  const param = parameters(params);
  const isSecured = `pg_catalog.row_security_active(${param(table)}::text)`;
  return {
    text: `SELECT 1 FROM ${table}\n  WHERE ${isSecured}\n  AND ${isRow(change, param, columns)}`,
    params,
  };
}

/** Reads an updated row by the key that it has by now. */
function reading(
  table: string,
  change: RowChange & { change: 'update' | 'delete' },
  names: string,
  columns: readonly ColumnInfo[],
): Statement | null {
  if (change.change === 'delete') return null;
  const params: Params = [];
  const param = parameters(params);
  const key = change.key.map(({ column, value }) => {
    const given = change.values.find((cell) => cell.column === column);
    return `${quoted(column)} = ${param(given ? given.value : value)}${castOf(columns, column)}`;
  });
  return { text: `SELECT ${names} FROM ${table}\n  WHERE ${key.join('\n  AND ')}`, params };
}
