/** `1 row`, `3 rows`. */
export function counted(of: number, noun: string): string {
  return `${of} ${noun}${of === 1 ? '' : 's'}`;
}

/** Texts of several hands as sentences one after the other. */
export function sentences(...texts: readonly (string | undefined)[]): string {
  return texts
    .filter((text): text is string => !!text)
    .map((text) => (/[.!?…:]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`))
    .join(' ');
}
