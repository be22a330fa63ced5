import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CatalogueRequest } from '../../../../src/events/catalogue.ts';
import type { Profile } from '../../../../src/events/profile.ts';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import type { Client } from '../../../../src/ui/api/client.ts';
import { SessionCatalogues } from '../../../../src/ui/catalogue/session-catalogues.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const session = (state: string) => ({ sessionId: 's', engine: 'postgres', state }) as SessionView;
const write = { queryId: 'q', sessionId: 's', verdict: 'write', outcome: 'succeeded' } as const;
const profile = { target: { engine: 'postgres', database: 'shop' } } as Profile;

it('forgets the catalogue of a session that has ended, and reads it no more', async () => {
  const catalogue = vi.fn(async () => ({ namespaces: [], more: false }));
  const catalogues = new SessionCatalogues({ catalogue } as unknown as Client, () => undefined);
  catalogues.begin(session('ready'), profile);
  await vi.advanceTimersByTimeAsync(0);
  const asked = catalogue.mock.calls.length;
  const changed = {
    sessionId: 's',
    verdict: 'ddl',
    outcome: 'succeeded',
    endedAt: Date.now() + 1,
  } as QueryView;
  catalogues.follow({ q: changed });
  catalogues.end({ s: session('reconnecting.waiting') });
  expect(catalogues.bySession.size).toBe(1);
  catalogues.end({ s: session('offline') });
  await vi.advanceTimersByTimeAsync(1000);
  expect(catalogues.bySession.size).toBe(0);
  expect(catalogue.mock.calls.length).toBe(asked);
  // Its statements are still in the views.
  catalogues.follow({ q: { ...changed, endedAt: Date.now() + 2 } as QueryView });
  await vi.advanceTimersByTimeAsync(1000);
  expect(catalogue.mock.calls.length).toBe(asked);
});

it.each([
  ['mongodb', 'db.orders.insertOne({ fresh: 1 })', false],
  ['mongodb', 'db.getCollection("orders").insertOne({})', false],
  ['mongodb', 'db.fresh.insertOne({ orders: 1 })', true],
  ['mongodb', 'db.getCollection("fresh one").updateOne({}, {}, { upsert: true })', true],
  ['mongodb', 'db.orders.aggregate([{ $out: "fresh" }])', true],
  ['mongodb', 'db.getSiblingDB("other").orders.insertOne({})', true],
  ['postgres', 'insert into fresh values (1)', false],
] as const)('on %s after %s reads the catalogue again: %s', async (engine, text, again) => {
  const catalogue = vi.fn(async (_session: string, { list }: CatalogueRequest) =>
    list === 'namespaces'
      ? { namespaces: [{ name: 'shop', system: false, collections: 1 }], more: false }
      : { collections: [{ namespace: 'shop', name: 'orders', kind: 'collection' }], more: false },
  );
  const query = async () => ({ text });
  const catalogues = new SessionCatalogues({ catalogue, query } as unknown as Client, () => undefined);
  catalogues.begin({ ...session('ready'), engine }, { target: { engine, database: 'shop' } } as Profile);
  await vi.advanceTimersByTimeAsync(0);
  const asked = catalogue.mock.calls.length;
  catalogues.follow({ q: { ...write, endedAt: Date.now() + 1 } as QueryView });
  await vi.advanceTimersByTimeAsync(1000);
  expect(catalogue.mock.calls.length > asked).toBe(again);
});
