import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CatalogueRequest } from '../../../../src/events/catalogue.ts';
import type { Profile } from '../../../../src/events/profile.ts';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import type { Client } from '../../../../src/ui/api/client.ts';
import { Catalogue, SEARCH_DELAY_MS } from '../../../../src/ui/catalogue/catalogue.ts';
import { SessionCatalogues } from '../../../../src/ui/catalogue/session-catalogues.ts';
import { PART } from '../../../../src/ui/editor/completion-names.ts';
import { placesIn } from '../../../../src/ui/editor/named-places.ts';
import { COMPLETED_MAX, FOUND_LISTS_MAX } from '../../../../src/ui/limits.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the catalogue', () => {
  const asked: CatalogueRequest[] = [];
  const read = async (request: CatalogueRequest): Promise<never> => {
    asked.push(request);
    const namespace = (request.list === 'collections' && request.namespace) || 'public';
    const collection = (name: string) => ({
      namespace,
      name,
      kind: 'table',
      rowsEstimated: 30_058,
      bytes: 8192,
    });
    if (request.list === 'namespaces')
      return {
        namespaces: [
          { name: 'audit', system: false, collections: 1 },
          { name: 'public', system: false, collections: 2 },
        ],
        more: false,
      } as never;
    if (request.list === 'collections')
      return (
        request.after === null
          ? { collections: [collection('a')], more: true }
          : { collections: [collection('b')], more: false }
      ) as never;
    throw new Error('permission denied');
  };

  it('reads the columns of what a statement names, once and together with whoever waits for them', async () => {
    const asked: string[] = [];
    const waiting: (() => void)[] = [];
    const server = async (request: CatalogueRequest): Promise<never> => {
      if (request.list === 'namespaces')
        return {
          namespaces: ['public', 'old'].map((name) => ({ name, system: false, collections: 3 })),
          more: false,
        } as never;
      if (request.list === 'collections') {
        const names = ['orders', 'order items', 'people'];
        return {
          collections: names.map((name) => ({ namespace: request.namespace, name, kind: 'table' })),
          more: false,
        } as never;
      }
      if (request.list !== 'columns') throw new Error(request.list);
      asked.push(`${request.namespace}.${request.collection}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { columns: [{ name: `of ${request.collection}` }], more: false } as never;
    };
    const catalogue = new Catalogue(server, () => {});
    await catalogue.start();
    await turn();
    catalogue.toggle('old');
    await turn();
    const text = 'select * from orders o join "order items" i on i.o = o.id';
    const both = [catalogue.learn(text), catalogue.learn(text)];
    await turn();
    expect(asked).toEqual(['public.orders', 'public.order items']);
    for (const answer of waiting.splice(0)) answer();
    for (const names of await Promise.all(both)) {
      expect(names.orders?.columns).toEqual(['of orders']);
      expect(names['order items']?.columns).toEqual(['of order items']);
      expect(names.people?.columns).toEqual([]);
    }
    const other = catalogue.learn('select * from old.people');
    await turn();
    for (const answer of waiting.splice(0)) answer();
    expect((await other)['old.people']?.columns).toEqual(['of people']);
    expect(asked.slice(2).sort()).toEqual(['old.people', 'public.people']);
  });

  it('opens public, loads a page at a time and says what could not be read', async () => {
    const catalogue = new Catalogue(read, () => {});
    await catalogue.start();
    await turn();
    const lines = () => catalogue.nodes().map(({ name, detail }) => `${name} ${detail}`.trim());
    expect(lines()).toEqual(['audit 1', 'public 2', 'a ~30 k', 'Load more']);
    catalogue.loadMore('public');
    await turn();
    expect(lines()).toEqual(['audit 1', 'public 2', 'a ~30 k', 'b ~30 k']);
    catalogue.toggle('public\0a');
    await turn();
    expect(lines()).toContain('permission denied');
    expect(asked.at(-2)).toMatchObject({ list: 'collections', after: { namespace: 'public', name: 'a' } });
  });

  it('loads more namespaces behind the last one, and looks for the one at home in them', async () => {
    const pages: (string | null | undefined)[] = [];
    const namespaces = async (request: CatalogueRequest): Promise<never> => {
      if (request.list !== 'namespaces') return { collections: [], more: false } as never;
      pages.push(request.after);
      const name = request.after === null ? 'a' : request.after === 'a' ? 'public' : 'z';
      return { namespaces: [{ name, system: false, collections: 0 }], more: name !== 'z' } as never;
    };
    const catalogue = new Catalogue(namespaces, () => {});
    await catalogue.start();
    await turn();
    const names = () => catalogue.nodes().map(({ name }) => name);
    expect(names()).toEqual(['a', 'public', 'Empty.', 'Load more']);
    catalogue.loadMore('');
    await turn();
    expect(names()).toEqual(['a', 'public', 'Empty.', 'z']);
    expect(pages).toEqual([null, 'a', 'public']);
  });

  it('continues a search behind the last collection found, by its namespace too', async () => {
    vi.useFakeTimers();
    const requests: CatalogueRequest[] = [];
    const found = async (request: CatalogueRequest): Promise<never> => {
      requests.push(request);
      if (request.list === 'namespaces') return { namespaces: [], more: true } as never;
      const namespace = request.list === 'collections' && request.after === null ? 'a' : 'b';
      const one = { namespace, name: 'same', kind: 'table', rowsEstimated: null, bytes: null };
      return { collections: [one], more: namespace === 'a' } as never;
    };
    const catalogue = new Catalogue(found, () => {});
    catalogue.searchFor('same');
    await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
    catalogue.loadMore('');
    await vi.advanceTimersByTimeAsync(0);
    vi.useRealTimers();
    expect(requests.at(-1)).toMatchObject({ after: { namespace: 'a', name: 'same' } });
    expect(catalogue.nodes().map(({ name }) => name)).toEqual(['a', 'same', 'b', 'same']);
  });

  it('refreshes quietly: what is in view stays until the answers have come', async () => {
    const catalogue = new Catalogue(read, () => {});
    await catalogue.start();
    await turn();
    const names = () => catalogue.nodes().map(({ name }) => name);
    const before = names();
    const seen: string[][] = [];
    const asking = asked.length;
    const done = catalogue.refresh('quietly');
    seen.push(names());
    await done;
    seen.push(names());
    await turn();
    expect([...seen, names()]).toEqual([before, before, before]);
    expect(asked.slice(asking).map(({ list }) => list)).toEqual(['namespaces', 'collections']);
    void catalogue.refresh();
    expect(names()).toEqual(['Reading the catalogue…']);
  });

  it('refreshes quietly as many pages as are in view, of a list and of what is searched for', async () => {
    vi.useFakeTimers();
    const all = ['a', 'b', 'c', 'd'];
    const server = async (request: CatalogueRequest): Promise<never> => {
      if (request.list === 'namespaces')
        return { namespaces: [{ name: 'public', system: false, collections: 4 }], more: false } as never;
      if (request.list !== 'collections') throw new Error(request.list);
      const at = request.after ? all.indexOf(request.after.name) + 1 : 0;
      const collections = [{ namespace: 'public', name: all[at], kind: 'table' }];
      return { collections, more: at + 1 < all.length } as never;
    };
    const catalogue = new Catalogue(server, () => {});
    const names = () => catalogue.nodes().map(({ name }) => name);
    const loadMore = async (namespace: string) => {
      catalogue.loadMore(namespace);
      await vi.advanceTimersByTimeAsync(0);
    };
    const refreshed = async (made: string) => {
      all.unshift(made);
      void catalogue.refresh('quietly');
      await vi.advanceTimersByTimeAsync(0);
      return names();
    };
    try {
      await catalogue.start();
      await vi.advanceTimersByTimeAsync(0);
      await loadMore('public');
      expect(names()).toEqual(['public', 'a', 'b', 'Load more']);
      expect(await refreshed('A')).toEqual(['public', 'A', 'a', 'Load more']);
      catalogue.searchFor('x');
      await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
      await loadMore('');
      expect(names()).toEqual(['public', 'A', 'a', 'Load more']);
      expect(await refreshed('0')).toEqual(['public', '0', 'A', 'Load more']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is read again once definitions have changed, and once more when they are committed', async () => {
    vi.useFakeTimers();
    try {
      const client = { catalogue: (_: string, request: CatalogueRequest) => read(request) };
      const catalogues = new SessionCatalogues(client as unknown as Client, () => {});
      const session = { sessionId: 's', engine: 'postgres' } as SessionView;
      catalogues.begin(session, { target: { database: 'shop' } } as Profile);
      await vi.advanceTimersByTimeAsync(1);
      const query = (id: string, verdict: string, changes: object = {}) => ({
        [id]: {
          sessionId: 's',
          verdict,
          command: null,
          outcome: 'succeeded',
          endedAt: Date.now(),
          ...changes,
        },
      });
      let queries = {};
      const reads = async (more: object): Promise<number> => {
        queries = { ...queries, ...more };
        const before = asked.filter(({ list }) => list === 'namespaces').length;
        catalogues.follow(queries as Record<string, QueryView>);
        catalogues.follow(queries as Record<string, QueryView>);
        await vi.advanceTimersByTimeAsync(1000);
        return asked.filter(({ list }) => list === 'namespaces').length - before;
      };
      expect(await reads(query('read', 'read'))).toBe(0);
      expect(await reads(query('failed', 'ddl', { outcome: 'failed' }))).toBe(0);
      expect(
        await reads({ ...query('one', 'ddl'), ...query('two', 'ddl', { endedAt: Date.now() + 1 }) }),
      ).toBe(1);
      expect(await reads(query('commit', 'transaction', { command: 'COMMIT' }))).toBe(1);
      expect(await reads(query('again', 'transaction', { command: 'COMMIT' }))).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  describe('names of a namespace of several pages', () => {
    afterEach(() => vi.useRealTimers());

    /** A server with as many tables; it answers as ours do, in the order of their names. */
    const serverOf = (count: number, searches: string[]) => {
      const names = Array.from({ length: count }, (_, i) => `t_${String(i).padStart(5, '0')}`);
      const all = [...names, 'user_t_log', 'zeta'];
      return async (request: CatalogueRequest): Promise<never> => {
        if (request.list === 'namespaces')
          return {
            namespaces: [{ name: 'public', system: false, collections: all.length }],
            more: false,
          } as never;
        if (request.list === 'columns')
          return { columns: [{ name: `of ${request.collection}` }], more: false } as never;
        if (request.list !== 'collections') throw new Error(request.list);
        const { search, after } = request;
        if (search) searches.push(`${search} > ${after?.name ?? ''}`);
        const found = all.filter((name) => name.includes(search ?? '') && name > (after?.name ?? ''));
        return {
          collections: found.slice(0, 500).map((name) => ({ namespace: 'public', name, kind: 'table' })),
          more: found.length > 500,
        } as never;
      };
    };
    /** Learns the names of a text, in whatever time that takes. */
    const learned = async (catalogue: Catalogue, text: string) => {
      const names = catalogue.learn(text, placesIn(text));
      await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
      return names;
    };
    const started = async (count: number, searches: string[]): Promise<Catalogue> => {
      vi.useFakeTimers();
      const catalogue = new Catalogue(serverOf(count, searches), () => {});
      await catalogue.start();
      await vi.advanceTimersByTimeAsync(0);
      return catalogue;
    };

    it('are looked for on the server, with the columns of what a statement names', async () => {
      const searches: string[] = [];
      const catalogue = await started(2000, searches);
      const names = await learned(catalogue, 'select z. from zeta z');
      expect(names.zeta?.columns).toEqual(['of zeta']);
      expect(names[PART]).toBe(true);
      expect(Object.keys(await learned(catalogue, 'select * from zet'))).toContain('zeta');
      await learned(catalogue, 'select * from zeta');
      expect(searches).toEqual(['zeta > ', 'zet > ']);
      expect(catalogue.collections().map(({ name }) => name)).toContain('zeta');
    });

    it('are looked for once where less was typed before, and for letters typed fast', async () => {
      const searches: string[] = [];
      const catalogue = await started(2000, searches);
      const typed = ['z', 'ze', 'zet'].map((word) =>
        catalogue.learn(`select * from ${word}`, placesIn(`from ${word}`)),
      );
      await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
      await Promise.all(typed);
      await learned(catalogue, 'select * from zeta');
      expect(searches).toEqual(['zet > ']);
    });

    it('have what is called as typed, though more than a page holds that', async () => {
      const searches: string[] = [];
      const catalogue = await started(2000, searches);
      const names = await learned(catalogue, 'select t. from t_01999 t, t_0');
      expect(names.t_01999?.columns).toEqual(['of t_01999']);
      expect(searches).toEqual(['t_01999 > ', 't_0 > ', 't_0 > t_']);
    });

    it('are forgotten again where many others were looked for since, and looked for again', async () => {
      const searches: string[] = [];
      const catalogue = await started(2000, searches);
      const here = () => catalogue.collections().map(({ name }) => name);
      await learned(catalogue, 'select * from zeta');
      for (let i = 1; i < FOUND_LISTS_MAX; i++) await learned(catalogue, `select * from none_${i}_`);
      expect(here()).toContain('zeta');
      await learned(catalogue, 'select * from none');
      expect(here()).not.toContain('zeta');
      await learned(catalogue, 'select * from zeta');
      expect(searches.filter((one) => one.startsWith('zeta'))).toHaveLength(2);
    });

    it('are looked for again where the server could not be asked', async () => {
      const searches: string[] = [];
      const server = serverOf(2000, searches);
      let isDown = true;
      vi.useFakeTimers();
      const catalogue = new Catalogue(
        async (request) => {
          if (isDown && request.list === 'collections' && request.search) throw new Error('It is down.');
          return server(request);
        },
        () => {},
      );
      await catalogue.start();
      await vi.advanceTimersByTimeAsync(0);
      expect(Object.keys(await learned(catalogue, 'select * from zet'))).not.toContain('zeta');
      isDown = false;
      expect(Object.keys(await learned(catalogue, 'select * from zet'))).toContain('zeta');
    });

    it('are no more than an editor can take, however many are here', async () => {
      const catalogue = await started(3000, []);
      for (let more = 0; more < 6; more++) {
        catalogue.loadMore('public');
        await vi.advanceTimersByTimeAsync(0);
      }
      expect(catalogue.collections()).toHaveLength(3002);
      for (const text of ['select 1', 'select * from ', 'select * from t_', 'select * from zeta']) {
        const names = await learned(catalogue, text);
        const offered = new Set(Object.values(names).map(({ name }) => name));
        expect(offered.size).toBeGreaterThan(0);
        expect(offered.size).toBeLessThanOrEqual(COMPLETED_MAX);
        expect(names[PART]).toBe(true);
      }
      expect(Object.keys(await learned(catalogue, 'select * from zet'))).toContain('zeta');
    });
  });

  describe('a search', () => {
    afterEach(() => vi.useRealTimers());

    it('is asked of the server for all namespaces where not everything is here, and once for letters typed fast', async () => {
      vi.useFakeTimers();
      const catalogue = new Catalogue(read, () => {});
      await catalogue.start();
      await vi.advanceTimersByTimeAsync(0);
      const before = asked.length;
      for (const typed of ['i', 'it', 'item%']) catalogue.searchFor(typed);
      expect(catalogue.nodes().map(({ name }) => name)).toContain('Reading the catalogue…');
      await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
      expect(asked.slice(before)).toEqual([
        { list: 'collections', namespace: null, search: 'item%', after: null },
      ]);
    });

    it('needs no server where everything is here, and forgets nothing', async () => {
      const catalogue = new Catalogue(read, () => {});
      await catalogue.start();
      await turn();
      catalogue.loadMore('public');
      catalogue.toggle('audit');
      await turn();
      catalogue.loadMore('audit');
      await turn();
      const before = asked.length;
      catalogue.searchFor('B');
      expect(catalogue.nodes().map(({ name }) => name)).toEqual(['audit', 'b', 'public', 'b']);
      expect(Object.keys(catalogue.names())).toContain('public.a');
      catalogue.searchFor('');
      expect(catalogue.nodes().map(({ name }) => name)).toEqual(['audit', 'a', 'b', 'public', 'a', 'b']);
      expect(asked.length).toBe(before);
    });
  });
});
