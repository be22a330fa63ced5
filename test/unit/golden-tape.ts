import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Envelope, Unsealed } from '../../src/events/envelope.ts';

/** The records of a golden tape of test/replay. */
export function goldenTape(name: string): readonly Envelope[] {
  return readFileSync(join(import.meta.dirname, `../replay/${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Envelope);
}

/**
 * Appends records of a golden tape to another one, which numbers them by itself: what they say of earlier records, such as their cause,
 * names these by their new numbers.
 *
 * @param append appends one, and returns its new number
 */
export function renumbering(append: (record: Unsealed) => number): (record: Envelope) => void {
  const numbers = new Map<number, number>();
  const numberOf = (seq: number): number => numbers.get(seq) ?? seq;
  return ({ seq, ...record }) => {
    const { cause, event } = record;
    const number = append({
      ...record,
      cause: cause === null ? null : numberOf(cause),
      event: event.type === 'query.recorded' ? { ...event, seq: numberOf(event.seq) } : event,
    } as Unsealed);
    numbers.set(seq, number);
  };
}
