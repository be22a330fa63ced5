import type { Origin } from '../../events/result.ts';
import { ORIGIN_AGE_MAX_MS, ORIGIN_DOUBT_MS, TABLES_KNOWN_MAX } from '../limits.ts';
import type { FieldDescription } from './types.ts';
import { FIRST_USER_OID } from './types.ts';

interface Table {
  readonly namespace: string;
  readonly collection: string;
  /** Columns by pg_attribute.attnum. */
  readonly columns: ReadonlyMap<number, string>;
  /** When it was read, in milliseconds of the monotonic clock. */
  readonly readAt: number;
}

/**
 * Which tables the columns of results are of, by pg_class.oid, which is all that RowDescription says. A table that is met for
 * the first time is read once its statement has ended. What is known is forgotten after a command that may rename. Other sessions
 * rename too: a table is read again where a result's heading is not the column's name, and else once it was read a while ago. An
 * edit compares the numbers with the catalogue (`Origin.identity`), so a name that is out of date never names another column.
 */
export class ColumnOrigins {
  private readonly tables = new Map<number, Table | null>();
  private readonly missed = new Set<number>();

  constructor(private readonly now: () => number = () => performance.now()) {}

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
    const readAt = this.now();
    for (const [oid, namespace, collection, number, column] of rows) {
      const known = this.tables.get(Number(oid));
      const columns = new Map(known?.columns).set(Number(number), column!);
      this.tables.set(Number(oid), { namespace: namespace!, collection: collection!, columns, readAt });
    }
  }

  forget(): void {
    this.tables.clear();
  }

  /** Where a field comes from; undefined for an expression, a system table's column and a table not yet known. */
  of({ name, tableID, columnID }: FieldDescription): Origin | undefined {
    if (tableID < FIRST_USER_OID) return undefined;
    const table = this.tables.get(tableID);
    const column = table?.columns.get(columnID);
    const isStale =
      table && this.now() - table.readAt > (column === name ? ORIGIN_AGE_MAX_MS : ORIGIN_DOUBT_MS);
    if (table === undefined || isStale) this.missed.add(tableID);
    if (!table || column === undefined) return undefined;
    const { namespace, collection } = table;
    return { namespace, collection, column, identity: `${tableID}.${columnID}` };
  }
}
