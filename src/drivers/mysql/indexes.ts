import type { Index } from '../../events/catalogue.ts';
import { quoted } from '../../events/engines/mysql-dialect.ts';
import type { Column } from '../../events/result.ts';
import type { CatalogueStatement } from '../driver.ts';
import { type IndexText, indexTexts } from './create-table.ts';
import { type InCollection, NO_WAIT } from './names.ts';

type Rows = readonly (readonly (string | null)[])[];

/**
 * The indexes of a table. SHOW INDEX has their columns, for every user who may see one of them; the server's text of each is in
 * SHOW CREATE TABLE, which asks for a privilege on the table. Without it the text is put together from what SHOW INDEX says.
 */
export function indexesStatement({ namespace, collection }: InCollection): CatalogueStatement {
  return {
    text: `${NO_WAIT}SHOW INDEX FROM ${quoted(collection)} FROM ${quoted(namespace)}`,
    read: readIndexes,
    next: (rows, columns) => {
      if (rows.length === 0) return null;
      const page = readIndexes(rows, columns);
      return {
        text: `${NO_WAIT}SHOW CREATE TABLE ${quoted(namespace)}.${quoted(collection)}`,
        read: ([row]) => ({ ...page, indexes: inOwnWords(page.indexes, indexTexts(row?.[1] ?? '')) }),
        refused: () => page,
      };
    },
  };
}

function inOwnWords(indexes: readonly Index[], texts: readonly IndexText[]): Index[] {
  return indexes.map((index) => {
    const own = texts.find(({ name }) => name === index.name);
    return own ? { ...index, definition: own.text } : index;
  });
}

interface Part {
  readonly text: string;
  readonly definition: string;
}

interface Found {
  readonly name: string;
  readonly unique: boolean;
  readonly type: string;
  readonly parts: Part[];
}

/** Indexes in the server's order: the primary key, unique ones, others. Each part of an index is a row. */
function readIndexes(
  rows: Rows,
  columns: readonly Column[],
): { readonly indexes: readonly Index[]; readonly more: boolean } {
  const place = new Map(columns.map(({ name }, at) => [name.toLowerCase(), at]));
  const found = new Map<string, Found>();
  for (const row of rows) {
    const value = (name: string): string | null => row[place.get(name) ?? -1] ?? null;
    const name = value('key_name') ?? '';
    const index = found.get(name) ?? {
      name,
      unique: value('non_unique') === '0',
      type: value('index_type') ?? 'BTREE',
      parts: [],
    };
    found.set(name, index);
    index.parts.push(part(value));
  }
  return {
    indexes: [...found.values()].map(({ name, unique, type, parts }) => ({
      name,
      columns: parts.map(({ text }) => text),
      unique,
      primary: name === 'PRIMARY',
      definition: `${kind(name, unique, type)} (${parts.map(({ definition }) => definition).join(',')})`,
    })),
    more: false,
  };
}

function part(value: (name: string) => string | null): Part {
  const column = value('column_name');
  const length = value('sub_part');
  // An expression's quotes and backslashes are escaped once more there.
  const text = column ?? `(${(value('expression') ?? '').replace(/\\(['\\])/g, '$1')})`;
  const name = column === null ? text : quoted(column);
  // What a SPATIAL index has there is no part of its text.
  const prefix = length === null || value('index_type') === 'SPATIAL' ? '' : `(${length})`;
  const definition = `${name}${prefix}${value('collation') === 'D' ? ' DESC' : ''}`;
  return { text, definition };
}

/** As a line of CREATE TABLE begins, as the server has no text of an index alone. */
function kind(name: string, unique: boolean, type: string): string {
  if (name === 'PRIMARY') return 'PRIMARY KEY';
  const prefix = type === 'FULLTEXT' || type === 'SPATIAL' ? `${type} ` : unique ? 'UNIQUE ' : '';
  return `${prefix}KEY ${quoted(name)}`;
}
