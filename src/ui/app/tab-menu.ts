import { type KeyCommand, type KeyPlace, keyCaps, keysOf } from '../controls/key-bindings.ts';
import type { MenuItem } from '../controls/qt-menu.ts';

/** What the menu's items do. */
interface TabMenuActs {
  rename(): void;
  duplicate(): void;
  close(tabIds: readonly string[]): void;
  /** Undefined while no tab has been closed. */
  readonly reopen: (() => void) | undefined;
}

/** What can be done with a tab, and with those beside it; `all` are the ids of the row's tabs in order. */
export function tabMenu(tabId: string, all: readonly string[], acts: TabMenuActs): MenuItem[] {
  const closing = (label: string, tabIds: readonly string[]): MenuItem => ({
    label,
    act: () => acts.close(tabIds),
    ...(tabIds.length === 0 ? { lacking: 'There is no such tab.' } : {}),
  });
  return [
    { label: 'Rename', keys: keys('tabs', 'rename'), act: acts.rename },
    { label: 'Duplicate', act: acts.duplicate },
    { ...closing('Close', [tabId]), keys: keys('page', 'closeTab'), apart: true },
    closing(
      'Close others',
      all.filter((one) => one !== tabId),
    ),
    closing('Close all to the right', all.slice(all.indexOf(tabId) + 1)),
    closing('Close all', all),
    {
      label: 'Reopen the last closed',
      keys: keys('page', 'reopenTab'),
      apart: true,
      act: acts.reopen ?? (() => undefined),
      ...(acts.reopen ? {} : { lacking: 'No query was closed in this window.' }),
    },
  ];
}

function keys<P extends KeyPlace>(place: P, command: KeyCommand<P>): string {
  return keyCaps(keysOf(place, command));
}
