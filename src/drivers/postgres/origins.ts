import { TABLES_KNOWN_MAX } from '../../events/limits.ts';
import type { Origin } from '../../events/result.ts';
import type { FieldDescription } from './types.ts';
import { FIRST_USER_OID } from './types.ts';

interface Table {
  readonly namespace: string;
  readonly collection: string;
  /** Columns by pg_attribute.attnum. */
  readonly columns: ReadonlyMap<number, string>;
}

/**
 * Which tables the columns of results are of, by pg_class.oid, which is all that RowDescription says. A table that is met for
 * the first time is read once its statement has ended. What is known is forgotten after a command that may rename; a rename
 * by another session is found when an edit meets the catalogue.
 */
export class Origins {
  private readonly tables = new Map<number, Table | null>();
  private readonly missed = new Set<number>();

  /** Reads what was met and not known; null when there is nothing to read. */
  get missedText(): string | null {
    if (this.missed.size === 0) return null;
    return `select c.oid::pg_catalog.text, n.nspname, c.relname, a.attnum::pg_catalog.text, a.attname
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.oid in (${[...this.missed].join(', ')}) and c.relkind in ('r', 'p', 'f')`;
  }

  /** Takes the rows of the statement above. What it did not find is no table, and is not asked for again. */
  learn(rows: readonly (readonly (string | null)[])[]): void {
    if (this.tables.size + this.missed.size > TABLES_KNOWN_MAX) this.tables.clear();
    for (const oid of this.missed) this.tables.set(oid, null);
    this.missed.clear();
    for (const [oid, namespace, collection, number, column] of rows) {
      const known = this.tables.get(Number(oid));
      const columns = new Map(known?.columns).set(Number(number), column!);
      this.tables.set(Number(oid), { namespace: namespace!, collection: collection!, columns });
    }
  }

  forget(): void {
    this.tables.clear();
  }

  /** Where a field comes from; undefined for an expression, a system table's column and a table not yet known. */
  of({ tableID, columnID }: FieldDescription): Origin | undefined {
    if (tableID < FIRST_USER_OID) return undefined;
    const table = this.tables.get(tableID);
    if (table === undefined) this.missed.add(tableID);
    const column = table?.columns.get(columnID);
    return table && column !== undefined
      ? { namespace: table.namespace, collection: table.collection, column }
      : undefined;
  }
}
