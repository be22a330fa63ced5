import type {
  CataloguePage,
  CatalogueRequest,
  Collection,
  ColumnInfo,
  ForeignKey,
  Index,
  Namespace,
} from '../events/catalogue.ts';
import {
  collectionId,
  type Group,
  groupId,
  type KnownCatalogue,
  type Loaded,
  type TreeNode,
  treeNodes,
} from './tree-node.ts';

const NOTHING: Loaded<never> = { items: [], more: false, loading: false, error: null };
const LOADING: Loaded<never> = { ...NOTHING, loading: true };

/** Each search on the server is a statement and its records; letters typed faster than this are one search. */
export const SEARCH_DELAY_MS = 250;

/** Reads a page of the catalogue. */
export type ReadCatalogue = <P extends CataloguePage>(request: CatalogueRequest) => Promise<P>;

/** Lists by the id of the line they hang below; the namespaces below the empty one. */
type Lists = Map<string, Loaded<unknown>>;

interface Page<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

/**
 * What is known of one session's catalogue, and what of it is open. Loads a list when it is first opened, a page at a
 * time. Calls `tell` after each change.
 */
export class Catalogue implements KnownCatalogue {
  private readonly lists: Lists = new Map();
  /** What a search found on the server, by namespace; only where a namespace is not here as a whole. */
  private readonly found: Lists = new Map();
  private readonly open = new Set<string>();
  private system = false;
  private search = '';
  private searching: ReturnType<typeof setTimeout> | undefined;
  private known: Record<string, string[]> | null = null;

  constructor(
    private readonly read: ReadCatalogue,
    private readonly tell: () => void,
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

  /** A namespace's collections as far as they answer the search. */
  collectionsOf(namespace: string): Loaded<Collection> {
    const list = this.list<Collection>(namespace);
    if (!this.search) return list;
    const found = this.found.get(namespace) as Loaded<Collection> | undefined;
    const holds = this.search.toLowerCase();
    const items = list.items.filter(({ name }) => name.toLowerCase().includes(holds));
    return found ?? { ...list, items };
  }

  columnsOf(namespace: string, collection: string): Loaded<ColumnInfo> {
    return this.list<ColumnInfo>(collectionId(namespace, collection));
  }

  indexesOf(namespace: string, collection: string): Loaded<Index> {
    return this.list<Index>(groupId(namespace, collection, 'indexes'));
  }

  foreignKeysOf(namespace: string, collection: string): Loaded<ForeignKey> {
    return this.list<ForeignKey>(groupId(namespace, collection, 'foreignKeys'));
  }

  isOpen(id: string): boolean {
    return this.open.has(id);
  }

  /** The lines to show, in order. */
  nodes(): TreeNode[] {
    return treeNodes(this);
  }

  /** Loads the namespaces, and opens `public` or the only one. */
  async start(): Promise<void> {
    await this.loadNamespaces();
    const { items } = this.namespaces;
    const first = items.find(({ name }) => name === 'public') ?? (items.length === 1 ? items[0] : undefined);
    if (first && !this.open.has(first.name)) this.toggle(first.name);
  }

  /** Reads everything that is open anew. */
  async refresh(): Promise<void> {
    this.lists.clear();
    this.found.clear();
    await this.loadNamespaces();
    for (const id of this.open) this.load(id);
    this.searchFor(this.search);
  }

  toggleSystem(): void {
    this.system = !this.system;
    void this.refresh();
  }

  /** Shows only collections whose name holds `text`. The server looks where a namespace is not here as a whole. */
  searchFor(text: string): void {
    this.search = text.trim();
    this.found.clear();
    clearTimeout(this.searching);
    const asked = this.search === '' ? [] : [...this.open].filter((id) => !this.isWhole(id));
    for (const namespace of asked) this.found.set(namespace, LOADING);
    if (asked.length > 0)
      this.searching = setTimeout(() => {
        for (const namespace of asked) this.findCollections(namespace, null);
      }, SEARCH_DELAY_MS);
    this.changed();
  }

  toggle(id: string): void {
    if (this.open.has(id)) this.open.delete(id);
    else {
      this.open.add(id);
      this.load(id);
      if (this.search && !this.isWhole(id) && !this.found.has(id)) this.findCollections(id, null);
    }
    this.changed();
  }

  loadMore(namespace: string): void {
    const last = (list: Loaded<Collection>): string | null => list.items.at(-1)?.name ?? null;
    if (this.found.has(namespace)) this.findCollections(namespace, last(this.collectionsOf(namespace)));
    else this.loadCollections(namespace, last(this.list<Collection>(namespace)));
  }

  /** What is loaded, for the editor to complete: names of columns by collection, with and without namespace. */
  names(): Record<string, string[]> {
    if (this.known) return this.known;
    const names: Record<string, string[]> = {};
    for (const { namespace, name } of this.collections()) {
      const columns = this.columnsOf(namespace, name).items.map((column) => column.name);
      names[`${namespace}.${name}`] = columns;
      if (namespace === 'public') names[name] = columns;
    }
    this.known = names;
    return names;
  }

  /** Every collection that is loaded, for the palette. */
  collections(): readonly Collection[] {
    return this.namespaces.items.flatMap(({ name }) => this.list<Collection>(name).items);
  }

  private changed(): void {
    this.known = null;
    this.tell();
  }

  private list<T>(id: string): Loaded<T> {
    return (this.lists.get(id) as Loaded<T> | undefined) ?? NOTHING;
  }

  /** Whether all of a namespace is here, so that the page can look for itself. Columns are not searched. */
  private isWhole(id: string): boolean {
    const list = this.lists.get(id);
    return id.includes('\0') || (list !== undefined && !list.loading && !list.more && list.error === null);
  }

  private load(id: string): void {
    const [namespace, collection, , group] = id.split('\0');
    if (this.lists.has(id)) return;
    if (collection === undefined) this.loadCollections(namespace!, null);
    else if (group === undefined) this.loadColumns(namespace!, collection);
    else this.loadGroup(id, namespace!, collection, group as Group);
  }

  private async loadNamespaces(): Promise<void> {
    await this.fill<Namespace>(this.lists, '', [], async () => {
      const request = { list: 'namespaces', system: this.system } as const;
      const page = await this.read<CataloguePage & { namespaces: readonly Namespace[] }>(request);
      return { items: page.namespaces, more: page.more };
    });
  }

  private loadCollections(namespace: string, after: string | null): void {
    const before = after === null ? [] : this.list<Collection>(namespace).items;
    void this.fill(this.lists, namespace, before, () => this.readCollections(namespace, after, null));
  }

  private findCollections(namespace: string, after: string | null): void {
    const before = after === null ? [] : this.collectionsOf(namespace).items;
    const { search } = this;
    void this.fill(this.found, namespace, before, () => this.readCollections(namespace, after, search));
  }

  private async readCollections(
    namespace: string,
    after: string | null,
    search: string | null,
  ): Promise<Page<Collection>> {
    const request = { list: 'collections', namespace, after, search } as const;
    const page = await this.read<CataloguePage & { collections: readonly Collection[] }>(request);
    return { items: page.collections, more: page.more };
  }

  private loadColumns(namespace: string, collection: string): void {
    void this.fill<ColumnInfo>(this.lists, collectionId(namespace, collection), [], async () => {
      const request = { list: 'columns', namespace, collection } as const;
      const page = await this.read<CataloguePage & { columns: readonly ColumnInfo[] }>(request);
      return { items: page.columns, more: page.more };
    });
  }

  private loadGroup(id: string, namespace: string, collection: string, group: Group): void {
    void this.fill<Index | ForeignKey>(this.lists, id, [], async () => {
      const request = { list: group, namespace, collection } as const;
      const page = await this.read<CataloguePage & Partial<Record<Group, readonly (Index | ForeignKey)[]>>>(
        request,
      );
      return { items: page[group] ?? [], more: page.more };
    });
  }

  private async fill<T>(
    lists: Lists,
    id: string,
    before: readonly T[],
    read: () => Promise<Page<T>>,
  ): Promise<void> {
    const loading: Loaded<T> = { items: before, more: false, loading: true, error: null };
    lists.set(id, loading);
    this.changed();
    let next: Loaded<T>;
    try {
      const { items, more } = await read();
      next = { items: [...before, ...items], more, loading: false, error: null };
    } catch (error) {
      next = { items: before, more: false, loading: false, error: (error as Error).message };
    }
    // A search or refresh may have begun anew meanwhile; its answer is the one that counts.
    if (lists.get(id) !== loading) return;
    lists.set(id, next);
    this.changed();
  }
}
