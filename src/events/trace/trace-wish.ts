/** The formats in which other tools read a tape: a Chrome trace for Perfetto, or lines of OTLP/JSON. */
export const TRACE_FORMATS = ['perfetto', 'otlp'] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** A file that is asked for: its format, and the records from one seq to another, both included. */
export interface TraceWish {
  readonly format: TraceFormat;
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Of these only records from this time on; milliseconds since 1970 UTC. */
  readonly after?: number;
  /** Of these only records up to this time; milliseconds since 1970 UTC. */
  readonly before?: number;
}

/** A range of time in milliseconds since 1970 UTC, both ends included. */
export interface TraceRange {
  readonly from: number;
  readonly to: number;
}

/** The path that answers a tape in a format, the whole or a range of it: that of an open replay, or the live one. */
export function tracePath(
  format: TraceFormat,
  replayId: string | null,
  range: TraceRange | null = null,
): string {
  const within = range ? `&after=${range.from}&before=${range.to}` : '';
  return `/api/${replayId === null ? 'traces' : `replay/${replayId}/trace`}?format=${format}${within}`;
}

/** Whether a path is one of `tracePath`. */
export function isTracePath(path: string): boolean {
  return /^\/api\/(?:traces|replay\/rpl-[0-9a-z]{1,32}\/trace)\?format=(?:perfetto|otlp)(?:&after=\d{1,16}&before=\d{1,16})?$/.test(
    path,
  );
}
