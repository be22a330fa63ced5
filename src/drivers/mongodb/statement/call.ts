import { mongoDatabaseFault } from '../../../events/engines/mongodb-names.ts';
import { insteadOfMethod, notAvailable, notOnResult } from './alternatives.ts';
import type { Arguments } from './arguments.ts';
import { called, type Link } from './chain.ts';
import type { Document, Operation } from './operation.ts';
import { StatementError } from './syntax.ts';

/** A method that was called, and on what. */
export interface Call {
  readonly database: string;
  /** Empty for a database's own method. */
  readonly collection: string;
  readonly method: string;
  readonly at: number;
  readonly given: Arguments;
  /** What is called on its result: `.sort({}).limit(5)`. */
  readonly rest: readonly Link[];
}

/** What a method says, as an operation. */
export type Method = (call: Call) => Operation;
export type Methods = ReadonlyMap<string, Method>;

/** Finds the method of a name. @throws StatementError that lists those there are */
export function methodOf(methods: Methods, { method, at, collection }: Call): Method {
  const found = methods.get(method);
  if (found) return found;
  const instead = insteadOfMethod(method, collection);
  if (instead) throw notAvailable(`${method}()`, instead, at);
  const of = collection === '' ? 'A database' : 'A collection';
  throw new StatementError(
    `${method}() is not understood. ${of} has: ${[...methods.keys()].join(', ')}.`,
    at,
  );
}

/** @throws StatementError where more is called on the result than what shows it */
export function nothingMore(rest: readonly Link[]): void {
  for (const link of rest) {
    if (!SHOWS.has(link.name)) throw notOnResult(link, `${link.name} can’t be called here.`);
    called(link).most(0);
  }
}

/** Fields of a command that say its session, its transaction and its database. */
const OURS: ReadonlySet<string> = new Set([
  '$db',
  'lsid',
  'txnNumber',
  'autocommit',
  'startTransaction',
  '$clusterTime',
  '$readPreference',
]);

/** Fields that a statement gives to a command. @throws StatementError for those that only the connection sets */
export function withoutOurs(fields: Document, at: number): Document {
  const own = [...fields.keys()].find((name) => OURS.has(name));
  if (own === undefined) return fields;
  throw new StatementError(`${own} is set by the connection and can’t be said here.`, at);
}

/** What mongosh has to show a cursor; here it is shown anyway. */
export const SHOWS: ReadonlySet<string> = new Set(['toArray', 'pretty']);

/** @throws StatementError for a name of a database that no server takes */
export function databaseName(name: string, at: number): string {
  const fault = name === '' ? 'The database has no name.' : mongoDatabaseFault(name);
  if (fault !== null) throw new StatementError(fault, at);
  return name;
}
