import type { Envelope } from '../events/envelope.ts';
import { UsageError } from './usage-error.ts';

/** A place on a tape: a record's seq, or a time in milliseconds since 1970 UTC. */
export type TapePlace = { readonly seq: number } | { readonly at: number };

/** A seq, or a time as ISO 8601 writes it, from the command line. @throws UsageError */
export function tapePlace(name: string, text: string): TapePlace {
  if (/^\d{1,15}$/.test(text)) return { seq: Number(text) };
  const at = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new UsageError(
      `${name} takes a record's number or a time such as 2026-01-31T14:03:00Z, not ${text}.`,
    );
  return { at };
}

/** Whether a record comes after a place. */
export function isAfter({ seq, at }: Envelope, place: TapePlace): boolean {
  return 'seq' in place ? seq > place.seq : at > place.at;
}

/** Whether a record comes before a place. */
export function isBefore({ seq, at }: Envelope, place: TapePlace): boolean {
  return 'seq' in place ? seq < place.seq : at < place.at;
}
