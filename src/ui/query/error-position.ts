import type { QueryText } from '../../events/wire.ts';

/**
 * Where the server's finger points in an editor's text, in UTF-16 units; null where it points nowhere, or
 * where the statement that ran is no longer there. `ranAt` is where the text that was submitted began, null
 * when that is not known (after a reload): then the statement is looked for.
 */
export function errorOffset(
  editorText: string,
  { text, offset, failure }: QueryText,
  ranAt: number | null,
): number | null {
  const position = failure?.position;
  if (position === undefined) return null;
  const supposed = ranAt === null ? -1 : ranAt + offset;
  const begin = editorText.startsWith(text, supposed) && supposed >= 0 ? supposed : editorText.indexOf(text);
  return begin < 0 ? null : begin + unitsBefore(text, position);
}

/** The server counts characters from 1, the editor UTF-16 units from 0. */
function unitsBefore(text: string, position: number): number {
  let units = 0;
  let left = position - 1;
  for (const character of text) {
    if (left-- <= 0) break;
    units += character.length;
  }
  return units;
}

/** The line of a place, from 1. */
export function lineOf(text: string, place: number): number {
  return text.slice(0, place).split('\n').length;
}
