import type { CataloguePlace, CatalogueStatement, Driver } from '../drivers/driver.ts';
import type { CataloguePage, CatalogueRequest } from '../events/catalogue.ts';
import { Refused } from './refused.ts';

/** Runs a statement of ours and reads its answer. @throws Refused where it can't be read */
type AskCatalogue = <T>(statement: CatalogueStatement<T>) => Promise<T>;

/** The namespace or collection that a request is about; null where it is about the whole server. */
function placeOf(request: CatalogueRequest): CataloguePlace | null {
  if ('collection' in request) return request;
  if (request.list !== 'collections' || request.namespace === null) return null;
  return { namespace: request.namespace, collection: null };
}

/**
 * Reads a page of a catalogue, for every engine alike. An answer without rows says nothing about a collection that does not exist,
 * so that is asked for, unless `asksPresence` is false: then the page is as empty as the answer.
 * @throws Refused `catalogue.absent` where the namespace or the collection does not exist, `catalogue.locked` where another
 * transaction keeps it locked
 */
export async function readCatalogue(
  driver: Driver,
  request: CatalogueRequest,
  ask: AskCatalogue,
  asksPresence = true,
): Promise<CataloguePage> {
  const place = placeOf(request);
  const answer = await ask(withEmptiness(driver.catalogue(request))).catch((error: unknown) => {
    if (!place || !(error instanceof Refused)) throw error;
    if (driver.absence.codes.includes(error.code)) throw absent(place);
    if (driver.lockedCodes.includes(error.code)) throw locked(place);
    throw error;
  });
  const { page } = answer;
  const isEmpty = answer.isEmpty || ('ddl' in page && page.ddl === '');
  if (place && isEmpty && asksPresence && !(await ask(driver.absence.presence(place)))) throw absent(place);
  return page;
}

/** The same statements, whose answer says too whether there were rows. */
function withEmptiness(
  statement: CatalogueStatement,
): CatalogueStatement<{ readonly page: CataloguePage; readonly isEmpty: boolean }> {
  const { text, read, next, refused } = statement;
  return {
    text,
    read: (rows, columns) => ({ page: read(rows, columns), isEmpty: rows.length === 0 }),
    next: (rows, columns) => {
      const following = next?.(rows, columns);
      return following ? withEmptiness(following) : null;
    },
    ...(refused ? { refused: () => ({ page: refused(), isEmpty: false }) } : {}),
  };
}

function nameOf({ namespace, collection }: CataloguePlace): string {
  return collection === null ? namespace : `${namespace}.${collection}`;
}

function locked(place: CataloguePlace): Refused {
  return new Refused(
    'catalogue.locked',
    `Another transaction keeps ${nameOf(place)} locked, so its definition can’t be read now. Try again once that has ended.`,
  );
}

function absent(place: CataloguePlace): Refused {
  return new Refused(
    'catalogue.absent',
    `${nameOf(place)} does not exist, or you may not see it. Refresh the list to see what exists now.`,
  );
}
