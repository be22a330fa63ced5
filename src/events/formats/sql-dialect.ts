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
  /** A comment on values of these columns that no setting makes sure to be read back as they are; empty where all are. */
  doubt(columns: readonly Column[]): string;
  /** The setting without which a server stores another number where this column is given 0; null where it stores 0. */
  zeroSetting(column: ColumnInfo): string | null;
  /** What an INSERT that gives these columns says before VALUES; empty for nothing. */
  overriding(columns: readonly ColumnInfo[]): string;
}
