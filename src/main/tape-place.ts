import type { Envelope } from '../events/envelope.ts';
import type { Options } from './options.ts';
import { UsageError } from './usage-error.ts';

/** A place on a tape: a record's seq, or a time in milliseconds since 1970 UTC. */
type TapePlace = { readonly seq: number } | { readonly at: number };

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
function isBefore({ seq, at }: Envelope, place: TapePlace): boolean {
  return 'seq' in place ? seq < place.seq : at < place.at;
}

/** What `--from` and `--to` choose of a tape; null where that end is not chosen. */
export interface TapeSpan {
  readonly from: TapePlace | null;
  readonly to: TapePlace | null;
}

/** The span of `--from` and `--to`. @throws UsageError for what is no place, and where the second comes before the first */
export function tapeSpan({ from, to }: Pick<Options, 'from' | 'to'>): TapeSpan {
  const span: TapeSpan = {
    from: from === undefined ? null : tapePlace('--from', from),
    to: to === undefined ? null : tapePlace('--to', to),
  };
  if (span.from && span.to && isReversed(span.from, span.to))
    throw new UsageError(`--to (${to}) comes before --from (${from}).`);
  return span;
}

/** Whether a record is in a span. */
export function isWithin(envelope: Envelope, { from, to }: TapeSpan): boolean {
  return !(from && isBefore(envelope, from)) && !(to && isAfter(envelope, to));
}

/** A number and a time say nothing of each other. */
function isReversed(from: TapePlace, to: TapePlace): boolean {
  if ('seq' in from) return 'seq' in to && to.seq < from.seq;
  return 'at' in to && to.at < from.at;
}
