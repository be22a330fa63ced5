/** An editor tab. Its texts live in the browser's session, so that a reload keeps them. */
export interface Tab {
  readonly tabId: string;
  readonly profileId: string;
  /** Given by a person; empty takes the statement's first words. */
  readonly title: string;
  readonly text: string;
}

const KEY = 'querytape.tabs';
/** Longer texts are not kept over a reload: the browser's session has room for about five million characters. */
const KEPT_UNITS_MAX = 200_000;
const TITLE_UNITS_MAX = 28;
/** From a keystroke to its being kept: all the texts are written each time. */
const KEEP_DELAY_MS = 300;

interface Kept {
  readonly tabs: readonly Tab[];
  readonly activeId: string;
}

/** The open tabs and which of them is shown. */
export class Tabs {
  tabs: readonly Tab[] = [];
  activeId = '';
  private keeping: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'> = sessionStorage) {
    try {
      const kept = JSON.parse(storage.getItem(KEY) ?? '') as Kept;
      this.tabs = kept.tabs;
      this.activeId = kept.activeId;
    } catch {
      // A new session of the browser: nothing was kept.
    }
  }

  get active(): Tab | undefined {
    return this.tabs.find(({ tabId }) => tabId === this.activeId);
  }

  open(profileId: string, text = ''): Tab {
    const tab = { tabId: `tab-${crypto.randomUUID().slice(0, 13)}`, profileId, title: '', text };
    this.tabs = [...this.tabs, tab];
    this.show(tab.tabId);
    return tab;
  }

  show(tabId: string): void {
    this.activeId = tabId;
    this.keep();
  }

  /** Shows the tab that is `by` places further, round the end. */
  step(by: number): void {
    const at = this.tabs.findIndex(({ tabId }) => tabId === this.activeId);
    const next = this.tabs[(at + by + this.tabs.length) % this.tabs.length];
    if (next) this.show(next.tabId);
  }

  change(tabId: string, changes: Partial<Pick<Tab, 'title' | 'text'>>): void {
    this.tabs = this.tabs.map((tab) => (tab.tabId === tabId ? { ...tab, ...changes } : tab));
    this.keeping ??= setTimeout(() => this.keep(), KEEP_DELAY_MS);
  }

  close(tabId: string): void {
    const at = this.tabs.findIndex((tab) => tab.tabId === tabId);
    this.tabs = this.tabs.filter((tab) => tab.tabId !== tabId);
    if (this.activeId === tabId) this.activeId = (this.tabs[at] ?? this.tabs[at - 1])?.tabId ?? '';
    this.keep();
  }

  /** Shows the tab at a place, from 0, where there is one. */
  showAt(place: number): void {
    const tab = this.tabs[place];
    if (tab) this.show(tab.tabId);
  }

  /** Keeps everything now, as before the page goes. */
  keep(): void {
    clearTimeout(this.keeping);
    this.keeping = undefined;
    const tabs = this.tabs.map((tab) => (tab.text.length > KEPT_UNITS_MAX ? { ...tab, text: '' } : tab));
    try {
      this.storage.setItem(KEY, JSON.stringify({ tabs, activeId: this.activeId } satisfies Kept));
    } catch {
      // The browser's session is full; the tabs go on without it.
    }
  }
}

/** What a tab is called: what a person said, else the first words of its text that are no comment. */
export function tabTitle({ title, text }: Tab): string {
  if (title) return title;
  const words = text
    .slice(0, 2000)
    .replace(/--.*|\/\*[\s\S]*?\*\//g, ' ')
    .trim()
    .replace(/\s+/g, ' ');
  const from = /\bfrom\s+([\w."]+)/i.exec(words)?.[1];
  const name = /^select\s+\*/i.test(words) && from ? from.replace(/^public\./, '') : words;
  if (name === '') return 'New query';
  return name.length > TITLE_UNITS_MAX ? `${name.slice(0, TITLE_UNITS_MAX - 1)}…` : name;
}
