import { sentAs } from '../events/engines/index.ts';
import type { InsertTarget } from '../events/formats/insert.ts';
import { ownTable } from '../events/formats/insert-columns.ts';
import type { ResultMeta } from '../events/result.ts';
import type { App } from './app.ts';

/** The table that all rows of a result are of, as its server knows it now; undefined where they are not of one. */
export async function insertTarget(
  app: Pick<App, 'catalogue' | 'state'>,
  { queryId, columns, encoding }: ResultMeta,
): Promise<InsertTarget | undefined> {
  const own = ownTable(columns);
  if (!own) return undefined;
  const { sessionId = '' } = app.state().queries[queryId] ?? {};
  // Where its session is closed, or the catalogue can't be read, no column is known to be computed.
  const page = await app.catalogue(sessionId, { list: 'columns', ...own }, null).catch(() => undefined);
  const infos = page && 'columns' in page ? page.columns : [];
  return { table: sentAs(encoding).qualified(own.namespace, own.collection, ''), infos };
}
