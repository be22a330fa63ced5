import type { FoundCells } from '../../../events/result.ts';
import { rowsText, thousands } from '../../format/format.ts';

/** How far a text was looked for. */
export interface Found {
  readonly text: string;
  /** The latest answer; null before there is one. */
  readonly found: FoundCells | null;
  /** Rows are being looked through. */
  readonly looking: boolean;
  /** Why there is no answer; else empty. */
  readonly failure: string;
}

/** What is said of it: `before` is what counts, `after` what is only said where it takes long. */
export function foundWords({ text, found, looking, failure }: Found): {
  readonly before: string;
  readonly words: string;
  readonly after: string;
} {
  if (failure !== '') return { before: '', words: failure, after: '' };
  if (text === '') return { before: '', words: '', after: '' };
  if (!found) return { before: '', words: '', after: looking ? 'looking through the rows' : '' };
  const { count, hit, rows, rowsHere, complete } = found;
  const before = hit ? thousands(hit.ordinal) : '';
  const some = hit ? ` of ${thousands(count)}` : '';
  if (looking && rows < rowsHere) {
    return {
      before,
      words: some,
      after: ` so far, ${thousands(rows)} of ${rowsText(rowsHere)} looked through`,
    };
  }
  const isAll = complete && rows >= rowsHere;
  return {
    before,
    words: `${some || 'No match'}${isAll ? '' : ` in the first ${rowsText(rows)}`}`,
    after: '',
  };
}

/** What of a result no text is looked for in; empty where that is nothing. */
export function unsearchedWords(hiddenColumns: number, hasEdits: boolean): string {
  const hidden =
    hiddenColumns === 0 ? [] : [`${hiddenColumns} hidden ${hiddenColumns === 1 ? 'column' : 'columns'}`];
  const parts = hasEdits ? [...hidden, 'edits not applied'] : hidden;
  return parts.length === 0 ? '' : `Not searched: ${parts.join(', ')}`;
}
