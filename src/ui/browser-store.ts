/**
 * What this browser stores for the page. It never throws: a browser that stores nothing for this page, or has no room left, leaves
 * what was set to this page until a reload.
 */
export interface BrowserStore {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** Of this origin, over all its tabs and their end. */
export const originStore = storeOver(() => localStorage);

/** Of one tab, over its reload. */
export const tabStore = storeOver(() => sessionStorage);

/** A store over the browser's own, which is looked up at each use: where the user forbids it, the look itself throws. */
export function storeOver(storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>): BrowserStore {
  const unstored = new Map<string, string>();
  return {
    get: (key) => unstored.get(key) ?? attempt(() => storage().getItem(key)) ?? null,
    set: (key, value) => {
      const stored = attempt(() => {
        storage().setItem(key, value);
        return true;
      });
      if (stored) unstored.delete(key);
      else unstored.set(key, value);
    },
    remove: (key) => {
      unstored.delete(key);
      attempt(() => storage().removeItem(key));
    },
  };
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/** The values that a figure may have, in its own unit, and the one that it has where none is stored. */
interface FigureRange {
  readonly min: number;
  readonly max: number;
  readonly otherwise: number;
}

/** A stored whole number, brought into its range; what is not a number counts as not stored. */
export function storedFigure(key: string, { min, max, otherwise }: FigureRange): number {
  const text = originStore.get(key)?.trim() ?? '';
  const figure = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(figure) ? Math.round(Math.min(max, Math.max(min, figure))) : otherwise;
}

/** A stored yes or no, by the words of every version so far; anything else counts as not stored. */
export function storedFlag(key: string, otherwise: boolean): boolean {
  const text = originStore.get(key) ?? '';
  return text === 'yes' || text === '1' ? true : text === 'no' || text === '0' ? false : otherwise;
}

export function storeFlag(key: string, flag: boolean): void {
  originStore.set(key, flag ? 'yes' : 'no');
}
