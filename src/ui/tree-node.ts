import type { Collection, ColumnInfo, ForeignKey, Index, Namespace } from '../events/catalogue.ts';

/** A list of the catalogue as far as it was loaded. */
export interface Loaded<T> {
  readonly items: readonly T[];
  readonly more: boolean;
  readonly loading: boolean;
  readonly error: string | null;
}

/** What is known of a catalogue, and what of it is open. */
export interface KnownCatalogue {
  /** What collections are looked for; empty shows all. */
  readonly searched: string;
  readonly namespaces: Loaded<Namespace>;
  collectionsOf(namespace: string): Loaded<Collection>;
  columnsOf(namespace: string, collection: string): Loaded<ColumnInfo>;
  indexesOf(namespace: string, collection: string): Loaded<Index>;
  foreignKeysOf(namespace: string, collection: string): Loaded<ForeignKey>;
  isOpen(id: string): boolean;
}

/** A line of the tree. */
export interface TreeNode {
  readonly id: string;
  readonly level: number;
  readonly kind: 'namespace' | 'collection' | 'column' | 'group' | 'index' | 'foreignKey' | 'more' | 'note';
  readonly name: string;
  /** What stands at its end: a count, a type. */
  readonly detail: string;
  readonly expandable: boolean;
  readonly expanded: boolean;
  readonly namespace: string;
  readonly collection: string;
  readonly icon: 'table' | 'eye' | 'layers' | 'link' | 'key' | null;
  /** Stands for something that is on its way. */
  readonly waits: boolean;
}

const ICONS = {
  table: 'table',
  collection: 'table',
  view: 'eye',
  materializedView: 'layers',
  foreignTable: 'link',
} as const;

/** The id of a collection's line. No name holds NUL. */
export function collectionId(namespace: string, collection: string): string {
  return `${namespace}\0${collection}`;
}

/** `84 k`, `11.9 M`: an estimate is never shown to the digit. */
export function estimate(rows: number | null): string {
  if (rows === null) return '';
  if (rows < 1000) return `~${rows}`;
  if (rows < 1_000_000) return `~${rows < 10_000 ? (rows / 1000).toFixed(1) : Math.round(rows / 1000)} k`;
  return `~${(rows / 1_000_000).toFixed(1)} M`;
}

/** The lines to show, in order. */
export function treeNodes(catalogue: KnownCatalogue): TreeNode[] {
  const { namespaces } = catalogue;
  const nodes = namespaces.items.flatMap(({ name, collections }) => {
    const expanded = catalogue.isOpen(name);
    const detail = String(collections);
    const line = node({ id: name, level: 2, kind: 'namespace', name, detail, expanded, namespace: name });
    return expanded ? [line, ...collectionNodes(catalogue, name)] : [line];
  });
  return [...nodes, ...noteNodes('', 2, namespaces, 'Nothing that you may see.')];
}

function collectionNodes(catalogue: KnownCatalogue, namespace: string): TreeNode[] {
  const list = catalogue.collectionsOf(namespace);
  const nodes = list.items.flatMap(({ name, kind, rowsEstimated }) => {
    const id = collectionId(namespace, name);
    const expanded = catalogue.isOpen(id);
    const detail = kind === 'view' ? 'view' : estimate(rowsEstimated);
    const place = { namespace, collection: name };
    const line = node({
      id,
      level: 3,
      kind: 'collection',
      name,
      detail,
      expanded,
      icon: ICONS[kind],
      ...place,
    });
    return expanded
      ? [
          line,
          ...columnNodes(catalogue, namespace, name),
          ...groupNodes(catalogue, namespace, name, 'indexes'),
          ...groupNodes(catalogue, namespace, name, 'foreignKeys'),
        ]
      : [line];
  });
  const more = { id: `${namespace}\0\0more`, level: 3, kind: 'more', name: 'Load more', namespace } as const;
  const empty = catalogue.searched ? 'Nothing by that name here.' : 'Nothing in here.';
  return [
    ...nodes,
    ...(list.more && !list.loading ? [node({ ...more, expandable: false })] : []),
    ...noteNodes(namespace, 3, list, empty),
  ];
}

function columnNodes(catalogue: KnownCatalogue, namespace: string, collection: string): TreeNode[] {
  const id = collectionId(namespace, collection);
  const columns = catalogue.columnsOf(namespace, collection);
  const nodes = columns.items.map(({ name, type, primaryKey }) =>
    node({
      id: `${id}\0${name}`,
      level: 4,
      kind: 'column',
      name,
      detail: type,
      expandable: false,
      namespace,
      collection,
      icon: primaryKey === null ? null : 'key',
    }),
  );
  return [...nodes, ...noteNodes(id, 4, columns, 'No columns.')];
}

/** The lists that hang below a collection's columns, each folded until somebody asks. */
export const GROUPS = { indexes: 'Indexes', foreignKeys: 'Foreign keys' } as const;
export type Group = keyof typeof GROUPS;

/** The id of a group's line. */
export function groupId(namespace: string, collection: string, group: Group): string {
  return `${collectionId(namespace, collection)}\0\0${group}`;
}

function groupNodes(
  catalogue: KnownCatalogue,
  namespace: string,
  collection: string,
  group: Group,
): TreeNode[] {
  const id = groupId(namespace, collection, group);
  const expanded = catalogue.isOpen(id);
  const place = { namespace, collection };
  const line = node({ id, level: 4, kind: 'group', name: GROUPS[group], expanded, ...place });
  if (!expanded) return [line];
  const list =
    group === 'indexes'
      ? catalogue.indexesOf(namespace, collection)
      : catalogue.foreignKeysOf(namespace, collection);
  const lines = list.items.map((item) => ('unique' in item ? indexNode(id, item) : foreignKeyNode(id, item)));
  return [line, ...lines, ...noteNodes(id, 5, list, 'None.')];
}

function indexNode(id: string, { name, columns, unique, primary }: Index): TreeNode {
  const detail = `${columns.join(', ')}${primary ? '' : unique ? ' · unique' : ''}`;
  return node({
    id: `${id}\0${name}`,
    level: 5,
    kind: 'index',
    name,
    detail,
    expandable: false,
    icon: primary ? 'key' : null,
  });
}

function foreignKeyNode(
  id: string,
  { name, columns, namespace, collection, referenced }: ForeignKey,
): TreeNode {
  const detail = `${columns.join(', ')} → ${namespace}.${collection} (${referenced.join(', ')})`;
  return node({
    id: `${id}\0${name}`,
    level: 5,
    kind: 'foreignKey',
    name,
    detail,
    expandable: false,
    icon: 'link',
  });
}

/** Why a list has no lines, or none yet. */
function noteNodes(id: string, level: number, list: Loaded<unknown>, empty: string): TreeNode[] {
  const { error, loading, items } = list;
  const name = error ?? (loading ? 'Reading the catalogue…' : items.length === 0 ? empty : null);
  if (name === null) return [];
  const waits = loading && error === null;
  return [node({ id: `${id}\0\0note`, level, kind: 'note', name, expandable: false, waits })];
}

function node(given: Partial<TreeNode> & Pick<TreeNode, 'id' | 'level' | 'kind' | 'name'>): TreeNode {
  return {
    detail: '',
    expandable: true,
    expanded: false,
    namespace: '',
    collection: '',
    icon: null,
    waits: false,
    ...given,
  };
}
