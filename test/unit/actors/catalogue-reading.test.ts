import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../../src/actors/catalogue-reading.ts';
import { Refused } from '../../../src/actors/refused.ts';
import type { CataloguePage, CatalogueRequest } from '../../../src/events/catalogue.ts';
import { FakeDriver } from './fakes.ts';

const columns: CatalogueRequest = { list: 'columns', namespace: 'shop', collection: 'orders' };
const row = [['x']];

/** Reads a page where the server answers with these rows, or with an error of this code. */
async function read(request: CatalogueRequest, answer: string | string[][], isPresent: boolean) {
  const driver = new FakeDriver();
  driver.isPresent = isPresent;
  const asked: string[] = [];
  const page = readCatalogue(driver, request, async (statement) => {
    asked.push(statement.text);
    if (typeof answer === 'string') throw new Refused(answer, 'said the server');
    return statement.read(answer, []);
  });
  const outcome = await page.then(
    (found: CataloguePage) => found,
    (error: unknown) => (error as Refused).code,
  );
  return { outcome, asked };
}

describe('a catalogue that is read', () => {
  const page = { columns: [], more: false };

  it.each([
    ['takes rows as they are', columns, row, false, page, ['catalogue']],
    ['asks whether a collection without any exists', columns, [], true, page, ['catalogue', 'presence']],
    ['refuses one that does not exist', columns, [], false, 'catalogue.absent', ['catalogue', 'presence']],
    [
      'refuses a namespace that does not exist',
      { list: 'collections', namespace: 'nowhere', after: null, search: null } as const,
      [],
      false,
      'catalogue.absent',
      ['catalogue', 'presence'],
    ],
    [
      'takes a search through all namespaces that finds nothing as it is',
      { list: 'collections', namespace: null, after: null, search: 'x' } as const,
      [],
      false,
      page,
      ['catalogue'],
    ],
    ['knows the server’s own error for absence', columns, '42P01', true, 'catalogue.absent', ['catalogue']],
    ['says in our words that a lock is held', columns, '55P03', true, 'catalogue.locked', ['catalogue']],
    ['passes on every other error', columns, '42501', false, '42501', ['catalogue']],
  ])('%s', async (_what, request, answer, isPresent, outcome, asked) => {
    expect(await read(request, answer, isPresent)).toEqual({ outcome, asked });
  });
});
