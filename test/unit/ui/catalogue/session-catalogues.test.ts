import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Profile } from '../../../../src/events/profile.ts';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import type { Client } from '../../../../src/ui/api/client.ts';
import { SessionCatalogues } from '../../../../src/ui/catalogue/session-catalogues.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const session = (state: string) => ({ sessionId: 's', engine: 'postgres', state }) as SessionView;
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
