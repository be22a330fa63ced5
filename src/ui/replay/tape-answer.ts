import type { EventFilter } from '../../events/replay-view.ts';
import type { TimeSpan } from './time-span.ts';

/**
 * Asks the open tape one question of doc/api.md. Undefined where none is open, where another one is by the time of the answer, and where
 * it can't be answered, which is then reported to the user.
 */
export type TapeAnswer = <T>(question: string) => Promise<T | undefined>;

/** A filter as a part of a question, with the range. */
export function filterText(filter: EventFilter, range: TimeSpan | null): string {
  const wishes = { ...filter, ...(range ? { after: range.from, before: range.to } : {}) };
  return Object.entries(wishes)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `&${name}=${encodeURIComponent(String(value))}`)
    .join('');
}
