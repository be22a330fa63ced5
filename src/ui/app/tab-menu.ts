import { type KeyCommand, type KeyPlace, keyCaps, keysOf } from '../controls/key-bindings.ts';
import type { MenuItem } from '../controls/qt-menu.ts';

/** What the menu's items do. */
interface TabMenuActs {
  rename(): void;
  duplicate(): void;
  /** By places to the right; to the left where it is negative. */
  move(by: number): void;
  close(tabIds: readonly string[]): void;
  /** Undefined while no tab has been closed. */
  readonly reopen: (() => void) | undefined;
}

/** What can be done with a tab, and with those beside it; `all` are the ids of the row's tabs in order. */
export function tabMenu(tabId: string, all: readonly string[], acts: TabMenuActs): MenuItem[] {
  const closing = (label: string, tabIds: readonly string[]): MenuItem[] =>
    tabIds.length === 0 ? [] : [{ label, act: () => acts.close(tabIds) }];
  const others = all.filter((one) => one !== tabId);
  const at = all.indexOf(tabId);
  const moving = (label: string, command: 'moveLeft' | 'moveRight', by: number): MenuItem[] =>
    all[at + by] === undefined ? [] : [{ label, keys: keys('tabs', command), act: () => acts.move(by) }];
  return [
    { label: 'Rename', keys: keys('tabs', 'rename'), act: acts.rename },
    { label: 'Duplicate', act: acts.duplicate },
    ...moving('Move left', 'moveLeft', -1),
    ...moving('Move right', 'moveRight', 1),
    { label: 'Close', keys: keys('tabs', 'close'), apart: true, act: () => acts.close([tabId]) },
    ...closing('Close others', others),
    ...closing('Close all to the right', all.slice(at + 1)),
    ...closing('Close all', others.length === 0 ? [] : all),
    ...(acts.reopen
      ? [{ label: 'Reopen closed', keys: keys('page', 'reopenTab'), apart: true, act: acts.reopen }]
      : []),
  ];
}

function keys<P extends KeyPlace>(place: P, command: KeyCommand<P>): string {
  return keyCaps(keysOf(place, command));
}
