import { Type } from '@sinclair/typebox';
import type { Of } from './schema.ts';

/**
 * What a connection holds of its session, by kind. Only kinds stand on the tape: the values (a search_path, a role, the value of a
 * variable) are text of the user's and stay in memory.
 */
export const StateKind = Type.Union([
  /** The current database where it is not the profile's: `USE`, `use`. */
  Type.Literal('database'),
  Type.Literal('searchPath'),
  /** SET ROLE, SET SESSION AUTHORIZATION. */
  Type.Literal('role'),
  /** Other SETs whose values are known. */
  Type.Literal('settings'),
  /** Temporary tables, views, sequences and functions. */
  Type.Literal('temporaryTables'),
  Type.Literal('preparedStatements'),
  /** Cursors WITH HOLD, HANDLERs. */
  Type.Literal('cursors'),
  /** Advisory locks, LOCK TABLES, FLUSH TABLES WITH READ LOCK. */
  Type.Literal('locks'),
  /** Channels of LISTEN. */
  Type.Literal('listening'),
  /** User variables. */
  Type.Literal('variables'),
  /** Something that the server does not report, or had not reported yet. */
  Type.Literal('unknown'),
]);
export type StateKind = Of<typeof StateKind> & string;
