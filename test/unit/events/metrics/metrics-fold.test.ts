import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { METRICS_SHAPES_LISTED } from '../../../../src/events/limits.ts';
import { MetricsFold } from '../../../../src/events/metrics/metrics-fold.ts';
import type { MetricsReport, MetricsWish } from '../../../../src/events/metrics/metrics-report.ts';
import type { SourceMetrics } from '../../../../src/events/views/metrics-view.ts';
import { apply, emptyState, fold } from '../../../../src/events/views/state.ts';
import { goldenTape } from '../../golden-tape.ts';

const TAPES = ['statements', 'cancels', 'losses', 'refusals', 'transactions'] as const;

const golden = (name: (typeof TAPES)[number]): readonly Envelope[] => goldenTape(name);

/** Adds up what a tape has, over all of its time where `wish` says no other. */
function added(records: readonly Envelope[], wish: Partial<MetricsWish> = {}, before = 0): MetricsReport {
  const from = records[0]!.at;
  const all = { from, to: records.at(-1)!.at + 1, bins: 1, engine: null, environment: null, profileId: null };
  const state = emptyState();
  for (const record of records.slice(0, before)) apply(state, record);
  const metrics = new MetricsFold({ ...all, ...wish }, state);
  for (const record of records.slice(before)) metrics.add(record);
  return metrics.report(from);
}

describe('metrics of a span', () => {
  it.each(TAPES)('agree with the views where the span is the whole tape: %s', (name) => {
    const records = golden(name);
    const { queries, metrics } = fold(records);
    const statements = Object.values(queries).filter(
      ({ purpose, outcome }) => purpose === 'statement' && outcome,
    );
    const [bin] = added(records).bins;
    const outcomes: Record<string, number> = {};
    for (const { outcome } of statements) outcomes[outcome!] = (outcomes[outcome!] ?? 0) + 1;
    expect(bin!.outcomes).toEqual(outcomes);
    expect(bin!.rows).toBe(statements.reduce((sum, { rows }) => sum + rows, 0));
    expect(bin!.events).toBe(records.length);
    expect([bin!.firstSeq, bin!.lastSeq]).toEqual([records[0]!.seq, records.at(-1)!.seq]);
    const sources = Object.values(metrics.sources);
    const sum = (of: (source: SourceMetrics) => number): number =>
      sources.reduce((all, source) => all + of(source), 0);
    expect(bin!.connections).toEqual({
      opened: sum(({ connections }) => connections.opened),
      notOpened: sum(({ connections }) => connections.notOpened),
      lost: sum(({ connections }) => connections.lost),
    });
    expect(sum((source) => Object.values(source.statements.statement ?? {}).reduce((a, b) => a + b, 0))).toBe(
      statements.length,
    );
    const { confirmed, won, unknown } = bin!.cancels;
    // Of those that never left there is nothing that a server could confirm.
    const sent = statements.filter(({ cancel, dispatchedAt }) => cancel && dispatchedAt !== null);
    expect(confirmed + won + unknown).toBe(sent.length);
  });

  it('count no cancel of a statement that was never sent, such as the rest of a script after an error', () => {
    const { queries, metrics } = fold(goldenTape('statements'));
    const cancelled = Object.values(queries).filter(({ cancel }) => cancel);
    expect(cancelled.map(({ dispatchedAt, outcome }) => [dispatchedAt, outcome])).toEqual([
      [null, 'cancelled'],
    ]);
    expect(Object.values(metrics.sources).map(({ cancels }) => cancels)).toEqual([{}]);
  });

  it('count how tunnels were opened, lost and opened again, as the views do', () => {
    const records = goldenTape('tunnels');
    const [source] = Object.values(fold(records).metrics.sources);
    const lost = records.filter(
      ({ kind, event }) => kind === 'tunnel' && event.type === 'tunnel.lost',
    ).length;
    expect(source!.tunnels.lost).toBe(lost);
    expect(lost).toBeGreaterThan(0);
    expect(source!.tunnels.opened).toBeGreaterThan(0);
    expect(source!.tunnels.reopened).toBeGreaterThan(0);
    expect(added(records).bins[0]!.tunnels).toEqual(source!.tunnels);
    expect(added(records, { profileId: 'another' }).bins[0]!.tunnels.lost).toBe(0);
  });

  it('are parted among the intervals, and none is lost or counted twice', () => {
    const records = golden('statements');
    const whole = added(records);
    for (const bins of [2, 7, 60]) {
      const parted = added(records, {
        bins,
        to: whole.from + Math.ceil((whole.to - whole.from) / bins) * bins,
      });
      expect(parted.bins.reduce((sum, { events }) => sum + events, 0)).toBe(records.length);
      const seqs = parted.bins.flatMap(({ firstSeq, lastSeq }) =>
        firstSeq === null ? [] : [firstSeq, lastSeq!],
      );
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      expect(parted.slowest.map(({ statements }) => statements)).toEqual(
        whole.slowest.map(({ statements }) => statements),
      );
    }
  });

  it('are the same where they begin at a state of the views', () => {
    const records = golden('statements');
    const middle = Math.floor(records.length / 2);
    const span = { from: records[middle]!.at };
    const { bins, slowest } = added(records, span, middle);
    expect({ bins, slowest }).toEqual({
      bins: added(records, span).bins,
      slowest: added(records, span).slowest,
    });
  });

  it('count what the filters let through, and name every source all the same', () => {
    const records = golden('statements');
    const all = added(records);
    expect(all.sources.length).toBeGreaterThan(0);
    const { engine, environment, profileId } = all.sources[0]!;
    const same = added(records, { engine, environment, profileId });
    expect(same.bins[0]!.outcomes).toEqual(all.bins[0]!.outcomes);
    const none = added(records, { profileId: 'another' });
    expect(none.bins[0]!.outcomes).toEqual({});
    expect(none.slowest).toEqual([]);
    expect(none.sources).toEqual(all.sources);
  });

  it('list shapes by their total time and by their number, with the mean of each interval', () => {
    const { slowest, mostFrequent, shapes } = added(golden('statements'));
    expect(shapes).toBeGreaterThan(0);
    expect(slowest.length).toBeLessThanOrEqual(METRICS_SHAPES_LISTED);
    expect(slowest.map(({ totalMs }) => totalMs)).toEqual(
      slowest.map(({ totalMs }) => totalMs).toSorted((a, b) => b - a),
    );
    expect(mostFrequent.map(({ statements }) => statements)).toEqual(
      mostFrequent.map(({ statements }) => statements).toSorted((a, b) => b - a),
    );
    for (const { trendMs, totalMs, statements } of slowest)
      expect(trendMs[0]).toBeCloseTo(totalMs / statements, 6);
  });
});

describe('what the process took', () => {
  const measured = (at: number, rssBytes: number, p99: number, syncMs: object | null = null) =>
    ({
      at,
      actor: 'tape',
      kind: 'tape',
      machine: null,
      cause: null,
      state: null,
      event: {
        type: 'process.measured',
        rssBytes,
        heapBytes: 10,
        loopMs: { count: 120, p50: 1, p99, max: p99 * 2 },
        lagMs: null,
        syncMs,
      },
    }) as unknown as Envelope;
  const sync = { count: 3, p50: 2, p99: 5, max: 6 };
  const records = [measured(0, 100, 9), measured(30, 300, 4, sync), measured(100, 200, 7)].map(
    (record, index) => ({ ...record, seq: index + 1 }),
  );

  it('is the highest of each figure in an interval, and null where it was not measured', () => {
    const { bins } = added(records, { from: 0, to: 150, bins: 3 });
    expect(bins.map(({ process }) => process)).toEqual([
      {
        rssBytes: 300,
        heapBytes: 10,
        loop: { p50: 1, p99: 9, max: 18 },
        lag: null,
        sync: { p50: 2, p99: 5, max: 6 },
      },
      null,
      { rssBytes: 200, heapBytes: 10, loop: { p50: 1, p99: 7, max: 14 }, lag: null, sync: null },
    ]);
  });

  it('is there whatever the statements are narrowed to', () => {
    const { bins } = added(records, { from: 0, to: 150, bins: 1, engine: 'mysql' });
    expect(bins[0]).toMatchObject({ events: 0, process: { rssBytes: 300 } });
  });
});
