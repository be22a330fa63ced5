import type { Engine } from './capabilities.ts';
import type { StatementRange } from './statement-range.ts';
import { splitMongodb } from './statements-mongodb.ts';
import { splitMysql } from './statements-mysql.ts';
import { splitPostgres } from './statements-postgres.ts';

const SPLITTERS: Readonly<Record<Engine, (text: string) => StatementRange[]>> = {
  postgres: splitPostgres,
  mysql: splitMysql,
  mariadb: splitMysql,
  mongodb: splitMongodb,
};

/**
 * Splits a text into its statements by the engine's own lexer. Used by the server that runs them and by the page that marks
 * the one under the cursor, so that both mean the same.
 */
export function splitStatements(engine: Engine, text: string): StatementRange[] {
  return SPLITTERS[engine](text);
}

/** The statement that `position` is in or behind, up to the next one; undefined in a text without any. */
export function statementAt(ranges: readonly StatementRange[], position: number): StatementRange | undefined {
  return ranges.findLast((range) => range.start <= position) ?? ranges[0];
}
