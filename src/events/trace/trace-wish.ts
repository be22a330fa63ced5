/** The formats in which other tools read a tape: a Chrome trace for Perfetto, or lines of OTLP/JSON. */
export const TRACE_FORMATS = ['perfetto', 'otlp'] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** A file that is asked for: its format, and the records from one seq to another, both included. */
export interface TraceWish {
  readonly format: TraceFormat;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** The path that answers a whole tape in a format: that of an open replay, or of the live tape. */
export function tracePath(format: TraceFormat, replayId: string | null): string {
  return `/api/${replayId === null ? 'traces' : `replay/${replayId}/trace`}?format=${format}`;
}

/** Whether a path is one of `tracePath`. */
export function isTracePath(path: string): boolean {
  return /^\/api\/(?:traces|replay\/rpl-[0-9a-z]{1,32}\/trace)\?format=(?:perfetto|otlp)$/.test(path);
}
