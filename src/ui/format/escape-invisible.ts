import { visibleText } from '../../events/utf8-text.ts';
import { hiddenPair, isMarked, markOf } from './display-text.ts';

/**
 * A text as it has to be read before something is decided by it: what would move or hide a part of it is
 * spelled out, so that it can't be made to read as another. Lines and tabs stay.
 */
export function escapeInvisible(text: string): string {
  return visibleText(text)
    .replaceAll('\r\n', '\n')
    .replace(/[\u{e0000}-\u{e0fff}]/gu, (pair) => hiddenPair(pair.codePointAt(0)!))
    .replace(/[^\n\t -~]/g, (unit) => (isMarked(unit.charCodeAt(0)) ? markOf(unit.charCodeAt(0)) : unit));
}
