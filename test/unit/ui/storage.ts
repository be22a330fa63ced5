import { storeOver } from '../../../src/ui/browser-store.ts';

/** A browser's storage in memory. */
export function storage() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

/** The page's store over a browser's storage in memory. */
export const storeOf = (kept = storage()) => storeOver(() => kept);
