import { resolve } from 'node:path';

/** A seed by its name. Found from the project's root, where tests and benches are run: a bundle of them stands elsewhere. */
export function seedFile(name: string): string {
  return resolve('test/servers/seeds', name);
}
