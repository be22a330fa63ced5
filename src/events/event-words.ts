import type { TapeEvent } from './envelope.ts';
import type { Failure } from './failure.ts';

/** Fields that say how something ended, what was decided and why. */
const WORDS: ReadonlySet<string> = new Set([
  ...['outcome', 'code', 'reason', 'verdict', 'admission', 'transaction', 'cut', 'cause', 'afterCancel'],
  ...['step', 'ran', 'status', 'termination', 'by', 'backend', 'kind', 'purpose'],
]);
/** Fields that say so by being true or false. */
const FLAGS: ReadonlySet<string> = new Set([
  ...['stopped', 'usable', 'readOn', 'waited', 'scriptStopped', 'idleRollback', 'unused'],
]);

/** A field of an event by which it differs from another one of its type, and its value as a word. */
export type EventWord = readonly [field: string, word: string];

/**
 * What an event says beside its type that would mean the same on another tape: outcomes, codes, reasons, decisions. No ids, times,
 * counts or names, which differ between any two runs, and in bundles are replaced.
 */
export function eventWords(event: TapeEvent): EventWord[] {
  const words: EventWord[] = [];
  for (const [field, value] of Object.entries(event)) {
    if (typeof value === 'string') {
      if (WORDS.has(field)) words.push([field, value]);
    } else if (typeof value === 'boolean') {
      if (FLAGS.has(field)) words.push([field, String(value)]);
    } else if (field === 'dangers' && Array.isArray(value)) {
      if (value.length > 0) words.push([field, value.join(' ')]);
    } else if (field === 'failure' && value !== null) {
      const { code, source } = value as Failure;
      words.push(['failure.code', code], ['failure.source', source]);
    }
  }
  // The order of an event's fields says nothing.
  return words.length < 2 ? words : words.sort(([a], [b]) => (a < b ? -1 : 1));
}
