import type { BrowserStore } from '../browser-store.ts';

/** Where 0.1.0 stored its tabs with their texts. */
const KEY = 'querytape.tabs';
/** What the program takes for the id of a tab or profile. */
const ID = /^[\w.-]{1,64}$/;

/** A tab as it was then. */
interface EarlierTab {
  readonly tabId: string;
  readonly profileId: string;
  readonly title: string;
  readonly text: string;
}

/** The tabs that a version without drafts left in this browser tab, and which of them it showed. */
interface EarlierTabs {
  readonly tabs: readonly EarlierTab[];
  readonly activeId: string | null;
}

/** Takes the earlier tabs out of the store, as they hold texts. What can't be a tab is left out. */
export function takeEarlierTabs(store: BrowserStore): EarlierTabs {
  const { tabs, activeId } = parsed(store.get(KEY));
  store.remove(KEY);
  return {
    tabs: Array.isArray(tabs) ? tabs.map(tabOf).filter((tab) => tab !== null) : [],
    activeId: typeof activeId === 'string' ? activeId : null,
  };
}

function parsed(text: string | null): Record<string, unknown> {
  try {
    return { ...(JSON.parse(text ?? '') as object) };
  } catch {
    return {};
  }
}

function tabOf(value: unknown): EarlierTab | null {
  const { tabId, profileId, title, text } = { ...(value as object) } as Record<string, unknown>;
  const isId = (id: unknown): id is string => typeof id === 'string' && ID.test(id);
  if (!isId(tabId) || !isId(profileId) || typeof text !== 'string') return null;
  return { tabId, profileId, title: typeof title === 'string' ? title : '', text };
}
