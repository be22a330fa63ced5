import type { TapeEvent } from './envelope.ts';

/** Fields that say how something ended, what was decided and why. */
const WORDS = [
  ...['outcome', 'code', 'reason', 'verdict', 'admission', 'transaction', 'cut', 'cause', 'afterCancel'],
  ...['step', 'ran', 'status', 'termination', 'by', 'backend', 'kind', 'purpose'],
];
/** Fields that say so by being true or false. */
const FLAGS = ['stopped', 'usable', 'readOn', 'waited', 'scriptStopped', 'idleRollback', 'unused'];

/** A field of an event by which it differs from another one of its type, and its value as a word. */
export type EventWord = readonly [field: string, word: string];

/**
 * What an event says beside its type that would mean the same on another tape: outcomes, codes, reasons, decisions. No ids, times,
 * counts or names, which differ between any two runs, and in bundles are replaced.
 */
export function eventWords(event: TapeEvent): EventWord[] {
  const fields = event as Readonly<Record<string, unknown>>;
  const words: EventWord[] = [];
  for (const field of WORDS) {
    const word = fields[field];
    if (typeof word === 'string') words.push([field, word]);
  }
  for (const field of FLAGS) if (field in fields) words.push([field, String(fields[field])]);
  const { dangers, failure } = fields as { dangers?: unknown; failure?: Readonly<Record<string, unknown>> };
  if (Array.isArray(dangers) && dangers.length > 0) words.push(['dangers', dangers.join(' ')]);
  for (const field of ['code', 'source'])
    if (failure && typeof failure[field] === 'string') words.push([`failure.${field}`, failure[field]]);
  return words;
}
