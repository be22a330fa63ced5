import type {
  CataloguePage,
  CatalogueRequest,
  Collection,
  CollectionKey,
  ColumnInfo,
  ForeignKey,
  Index,
  Namespace,
} from '../../events/catalogue.ts';
import {
  type CompletionNames,
  type NamedCollection,
  type NamedPlace,
  namedIn,
  PART,
} from '../editor/completion-names.ts';
import { COMPLETED_MAX, FOUND_LISTS_MAX, LEARNED_MAX } from '../limits.ts';
import {
  COLLECTION_KINDS,
  type Folder,
  folderId,
  type KnownCatalogue,
  type Loaded,
  type TreeNode,
  treeNodes,
} from './tree-node.ts';

const NOTHING: Loaded<never> = { items: [], more: false, loading: false, error: null };

/**
 * Each search on the server is a statement and its records; letters typed faster than this are one search.
 */
export const SEARCH_DELAY_MS = 250;

/** Reads a page of the catalogue. */
type ReadCatalogue = <P extends CataloguePage>(request: CatalogueRequest) => Promise<P>;

/** Pages of namespaces that are read in search of the one at home. */
const HOME_PAGES_MAX = 10;

/** Lists by the id of the line they hang below; the namespaces below the empty one. */
type Lists = Map<string, Loaded<unknown>>;
type Leaf = ColumnInfo | Index | ForeignKey;

interface Page<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

const WORDS = { noNamespace: 'No schemas visible to you.', noCollection: 'Empty.' };
/** Where a search's answer is kept. */
const FOUND = '\0found';

/** Where the collections of a namespace are kept that hold what a statement begins to name. */
function foundId(namespace: string, name: string): string {
  return [FOUND, namespace, name].join('\0');
}

/** The collections that hold what a statement begins to name; without such a place all of `home`. */
function near(
  places: readonly NamedPlace[],
  collections: readonly Collection[],
  home: string,
): readonly Collection[] {
  const wanted = places.length > 0 ? places : [{ namespace: home, name: '' }];
  return collections.filter((one) =>
    wanted.some(
      ({ namespace, name }) =>
        one.namespace === (namespace ?? home) && one.name.toLowerCase().includes(name.toLowerCase()),
    ),
  );
}

/**
 * What is known of one session's catalogue, and what of it is open. Loads a list when it is first opened, a
 * page at a time. Calls `tell` after each change.
 */
export class Catalogue implements KnownCatalogue {
  private readonly lists: Lists = new Map();
  /** Lists that are in view and to be read again. */
  private stale = new Set<string>();
  private readonly open = new Set<string>();
  private system = false;
  private search = '';
  private searching: ReturnType<typeof setTimeout> | undefined;
  /** The latest request for names to complete. */
  private learning = 0;
  /** Lists that are being read. */
  private readonly filling = new Map<string, Promise<void>>();
  /** Names by the namespace that needs none. */
  private readonly known = new Map<string, CompletionNames>();
  private lines: TreeNode[] | null = null;

  /** `home` is the namespace whose names need none: it is opened first. */
  constructor(
    private readonly read: ReadCatalogue,
    private readonly tell: () => void,
    private readonly home = 'public',
    readonly words: KnownCatalogue['words'] = WORDS,
  ) {}

  get showsSystem(): boolean {
    return this.system;
  }

  get searched(): string {
    return this.search;
  }

  get namespaces(): Loaded<Namespace> {
    return this.list<Namespace>('');
  }

  /** What is here and answers the search; the server's answer takes its place. */
  get found(): Loaded<Collection> {
    const asked = this.lists.get(FOUND) as Loaded<Collection> | undefined;
    if (asked && (!asked.loading || asked.items.length > 0)) return asked;
    const holds = this.search.toLowerCase();
    const items = this.collections().filter(({ name }) => name.toLowerCase().includes(holds));
    return { ...NOTHING, items, loading: asked?.loading ?? false };
  }

  collectionsOf(namespace: string): Loaded<Collection> {
    return this.list<Collection>(namespace);
  }

  folderOf(namespace: string, collection: string, folder: Folder): Loaded<Leaf> {
    return this.list<Leaf>(folderId(namespace, collection, folder));
  }

  isOpen(id: string): boolean {
    return this.open.has(id);
  }

  /** The lines to show, in order. The same array until something changes. */
  nodes(): TreeNode[] {
    this.lines ??= treeNodes(this);
    return this.lines;
  }

  /** Loads the namespaces, and opens the one at home, or the only one. */
  async start(): Promise<void> {
    await this.loadNamespaces();
    const home = (): Namespace | undefined => this.namespaces.items.find(({ name }) => name === this.home);
    for (let pages = 1; !home() && this.namespaces.more && pages < HOME_PAGES_MAX; pages++)
      await this.loadNamespaces(this.namespaces.items);
    const { items } = this.namespaces;
    const first = home() ?? (items.length === 1 ? items[0] : undefined);
    if (first && !this.open.has(first.name)) this.toggle(first.name);
  }

  /** Reads everything that is open again. Quietly, what is here stays in view until the answers have come, which are as long. */
  async refresh(how: 'aloud' | 'quietly' = 'aloud'): Promise<void> {
    const kept = how === 'quietly' ? ['', FOUND, ...this.open] : [];
    for (const id of this.lists.keys()) if (!kept.includes(id)) this.lists.delete(id);
    this.stale = new Set(this.lists.keys());
    this.known.clear();
    await this.loadNamespaces();
    for (const id of this.open) this.load(id);
    if (this.stale.has(FOUND)) this.find();
    else this.searchFor(this.search);
  }

  toggleSystem(): void {
    this.system = !this.system;
    void this.refresh();
  }

  /**
   * Shows only collections whose name holds `text`, in all namespaces. The server looks unless all of them
   * are here.
   */
  searchFor(text: string): void {
    this.search = text.trim();
    this.lists.delete(FOUND);
    clearTimeout(this.searching);
    if (this.search !== '' && !this.isAllHere()) {
      this.lists.set(FOUND, { ...NOTHING, loading: true });
      this.searching = setTimeout(() => this.find(), SEARCH_DELAY_MS);
    }
    this.changed();
  }

  toggle(id: string): void {
    if (this.open.has(id)) this.open.delete(id);
    else {
      this.open.add(id);
      this.load(id);
      const [namespace, collection, , folder] = id.split('\0');
      // Whoever opens a collection most often wants its columns.
      if (collection !== undefined && folder === undefined) {
        const columns = folderId(namespace!, collection, 'columns');
        this.open.add(columns);
        this.load(columns);
      }
    }
    this.changed();
  }

  /**
   * Reads the next page of a namespace; where it is empty, of what was found, or of the namespaces
   * themselves.
   */
  loadMore(namespace: string): void {
    const isSearch = namespace === '' && this.search !== '';
    const list = this.list(isSearch ? FOUND : namespace);
    if (!list.more || list.loading) return;
    if (isSearch) this.find(this.list<Collection>(FOUND).items);
    else if (namespace === '') void this.loadNamespaces(this.namespaces.items);
    else this.loadCollections(namespace, this.collectionsOf(namespace).items);
  }

  /**
   * What is loaded, for the editor to complete: collections with their columns, by name with namespace and, in
   * `home`, without.
   */
  names(home = this.home, text = '', places: readonly NamedPlace[] = []): CompletionNames {
    const all = this.collections();
    const isMany = all.length > COMPLETED_MAX;
    const known = isMany ? undefined : this.known.get(home);
    if (known) return known;
    const names: Record<string, NamedCollection> & { [PART]?: true } = {};
    if (isMany || this.list(home).more) names[PART] = true;
    const offered = isMany ? [...namedIn(text, all, home), ...near(places, all, home)] : all;
    for (const { namespace, name, kind } of offered.slice(0, COMPLETED_MAX)) {
      const columns = this.folderOf(namespace, name, 'columns').items.map((column) => column.name);
      const collection = { name, kind: COLLECTION_KINDS[kind], columns };
      names[`${namespace}.${name}`] = collection;
      if (namespace === home) names[name] = collection;
    }
    this.known.set(home, names);
    return names;
  }

  /**
   * The same, once the collections of `home` are read, what the server has of those that a statement begins to name, and the columns of
   * those that it names.
   */
  async learn(text: string, places: readonly NamedPlace[] = [], home = this.home): Promise<CompletionNames> {
    const isThere = (namespace: string): boolean =>
      this.namespaces.items.some(({ name }) => name === namespace);
    if (isThere(home)) await this.loaded(home);
    const unknown = places
      .filter((place) => isThere(place.namespace ?? home) && !this.isKnown(place, home))
      .slice(-LEARNED_MAX);
    if (unknown.length > 0) {
      const turn = ++this.learning;
      await new Promise((wait) => setTimeout(wait, SEARCH_DELAY_MS));
      if (turn === this.learning) await Promise.all(unknown.map((place) => this.look(place, home)));
    }
    const named = namedIn(text, this.collections(), home).slice(0, LEARNED_MAX);
    await Promise.all(named.map(({ namespace, name }) => this.loaded(folderId(namespace, name, 'columns'))));
    return this.names(home, text, places);
  }

  /** Every collection that is here, for the palette. */
  collections(): readonly Collection[] {
    const ids = [...this.namespaces.items.map(({ name }) => name), ...this.foundIds];
    const all = ids.flatMap((id) => this.list<Collection>(id).items);
    return [...new Map(all.map((one) => [`${one.namespace}\0${one.name}`, one])).values()];
  }

  private changed(): void {
    this.lines = null;
    this.tell();
  }

  private list<T>(id: string): Loaded<T> {
    return (this.lists.get(id) as Loaded<T> | undefined) ?? NOTHING;
  }

  /** Whether every collection is here, so that the page can look for itself. */
  isAllHere(): boolean {
    return (
      this.isWhole('') &&
      this.namespaces.items.every(({ name, collections }) => collections === 0 || this.isWhole(name))
    );
  }

  private isWhole(id: string): boolean {
    const list = this.lists.get(id);
    return list !== undefined && !list.loading && !list.more && list.error === null;
  }

  private load(id: string): void {
    const [namespace, collection, , folder] = id.split('\0');
    if (this.lists.has(id) && !this.stale.has(id)) return;
    if (collection === undefined) this.loadCollections(namespace!);
    else if (folder !== undefined) this.loadFolder(id, namespace!, collection, folder as Folder);
  }

  /** Loads a list that is not here, and waits until it is. */
  private async loaded(id: string): Promise<void> {
    this.load(id);
    await this.filling.get(id);
  }

  private async loadNamespaces(before: readonly Namespace[] = []): Promise<void> {
    await this.fill('', before, async (last) => {
      const request = { list: 'namespaces', system: this.system, after: last?.name ?? null } as const;
      const page = await this.read<CataloguePage & { namespaces: readonly Namespace[] }>(request);
      return { items: page.namespaces, more: page.more };
    });
  }

  private loadCollections(namespace: string, before: readonly Collection[] = []): void {
    void this.fill(namespace, before, (last) => this.readCollections(namespace, last, null));
  }

  private find(before: readonly Collection[] = []): void {
    const { search } = this;
    void this.fill(FOUND, before, (last) => this.readCollections(null, last, search));
  }

  private async readCollections(
    namespace: string | null,
    last: CollectionKey | undefined,
    search: string | null,
  ): Promise<Page<Collection>> {
    const after = last ? { namespace: last.namespace, name: last.name } : null;
    const request = { list: 'collections', namespace, after, search } as const;
    const page = await this.read<CataloguePage & { collections: readonly Collection[] }>(request);
    return { items: page.collections, more: page.more };
  }

  /** Whether all of a namespace is here, or all in it that holds the beginning of a name. */
  private isKnown({ namespace, name }: NamedPlace, home: string): boolean {
    const place = namespace ?? home;
    return (
      this.isWhole(place) || [...name].some((_, i) => this.isWhole(foundId(place, name.slice(0, i + 1))))
    );
  }

  /** Of what was looked for on the server, the oldest first. */
  private get foundIds(): string[] {
    return [...this.lists.keys()].filter((id) => id.startsWith(`${FOUND}\0`));
  }

  /**
   * Looks on the server for what begins to be named in a namespace: what holds the name, and where that is more than a page, what is
   * called so, too.
   */
  private async look({ namespace, name }: NamedPlace, home: string): Promise<void> {
    const place = namespace ?? home;
    if (name === '') return this.loaded(place);
    const id = foundId(place, name);
    const known = this.lists.get(id);
    if (!known || known.error !== null) {
      for (const oldest of this.foundIds.slice(0, 1 - FOUND_LISTS_MAX)) this.lists.delete(oldest);
      void this.fill(id, [], async () => {
        const page = await this.readCollections(place, undefined, name);
        if (!page.more) return page;
        const before = { namespace: place, name: [...name].slice(0, -1).join('') };
        const { items } = await this.readCollections(place, before, name);
        return { items: [...page.items, ...items], more: true };
      });
    }
    await this.filling.get(id);
  }

  private loadFolder(id: string, namespace: string, collection: string, folder: Folder): void {
    void this.fill<Leaf>(id, [], async () => {
      const request = { list: folder, namespace, collection } as const;
      const page = await this.read<CataloguePage & Partial<Record<Folder, readonly Leaf[]>>>(request);
      return { items: page[folder] ?? [], more: page.more };
    });
  }

  /** `read` gives the page after an item, or the first one. */
  private fill<T>(
    id: string,
    before: readonly T[],
    read: (last: T | undefined) => Promise<Page<T>>,
  ): Promise<void> {
    const filled = this.filled(id, before, read).finally(() => {
      if (this.filling.get(id) === filled) this.filling.delete(id);
    });
    this.filling.set(id, filled);
    return filled;
  }

  private async filled<T>(
    id: string,
    before: readonly T[],
    read: (last: T | undefined) => Promise<Page<T>>,
  ): Promise<void> {
    const known = this.stale.delete(id) ? (this.lists.get(id) as Loaded<T>) : null;
    const loading: Loaded<T> = known
      ? { ...known }
      : { items: before, more: false, loading: true, error: null };
    this.lists.set(id, loading);
    this.changed();
    let next: Loaded<T>;
    try {
      const items = [...before];
      let page: Page<T>;
      do {
        page = await read(items.at(-1));
        items.push(...page.items);
      } while (page.more && page.items.length > 0 && items.length < (known?.items.length ?? 0));
      next = { items, more: page.more, loading: false, error: null };
    } catch (error) {
      next = { items: before, more: false, loading: false, error: (error as Error).message };
    }
    // A search or refresh may have started again in the meantime; its answer is the one that counts.
    if (this.lists.get(id) !== loading) return;
    this.lists.set(id, next);
    this.known.clear();
    this.changed();
  }
}
