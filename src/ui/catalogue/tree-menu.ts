import { descriptorOf } from '../../events/engines/index.ts';
import type { Target } from '../../events/profile.ts';
import { writeClipboard } from '../controls/clipboard.ts';
import { type MenuItem, menuAt } from '../controls/qt-menu.ts';
import type { Catalogue } from './catalogue.ts';
import type { TreeNode } from './tree-node.ts';

/** What can be done with a collection of the tree. */
export function collectionMenu(
  { engine, database }: Pick<Target, 'engine' | 'database'>,
  { namespace, collection }: Pick<TreeNode, 'namespace' | 'collection'>,
  acts: { open(): void; ddl(): void },
): MenuItem[] {
  const { words, qualified, openText } = descriptorOf(engine);
  const copy = (text: string) => () => void writeClipboard(text);
  return [
    { label: words.open, keys: 'Enter', act: acts.open },
    { label: 'Show DDL', act: acts.ddl },
    { label: 'Copy name', act: copy(collection), apart: true },
    { label: 'Copy qualified name', act: copy(qualified(namespace, collection, database)) },
    { label: 'Copy statement', act: copy(openText(namespace, collection, database)) },
  ];
}

/** What can be done with a connection: with its catalogue while it is open, and with what is saved of it, each an event. */
export function profileMenu(
  catalogue: Pick<Catalogue, 'refresh' | 'showsSystem' | 'toggleSystem'> | undefined,
  isSaved: boolean,
  fire: (type: string) => void,
): MenuItem[] {
  const ofCatalogue: MenuItem[] = catalogue
    ? [
        { label: 'Refresh the catalogue', act: () => void catalogue.refresh() },
        {
          label: `${catalogue.showsSystem ? 'Hide' : 'Show'} system schemas`,
          act: () => catalogue.toggleSystem(),
        },
      ]
    : [];
  if (!isSaved) return ofCatalogue;
  return [
    ...ofCatalogue,
    { label: 'Edit…', act: () => fire('qt-edit-connection'), apart: ofCatalogue.length > 0 },
    { label: 'Duplicate', act: () => fire('qt-duplicate-connection') },
    { label: 'Delete…', act: () => fire('qt-delete-connection'), danger: true, apart: true },
  ];
}

/** Offers a menu of a line where the pointer is; for the keyboard and a button, below the line. */
export function menuOfLine(line: HTMLElement, label: string, items: readonly MenuItem[], event: Event): void {
  event.preventDefault();
  event.stopPropagation();
  const { left, bottom } = line.getBoundingClientRect();
  const pointed = event instanceof MouseEvent && event.type === 'contextmenu';
  menuAt(line, label, items, pointed ? event.clientX : left + 40, pointed ? event.clientY : bottom);
}
