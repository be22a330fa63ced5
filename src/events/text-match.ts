/**
 * Says whether a value has a text in it. Unless case matters, letters match by the simple case folding of Unicode (CaseFolding.txt, C
 * and S): `Σ` finds `ς`, `ẞ` finds `ß`, and neither finds `ss`, as one character only ever matches one.
 */
export function textMatch(text: string, matchCase: boolean): (value: string) => boolean {
  const pattern = new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), matchCase ? 'u' : 'iu');
  return (value) => pattern.test(value);
}
