import { literal } from './literal.ts';

/** A table or view in its schema. */
export interface InCollection {
  readonly namespace: string;
  readonly collection: string;
}

/**
 * Before a statement that reads definitions: MariaDB opens each table for them and would wait for whoever has one locked
 * (`CREATE TABLE … SELECT` for as long as it runs). With no wait, what can't be opened has no size and no engine, and a statement
 * about that table alone fails with 1205. MySQL reads its dictionary, and takes this for a comment.
 */
export const NO_WAIT = '/*M! SET STATEMENT lock_wait_timeout = 0, sql_big_selects = 1 FOR */ ';

/** The same for a SELECT. The user's max_join_size is for the user's statements: MySQL takes that by a hint. */
export const READ = `${NO_WAIT}SELECT /*+ SET_VAR(sql_big_selects = 1) */`;

/** Every row, whatever the user has set sql_select_limit to. */
export const ALL_ROWS = 'LIMIT 18446744073709551615';

/** A name's bytes, in whose order lists are: a collation would call some names equal, and a page would end between them. */
export function bytesOf(expression: string): string {
  return `CAST(CONVERT(${expression} USING utf8mb4) AS BINARY)`;
}

/** That two names are the same byte for byte: information_schema's collation takes `Orders` for `orders`, and `á` for `a`. */
export function same(left: string, right: string): string {
  return `${left} = ${right} AND ${bytesOf(left)} = ${bytesOf(right)}`;
}

/**
 * That a column of information_schema holds a name: as the server compares names, by case or not (lower_case_table_names). The
 * plain equality is there for the server to look up that one name instead of all.
 */
export function named(column: string, name: string): string {
  const text = literal(name);
  return `${column} = ${text} AND (@@lower_case_table_names <> 0 OR ${bytesOf(column)} = CAST(${text} AS BINARY))`;
}

/** The condition that picks a collection's rows of a table of information_schema. */
export function ofCollection(alias: string, { namespace, collection }: InCollection): string {
  return `${named(`${alias}.TABLE_SCHEMA`, namespace)} AND ${named(`${alias}.TABLE_NAME`, collection)}`;
}
