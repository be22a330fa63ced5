import type { CataloguePage } from '../../events/catalogue.ts';
import type { Column } from '../../events/result.ts';
import { quoted } from './quoting.ts';

type Rows = readonly (readonly (string | null)[])[];

/** SHOW INDEX, as it shows expressions on servers that have them; information_schema's columns differ from server to server. */
export function indexesText({ namespace, collection }: { namespace: string; collection: string }): string {
  return `SHOW INDEX FROM ${quoted(collection)} FROM ${quoted(namespace)}`;
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
export function readIndexes(rows: Rows, columns: readonly Column[]): CataloguePage {
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
  const text = column ?? `(${value('expression') ?? ''})`;
  const name = column === null ? text : quoted(column);
  const definition = `${name}${length === null ? '' : `(${length})`}${value('collation') === 'D' ? ' DESC' : ''}`;
  return { text, definition };
}

/** As a line of CREATE TABLE begins, as the server has no text of an index alone. */
function kind(name: string, unique: boolean, type: string): string {
  if (name === 'PRIMARY') return 'PRIMARY KEY';
  const prefix = type === 'FULLTEXT' || type === 'SPATIAL' ? `${type} ` : unique ? 'UNIQUE ' : '';
  return `${prefix}KEY ${quoted(name)}`;
}
