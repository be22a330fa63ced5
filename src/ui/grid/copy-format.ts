import type { Column } from '../../events/result.ts';
import { HEX_TEXT, isBinaryType } from '../../events/rows-mysql.ts';
import { hexOf, holdsBytes, visibleText } from '../../events/utf8-text.ts';
import { ejsonPlain } from '../ejson.ts';
import { formatJson, isJsonNumber } from './json-format.ts';

export type CopyFormatName = 'tsv' | 'csv' | 'json' | 'markdown' | 'insert';
export type SqlDialect = 'postgres' | 'mysql';

export interface CopyOptions {
  /** The table that INSERT names. */
  readonly table: string;
  readonly dialect: SqlDialect;
  /** Values are Extended JSON: plain in tables, as it is in JSON. */
  readonly documents?: boolean;
}

/** Writes rows in one format, in pieces, so that a bound can be kept on the way. */
export interface CopyFormat {
  readonly head: string;
  row(values: readonly (string | null)[], index: number): string;
  readonly tail: string;
}

/** The writer of a format for these columns. */
export function copyFormat(
  name: CopyFormatName,
  columns: readonly Column[],
  options: CopyOptions,
): CopyFormat {
  if (options.documents) return documentFormat(name, columns);
  switch (name) {
    case 'tsv':
      return {
        head: '',
        row: (values, index) => (index === 0 ? '' : '\n') + values.map(tsvField).join('\t'),
        tail: '',
      };
    case 'csv':
      return {
        head: `${columns.map((column) => csvField(column.name)).join(',')}\r\n`,
        row: (values) => `${values.map(csvField).join(',')}\r\n`,
        tail: '',
      };
    case 'json':
      return jsonFormat(columns);
    case 'markdown':
      return {
        head: `| ${columns.map((column) => markdownField(column.name)).join(' | ')} |\n| ${columns
          .map((column) => (column.numeric ? '---:' : '---'))
          .join(' | ')} |\n`,
        row: (values) => `| ${values.map(markdownField).join(' | ')} |\n`,
        tail: '',
      };
    case 'insert':
      return insertFormat(columns, options);
  }
}

/** Extended JSON: a document for each row in JSON; elsewhere text and digits plain, all else as Extended JSON. */
function documentFormat(name: CopyFormatName, columns: readonly Column[]): CopyFormat {
  if (name !== 'json') {
    const table = copyFormat(name, columns, { table: '', dialect: 'postgres' });
    const plain = (value: string | null): string | null => (value === null ? null : ejsonPlain(value));
    return { ...table, row: (values, index) => table.row(values.map(plain), index) };
  }
  return {
    head: '[',
    row: (values, index) => {
      const fields = values.flatMap((value, at) =>
        value === null ? [] : [`${JSON.stringify(columns[at]!.name)}: ${value}`],
      );
      return `${index === 0 ? '' : ','}\n  { ${fields.join(', ')} }`;
    },
    tail: '\n]\n',
  };
}

/** All of it at once. */
export function copyText(
  name: CopyFormatName,
  columns: readonly Column[],
  rows: readonly (readonly (string | null)[])[],
  options: CopyOptions,
): string {
  const format = copyFormat(name, columns, options);
  return format.head + rows.map((values, index) => format.row(values, index)).join('') + format.tail;
}

/** As spreadsheets paste it: quoted only where it would break the table. NULL is empty. */
function tsvField(value: string | null): string {
  if (value === null) return '';
  const text = visibleText(value);
  return /[\t\n\r]/.test(text) || text.startsWith('"') ? quoted(text) : text;
}

/** RFC 4180, with PostgreSQL's way to tell NULL (nothing) from the empty string (`""`). */
function csvField(value: string | null): string {
  if (value === null) return '';
  const text = visibleText(value);
  return text === '' || /[",\n\r]/.test(text) || text !== text.trim() ? quoted(text) : text;
}

function quoted(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}

function jsonFormat(columns: readonly Column[]): CopyFormat {
  const keys = distinctNames(columns).map((name) => JSON.stringify(name));
  return {
    head: '[',
    row: (values, index) => {
      const members = values.map((value, at) => `${keys[at]}: ${jsonValue(value, columns[at]!)}`);
      return `${index === 0 ? '' : ','}\n  { ${members.join(', ')} }`;
    },
    tail: '\n]\n',
  };
}

/** Numbers, booleans and JSON as they stand in the server's text; all else as a string. */
function jsonValue(value: string | null, column: Column): string {
  if (value === null) return 'null';
  if (column.numeric && isJsonNumber(value)) return value;
  if (/^bool(ean)?$/.test(column.type)) {
    if (value === 't' || value === 'true') return 'true';
    if (value === 'f' || value === 'false') return 'false';
  }
  if (/^jsonb?$/.test(column.type) && formatJson(value)) return value.trim();
  return JSON.stringify(value);
}

/** Names as keys: a second `id` becomes `id_2`. */
function distinctNames(columns: readonly Column[]): string[] {
  const taken = new Set(columns.map((column) => column.name));
  const used = new Set<string>();
  return columns.map(({ name }) => {
    let key = name;
    for (let count = 2; used.has(key); count++) {
      const next = `${name}_${count}`;
      if (!taken.has(next)) key = next;
    }
    used.add(key);
    return key;
  });
}

function markdownField(value: string | null): string {
  if (value === null) return '*NULL*';
  return visibleText(value.replaceAll('\\', '\\\\'))
    .replaceAll('|', '\\|')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/\r\n|\n|\r/g, '<br>');
}

function insertFormat(columns: readonly Column[], { table, dialect }: CopyOptions): CopyFormat {
  const mark = dialect === 'mysql' ? '`' : '"';
  const names = columns.map(({ name }) => mark + name.replaceAll(mark, mark + mark) + mark).join(', ');
  const literal = dialect === 'mysql' ? mysqlLiteral : postgresLiteral;
  return {
    head: `INSERT INTO ${table} (${names}) VALUES`,
    row: (values, index) =>
      `${index === 0 ? '' : ','}\n  (${values.map((value, at) => sqlValue(value, columns[at]!, literal)).join(', ')})`,
    tail: ';\n',
  };
}

function sqlValue(value: string | null, column: Column, literal: Literal): string {
  if (value === null) return 'NULL';
  return column.numeric && isJsonNumber(value) ? value : literal(value, column);
}

type Literal = (value: string, column: Column) => string;

/** Reads the same with `standard_conforming_strings` on and off. */
function postgresLiteral(value: string): string {
  const text = value.replaceAll("'", "''");
  // Bytes of a SQL_ASCII database that are not UTF-8 become \xC3, which means that byte.
  return text.includes('\\') || holdsBytes(text)
    ? `E'${visibleText(text.replaceAll('\\', '\\\\'))}'`
    : `'${text}'`;
}

/** MySQL manual, "String Literals" and "Hexadecimal Literals". */
function mysqlLiteral(value: string, { type }: Column): string {
  if (isBinaryType(type) && HEX_TEXT.test(value)) return `X'${value.slice(2)}'`;
  if (holdsBytes(value)) return `X'${hexOf(value)}'`;
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`;
}
