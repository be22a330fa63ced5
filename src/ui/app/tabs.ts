import type { Profile } from '../../events/profile.ts';
import { type BrowserStore, tabStore } from '../browser-store.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { shortened } from '../format/format.ts';
import { CLOSED_TABS_MAX } from '../limits.ts';
import { takeEarlierTabs } from './earlier-tabs.ts';

/**
 * An editor tab. Its text is a draft, which the program stores encrypted; the browser stores nothing of it.
 */
export interface Tab {
  readonly tabId: string;
  readonly profileId: string;
  /** Given by the user; empty takes the statement's first words. */
  readonly title: string;
  readonly text: string;
  /** Whether a statement begins a transaction that the user ends. */
  readonly manualCommit?: boolean;
}

/** The connection that a tab runs on. */
export type TabOwner = Pick<Profile, 'name' | 'environment'>;

/** The connection of each tab by its id; none where all tabs are of one, which the tree, the toolbar and the status bar name. */
export function tabOwners(
  tabs: readonly Tab[],
  profileOf: (profileId: string) => TabOwner | undefined,
): ReadonlyMap<string, TabOwner> {
  const owners = new Map<string, TabOwner>();
  if (new Set(tabs.map(({ profileId }) => profileId)).size < 2) return owners;
  for (const { tabId, profileId } of tabs) {
    const owner = profileOf(profileId);
    if (owner) owners.set(tabId, owner);
  }
  return owners;
}

/** Which tab is shown, over a reload. */
const ACTIVE_KEY = 'querytape.activeTab';

/** What of a tab can be changed. */
export type TabChange = Partial<Pick<Tab, 'title' | 'text' | 'manualCommit'>>;

const TITLE_UNITS_MAX = 28;

/**
 * The open tabs and which of them is shown. Calls `changed` with the id of each one whose draft has changed.
 */
export class Tabs {
  tabs: readonly Tab[] = [];
  activeId = '';
  /** Those that were closed in this page and had a text, the latest last. */
  private closed: readonly Tab[] = [];
  /** Ids of those that have been in view. */
  private readonly viewed = new Set<string>();

  constructor(
    private readonly changed: (tabId: string) => void,
    private readonly store: BrowserStore = tabStore,
  ) {}

  get active(): Tab | undefined {
    return this.tabs.find(({ tabId }) => tabId === this.activeId);
  }

  /** Those that have been in view: what is in the others need not be drawn yet. */
  get drawn(): readonly Tab[] {
    return this.tabs.filter(({ tabId }) => this.viewed.has(tabId));
  }

  /**
   * Puts the tabs of before in front of those that were opened since; one that is here already stays as it
   * is. Those of a version that stored their texts in the browser become drafts.
   */
  restore(before: readonly Tab[], latestId: string): void {
    const { tabs: earlier, activeId } = takeEarlierTabs(this.store);
    const open = new Set(this.tabs.map(({ tabId }) => tabId));
    const restored = new Map<string, Tab>();
    for (const tab of [...before, ...earlier])
      if (!open.has(tab.tabId) && !restored.has(tab.tabId)) restored.set(tab.tabId, tab);
    this.tabs = [...restored.values(), ...this.tabs];
    for (const tab of earlier) if (restored.get(tab.tabId) === tab) this.changed(tab.tabId);
    if (this.active) return;
    const shown = [this.store.get(ACTIVE_KEY), activeId, latestId, this.tabs[0]?.tabId];
    this.show(shown.find((id) => this.tabs.some(({ tabId }) => tabId === id)) ?? '');
  }

  open(profileId: string, text = '', setting: Omit<TabChange, 'text'> = {}): Tab {
    const tabId = `tab-${crypto.randomUUID().slice(0, 13)}`;
    const tab = { title: '', ...setting, tabId, profileId, text };
    this.tabs = [...this.tabs, tab];
    this.changed(tab.tabId);
    this.show(tab.tabId);
    return tab;
  }

  /** Opens another tab with all that a tab has. */
  duplicate({ tabId: _, profileId, text, ...setting }: Tab): Tab {
    return this.open(profileId, text, setting);
  }

  /** Whether `reopen` opens anything. */
  get reopens(): boolean {
    return this.closed.length > 0;
  }

  /** Opens the tab that was closed last once more. */
  reopen(): void {
    const tab = this.closed.at(-1);
    this.closed = this.closed.slice(0, -1);
    if (tab) this.duplicate(tab);
  }

  show(tabId: string): void {
    this.activeId = tabId;
    this.viewed.add(tabId);
    this.store.set(ACTIVE_KEY, tabId);
  }

  /** Shows the tab that is `by` places further, round the end. */
  step(by: number): void {
    const at = this.tabs.findIndex(({ tabId }) => tabId === this.activeId);
    const next = this.tabs[(at + by + this.tabs.length) % this.tabs.length];
    if (next) this.show(next.tabId);
  }

  /** Moves a tab to a place in the row, from 0. Their drafts hold the places of tabs, so each that has another one has changed. */
  move(tabId: string, place: number): void {
    const at = this.tabs.findIndex((tab) => tab.tabId === tabId);
    const to = Math.max(0, Math.min(place, this.tabs.length - 1));
    if (at < 0 || at === to) return;
    const others = this.tabs.filter((_, index) => index !== at);
    this.tabs = [...others.slice(0, to), this.tabs[at]!, ...others.slice(to)];
    for (const moved of this.tabs.slice(Math.min(at, to), Math.max(at, to) + 1)) this.changed(moved.tabId);
  }

  change(tabId: string, changes: TabChange): void {
    this.tabs = this.tabs.map((tab) => (tab.tabId === tabId ? { ...tab, ...changes } : tab));
    this.changed(tabId);
  }

  close(tabId: string): void {
    const at = this.tabs.findIndex((tab) => tab.tabId === tabId);
    const tab = this.tabs[at];
    if (!tab) return;
    if (tab.text.trim() !== '') this.closed = [...this.closed, tab].slice(-CLOSED_TABS_MAX);
    this.tabs = this.tabs.filter((one) => one !== tab);
    this.viewed.delete(tabId);
    if (this.activeId === tabId) this.show((this.tabs[at] ?? this.tabs[at - 1])?.tabId ?? '');
    this.changed(tabId);
  }

  /** Shows the tab at a place, from 0, where there is one. */
  showAt(place: number): void {
    const tab = this.tabs[place];
    if (tab) this.show(tab.tabId);
  }
}

/** Comments, and what only looks like one inside of quotes, which stand twice for themselves. */
const QUOTED_OR_COMMENT = /"(?:[^"]|"")*"|`(?:[^`]|``)*`|'(?:[^']|'')*'|--.*|^\s*\/\/.*|\/\*[\s\S]*?\*\//gm;
const QUOTED_NAME = /"(?:[^"]|"")+"|`(?:[^`]|``)+`/g;
const FROM = new RegExp(`\\bfrom\\s+((?:${QUOTED_NAME.source}|[\\w.$]+)+)`, 'i');

/** A tab's name: given by the user, else the first words of its text, comments left out. */
export function tabTitle(tab: Tab): string {
  return escapeInvisible(titleOf(tab));
}

function titleOf({ title, text }: Tab): string {
  if (title) return title;
  const words = text
    .slice(0, 2000)
    .replace(QUOTED_OR_COMMENT, (part) => (/^["'`]/.test(part) ? part : ' '))
    .trim()
    .replace(/\s+/g, ' ');
  const from = FROM.exec(words)?.[1]?.replace(QUOTED_NAME, (name) =>
    name.slice(1, -1).replaceAll(name[0]!.repeat(2), name[0]!),
  );
  const found = /^db(?:\.getSiblingDB\([^)]*\))?\.(?:getCollection\("([^"]+)"\)|([\w$]+))\.find\(\)$/.exec(
    words,
  );
  const collection = found?.[1] ?? found?.[2];
  if (collection) return collection;
  const name = /^select\s+\*/i.test(words) && from ? from.replace(/^public\./, '') : words;
  if (name === '') return 'New query';
  return shortened(name, TITLE_UNITS_MAX);
}
