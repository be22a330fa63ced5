import type { Engine } from '../events/capabilities.ts';
import { quoted } from './quoted.ts';

/** What the page has to know of an engine's language: how names are written, and how a table is opened. */
export interface Dialect {
  readonly placeholder: string;
  /** The statement that shows a collection's rows. */
  open(namespace: string, collection: string): string;
  /** What a namespace is called: where one is named in a sentence. */
  readonly namespace: string;
  /** Prefix-free names are those of this namespace; empty for none. */
  readonly defaultNamespace: string;
}

function backticked(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

function collectionOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `.getCollection(${JSON.stringify(name)})`;
}

const SQL = 'Type a statement, Ctrl+Enter runs it';

const POSTGRES: Dialect = {
  placeholder: SQL,
  open: (namespace, collection) => `select * from ${quoted(namespace)}.${quoted(collection)}`,
  namespace: 'schema',
  defaultNamespace: 'public',
};

const MYSQL: Dialect = {
  placeholder: SQL,
  open: (namespace, collection) => `SELECT * FROM ${backticked(namespace)}.${backticked(collection)}`,
  namespace: 'database',
  defaultNamespace: '',
};

const MONGODB: Dialect = {
  placeholder: 'Type a statement such as db.orders.find({}), Ctrl+Enter runs it',
  open: (namespace, collection) =>
    `db.getSiblingDB(${JSON.stringify(namespace)})${collectionOf(collection)}.find({})`,
  namespace: 'database',
  defaultNamespace: '',
};

const DIALECTS: Readonly<Record<Engine, Dialect>> = {
  postgres: POSTGRES,
  mysql: MYSQL,
  mariadb: MYSQL,
  mongodb: MONGODB,
};

export function dialectOf(engine: Engine): Dialect {
  return DIALECTS[engine];
}
