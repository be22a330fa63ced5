/**
 * Past the quote that closes the one at `from`, or null where none does; a doubled one is a character.
 *
 * @param backslash whether a backslash makes a character of what follows it
 */
export function pastQuoted(text: string, from: number, backslash: boolean): number | null {
  const quote = text[from]!;
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at];
    if (backslash && char === '\\') at++;
    else if (char === quote && text[++at] !== quote) return at;
  }
  return null;
}
