import type {
  CataloguePage,
  CatalogueRequest,
  Collection,
  ColumnInfo,
  Namespace,
} from '../events/catalogue.ts';

/** A list of the catalogue as far as it was loaded. */
interface Loaded<T> {
  readonly items: readonly T[];
  readonly more: boolean;
  readonly loading: boolean;
  readonly error: string | null;
}

const NOTHING: Loaded<never> = { items: [], more: false, loading: false, error: null };

/** A line of the tree. */
export interface TreeNode {
  readonly id: string;
  readonly level: number;
  readonly kind: 'namespace' | 'collection' | 'column' | 'more' | 'note';
  readonly name: string;
  /** What stands at its end: a count, a type. */
  readonly detail: string;
  readonly expandable: boolean;
  readonly expanded: boolean;
  readonly namespace: string;
  readonly collection: string;
  readonly icon: 'table' | 'eye' | 'layers' | 'link' | 'key' | null;
}

/** Reads a page of the catalogue. */
export type ReadCatalogue = <P extends CataloguePage>(request: CatalogueRequest) => Promise<P>;

/** `84 k`, `11.9 M`: an estimate is never shown to the digit. */
export function estimate(rows: number | null): string {
  if (rows === null) return '';
  if (rows < 1000) return `~${rows}`;
  if (rows < 1_000_000) return `~${rows < 10_000 ? (rows / 1000).toFixed(1) : Math.round(rows / 1000)} k`;
  return `~${(rows / 1_000_000).toFixed(1)} M`;
}

const ICONS = {
  table: 'table',
  collection: 'table',
  view: 'eye',
  materializedView: 'layers',
  foreignTable: 'link',
} as const;

/** A name as PostgreSQL reads it back: quoted where it would be folded or is no plain name. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Reserved key words (PostgreSQL manual, appendix C), which have to be quoted as names. */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
  current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc distinct do
  else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit
  localtime localtimestamp not null offset on only or order placing primary references returning select session_user some
  symmetric system_user table then to trailing true union unique user using variadic when where window with authorization
  binary collation concurrently cross current_schema freeze full ilike inner is isnull join left like natural notnull outer
  overlaps right similar tablesample verbose`.split(/\s+/),
);

/**
 * What is known of one session's catalogue, and what of it is open. Loads a list when it is first opened, a page at a
 * time. Calls `changed` after each change.
 */
export class Catalogue {
  private readonly lists = new Map<string, Loaded<unknown>>();
  private readonly open = new Set<string>();
  private system = false;
  private search = '';

  constructor(
    private readonly read: ReadCatalogue,
    private readonly changed: () => void,
  ) {}

  get showsSystem(): boolean {
    return this.system;
  }

  get searched(): string {
    return this.search;
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
    await this.loadNamespaces();
    for (const id of this.open) this.load(id);
  }

  toggleSystem(): void {
    this.system = !this.system;
    void this.refresh();
  }

  /** Shows only collections whose name holds `text`; the server does the looking. */
  searchFor(text: string): void {
    this.search = text;
    for (const id of [...this.lists.keys()]) if (!id.includes('\0') && id !== '') this.lists.delete(id);
    for (const id of this.open) if (!id.includes('\0')) this.load(id);
    this.changed();
  }

  toggle(id: string): void {
    if (this.open.has(id)) this.open.delete(id);
    else {
      this.open.add(id);
      this.load(id);
    }
    this.changed();
  }

  loadMore(namespace: string): void {
    const { items } = this.list<Collection>(namespace);
    this.loadCollections(namespace, items.at(-1)?.name ?? null);
  }

  /** The lines to show, in order. */
  nodes(): TreeNode[] {
    const nodes: TreeNode[] = [];
    for (const { name, collections } of this.namespaces.items) {
      const expanded = this.open.has(name);
      nodes.push(
        node({
          id: name,
          level: 2,
          kind: 'namespace',
          name,
          detail: String(collections),
          expanded,
          namespace: name,
        }),
      );
      if (expanded) this.collectionNodes(name, nodes);
    }
    this.notes('', 2, this.namespaces, 'No schema that you may see.', nodes);
    return nodes;
  }

  /** What is loaded, for the editor to complete: names of columns by collection, with and without namespace. */
  names(): Record<string, string[]> {
    const names: Record<string, string[]> = {};
    for (const { name: namespace } of this.namespaces.items) {
      for (const { name } of this.list<Collection>(namespace).items) {
        const columns = this.list<ColumnInfo>(`${namespace}\0${name}`).items.map((column) => column.name);
        names[`${namespace}.${name}`] = columns;
        if (namespace === 'public') names[name] = columns;
      }
    }
    return names;
  }

  /** Every collection that is loaded, for the palette. */
  collections(): readonly Collection[] {
    return this.namespaces.items.flatMap(({ name }) => this.list<Collection>(name).items);
  }

  private get namespaces(): Loaded<Namespace> {
    return this.list<Namespace>('');
  }

  private collectionNodes(namespace: string, nodes: TreeNode[]): void {
    const list = this.list<Collection>(namespace);
    for (const { name, kind, rowsEstimated } of list.items) {
      const id = `${namespace}\0${name}`;
      const expanded = this.open.has(id);
      const detail = kind === 'view' ? 'view' : estimate(rowsEstimated);
      nodes.push(
        node({
          id,
          level: 3,
          kind: 'collection',
          name,
          detail,
          expanded,
          namespace,
          collection: name,
          icon: ICONS[kind],
        }),
      );
      if (!expanded) continue;
      const columns = this.list<ColumnInfo>(id);
      for (const column of columns.items)
        nodes.push(
          node({
            id: `${id}\0${column.name}`,
            level: 4,
            kind: 'column',
            name: column.name,
            detail: column.type,
            expandable: false,
            namespace,
            collection: name,
            icon: column.primaryKey === null ? null : 'key',
          }),
        );
      this.notes(id, 4, columns, 'No columns.', nodes);
    }
    if (list.more)
      nodes.push(
        node({
          id: `${namespace}\0\0more`,
          level: 3,
          kind: 'more',
          name: 'Load more',
          expandable: false,
          namespace,
        }),
      );
    this.notes(namespace, 3, list, this.search ? 'Nothing by that name.' : 'Nothing in this schema.', nodes);
  }

  private notes(id: string, level: number, list: Loaded<unknown>, empty: string, nodes: TreeNode[]): void {
    const text =
      list.error ?? (list.loading ? 'Reading the catalogue…' : list.items.length === 0 ? empty : null);
    if (text !== null)
      nodes.push(node({ id: `${id}\0\0note`, level, kind: 'note', name: text, expandable: false }));
  }

  private list<T>(id: string): Loaded<T> {
    return (this.lists.get(id) as Loaded<T> | undefined) ?? NOTHING;
  }

  private load(id: string): void {
    const [namespace, collection] = id.split('\0');
    if (this.lists.has(id)) return;
    if (collection === undefined) this.loadCollections(namespace!, null);
    else this.loadColumns(namespace!, collection);
  }

  private async loadNamespaces(): Promise<void> {
    await this.fill<Namespace>('', [], async () => {
      const request = { list: 'namespaces', system: this.system } as const;
      const page = await this.read<CataloguePage & { namespaces: readonly Namespace[] }>(request);
      return { items: page.namespaces, more: page.more };
    });
  }

  private loadCollections(namespace: string, after: string | null): void {
    const before = after === null ? [] : this.list<Collection>(namespace).items;
    void this.fill<Collection>(namespace, before, async () => {
      const request = { list: 'collections', namespace, after, search: this.search || null } as const;
      const page = await this.read<CataloguePage & { collections: readonly Collection[] }>(request);
      return { items: page.collections, more: page.more };
    });
  }

  private loadColumns(namespace: string, collection: string): void {
    void this.fill<ColumnInfo>(`${namespace}\0${collection}`, [], async () => {
      const request = { list: 'columns', namespace, collection } as const;
      const page = await this.read<CataloguePage & { columns: readonly ColumnInfo[] }>(request);
      return { items: page.columns, more: page.more };
    });
  }

  private async fill<T>(
    id: string,
    before: readonly T[],
    read: () => Promise<{ items: readonly T[]; more: boolean }>,
  ): Promise<void> {
    const loading: Loaded<T> = { items: before, more: false, loading: true, error: null };
    this.lists.set(id, loading);
    this.changed();
    let next: Loaded<T>;
    try {
      const { items, more } = await read();
      next = { items: [...before, ...items], more, loading: false, error: null };
    } catch (error) {
      next = { items: before, more: false, loading: false, error: (error as Error).message };
    }
    // A search or refresh may have begun anew meanwhile; its answer is the one that counts.
    if (this.lists.get(id) !== loading) return;
    this.lists.set(id, next);
    this.changed();
  }
}

function node(given: Partial<TreeNode> & Pick<TreeNode, 'id' | 'level' | 'kind' | 'name'>): TreeNode {
  return {
    detail: '',
    expandable: true,
    expanded: false,
    namespace: '',
    collection: '',
    icon: null,
    ...given,
  };
}
