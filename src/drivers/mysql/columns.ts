import { baseType } from '../../events/base-type.ts';
import type { CataloguePage, ColumnInfo } from '../../events/catalogue.ts';
import { quoted } from '../../events/engines/mysql-dialect.ts';
import type { CatalogueStatement } from '../driver.ts';
import { ALL_ROWS, type InCollection, NO_WAIT, ofCollection, READ, same } from './names.ts';

type Row = readonly (string | null)[];

/**
 * The columns of a table or view. COLUMN_KEY can't tell the key: a unique index stands there as PRI where there is none. What a
 * comment of MySQL's holds (`/*!80003`), MariaDB does not read: it has no SRS_ID.
 */
export function columnsStatement(place: InCollection): CatalogueStatement {
  const text = `${READ} c.COLUMN_NAME, c.COLUMN_TYPE, c.IS_NULLABLE, k.SEQ_IN_INDEX, c.COLUMN_DEFAULT, c.EXTRA,
      c.ORDINAL_POSITION, t.ENGINE, e.TRANSACTIONS, VERSION() LIKE '%MariaDB%'/*!80003 , c.SRS_ID */
    FROM information_schema.COLUMNS c
    LEFT JOIN information_schema.STATISTICS k ON k.INDEX_NAME = 'PRIMARY' AND ${same('k.COLUMN_NAME', 'c.COLUMN_NAME')}
      AND ${ofCollection('k', place)}
    LEFT JOIN information_schema.TABLES t ON ${ofCollection('t', place)}
    LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
    WHERE ${ofCollection('c', place)}
    ORDER BY c.ORDINAL_POSITION ${ALL_ROWS}`;
  return { text, read: readColumns, next: (rows) => (rows.length === 0 ? whyNone(place) : null) };
}

/**
 * A view that can't be read has no columns in information_schema and no error there: only SHOW COLUMNS says what is wrong with
 * it. The columns of a temporary table are there alone too.
 */
function whyNone({ namespace, collection }: InCollection): CatalogueStatement {
  return {
    text: `${NO_WAIT}SHOW COLUMNS FROM ${quoted(namespace)}.${quoted(collection)}`,
    read: (rows) => ({ columns: rows.map(shownColumn), more: false }),
  };
}

/** A row of SHOW COLUMNS. What stands there as PRI is unique and not null, if not the primary key; its order is not given. */
function shownColumn([name, type, nullable, key, expression, extra]: Row, at: number): ColumnInfo {
  const isTime = OWN_FUNCTION.test(expression ?? '') && DATED.has(baseType(type!));
  const more = `${extra ?? ''}${isTime ? ' DEFAULT_GENERATED' : ''}`;
  const primaryKey = key === 'PRI' ? `${at + 1}` : null;
  return columnOf([name!, type!, nullable!, primaryKey, expression ?? null, more, `${at + 1}`]);
}

function readColumns(rows: readonly Row[]): CataloguePage {
  const [, , , , , , , engine, transactions] = rows[0] ?? [];
  // A view has no engine, and one that MariaDB can't open has none to tell.
  const untransacted = engine && transactions !== 'YES' ? { untransacted: engine } : {};
  return { columns: rows.map(columnOf), more: false, ...untransacted };
}

function columnOf([
  name,
  type,
  nullable,
  key,
  expression,
  extra,
  position,
  ,
  ,
  mariadb,
  srid,
]: Row): ColumnInfo {
  const attributes = attributesOf(extra ?? '', srid ?? null);
  return {
    name: name!,
    type: type!,
    nullable: nullable === 'YES',
    primaryKey: key === null || key === undefined ? null : Number(key),
    default: defaultText(baseType(type!), expression ?? null, extra ?? '', mariadb === '1'),
    generated: /\b(?:VIRTUAL|STORED|PERSISTENT) GENERATED\b/i.test(extra ?? ''),
    // A name can be given to another column; the place says which one has it.
    identity: position!,
    ...(attributes.length === 0 ? {} : { attributes }),
  };
}

/** What EXTRA says besides a default: it is not shown by `SELECT *`, or changes with every update. */
function attributesOf(extra: string, srid: string | null): string[] {
  const onUpdate = /\bon update (\S+)/i.exec(extra)?.[1];
  return [
    ...(onUpdate ? [`ON UPDATE ${onUpdate}`] : []),
    ...(/\bINVISIBLE\b/i.test(extra) ? ['INVISIBLE'] : []),
    ...(srid === null ? [] : [`SRID ${srid}`]),
  ];
}

const NUMBERS: ReadonlySet<string> = new Set([
  ...['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'year'],
]);
const BARE_NUMBER = /^-?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i;
/** Base types whose default MySQL writes as a literal already: `b'1'`, `0x41`. */
const LITERALS: ReadonlySet<string> = new Set(['bit', 'binary', 'varbinary']);
const DATED: ReadonlySet<string> = new Set(['timestamp', 'datetime']);
/** The one function that needs no parentheses as a default. */
const OWN_FUNCTION = /^(?:CURRENT_TIMESTAMP|now|localtime|localtimestamp)\b/i;

/**
 * A default as SHOW CREATE TABLE writes it. MariaDB's COLUMN_DEFAULT is that text. MySQL's is the bare value, unless EXTRA says
 * DEFAULT_GENERATED: then it is an expression, in which quotes and backslashes are escaped once more (both manuals, "Information
 * Schema COLUMNS Table").
 */
function defaultText(
  type: string,
  expression: string | null,
  extra: string,
  mariadb: boolean,
): string | null {
  if (/\bauto_increment\b/i.test(extra)) return 'AUTO_INCREMENT';
  if (expression === null || (mariadb && expression === 'NULL')) return null;
  if (mariadb) return expression;
  if (/\bDEFAULT_GENERATED\b/i.test(extra))
    return OWN_FUNCTION.test(expression) ? expression : `(${expression.replace(/\\(['\\])/g, '$1')})`;
  if (LITERALS.has(type) || (NUMBERS.has(type) && BARE_NUMBER.test(expression))) return expression;
  return `'${expression.replaceAll("'", "''")}'`;
}
