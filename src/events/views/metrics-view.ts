import type { Engine } from '../engines/engine-name.ts';
import { METRICS_CODES_MAX } from '../limits.ts';
import type { Environment } from '../profile.ts';
import type { CancelReason, Outcome, QueryPurpose } from '../query.ts';
import type { ReadEnvelope } from '../upcast.ts';
import type { QueryView } from './query-view.ts';
import type { SessionView } from './session-view.ts';
import type { TunnelView } from './tunnel-view.ts';

/** Upper bounds of the histograms' buckets in milliseconds; the last bucket is open. */
export const BUCKETS_MS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000] as const;

/** Counts by bucket (one more than `BUCKETS_MS`), and the sum for a mean. */
export interface Histogram {
  readonly counts: number[];
  sumMs: number;
}

/** What became of a cancel: the server said that it stopped the statement; the statement was faster; neither is known. */
type CancelOutcome = 'confirmed' | 'won' | 'unknown';

/** What happened to tunnels: `opened` the first time, `reopened` after a loss; `notOpened` counts attempts of either. */
export interface TunnelCounts {
  opened: number;
  notOpened: number;
  lost: number;
  reopened: number;
}

/** Tunnel counts of nothing. */
export function emptyTunnelCounts(): TunnelCounts {
  return { opened: 0, notOpened: 0, lost: 0, reopened: 0 };
}

/** Counts what a record says of a tunnel. `before`: the tunnel before the record. */
export function countTunnel(
  counts: TunnelCounts,
  { type }: ReadEnvelope['event'],
  before: TunnelView | undefined,
): void {
  if (type === 'tunnel.opened') {
    if (before?.state.startsWith('reopening')) counts.reopened++;
    else counts.opened++;
  } else if (type === 'tunnel.notOpened') counts.notOpened++;
  else if (type === 'tunnel.lost') counts.lost++;
}

/** What happened in the sessions of one engine and one environment. */
export interface SourceMetrics {
  readonly engine: Engine;
  readonly environment: Environment;
  /** Ended statements by what they were for and how they ended. */
  readonly statements: Partial<Record<QueryPurpose, Partial<Record<Outcome, number>>>>;
  /** Cancels of ended statements by `reason outcome`. */
  readonly cancels: Partial<Record<`${CancelReason} ${CancelOutcome}`, number>>;
  /** Failed statements by code. */
  readonly failures: Record<string, number>;
  /** Refused statements by the rule that refused. */
  readonly refusals: Record<string, number>;
  readonly connections: { opened: number; notOpened: number; lost: number };
  readonly tunnels: TunnelCounts;
  /** Times that a session whose connection was lost had one again. */
  reconnects: number;
  rows: number;
  bytes: number;
  /** Of the user's statements alone, as are the next two. */
  readonly serverMs: Histogram;
  readonly firstRowMs: Histogram;
  /** Until a statement's write-ahead record was on disk. */
  readonly recordedMs: Histogram;
  /** From a cancel to the server's confirmation. */
  readonly cancelMs: Histogram;
}

/** What the tape adds up to, from its first record on (or from the retention cut). */
export interface MetricsView {
  events: number;
  ignored: number;
  starts: number;
  /** Refused commands and requests, by code. */
  readonly commandRefusals: Record<string, number>;
  readonly requestRefusals: Record<string, number>;
  /** By `engine environment`: at most one for each pair. */
  readonly sources: Record<string, SourceMetrics>;
}

/** The views around one record: of its query or session where it is of one, and the session that it belongs to. */
interface MetricsContext {
  readonly queryBefore?: QueryView | undefined;
  readonly queryAfter?: QueryView | undefined;
  readonly sessionBefore?: SessionView | undefined;
  readonly tunnelBefore?: TunnelView | undefined;
  readonly session: SessionView | undefined;
}

/** A histogram without an entry. */
export function emptyHistogram(): Histogram {
  return { counts: new Array<number>(BUCKETS_MS.length + 1).fill(0), sumMs: 0 };
}

/** Metrics of an empty tape. */
export function emptyMetrics(): MetricsView {
  return { events: 0, ignored: 0, starts: 0, commandRefusals: {}, requestRefusals: {}, sources: {} };
}

function emptySource({ engine, environment }: SessionView): SourceMetrics {
  return {
    engine,
    environment,
    statements: {},
    cancels: {},
    failures: {},
    refusals: {},
    connections: { opened: 0, notOpened: 0, lost: 0 },
    tunnels: emptyTunnelCounts(),
    reconnects: 0,
    rows: 0,
    bytes: 0,
    serverMs: emptyHistogram(),
    firstRowMs: emptyHistogram(),
    recordedMs: emptyHistogram(),
    cancelMs: emptyHistogram(),
  };
}

/** Adds one duration in milliseconds. */
export function observe(into: Histogram, ms: number): void {
  const bucket = BUCKETS_MS.findIndex((bound) => ms <= bound);
  into.counts[bucket < 0 ? BUCKETS_MS.length : bucket]!++;
  into.sumMs += ms;
}

/** Adds to what is counted under a key; under `other` where there are METRICS_CODES_MAX keys. */
export function count(into: Record<string, number>, key: string, times = 1): void {
  const known = Object.hasOwn(into, key) || Object.keys(into).length < METRICS_CODES_MAX ? key : 'other';
  into[known] = (into[known] ?? 0) + times;
}

/** What became of an ended statement's cancel; null where it had none, and where nothing was sent that a server could confirm. */
export function cancelOutcome(query: QueryView): CancelOutcome | null {
  const { cancel, afterCancel, dispatchedAt, outcome } = query;
  if (!cancel || (dispatchedAt === null && outcome !== 'lost.mayHaveCompleted')) return null;
  if (cancel.confirmedAfterMs !== null) return 'confirmed';
  if (afterCancel === 'won') return 'won';
  return 'unknown';
}

function sourceOf(metrics: MetricsView, session: SessionView): SourceMetrics {
  const key = `${session.engine} ${session.environment}`;
  const known = metrics.sources[key];
  if (known) return known;
  const source = emptySource(session);
  metrics.sources[key] = source;
  return source;
}

/** Adds one record. */
export function foldMetrics(metrics: MetricsView, envelope: ReadEnvelope, context: MetricsContext): void {
  metrics.events++;
  if (envelope.ignored) {
    metrics.ignored++;
    return;
  }
  const { event, kind } = envelope;
  if (kind === 'workspace') {
    if (event.type === 'xstate.init') metrics.starts++;
    else if (event.type === 'request.refused') count(metrics.requestRefusals, event.code, event.times);
    else if (event.type === 'command.refused') count(metrics.commandRefusals, event.code);
  }
  if (context.session) foldSource(sourceOf(metrics, context.session), envelope, context);
}

function foldSource(
  source: SourceMetrics,
  { event, kind }: ReadEnvelope,
  { queryBefore, queryAfter, sessionBefore, tunnelBefore, session }: MetricsContext,
): void {
  if (kind === 'connection') {
    if (event.type === 'connection.opened') source.connections.opened++;
    else if (event.type === 'connection.notOpened') source.connections.notOpened++;
    else if (event.type === 'connection.lost') source.connections.lost++;
  } else if (kind === 'tunnel') countTunnel(source.tunnels, event, tunnelBefore);
  else if (kind === 'session') {
    const wasLost =
      sessionBefore?.state.startsWith('reconnecting') || sessionBefore?.state === 'disconnected';
    if (wasLost && session!.state === 'ready') source.reconnects++;
  } else if (queryAfter) {
    const isUsers = queryAfter.purpose === 'statement';
    if (event.type === 'query.recorded' && isUsers) observe(source.recordedMs, event.afterMs);
    else if (event.type === 'query.firstRowArrived' && isUsers) observe(source.firstRowMs, event.afterMs);
    if (queryAfter.outcome && !queryBefore?.outcome) foldEnded(source, queryAfter);
  }
}

function foldEnded(source: SourceMetrics, query: QueryView): void {
  const { purpose, outcome, serverMs, failure, refusedCode, cancel } = query;
  source.statements[purpose] ??= {};
  count(source.statements[purpose] as Record<string, number>, outcome!);
  source.rows += query.rows;
  source.bytes += query.bytes;
  if (serverMs !== null && purpose === 'statement') observe(source.serverMs, serverMs);
  if (failure) count(source.failures, failure.code);
  if (refusedCode) count(source.refusals, refusedCode);
  const became = cancelOutcome(query);
  if (!cancel || became === null) return;
  count(source.cancels as Record<string, number>, `${cancel.reason} ${became}`);
  if (cancel.confirmedAfterMs !== null) observe(source.cancelMs, cancel.confirmedAfterMs);
}
