const HEAD = /^querytape-[a-z-]+ ([1-9]\d{0,5})(?:\s|$)/;
/** The version of the files of sealed texts that this program writes. */
const FORMAT = 1;

/**
 * Whether a newer program wrote a file of sealed texts or of their keys, by its first line, which begins with a name and a version
 * in every version to come. Such a file is neither repaired nor replaced.
 */
export function isNewer(head: string): boolean {
  return Number(HEAD.exec(head)?.[1] ?? 0) > FORMAT;
}
