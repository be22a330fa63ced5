import type { Engine } from '../engines/engine-name.ts';
import type { Envelope } from '../envelope.ts';
import { METRICS_SHAPES_LISTED, METRICS_SHAPES_MAX } from '../limits.ts';
import { upcast } from '../upcast.ts';
import {
  cancelOutcome,
  count,
  countTunnel,
  emptyTunnelCounts,
  type TunnelCounts,
} from '../views/metrics-view.ts';
import type { QueryView } from '../views/query-view.ts';
import { apply, type State } from '../views/state.ts';
import type { TunnelView } from '../views/tunnel-view.ts';
import { Durations } from './durations.ts';
import type {
  MetricsBin,
  MetricsReport,
  MetricsSource,
  MetricsWish,
  ProcessBin,
  ShapeFigures,
} from './metrics-report.ts';
import { withMeasurement } from './process-bin.ts';

interface Bin {
  firstSeq: number | null;
  lastSeq: number | null;
  readonly outcomes: Record<string, number>;
  readonly duration: Durations;
  readonly firstRow: Durations;
  readonly recorded: Durations;
  readonly cancel: Durations;
  rows: number;
  bytes: number;
  readonly cancels: { confirmed: number; won: number; unknown: number };
  readonly connections: { opened: number; notOpened: number; lost: number };
  readonly tunnels: TunnelCounts;
  readonly refusals: Record<string, number>;
  process: ProcessBin | null;
  events: number;
}

interface Shape {
  readonly fingerprint: string;
  shape: string | null;
  readonly engine: Engine | null;
  statements: number;
  failed: number;
  readonly duration: Durations;
  readonly trendCounts: Uint32Array;
  readonly trendSumsMs: Float64Array;
  lastQueryId: string;
  lastSeq: number;
}

function emptyBin(): Bin {
  return {
    firstSeq: null,
    lastSeq: null,
    outcomes: {},
    duration: new Durations(),
    firstRow: new Durations(),
    recorded: new Durations(),
    cancel: new Durations(),
    rows: 0,
    bytes: 0,
    cancels: { confirmed: 0, won: 0, unknown: 0 },
    connections: { opened: 0, notOpened: 0, lost: 0 },
    tunnels: emptyTunnelCounts(),
    refusals: {},
    process: null,
    events: 0,
  };
}

/** From sending a statement to its end, in milliseconds; null for one that was never sent. */
function durationOf({ serverMs, dispatchedAt, endedAt }: QueryView): number | null {
  if (serverMs !== null) return serverMs;
  return dispatchedAt === null || endedAt === null ? null : Math.max(0, endedAt - dispatchedAt);
}

/**
 * Folds a tape into what its intervals add up to: a history of performance that needs no switch. Goes on from the state of
 * the views at some record before the span, so that sessions and statements that began earlier are known.
 */
export class MetricsFold {
  private readonly bins: readonly Bin[];
  private readonly shapes = new Map<string, Shape>();
  private readonly sources = new Map<string, MetricsSource>();
  private unlisted = 0;

  /** @param state the views before the first record; changed in place */
  constructor(
    private readonly wish: MetricsWish,
    private readonly state: State,
  ) {
    this.bins = Array.from({ length: wish.bins }, emptyBin);
  }

  /** Takes the next record. They must come in the order of their seq. */
  add(record: Envelope): void {
    const before = this.state.queries[record.actor];
    const tunnelBefore = this.state.tunnels[record.actor];
    apply(this.state, record);
    const index = this.indexOf(record.at);
    const bin = this.bins[index];
    if (bin === undefined) return;
    bin.firstSeq ??= record.seq;
    bin.lastSeq = record.seq;
    const { kind, actor } = record;
    if (kind === 'tape') this.ofProcess(bin, record);
    const query = kind === 'query' ? this.state.queries[actor] : undefined;
    const sessionId =
      query?.sessionId ??
      (kind === 'session' ? actor : this.state.connections[actor]?.sessionId) ??
      this.state.tunnels[actor]?.sessionId ??
      undefined;
    if (sessionId !== undefined) this.source(sessionId);
    if (!this.isWanted(sessionId)) return;
    bin.events++;
    if (record.ignored) return;
    this.event(bin, record, tunnelBefore);
    if (query?.outcome && !before?.outcome && query.purpose === 'statement')
      this.ended(bin, index, query, record.seq);
  }

  report(since: number | null): MetricsReport {
    const { from, to } = this.wish;
    const all = [...this.shapes.values()];
    const list = (by: (shape: Shape) => number): readonly ShapeFigures[] =>
      all
        .filter((shape) => by(shape) > 0)
        .sort((a, b) => by(b) - by(a))
        .slice(0, METRICS_SHAPES_LISTED)
        .map(figuresOf);
    return {
      from,
      to,
      bins: this.bins.map(binOf),
      sources: [...this.sources.values()],
      slowest: list(({ duration }) => duration.sumMs),
      mostFrequent: list(({ statements }) => statements),
      shapes: all.length,
      unlisted: this.unlisted,
      since,
    };
  }

  private indexOf(at: number): number {
    const { from, to, bins } = this.wish;
    return at < from || at >= to ? -1 : Math.floor(((at - from) / (to - from)) * bins);
  }

  /** Whether what belongs to a session passes the filters; what belongs to none does where there is no filter. */
  private isWanted(sessionId: string | undefined): boolean {
    const { engine, environment, profileId } = this.wish;
    const session = sessionId === undefined ? undefined : this.state.sessions[sessionId];
    if (!session) return engine === null && environment === null && profileId === null;
    return (
      (engine ?? session.engine) === session.engine &&
      (environment ?? session.environment) === session.environment &&
      (profileId ?? session.profileId) === session.profileId
    );
  }

  /** The process is measured whatever the filters say. */
  private ofProcess(bin: Bin, record: Envelope): void {
    const { event } = upcast(record);
    if (event.type === 'process.measured') bin.process = withMeasurement(bin.process, event);
  }

  private event(bin: Bin, record: Envelope, tunnelBefore: TunnelView | undefined): void {
    const { event } = upcast(record);
    if (record.kind === 'tunnel') countTunnel(bin.tunnels, event, tunnelBefore);
    switch (event.type) {
      case 'connection.opened':
        bin.connections.opened++;
        break;
      case 'connection.notOpened':
        bin.connections.notOpened++;
        break;
      case 'connection.lost':
        if (record.kind === 'connection') bin.connections.lost++;
        break;
      case 'command.refused':
        count(bin.refusals, event.code);
        break;
      case 'query.recorded':
        bin.recorded.add(event.afterMs);
        break;
      case 'query.firstRowArrived':
        bin.firstRow.add(event.afterMs);
        break;
      default:
        break;
    }
  }

  private source(sessionId: string): void {
    const session = this.state.sessions[sessionId];
    if (!session) return;
    const { profileId, engine, environment } = session;
    if (!this.sources.has(profileId)) this.sources.set(profileId, { profileId, engine, environment });
  }

  private ended(bin: Bin, index: number, query: QueryView, seq: number): void {
    count(bin.outcomes, query.outcome!);
    bin.rows += query.rows;
    bin.bytes += query.bytes;
    const ms = durationOf(query);
    if (ms !== null) bin.duration.add(ms);
    if (query.refusedCode) count(bin.refusals, query.refusedCode);
    const became = cancelOutcome(query);
    if (became !== null) bin.cancels[became]++;
    if (became === 'confirmed') bin.cancel.add(query.cancel!.confirmedAfterMs!);
    if (ms !== null) this.shape(query, index, ms, seq);
  }

  private shape(query: QueryView, index: number, ms: number, seq: number): void {
    const { fingerprint, shape, sessionId, queryId, outcome } = query;
    if (fingerprint === null) return;
    // The fingerprint is of the text; statements that differ in their literals alone have a shape in common.
    const engine = this.state.sessions[sessionId]?.engine ?? null;
    const key = shape === null ? fingerprint : `${engine} ${shape}`;
    let figures = this.shapes.get(key);
    if (!figures) {
      if (this.shapes.size >= METRICS_SHAPES_MAX) {
        this.unlisted++;
        return;
      }
      figures = {
        fingerprint,
        shape,
        engine,
        statements: 0,
        failed: 0,
        duration: new Durations(),
        trendCounts: new Uint32Array(this.wish.bins),
        trendSumsMs: new Float64Array(this.wish.bins),
        lastQueryId: queryId,
        lastSeq: seq,
      };
      this.shapes.set(key, figures);
    }
    figures.statements++;
    if (outcome !== 'succeeded') figures.failed++;
    figures.duration.add(ms);
    figures.trendCounts[index]!++;
    figures.trendSumsMs[index]! += ms;
    figures.lastQueryId = queryId;
    figures.lastSeq = seq;
  }
}

function binOf({ duration, firstRow, recorded, cancel, ...rest }: Bin): MetricsBin {
  return {
    ...rest,
    duration: duration.quantiles(),
    firstRow: firstRow.quantiles(),
    recorded: recorded.quantiles(),
    cancel: cancel.quantiles(),
  };
}

function figuresOf({ duration, trendCounts, trendSumsMs, ...rest }: Shape): ShapeFigures {
  return {
    ...rest,
    totalMs: duration.sumMs,
    duration: duration.quantiles(),
    trendMs: Array.from(trendCounts, (count, index) => (count === 0 ? null : trendSumsMs[index]! / count)),
  };
}
