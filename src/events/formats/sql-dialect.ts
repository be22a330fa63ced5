import type { ColumnInfo } from '../catalogue.ts';
import type { Column } from '../result.ts';

/** How an engine writes names and values in SQL. */
export interface SqlDialect {
  /** A name in quotes. */
  identifier(name: string): string;
  /** A name as it is read back: in quotes where it needs them. */
  readable(name: string): string;
  /** A value in the server's own text as a literal that a column of that type takes; null is NULL. */
  literal(value: string | null, column: Column): string;
  /** What an INSERT that gives these columns says before VALUES; empty for nothing. */
  overriding(columns: readonly ColumnInfo[]): string;
}
