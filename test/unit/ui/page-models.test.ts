import { afterEach, describe, expect, it, vi } from 'vitest';
import { chartOf } from '../../../src/actors/chart.ts';
import { MACHINES } from '../../../src/actors/replay.ts';
import type { CatalogueRequest } from '../../../src/events/catalogue.ts';
import type { Profile } from '../../../src/events/profile.ts';
import type { QueryView } from '../../../src/events/views/query-view.ts';
import type { SessionView } from '../../../src/events/views/session-view.ts';
import type { Client } from '../../../src/ui/api/client.ts';
import { score } from '../../../src/ui/app/qt-palette.ts';
import { Tabs, tabTitle } from '../../../src/ui/app/tabs.ts';
import { Catalogue, SEARCH_DELAY_MS } from '../../../src/ui/catalogue/catalogue.ts';
import { Catalogues } from '../../../src/ui/catalogue/session-catalogues.ts';
import { estimate } from '../../../src/ui/catalogue/tree-node.ts';
import { quoted } from '../../../src/ui/format/identifiers.ts';
import { BOX, boxOf, layOut, wayBetween } from '../../../src/ui/tape/chart-layout.ts';
import { storage } from './storage.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Points along an SVG path of M, H and V, pixel by pixel. */
function pointsOf(path: string): [number, number][] {
  const points: [number, number][] = [];
  let [x, y] = [0, 0];
  for (const [, letter, a, b] of path.matchAll(/([MHV])([-\d.]+)(?: ([-\d.]+))?/g)) {
    if (letter === 'M') [x, y] = [Number(a), Number(b)];
    const toX = letter === 'H' ? Number(a) : x;
    const toY = letter === 'V' ? Number(a) : y;
    const steps = Math.max(1, Math.ceil(Math.abs(toX - x) + Math.abs(toY - y)));
    for (let step = 0; step <= steps; step++)
      points.push([x + ((toX - x) * step) / steps, y + ((toY - y) * step) / steps]);
    [x, y] = [toX, toY];
  }
  return points;
}

describe('the statechart', () => {
  it.each(Object.keys(MACHINES))('places every state of %s in a box that no other box covers', (name) => {
    const chart = chartOf(MACHINES[name]!);
    const placed = layOut(chart);
    const places = placed.boxes.map(({ x, y }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(places.length);
    for (const { x, y } of placed.boxes) {
      expect(x).toBeLessThan(placed.width);
      expect(y).toBeLessThan(placed.height);
    }
    const leaves = chart.nodes.filter(({ id }) => !chart.nodes.some(({ parent }) => parent === id));
    const boxes = new Set(placed.boxes.map(({ id }) => id));
    for (const { id } of leaves.filter(({ id }) => !id.includes('transaction')))
      expect(boxes, `${id} has a box`).toContain(boxOf(chart, id));
  });

  it("finds the box of a connection's work among its regions", () => {
    expect(boxOf(chartOf(MACHINES['connection@5']!), 'open.(transaction.none|work.busy)')).toBe(
      'open.work.busy',
    );
  });

  it.each(Object.keys(MACHINES))(
    'draws no transition of %s across a box that it does not begin or end in',
    (name) => {
      const { boxes } = layOut(chartOf(MACHINES[name]!));
      const inside = (x: number, y: number) =>
        boxes.filter((box) => Math.abs(box.x - x) < BOX.width / 2 && Math.abs(box.y - y) < BOX.height / 2);
      for (const from of boxes)
        for (const to of boxes)
          for (const [x, y] of pointsOf(wayBetween(from, to)))
            for (const box of inside(x, y))
              expect([from.id, to.id], `${from.id} to ${to.id}`).toContain(box.id);
    },
  );

  it('draws cancelling as one box', () => {
    const version = Object.keys(MACHINES).find((id) => id.startsWith('query@'))!;
    const chart = chartOf(MACHINES[version]!);
    expect(boxOf(chart, 'running.cancelling.acknowledged')).toBe('running.cancelling');
    expect(boxOf(chart, 'running.streaming')).toBe('running.streaming');
    expect(boxOf(chart, 'lost.notRun')).toBe('lost');
  });
});

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
    expect(names()).toEqual(['a', 'public', 'Nothing in here.', 'Load more']);
    catalogue.loadMore('');
    await turn();
    expect(names()).toEqual(['a', 'public', 'Nothing in here.', 'z']);
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

  it('reads quietly anew: what is in view stays until the answers have come', async () => {
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

  it('is read anew once definitions have changed, and once more when they are committed', async () => {
    vi.useFakeTimers();
    try {
      const client = { catalogue: (_: string, request: CatalogueRequest) => read(request) };
      const catalogues = new Catalogues(client as unknown as Client, () => {});
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

  it.each([
    ['order_items', 'order_items'],
    ['Order', '"Order"'],
    ['we"ird', '"we""ird"'],
    ['select', '"select"'],
    ['user', '"user"'],
    ['1st', '"1st"'],
  ])('writes the name %s as %s', (name, text) => expect(quoted(name)).toBe(text));

  it('never shows an estimate to the digit', () => {
    expect([0, 999, 1234, 84_321, 11_900_000].map(estimate)).toEqual([
      '~0',
      '~999',
      '~1.2 k',
      '~84 k',
      '~11.9 M',
    ]);
    expect(estimate(null)).toBe('');
  });
});

describe('the tabs', () => {
  it('show the neighbour of a closed one', () => {
    const tabs = new Tabs(() => undefined, storage());
    const [a, b, c] = ['a', 'b', 'c'].map((text) => tabs.open('demo', text));
    tabs.show(b!.tabId);
    tabs.close(b!.tabId);
    expect(tabs.activeId).toBe(c!.tabId);
    tabs.close(c!.tabId);
    expect(tabs.activeId).toBe(a!.tabId);
  });

  it('are called by their statement', () => {
    const title = (text: string) => tabTitle({ tabId: 't', profileId: 'p', title: '', text });
    expect(title('')).toBe('New query');
    expect(title('-- a comment\nselect * from public.orders where x')).toBe('orders');
    expect(title('update orders set total = 0')).toBe('update orders set total = 0');
    expect(title(`select ${'x'.repeat(90)}`)).toHaveLength(28);
  });
});

describe('the palette', () => {
  it('finds by letters in their order, and the closest first', () => {
    const find = (typed: string, labels: string[]) =>
      labels
        .filter((label) => score(label, typed) > -1000 && score(label, typed) !== -1)
        .sort((a, b) => score(b, typed) - score(a, typed));
    expect(find('ordit', ['public.orders', 'public.order_items', 'audit.events'])).toEqual([
      'public.order_items',
    ]);
    expect(find('orders', ['public.orders_of_reds', 'public.orders'])[0]).toBe('public.orders');
  });
});
