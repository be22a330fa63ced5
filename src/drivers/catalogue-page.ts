import type { CataloguePage } from '../events/catalogue.ts';
import { CATALOGUE_PAGE_MAX } from './limits.ts';

/** Rows of a catalogue statement, as the server's text. */
export type Rows = readonly (readonly (string | null)[])[];

/** How many rows a catalogue statement is to give: one more than its page shows, which tells whether another follows. */
export const PAGE_LIMIT = `limit ${CATALOGUE_PAGE_MAX + 1}`;

/** Reads the rows of a page. */
export function page<T>(
  rows: Rows,
  read: (row: readonly (string | null)[]) => T,
): { readonly items: T[]; readonly more: boolean } {
  const more = rows.length > CATALOGUE_PAGE_MAX;
  return { items: (more ? rows.slice(0, CATALOGUE_PAGE_MAX) : rows).map(read), more };
}

/** Reads databases from rows of name and whether it is the current one; `yes` is how the server writes true. */
export const databasesReader =
  (yes: string) =>
  (rows: Rows): CataloguePage => {
    const { items, more } = page(rows, ([name, current]) => ({ name: name!, current: current === yes }));
    return { databases: items, more };
  };

/** Reads namespaces from rows of name, whether it is the server's own, and how many collections it has. */
export const namespacesReader =
  (yes: string) =>
  (rows: Rows): CataloguePage => {
    const { items, more } = page(rows, ([name, system, count]) => ({
      name: name!,
      system: system === yes,
      collections: Number(count),
    }));
    return { namespaces: items, more };
  };
