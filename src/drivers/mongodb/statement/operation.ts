import {
  type Binary,
  type BSONRegExp,
  type BSONSymbol,
  type Code,
  type Decimal128,
  type Double,
  type Int32,
  Long,
  type MaxKey,
  type MinKey,
  type ObjectId,
  Timestamp,
} from 'mongodb';

/** A value of BSON. A number always says its type. */
export type Value =
  | null
  | boolean
  | string
  | Date
  | Int32
  | Double
  | Long
  | Decimal128
  | ObjectId
  | Binary
  | BSONRegExp
  | BSONSymbol
  | Timestamp
  | Code
  | MinKey
  | MaxKey
  | Document
  | Values;

/** A document is a map, so that its fields keep their order (an object sorts `1` before `a`) and no name is special. */
export interface Document extends ReadonlyMap<string, Value> {}
export interface Values extends ReadonlyArray<Value> {}

/** How a server's reply becomes rows. */
export type Reply =
  /** Documents of a cursor; `origin` where each is a stored document, so that it can be edited. */
  | { readonly shape: 'cursor'; readonly origin: DocumentOrigin | null }
  /** The documents, or values, of an array in the reply; `as` names the field that a value is put in. */
  | { readonly shape: 'list'; readonly field: string; readonly as?: string }
  /** One document in the reply, or none. */
  | { readonly shape: 'field'; readonly field: string }
  /** The number in the first document of a cursor, or in the reply: `{count: n}`. */
  | { readonly shape: 'count' }
  /** What insert, update and delete say, put together for all commands of the operation. */
  | { readonly shape: 'written'; readonly one: boolean }
  /** For each command one document: its name, and the documents of its cursor as an array. What is refused is left out. */
  | { readonly shape: 'each' }
  /** The reply itself. */
  | { readonly shape: 'reply' };

/** Which stored collection documents come from, and which of their fields come as they are stored. */
export interface DocumentOrigin {
  readonly namespace: string;
  readonly collection: string;
  /** Fields that the projection computes or cuts, and that so can't be edited. */
  readonly computed: ReadonlySet<string>;
}

/**
 * One statement, understood. What is sent to the server is `commands` and nothing else but the session, the cancel's comment
 * and ids of inserted documents: who judges them judges what will run. The first key of a command is its name.
 */
export type Operation =
  | {
      readonly type: 'command';
      readonly database: string;
      readonly commands: readonly Document[];
      /** Whether a failed command keeps the later ones from being sent. */
      readonly ordered: boolean;
      readonly reply: Reply;
    }
  /** Makes a database the current one. Nothing is sent. */
  | { readonly type: 'use'; readonly database: string }
  /** Reads the databases, their names alone, or the collections of all of them (listDatabases, listCollections, $listCatalog). */
  | { readonly type: 'list'; readonly list: 'databases' | 'namespaces' | 'allCollections' }
  | { readonly type: 'transaction'; readonly step: 'start'; readonly options: Document }
  | { readonly type: 'transaction'; readonly step: 'commit' | 'abort' };

/** The name of a command: its first key. */
export function commandName(command: Document): string {
  return command.keys().next().value ?? '';
}

/** A document from pairs; those without a value are left out. */
export function documentOf(pairs: Iterable<readonly [string, Value | undefined]>): Document {
  const document = new Map<string, Value>();
  for (const [name, value] of pairs) if (value !== undefined) document.set(name, value);
  return document;
}

/** The library's Timestamp is a Long of its own kind, which no number is. */
export function isLong(value: unknown): value is Long {
  return Long.isLong(value) && !(value instanceof Timestamp);
}

export function isDocument(value: Value | undefined): value is Document {
  return value instanceof Map;
}

/** One command as an operation. */
export function oneCommand(
  database: string,
  pairs: Iterable<readonly [string, Value | undefined]>,
  reply: Reply,
): Operation {
  return { type: 'command', database, commands: [documentOf(pairs)], ordered: true, reply };
}
