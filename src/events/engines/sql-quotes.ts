/** What a scan inside of each quote stops at: where a backslash is an escape, and where it is a character like any other. */
const STOPS: Readonly<Record<string, { readonly escaped: RegExp; readonly plain: RegExp }>> = {
  "'": { escaped: /['\\]/g, plain: /'/g },
  '"': { escaped: /["\\]/g, plain: /"/g },
  '`': { escaped: /[`\\]/g, plain: /`/g },
};

/**
 * Past the quote that closes the one at `from`, or null where none does; a doubled one is a character. The text between is passed over
 * by a search and not character by character: a dump's statement may hold a value of 64 MiB.
 *
 * @param backslash whether a backslash makes a character of what follows it
 */
export function pastQuoted(text: string, from: number, backslash: boolean): number | null {
  const quote = text[from]!;
  const { escaped, plain } = STOPS[quote]!;
  const stop = backslash ? escaped : plain;
  for (let at = from + 1; ; ) {
    stop.lastIndex = at;
    const found = stop.exec(text);
    if (!found) return null;
    if (found[0] === quote && text[found.index + 1] !== quote) return found.index + 1;
    at = found.index + 2;
  }
}
