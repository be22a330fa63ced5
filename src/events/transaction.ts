import { Type } from '@sinclair/typebox';
import { type Of, part } from './schema.ts';

/** How a transaction is begun; what is left out is the server's default. */
export const TransactionOptions = part({
  /** One of the server's `capabilities.isolationLevels`. */
  isolationLevel: Type.Optional(Type.String()),
  readOnly: Type.Optional(Type.Boolean()),
});
export type TransactionOptions = Of<typeof TransactionOptions>;

/** What is asked of a transaction. */
export type TransactionStep =
  | ({ readonly step: 'begin' } & TransactionOptions)
  | { readonly step: 'commit' }
  | { readonly step: 'rollback' };
