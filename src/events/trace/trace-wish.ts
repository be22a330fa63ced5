/** The formats in which other tools read a tape: a Chrome trace for Perfetto, or lines of OTLP/JSON. */
export const TRACE_FORMATS = ['perfetto', 'otlp'] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** A file that is asked for: its format, and the records from one seq to another, both included. */
export interface TraceWish {
  readonly format: TraceFormat;
  readonly fromSeq: number;
  readonly toSeq: number;
}
