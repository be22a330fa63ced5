import type { ReadEnvelope } from '../upcast.ts';
import type { QueryView } from './query-view.ts';

/** Upper bounds of the histograms' buckets in milliseconds; the last bucket is open. */
export const BUCKETS_MS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000] as const;

/** Counts by bucket (one more than `BUCKETS_MS`), and the sum for a mean. */
export interface Histogram {
  readonly counts: number[];
  sumMs: number;
}

/** What the tape adds up to, from its first record on (or from the retention cut). */
export interface MetricsView {
  events: number;
  ignored: number;
  starts: number;
  readonly queries: Record<string, number>;
  readonly cancels: Record<string, number>;
  readonly failures: Record<string, number>;
  readonly refusals: Record<string, number>;
  readonly connections: { opened: number; notOpened: number; lost: number };
  rows: number;
  bytes: number;
  readonly serverMs: Histogram;
  readonly firstRowMs: Histogram;
  readonly cancelMs: Histogram;
  readonly recordedMs: Histogram;
}

/** Distinct codes that are counted one by one; the rest is counted under `other`. */
const CODES_MAX = 200;

function histogram(): Histogram {
  return { counts: new Array<number>(BUCKETS_MS.length + 1).fill(0), sumMs: 0 };
}

export function emptyMetrics(): MetricsView {
  return {
    events: 0,
    ignored: 0,
    starts: 0,
    queries: {},
    cancels: {},
    failures: {},
    refusals: {},
    connections: { opened: 0, notOpened: 0, lost: 0 },
    rows: 0,
    bytes: 0,
    serverMs: histogram(),
    firstRowMs: histogram(),
    cancelMs: histogram(),
    recordedMs: histogram(),
  };
}

function observe(into: Histogram, ms: number): void {
  const bucket = BUCKETS_MS.findIndex((bound) => ms <= bound);
  into.counts[bucket < 0 ? BUCKETS_MS.length : bucket]!++;
  into.sumMs += ms;
}

function count(into: Record<string, number>, key: string, times = 1): void {
  const known = key in into || Object.keys(into).length < CODES_MAX ? key : 'other';
  into[known] = (into[known] ?? 0) + times;
}

/** Adds one record. `before` and `after` are the query's view around it, where it is a query's. */
export function foldMetrics(
  metrics: MetricsView,
  envelope: ReadEnvelope,
  before: QueryView | undefined,
  after: QueryView | undefined,
): void {
  metrics.events++;
  if (envelope.ignored) {
    metrics.ignored++;
    return;
  }
  const { event } = envelope;
  if (event.type === 'xstate.init' && envelope.kind === 'workspace') metrics.starts++;
  else if (event.type === 'connection.opened') metrics.connections.opened++;
  else if (event.type === 'connection.notOpened') metrics.connections.notOpened++;
  else if (event.type === 'connection.lost' && envelope.kind === 'connection') metrics.connections.lost++;
  else if (event.type === 'request.refused') count(metrics.refusals, event.code, event.times);
  else if (event.type === 'command.refused') count(metrics.refusals, event.code);
  else if (event.type === 'query.recorded') observe(metrics.recordedMs, event.afterMs);
  else if (event.type === 'query.firstRowArrived') observe(metrics.firstRowMs, event.afterMs);
  if (after?.outcome && !before?.outcome) foldEnded(metrics, after);
}

function foldEnded(metrics: MetricsView, query: QueryView): void {
  count(metrics.queries, query.outcome!);
  metrics.rows += query.rows;
  metrics.bytes += query.bytes;
  if (query.serverMs !== null) observe(metrics.serverMs, query.serverMs);
  if (query.failure) count(metrics.failures, query.failure.code);
  if (query.refusedCode) count(metrics.refusals, query.refusedCode);
  if (query.cancel) {
    count(metrics.cancels, query.cancel.reason);
    if (query.cancel.confirmedAfterMs !== null) observe(metrics.cancelMs, query.cancel.confirmedAfterMs);
  }
}
