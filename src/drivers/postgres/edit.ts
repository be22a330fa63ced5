import type { ColumnInfo } from '../../events/catalogue.ts';
import type { Cell, RowChange } from '../../events/edit.ts';
import type { Params } from '../driver.ts';

/** An identifier that reads the same whatever its letters (PostgreSQL manual, "Identifiers and Key Words"). */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The statement of a change. Values are parameters without a type, so that the server reads each as its column's own input
 * function does, which takes what the output function wrote.
 *
 * The key is compared as its type, so that its index finds the row. Old values are compared as text: not every type has an
 * equality, and some call different values equal (numeric 1.0 and 1.00, a box by its area). `format('%s', …)` is a value's
 * output function itself; a cast to text is not (char(n) loses its blanks, booleans are spelled out). `IS NULL` looks into a
 * row-valued column; `IS NOT DISTINCT FROM NULL` asks for the column itself, and needs no equality.
 */
export function editStatement(
  change: RowChange,
  columns: readonly ColumnInfo[],
): { readonly text: string; readonly params: Params } {
  const params: (string | null)[] = [];
  const param = (value: string | null): string => `$${params.push(value)}`;
  const table = `${quoted(change.namespace)}.${quoted(change.collection)}`;
  if (change.change === 'insert') {
    const { values } = change;
    if (values.length === 0) return { text: `INSERT INTO ${table} DEFAULT VALUES`, params };
    const names = values.map(({ column }) => quoted(column)).join(', ');
    const overriding = values.some(({ column }) => isIdentity(columns, column))
      ? ' OVERRIDING SYSTEM VALUE'
      : '';
    const given = values.map(({ value }) => param(value)).join(', ');
    return { text: `INSERT INTO ${table} (${names})${overriding} VALUES (${given})`, params };
  }
  const set =
    change.change === 'update'
      ? change.values.map(({ column, value }) => `${quoted(column)} = ${param(value)}`).join(', ')
      : '';
  const wasSeen = ({ column, value }: Cell): string =>
    value === null
      ? `${quoted(column)} IS NOT DISTINCT FROM NULL`
      : `${quoted(column)} IS DISTINCT FROM NULL AND pg_catalog.format('%s', ${quoted(column)}) = ${param(value)}`;
  const where = [
    ...change.key.map(({ column, value }) => `${quoted(column)} = ${param(value)}`),
    ...change.old.map(wasSeen),
  ].join('\n  AND ');
  const verb = change.change === 'update' ? `UPDATE ${table}\n  SET ${set}` : `DELETE FROM ${table}`;
  return { text: `${verb}\n  WHERE ${where}`, params };
}

function isIdentity(columns: readonly ColumnInfo[], name: string): boolean {
  return columns.find((column) => column.name === name)?.default === IDENTITY_ALWAYS;
}

/** How the catalogue says that a column is an identity that takes no value of an insert's own. */
export const IDENTITY_ALWAYS = 'GENERATED ALWAYS AS IDENTITY';
