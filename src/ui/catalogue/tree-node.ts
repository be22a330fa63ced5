import type {
  Collection,
  CollectionKind,
  ColumnInfo,
  ForeignKey,
  Index,
  Namespace,
} from '../../events/catalogue.ts';
import type { IconName } from '../controls/icons.ts';

/** A list of the catalogue as far as it was loaded. */
export interface Loaded<T> {
  readonly items: readonly T[];
  readonly more: boolean;
  readonly loading: boolean;
  readonly error: string | null;
}

/** What hangs below a collection, each collapsed at first. */
const FOLDERS = { columns: 'Columns', indexes: 'Indexes', foreignKeys: 'Foreign keys' } as const;
export type Folder = keyof typeof FOLDERS;

/** What is known of a catalogue, and what of it is open. */
export interface KnownCatalogue {
  /** What collections are looked for; empty shows all. */
  readonly searched: string;
  /** What a search found in all namespaces. */
  readonly found: Loaded<Collection>;
  readonly namespaces: Loaded<Namespace>;
  /** What is said where there is no namespace, and no collection. */
  readonly words: { readonly noNamespace: string; readonly noCollection: string };
  collectionsOf(namespace: string): Loaded<Collection>;
  folderOf(namespace: string, collection: string, folder: Folder): Loaded<ColumnInfo | Index | ForeignKey>;
  isOpen(id: string): boolean;
}

/** A line of the tree. */
export interface TreeNode {
  readonly id: string;
  readonly level: number;
  readonly kind: 'namespace' | 'collection' | 'folder' | 'leaf' | 'ddl' | 'more' | 'note';
  readonly name: string;
  /** What stands at its end: a count, a type. */
  readonly detail: string;
  /** What there is to say of it besides; shown when the pointer rests on it. */
  readonly title: string;
  readonly expandable: boolean;
  readonly expanded: boolean;
  readonly namespace: string;
  readonly collection: string;
  readonly icon: IconName | null;
  /** Stands for something that is on its way. */
  readonly waits: boolean;
  /** Its place among its neighbours from 1, and how many there are; 0 and -1 where that is not known. */
  readonly place: number;
  readonly of: number;
}

const ICONS: Readonly<Record<CollectionKind, IconName>> = {
  table: 'table',
  collection: 'braces',
  view: 'eye',
  materializedView: 'layers',
  foreignTable: 'link',
};

/** What a collection is, in words. */
export const COLLECTION_KINDS: Readonly<Record<CollectionKind, string>> = {
  table: 'table',
  collection: 'collection',
  view: 'view',
  materializedView: 'materialized view',
  foreignTable: 'foreign table',
};

/** The folders that a kind of collection can have something in. */
const FOLDERS_OF: Readonly<Record<CollectionKind, readonly Folder[]>> = {
  table: ['columns', 'indexes', 'foreignKeys'],
  collection: ['columns', 'indexes'],
  view: ['columns'],
  materializedView: ['columns', 'indexes'],
  foreignTable: ['columns'],
};

/** The id of a collection's line. No name holds NUL. */
function collectionId(namespace: string, collection: string): string {
  return `${namespace}\0${collection}`;
}

/** The id of a folder's line. */
export function folderId(namespace: string, collection: string, folder: Folder): string {
  return `${collectionId(namespace, collection)}\0\0${folder}`;
}

/** `84 k`, `11.9 M`: an estimate is never shown to the digit. */
export function estimate(rows: number | null): string {
  if (rows === null) return '';
  if (rows < 1000) return `~${rows}`;
  if (rows < 1_000_000) return `~${rows < 10_000 ? (rows / 1000).toFixed(1) : Math.round(rows / 1000)} k`;
  return `~${(rows / 1_000_000).toFixed(1)} M`;
}

/** `512 B`, `84 kB`, `1.2 GB`, as disks are counted. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

/** The lines to show, in order. */
export function treeNodes(catalogue: KnownCatalogue): TreeNode[] {
  if (catalogue.searched) return searchNodes(catalogue);
  const { namespaces, words } = catalogue;
  const more = namespaces.more && !namespaces.loading ? [moreNode('', 2)] : [];
  const nodes = namespaces.items.flatMap(({ name, collections }) => {
    const expanded = catalogue.isOpen(name);
    const line = node({
      id: name,
      level: 2,
      kind: 'namespace',
      name,
      detail: collections === null ? '' : String(collections),
      expanded,
      namespace: name,
    });
    return expanded ? [line, ...collectionNodes(catalogue, name)] : [line];
  });
  return [...nodes, ...more, ...noteNodes('', 2, namespaces, words.noNamespace)];
}

/** What was found, by namespace. */
function searchNodes(catalogue: KnownCatalogue): TreeNode[] {
  const { found } = catalogue;
  const byNamespace = new Map<string, Collection[]>();
  for (const one of found.items)
    byNamespace.set(one.namespace, [...(byNamespace.get(one.namespace) ?? []), one]);
  const nodes = [...byNamespace].flatMap(([name, collections]) => [
    node({ id: `${name}\0\0found`, level: 2, kind: 'namespace', name, expandable: false, namespace: name }),
    ...collections.flatMap((one, i) =>
      collectionNode(catalogue, one, i + 1, found.more ? -1 : collections.length),
    ),
  ]);
  const more = found.more && !found.loading ? [moreNode('', 2)] : [];
  return [...nodes, ...more, ...noteNodes('', 2, found, 'No match.')];
}

function collectionNodes(catalogue: KnownCatalogue, namespace: string): TreeNode[] {
  const list = catalogue.collectionsOf(namespace);
  const of = list.more ? -1 : list.items.length;
  return [
    ...list.items.flatMap((one, i) => collectionNode(catalogue, one, i + 1, of)),
    ...(list.more && !list.loading ? [moreNode(namespace, 3)] : []),
    ...noteNodes(namespace, 3, list, catalogue.words.noCollection),
  ];
}

/** The end of a list that goes on: the namespaces, or what a search found, where `namespace` is empty. */
function moreNode(namespace: string, level: number): TreeNode {
  return node({
    id: `${namespace}\0\0more`,
    level,
    kind: 'more',
    name: 'Load more',
    namespace,
    expandable: false,
  });
}

function collectionNode(catalogue: KnownCatalogue, one: Collection, place: number, of: number): TreeNode[] {
  const { namespace, name, kind, rowsEstimated, bytes } = one;
  const id = collectionId(namespace, name);
  const expanded = catalogue.isOpen(id);
  const size = bytes === null ? [] : [`~${bytesText(bytes)} on disk`];
  const rows = rowsEstimated === null ? [] : [`${estimate(rowsEstimated)} rows, estimated by the server`];
  const line = node({
    id,
    level: 3,
    kind: 'collection',
    name,
    detail: kind === 'view' ? 'view' : estimate(rowsEstimated),
    title: [COLLECTION_KINDS[kind], ...rows, ...size].join(' · '),
    expanded,
    icon: ICONS[kind],
    namespace,
    collection: name,
    place,
    of,
  });
  return expanded ? [line, ...folderNodes(catalogue, one)] : [line];
}

function folderNodes(
  catalogue: KnownCatalogue,
  { namespace, name: collection, kind }: Collection,
): TreeNode[] {
  const folders = FOLDERS_OF[kind].flatMap((folder) => {
    const id = folderId(namespace, collection, folder);
    const expanded = catalogue.isOpen(id);
    const name = kind === 'collection' && folder === 'columns' ? 'Fields (sampled)' : FOLDERS[folder];
    const line = node({ id, level: 4, kind: 'folder', name, expanded, namespace, collection });
    if (!expanded) return [line];
    const list = catalogue.folderOf(namespace, collection, folder);
    const leaves = list.items.map((item) => leafNode(id, item));
    return [line, ...leaves, ...noteNodes(id, 5, list, 'None.')];
  });
  const ddl = `${collectionId(namespace, collection)}\0\0ddl`;
  return [
    ...folders,
    node({
      id: ddl,
      level: 4,
      kind: 'ddl',
      name: 'DDL',
      expandable: false,
      icon: 'file-code',
      namespace,
      collection,
    }),
  ];
}

function leafNode(id: string, item: ColumnInfo | Index | ForeignKey): TreeNode {
  if ('nullable' in item) return columnNode(id, item);
  const { name, columns } = item;
  const leaf = { id: `${id}\0${name}`, level: 5, kind: 'leaf', name, expandable: false } as const;
  if ('unique' in item) {
    const said = item.primary ? 'primary key' : item.unique ? 'unique' : '';
    const detail = `${columns.join(', ')}${said && !item.primary ? ` · ${said}` : ''}`;
    return node({
      ...leaf,
      detail,
      title: [said, item.definition].filter(Boolean).join(' · '),
      icon: item.primary ? 'key' : null,
    });
  }
  const { namespace, collection, referenced } = item;
  const detail = `${columns.join(', ')} → ${collection}`;
  const title = `${columns.join(', ')} → ${namespace}.${collection} (${referenced.join(', ')})`;
  return node({ ...leaf, detail, title, icon: 'link' });
}

function columnNode(
  id: string,
  { name, type, nullable, primaryKey, default: otherwise, generated, attributes = [] }: ColumnInfo,
): TreeNode {
  const expression =
    otherwise === null ? [] : [generated ? `generated as ${otherwise}` : `default ${otherwise}`];
  const said = [nullable ? 'nullable' : 'not null', ...expression, ...attributes];
  return node({
    id: `${id}\0${name}`,
    level: 5,
    kind: 'leaf',
    name,
    detail: `${type}${generated ? ' · generated' : nullable ? ' · null' : ''}${attributes.includes('INVISIBLE') ? ' · invisible' : ''}`,
    title: [type, primaryKey === null ? '' : `column ${primaryKey} of the primary key`, ...said]
      .filter(Boolean)
      .join(' · '),
    expandable: false,
    icon: primaryKey === null ? null : 'key',
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
    title: '',
    expandable: true,
    expanded: false,
    namespace: '',
    collection: '',
    icon: null,
    waits: false,
    place: 0,
    of: -1,
    ...given,
  };
}
