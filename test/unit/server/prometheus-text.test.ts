import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../../src/events/engines/engine-name.ts';
import { quantileBound } from '../../../src/events/metrics/process-figures.ts';
import { ENVIRONMENTS } from '../../../src/events/profile.ts';
import { emptyHistogram, observe } from '../../../src/events/views/metrics-view.ts';
import { fold } from '../../../src/events/views/state.ts';
import { prometheusText } from '../../../src/server/prometheus-text.ts';
import { goldenTape } from '../golden-tape.ts';
import { appDouble } from './app-double.ts';
import { parsePrometheus } from './prometheus-parser.ts';

const TAPES = ['statements', 'cancels', 'losses', 'refusals', 'transactions'] as const;
const figures = appDouble().processFigures();

const scraped = (tape: string) => {
  const state = fold(goldenTape(tape));
  return { state, families: parsePrometheus(prometheusText(state, figures, '1.0')) };
};

describe('the metrics in Prometheus’ text format', () => {
  it.each(TAPES)('are read by a strict parser, and name the engine and environment: %s', (tape) => {
    const { state, families } = scraped(tape);
    const statements = families.get('querytape_statements_total')!.samples;
    const ended = Object.values(state.queries).filter(({ outcome }) => outcome !== null);
    expect(statements.reduce((sum, { value }) => sum + value, 0)).toBe(ended.length);
    for (const { labels } of statements) {
      expect(ENGINES).toContain(labels.engine);
      expect(ENVIRONMENTS).toContain(labels.environment);
      expect(Object.keys(labels)).toEqual(['engine', 'environment', 'purpose', 'outcome']);
    }
    const first = families.get('querytape_statement_first_row_seconds')!;
    expect(first.type).toBe('histogram');
  });

  it('count cancels by reason and outcome, and their time to the confirmation', () => {
    const { state, families } = scraped('cancels');
    const cancelled = Object.values(state.queries).filter(({ cancel }) => cancel?.confirmedAfterMs != null);
    expect(cancelled.length).toBeGreaterThan(0);
    const confirmed = families
      .get('querytape_cancels_total')!
      .samples.filter(({ labels }) => labels.outcome === 'confirmed');
    expect(confirmed.reduce((sum, { value }) => sum + value, 0)).toBe(cancelled.length);
    const counts = families
      .get('querytape_cancel_confirmation_seconds')!
      .samples.filter(({ name }) => name.endsWith('_count'));
    expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(cancelled.length);
  });

  it('count refusals by rule and connections by what happened', () => {
    const rules = scraped('refusals').families.get('querytape_statement_refusals_total')!.samples;
    expect(rules.length).toBeGreaterThan(0);
    expect(rules.every(({ labels }) => labels.rule !== undefined)).toBe(true);
    const connections = scraped('losses').families.get('querytape_connections_total')!.samples;
    expect(connections.find(({ labels }) => labels.event === 'lost')!.value).toBeGreaterThan(0);
    const reconnects = scraped('losses').families.get('querytape_reconnects_total')!.samples;
    expect(reconnects.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(0);
  });

  it('count what happened to tunnels by engine and environment', () => {
    const tunnels = scraped('tunnels').families.get('querytape_tunnels_total')!.samples;
    for (const event of ['opened', 'lost', 'reopened'])
      expect(tunnels.find(({ labels }) => labels.event === event)!.value, event).toBeGreaterThan(0);
    expect(Object.keys(tunnels[0]!.labels)).toEqual(['engine', 'environment', 'event']);
  });

  it('say what is open, and stay within a bounded number of labels', () => {
    const records = goldenTape('statements');
    const state = fold(records.slice(0, Math.floor(records.length / 2)));
    const open = parsePrometheus(prometheusText(state, figures, '1')).get('querytape_open_sessions')!;
    expect(open.samples.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(0);
    const source = Object.values(state.metrics.sources)[0]!;
    const init = records.find(({ kind }) => kind === 'workspace')!;
    let seq = state.seq;
    const flood = Array.from({ length: 500 }, (_, index) => ({
      ...init,
      seq: ++seq,
      event: { type: 'request.refused' as const, code: `code.${index}`, times: 1 },
    }));
    const families = parsePrometheus(prometheusText(fold([...records, ...flood] as never), figures, '1'));
    expect(families.get('querytape_request_refusals_total')!.samples.length).toBeLessThanOrEqual(51);
    expect(source.engine).toBeDefined();
  });

  it('escape what a label’s value has', () => {
    const state = fold([]);
    state.metrics.commandRefusals['a"b\\c\nd'] = 1;
    const families = parsePrometheus(prometheusText(state, figures, '1'));
    expect(families.get('querytape_command_refusals_total')!.samples[0]!.labels.code).toBe('a"b\\c\nd');
  });

  it('say what the process takes: tape, sync, event loop, memory', () => {
    const syncMs = emptyHistogram();
    for (const ms of [0.5, 3, 70_000]) observe(syncMs, ms);
    const tape = { ...figures.tape, pending: 7, syncMs };
    const families = parsePrometheus(prometheusText(fold([]), { ...figures, tape }, '1'));
    const value = (name: string) => families.get(name)!.samples[0]!.value;
    expect(value('querytape_tape_pending_records')).toBe(7);
    expect(value('querytape_tape_size_bytes')).toBe(1000);
    expect(value('process_resident_memory_bytes')).toBe(3);
    expect(value('process_cpu_seconds_total')).toBe(1.5);
    const sync = families.get('querytape_tape_sync_seconds')!.samples;
    expect(sync.find(({ labels }) => labels.le === '0.005')!.value).toBe(2);
    expect(sync.find(({ name }) => name.endsWith('_count'))!.value).toBe(3);
    expect([0.3, 0.6, 1].map((share) => quantileBound(syncMs, share))).toEqual([
      1,
      5,
      Number.POSITIVE_INFINITY,
    ]);
    expect(quantileBound(emptyHistogram(), 0.5)).toBeNull();
  });
});

it('is refused by the parser where buckets fall, a series comes twice or a family has no type', () => {
  const head = '# HELP a b\n# TYPE a histogram\n';
  const buckets = (one: number, all: number) =>
    `${head}a_bucket{le="1"} ${one}\na_bucket{le="+Inf"} ${all}\na_sum 1\na_count ${all}\n`;
  expect(parsePrometheus(buckets(1, 2)).size).toBe(1);
  expect(() => parsePrometheus(buckets(2, 1))).toThrow('cumulative');
  expect(() => parsePrometheus('# HELP a b\n# TYPE a gauge\na 1\na 2\n')).toThrow('twice');
  expect(() => parsePrometheus('a 1\n')).toThrow('another family');
  expect(() => parsePrometheus('# HELP a b\n# TYPE a gauge\na{b="c\nd"} 1\n')).toThrow();
});
