import { BUNDLE_LINES_MAX } from '../limits.ts';
import { BundleError } from './bundle-error.ts';

/**
 * JSON names that every object of a program has already. Folds of a tape use ids as keys. A text of a bundle has no such string as a
 * whole; inside another one its quotes are escaped.
 */
const INHERITED = new RegExp(
  `"(?:${[...Object.getOwnPropertyNames(Object.prototype), 'prototype'].join('|')})"|\\\\u00[2-7]`,
);
/** What a match may need of the text before a chunk. */
const OVERLAP_UNITS = 32;
const NEWLINE = 10;

/** Checks a part as it is unpacked: UTF-8, no inherited names, and not more lines than a bundle may have. */
export class TextCheck {
  private lines = 0;
  private decoder = new TextDecoder('utf-8', { fatal: true });
  private before = '';

  /** @throws BundleError */
  take(name: string, chunk: Uint8Array): void {
    this.check(name, this.decode(name, chunk, true));
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) this.lines++;
    if (this.lines > BUNDLE_LINES_MAX)
      throw new BundleError('bundle.records', `It has more than ${BUNDLE_LINES_MAX} lines`);
  }

  /** A part has ended; the next one begins. @throws BundleError */
  end(name: string): void {
    this.decode(name, new Uint8Array(), false);
    this.before = '';
  }

  private decode(name: string, chunk: Uint8Array, stream: boolean): string {
    try {
      return this.decoder.decode(chunk, { stream });
    } catch {
      throw new BundleError('bundle.utf8', `${name} is not UTF-8`);
    }
  }

  private check(name: string, text: string): void {
    const found = INHERITED.exec(this.before + text);
    // Escapes of letters, which Querytape does not write, could spell such a name too.
    if (found) throw new BundleError('bundle.keys', `${name} has the name ${found[0]}, which no bundle has`);
    this.before = text.slice(-OVERLAP_UNITS);
  }
}
