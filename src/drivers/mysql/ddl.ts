import type { CataloguePage } from '../../events/catalogue.ts';
import { quoted } from '../../events/engines/mysql-dialect.ts';
import type { CatalogueStatement } from '../driver.ts';
import { literal } from './literal.ts';
import { ALL_ROWS, bytesOf, type InCollection, NO_WAIT, named, READ } from './names.ts';

/**
 * The statements that make a table or a view again: SHOW CREATE TABLE, which knows views too, and each trigger of the table. A
 * user without the TRIGGER privilege is shown none.
 */
export function ddlStatement(place: InCollection): CatalogueStatement {
  return {
    text: `${NO_WAIT}SHOW CREATE TABLE ${quoted(place.namespace)}.${quoted(place.collection)}`,
    read: (rows) => ddlPage(created(rows)),
    next: (rows, columns) => (columns[0]?.name === 'Table' ? triggers(place, created(rows)) : null),
  };
}

/** The second column is the statement, for a table and for a view. */
function created(rows: readonly (readonly (string | null)[])[]): string {
  const statement = rows[0]?.[1];
  return statement ? `${statement};\n` : '';
}

function ddlPage(ddl: string): CataloguePage {
  return { ddl, more: false };
}

interface Trigger {
  readonly name: string;
  /** The mode that its text means what it says under, where the session's is another. */
  readonly sqlMode: string | null;
}

function triggers({ namespace, collection }: InCollection, table: string): CatalogueStatement {
  const text = `${READ} g.TRIGGER_NAME, IF(g.SQL_MODE = @@SESSION.sql_mode, NULL, g.SQL_MODE)
    FROM information_schema.TRIGGERS g
    WHERE ${named('g.EVENT_OBJECT_SCHEMA', namespace)} AND ${named('g.EVENT_OBJECT_TABLE', collection)}
    ORDER BY g.ACTION_TIMING, g.EVENT_MANIPULATION, g.ACTION_ORDER, ${bytesOf('g.TRIGGER_NAME')} ${ALL_ROWS}`;
  return {
    text,
    read: () => ddlPage(table),
    next: (rows) => {
      const [first, ...rest] = rows.map(([name, sqlMode]) => ({ name: name!, sqlMode: sqlMode ?? null }));
      return first ? trigger(namespace, first, rest, table) : null;
    },
  };
}

/** Reads one trigger after another, and writes each behind what there is. */
function trigger(
  namespace: string,
  { name, sqlMode }: Trigger,
  rest: readonly Trigger[],
  before: string,
): CatalogueStatement {
  const written = (rows: readonly (readonly (string | null)[])[]): string => {
    const statement = rows[0]?.[2];
    return `${before}\n${statement ? triggerText(statement, sqlMode) : `-- The trigger ${name} may not be read.\n`}`;
  };
  return {
    text: `${NO_WAIT}SHOW CREATE TRIGGER ${quoted(namespace)}.${quoted(name)}`,
    read: (rows) => ddlPage(written(rows)),
    next: (rows) => {
      const [first, ...others] = rest;
      return first ? trigger(namespace, first, others, written(rows)) : null;
    },
  };
}

/** A body may hold semicolons, so that a client needs a delimiter where it ends. */
function triggerText(statement: string, sqlMode: string | null): string {
  let end = '$$';
  while (statement.includes(end)) end += '$';
  const mode = sqlMode === null ? null : literal(sqlMode);
  const statements =
    mode === null
      ? [statement]
      : [
          `SET @querytape_sql_mode = @@SESSION.sql_mode, SESSION sql_mode = ${mode}`,
          statement,
          'SET SESSION sql_mode = @querytape_sql_mode',
        ];
  const lines = statements.map((text) => `${text} ${end}\n`).join('');
  return `DELIMITER ${end}\n${lines}DELIMITER ;\n`;
}
