import { BINDINGS, type KeyPlace } from '../controls/key-bindings.ts';

/** One line of the help: what is done, and each chord that does it. */
export interface ShortcutLine {
  readonly words: string;
  readonly keys: readonly string[];
}

/** The lines of a place, chords of one meaning together, in the order of the table. */
export function shortcutLines(place: KeyPlace): ShortcutLine[] {
  const lines = new Map<string, string[]>();
  for (const { place: where, keys, words } of BINDINGS)
    if (where === place && keys !== '') lines.set(words, [...(lines.get(words) ?? []), keys]);
  return [...lines].map(([words, keys]) => ({ words, keys }));
}
