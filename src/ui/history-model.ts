import type { Environment } from '../events/profile.ts';
import type { Outcome } from '../events/query.ts';
import { visible } from './visible.ts';
import { duration, rowsText } from './words.ts';

/** A statement that was run before. */
export interface HistoryEntry {
  readonly queryId: string;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly profileName: string;
  readonly environment: Environment;
  readonly text: string;
  /** Null where it is not known how it ended. */
  readonly outcome: Outcome | null;
  readonly serverMs: number | null;
  readonly rows: number | null;
}

/** Which endings are wanted. */
export type HistoryKind = 'all' | 'succeeded' | 'failed' | 'stopped';

const KIND_OF: Readonly<Record<Outcome, HistoryKind>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  refused: 'failed',
  cancelled: 'stopped',
  timedOut: 'stopped',
  'lost.notRun': 'failed',
  'lost.mayHaveCompleted': 'failed',
};

/** How an ending is said and what its dot means. */
export const ENDING_WORDS: Readonly<Record<Outcome | 'unknown', { words: string; dot: string }>> = {
  succeeded: { words: 'succeeded', dot: 'well' },
  failed: { words: 'failed', dot: 'failed' },
  refused: { words: 'refused', dot: 'failed' },
  cancelled: { words: 'cancelled', dot: 'waiting' },
  timedOut: { words: 'timed out', dot: 'waiting' },
  'lost.notRun': { words: 'lost, did not run', dot: 'failed' },
  'lost.mayHaveCompleted': { words: 'lost, may have completed', dot: 'failed' },
  unknown: { words: 'end not known', dot: 'hollow' },
};

/** Searched of a statement: what is beyond it, nobody types to find it. */
const SEARCHED_UNITS = 20_000;
/** A line of a list. */
const LINE_UNITS = 300;

/** The entries in which every word that was typed stands, in text or connection, and that ended as wanted. */
export function found(
  entries: readonly HistoryEntry[],
  typed: string,
  kind: HistoryKind,
): readonly HistoryEntry[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0 && kind === 'all') return entries;
  return entries.filter(({ text, profileName, outcome }) => {
    if (kind !== 'all' && (outcome === null || KIND_OF[outcome] !== kind)) return false;
    if (words.length === 0) return true;
    const hay = `${text.slice(0, SEARCHED_UNITS)} ${profileName}`.toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

/** A statement in one line, less the comments it begins with. */
export function lineOfText(text: string): string {
  const head = text.slice(0, LINE_UNITS * 4);
  const bare = head.replace(/^(?:\s*(?:--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/))+/, '');
  const line = visible((bare.trim() === '' ? head : bare).replace(/\s+/g, ' ').trim());
  return line.length > LINE_UNITS ? `${line.slice(0, LINE_UNITS)}…` : line;
}

/** `succeeded · 1 204 rows · 32 ms`. */
export function endingText({ outcome, rows, serverMs }: HistoryEntry): string {
  const parts = [ENDING_WORDS[outcome ?? 'unknown'].words];
  if (rows !== null) parts.push(rowsText(rows));
  if (serverMs !== null) parts.push(duration(serverMs));
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
