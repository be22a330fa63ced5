import stringWidth from 'string-width';
import { PLAIN } from './terminal-text.ts';

/** How many columns of a terminal a shown text takes (Unicode Standard Annex 11). */
export function terminalWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}
