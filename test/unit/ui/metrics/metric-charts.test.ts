import { describe, expect, it } from 'vitest';
import type { MetricsBin } from '../../../../src/events/metrics/metrics-report.ts';
import { Outcome } from '../../../../src/events/query.ts';
import { emptyHistogram, observe } from '../../../../src/events/views/metrics-view.ts';
import {
  axisSteps,
  chartSentence,
  METRIC_CHARTS,
  PROCESS_CHARTS,
  total,
} from '../../../../src/ui/metrics/metric-charts.ts';
import { processWords } from '../../../../src/ui/metrics/process-words.ts';
import { metricsPath, SPANS } from '../../../../src/ui/metrics/span.ts';

const EMPTY: MetricsBin = {
  firstSeq: null,
  lastSeq: null,
  outcomes: {},
  duration: null,
  firstRow: null,
  recorded: null,
  cancel: null,
  rows: 0,
  bytes: 0,
  cancels: { confirmed: 0, won: 0, unknown: 0 },
  connections: { opened: 0, notOpened: 0, lost: 0 },
  tunnels: { opened: 0, notOpened: 0, lost: 0, reopened: 0 },
  refusals: {},
  process: null,
  events: 0,
};
const chart = (id: string) => METRIC_CHARTS.find((one) => one.id === id)!;

describe('the charts', () => {
  it('count each outcome in exactly one layer of the statements', () => {
    for (const { const: outcome } of Outcome.anyOf) {
      const bin = { ...EMPTY, outcomes: { [outcome]: 3 } };
      const counted = chart('statements').series.map(({ value }) => value(bin));
      expect(
        counted.filter((count) => count === 3),
        outcome,
      ).toHaveLength(1);
    }
  });

  it('show of the process what was measured, and a gap where it was not', () => {
    const spread = { p50: 1, p99: 20, max: 300 };
    const process = { rssBytes: 90_000_000, heapBytes: 40_000_000, loop: spread, lag: spread, sync: null };
    const values = (bin: MetricsBin) =>
      Object.fromEntries(PROCESS_CHARTS.map(({ id, series }) => [id, series.map(({ value }) => value(bin))]));
    expect(values({ ...EMPTY, process })).toEqual({
      memory: [90_000_000, 40_000_000],
      loop: [1, 20, 300],
      lag: [1, 20, 300],
      sync: [null, null, null],
    });
    expect(new Set(Object.values(values(EMPTY)).flat())).toEqual(new Set([null]));
    const [memory] = PROCESS_CHARTS;
    expect(chartSentence(memory!, [EMPTY, { ...EMPTY, process }])).toBe(
      'Memory: resident up to 86 MiB, heap up to 38 MiB',
    );
  });

  it('add counts up, and give of quantiles the highest', () => {
    const quantiles = (p50: number) => ({ count: 1, p50, p95: p50 * 2, p99: p50 * 3, max: p50 * 3 });
    const bins = [
      { ...EMPTY, rows: 2, duration: quantiles(5) },
      { ...EMPTY, rows: 40, duration: quantiles(3) },
      EMPTY,
    ];
    expect(total(chart('rows'), chart('rows').series[0]!, bins)).toBe(42);
    expect(chart('duration').series.map((series) => total(chart('duration'), series, bins))).toEqual([
      5, 10, 15,
    ]);
    expect(chartSentence(chart('rows'), bins)).toBe('Rows: rows 42');
    expect(chartSentence(chart('duration'), bins)).toBe(
      'Duration: p50 up to 5 ms, p95 up to 10 ms, p99 up to 15 ms',
    );
    expect(chartSentence(chart('cancels'), bins)).toBe('Cancels: nothing in this span');
  });

  it('has only whole numbers at the axis of a count', () => {
    for (const { kind, isBinary } of METRIC_CHARTS) {
      const steps = axisSteps({ kind, ...(isBinary ? { isBinary } : {}) });
      if (kind === 'bars') expect(steps?.slice(0, 3)).toEqual(isBinary ? [1, 2, 4] : [1, 2, 5]);
      expect(steps ?? []).toEqual([...(steps ?? [])].sort((a, b) => a - b));
    }
  });
});

describe('a span', () => {
  it.each(SPANS)('$name ends with the interval that is running, in whole intervals', ({ name, ms, bins }) => {
    const now = Date.UTC(2026, 10, 28, 12, 34, 56);
    const query = new URLSearchParams(
      metricsPath(name, { engine: null, environment: 'production', profileId: null }, now).split('?')[1],
    );
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
    expect(to - from).toBe(ms);
    expect(to).toBeGreaterThan(now);
    expect(to - now).toBeLessThanOrEqual(ms / bins);
    expect(to % (ms / bins)).toBe(0);
    expect([query.get('environment'), query.has('engine')]).toEqual(['production', false]);
  });
});

describe('the process', () => {
  it('is shown as it is now: memory, event loop, tape, disk', () => {
    const loopDelayMs = emptyHistogram();
    for (let times = 0; times < 200; times++) observe(loopDelayMs, 0.4);
    observe(loopDelayMs, 800);
    const syncMs = emptyHistogram();
    observe(syncMs, 90_000);
    const figures = {
      startedAt: 0,
      cpuMs: 1,
      memory: { rss: 120 * 1024 * 1024, heapUsed: 2048, external: 0 },
      loopDelayMs,
      tape: { bytes: 4096, durableSeq: 9, pending: 1, syncMs },
    };
    const shown = Object.fromEntries(processWords(figures).map(({ label, value }) => [label, value]));
    expect(shown).toEqual({
      Memory: '120 MiB',
      Heap: '2 KiB',
      'Event loop delay, p99': '≤ 1 ms',
      Tape: '4 KiB',
      'Not yet on disk': '1 record',
      'Disk sync, p99': 'over 1 min',
    });
    const fresh = { ...figures, tape: { ...figures.tape, syncMs: emptyHistogram() } };
    expect(processWords(fresh).at(-1)!.value).toBe('none yet');
  });
});
