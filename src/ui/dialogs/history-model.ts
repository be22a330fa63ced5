import { durationText } from '../../events/duration-text.ts';
import type { HistoryEntry } from '../../events/history.ts';
import type { Outcome } from '../../events/query.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { rowsText, shortened } from '../format/format.ts';
import { OUTCOME_WORDS } from '../format/outcome-text.ts';
import { notAsAsked } from '../format/query-status.ts';

export type { HistoryEntry, HistoryPage } from '../../events/history.ts';

/** What of the history is wanted. */
export interface HistoryWish {
  /** Every word of it stands in the statement or in the connection's name. */
  readonly search: string;
  readonly outcome: Outcome | null;
}

/** Entries of one page. */
const PAGE_ENTRIES = 100;

/** Where a page of the history is; `before` is the last entry of the page before it. */
export function historyPath({ search, outcome }: HistoryWish, before: HistoryEntry | undefined): string {
  const query = new URLSearchParams({ count: String(PAGE_ENTRIES) });
  if (search.trim() !== '') query.set('search', search.trim());
  if (outcome !== null) query.set('outcome', outcome);
  if (before) query.set('before', before.queryId);
  return `/api/history?${query}`;
}

/** How a statement ended; of one whose end is not known, that. */
export function outcomeText(outcome: Outcome | null): string {
  return outcome === null ? 'outcome unknown' : OUTCOME_WORDS[outcome];
}

/** A line of a list. */
const LINE_UNITS = 300;

/** A statement in one line, less the comments it begins with. */
export function lineOfText(text: string): string {
  const head = text.slice(0, LINE_UNITS * 4);
  const bare = head.replace(/^(?:\s*(?:--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/))+/, '');
  const line = escapeInvisible((bare.trim() === '' ? head : bare).replace(/\s+/g, ' ').trim());
  return shortened(line, LINE_UNITS + 1);
}

/** `succeeded · 1 204 rows · 32 ms`. */
export function endingText({ outcome, rows, serverMs, cut, afterCancel }: HistoryEntry): string {
  const parts = [outcomeText(outcome)];
  if (rows !== null) parts.push(rowsText(rows));
  const but = outcome === 'succeeded' && notAsAsked({ cut: cut ?? null, afterCancel: afterCancel ?? null });
  if (but) parts.push(but);
  else if (cut && rows) parts.push('not all rows');
  if (serverMs !== null) parts.push(durationText(serverMs));
  return parts.join(' · ');
}

/** When it was, as near as it matters: the time of today, the day of what is older. */
export function whenText(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  const time = `${String(then.getHours()).padStart(2, '0')}:${String(then.getMinutes()).padStart(2, '0')}`;
  if (then.toDateString() === today.toDateString()) return time;
  const day = `${then.getFullYear()}-${String(then.getMonth() + 1).padStart(2, '0')}-${String(then.getDate()).padStart(2, '0')}`;
  return `${day} ${time}`;
}

/** The rows of a list that are drawn: those in view and a few around them. */
export function drawn(
  scrollTop: number,
  height: number,
  rowHeight: number,
  count: number,
): { readonly from: number; readonly to: number } {
  const around = 8;
  const from = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight)) - around);
  const to = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + around);
  return { from, to };
}
