import type { Engine } from '../engines/engine-name.ts';
import type { Environment } from '../profile.ts';
import type { Outcome } from '../query.ts';
import type { TunnelCounts } from '../views/metrics-view.ts';
import type { Quantiles } from './durations.ts';

/** What is asked for: a span of time in `bins` equal intervals, of everything or of what the filters name. */
export interface MetricsWish {
  /** Milliseconds since 1970 UTC; `from` is included, `to` is not. */
  readonly from: number;
  readonly to: number;
  readonly bins: number;
  readonly engine: Engine | null;
  readonly environment: Environment | null;
  readonly profileId: string | null;
}

/** How times of an interval are spread, in milliseconds: of each measurement in it the highest. */
export interface SpreadFigures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What the process took in one interval, whatever the filters say: of its measurements the highest. */
export interface ProcessBin {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** How late the event loop ran a timer. */
  readonly loop: SpreadFigures;
  /** How long a record waited for the disk, and how long a write took; null where nothing was written. */
  readonly lag: SpreadFigures | null;
  readonly sync: SpreadFigures | null;
}

/** What happened in one interval. */
export interface MetricsBin {
  /** Its first and last record on the tape; null where it has none. */
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  /** Statements that ended in it. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** From sending to the end, of the statements that ended in it. */
  readonly duration: Quantiles | null;
  readonly firstRow: Quantiles | null;
  /** Until a statement's write-ahead record was on disk. */
  readonly recorded: Quantiles | null;
  readonly rows: number;
  /** Bytes of rows. */
  readonly bytes: number;
  /** Cancels by what the server said: it stopped the statement; the statement was faster; nothing. */
  readonly cancels: { readonly confirmed: number; readonly won: number; readonly unknown: number };
  /** From a cancel to the server's confirmation. */
  readonly cancel: Quantiles | null;
  readonly connections: { readonly opened: number; readonly notOpened: number; readonly lost: number };
  readonly tunnels: Readonly<TunnelCounts>;
  /** Refused statements and commands, by code. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Null where it was not measured: the program did not run, or was idle. */
  readonly process: ProcessBin | null;
  /** Records on the tape, of every actor. */
  readonly events: number;
}

/** A statement's shape over the whole span. */
export interface ShapeFigures {
  readonly fingerprint: string;
  /** Null where the text could not be lexed with certainty. */
  readonly shape: string | null;
  readonly engine: Engine | null;
  readonly statements: number;
  readonly failed: number;
  readonly totalMs: number;
  readonly duration: Quantiles | null;
  /** The mean duration in each interval; null where it did not run. */
  readonly trendMs: readonly (number | null)[];
  /** Of its last statement: where the tape tells its story. */
  readonly lastQueryId: string;
  readonly lastSeq: number;
}

/** A profile that has statements in the span, whatever the filters say. */
export interface MetricsSource {
  readonly profileId: string;
  readonly engine: Engine;
  readonly environment: Environment;
}

/** The answer to a `MetricsWish`. */
export interface MetricsReport {
  readonly from: number;
  readonly to: number;
  readonly bins: readonly MetricsBin[];
  readonly sources: readonly MetricsSource[];
  /** By their total time, most first. */
  readonly slowest: readonly ShapeFigures[];
  /** By their number of statements, most first. */
  readonly mostFrequent: readonly ShapeFigures[];
  /** Distinct shapes in the span, and statements of shapes beyond METRICS_SHAPES_MAX. */
  readonly shapes: number;
  readonly unlisted: number;
  /** Time of the tape's first record; what was before it has been cut or never was. Null for an empty tape. */
  readonly since: number | null;
}
