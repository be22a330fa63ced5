import type { LogValue } from '../log/log-entry.ts';

/**
 * What a span is of: a session, a statement, a phase of a statement or of a tunnel's opening, the opening of a connection, or the opening
 * or loss of a tunnel.
 */
export type SpanKind = 'session' | 'statement' | 'phase' | 'connect' | 'tunnel';

/** A span of time in the life of an actor. Names are keys: whoever sends spans makes ids of them. */
export interface Span {
  /** Unique: the actor's id, with the phase and its first record where it is one: `qry-1/execute@16`. */
  readonly key: string;
  /** The session, whose spans are one trace. */
  readonly trace: string;
  /** The key of the span that it is a part of; null for a session's own. */
  readonly parent: string | null;
  readonly kind: SpanKind;
  readonly name: string;
  /** The actor whose span it is. */
  readonly actor: string;
  readonly profileId: string;
  /** Milliseconds since 1970-01-01 UTC, as is `endAt`. */
  readonly startAt: number;
  readonly endAt: number;
  readonly isError: boolean;
  /** The record that it begins with. */
  readonly seq: number;
  readonly attributes: Readonly<Record<string, LogValue>>;
}

/** A span that has begun. */
export type OpenSpan = Omit<Span, 'endAt' | 'isError' | 'attributes'>;

/** Ends a span. Its first record is among its attributes. */
export function finished(
  open: OpenSpan,
  endAt: number,
  isError: boolean,
  attributes: Record<string, LogValue>,
): Span {
  return { ...open, endAt, isError, attributes: { ...attributes, 'querytape.seq': open.seq } };
}
