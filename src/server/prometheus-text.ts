import type { ProcessFigures } from '../events/metrics/process-figures.ts';
import { connectionEnded } from '../events/views/connection-view.ts';
import { BUCKETS_MS, type Histogram, type SourceMetrics } from '../events/views/metrics-view.ts';
import { sessionEnded } from '../events/views/session-view.ts';
import type { State } from '../events/views/state.ts';

type Labels = Readonly<Record<string, string>>;
type Points<V> = readonly (readonly [labels: Labels, value: V])[];
type Kind = 'counter' | 'gauge' | 'histogram';

/** `{engine="postgres",le="1"}`, escaped as the text format says; nothing without labels. */
function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
    return `${name}="${escaped}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function family(name: string, kind: Kind, help: string, lines: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...lines];
}

function plain(name: string, kind: 'counter' | 'gauge', help: string, points: Points<number>): string[] {
  return family(
    name,
    kind,
    help,
    points.map(([labels, value]) => `${name}${labelled(labels)} ${value}`),
  );
}

/** Durations in seconds, as Prometheus has its base units. */
function histogram(name: string, help: string, points: Points<Histogram>): string[] {
  const lines = points.flatMap(([labels, { counts, sumMs }]) => {
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      const bound = BUCKETS_MS[index];
      const le = bound === undefined ? '+Inf' : String(bound / 1000);
      return `${name}_bucket${labelled({ ...labels, le })} ${total}`;
    });
    return [
      ...buckets,
      `${name}_sum${labelled(labels)} ${sumMs / 1000}`,
      `${name}_count${labelled(labels)} ${total}`,
    ];
  });
  return family(name, 'histogram', help, lines);
}

const sourceLabels = ({ engine, environment }: Pick<SourceMetrics, 'engine' | 'environment'>): Labels => ({
  engine,
  environment,
});

function bySource<V>(sources: readonly SourceMetrics[], value: (source: SourceMetrics) => V): Points<V> {
  return sources.map((source) => [sourceLabels(source), value(source)]);
}

function byKey(
  sources: readonly SourceMetrics[],
  label: string,
  values: (source: SourceMetrics) => Readonly<Record<string, number>>,
): Points<number> {
  return sources.flatMap((source) =>
    Object.entries(values(source)).map(([key, value]): Points<number>[number] => [
      { ...sourceLabels(source), [label]: key },
      value,
    ]),
  );
}

function byCode(values: Readonly<Record<string, number>>): Points<number> {
  return Object.entries(values).map(([code, value]) => [{ code }, value]);
}

/**
 * The metrics in Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/): what the tape adds up to
 * by engine and environment, and what this process takes now. Every label's values are a closed list or bounded in number.
 */
export function prometheusText(state: State, figures: ProcessFigures, version: string): string {
  return [
    ...tapeFamilies(state),
    ...openFamilies(state),
    ...processFamilies(figures),
    plain('querytape_build_info', 'gauge', 'The version of Querytape.', [[{ version }, 1]]),
  ]
    .flat()
    .join('\n')
    .concat('\n');
}

function tapeFamilies({ metrics }: State): string[][] {
  const sources = Object.values(metrics.sources);
  const counter = (name: string, help: string, points: Points<number>): string[] =>
    plain(name, 'counter', help, points);
  const statements = sources.flatMap((source) =>
    Object.entries(source.statements).flatMap(([purpose, outcomes]) =>
      Object.entries(outcomes).map(([outcome, value]): Points<number>[number] => [
        { ...sourceLabels(source), purpose, outcome },
        value,
      ]),
    ),
  );
  const cancels = sources.flatMap((source) =>
    Object.entries(source.cancels).map(([key, value]): Points<number>[number] => {
      const [reason, outcome] = key.split(' ') as [string, string];
      return [{ ...sourceLabels(source), reason, outcome }, value];
    }),
  );
  const connections = byKey(sources, 'event', ({ connections: { opened, notOpened, lost } }) => ({
    opened,
    failed: notOpened,
    lost,
  }));
  const tunnels = byKey(sources, 'event', ({ tunnels: { notOpened, ...counts } }) => ({
    ...counts,
    failed: notOpened,
  }));
  const one = (value: number): Points<number> => [[{}, value]];
  return [
    counter('querytape_tape_records_total', 'Records on the tape.', one(metrics.events)),
    counter(
      'querytape_tape_ignored_records_total',
      'Records of events that a state ignored.',
      one(metrics.ignored),
    ),
    counter('querytape_starts_total', 'Starts of the program.', one(metrics.starts)),
    counter('querytape_statements_total', 'Ended statements by purpose and outcome.', statements),
    counter(
      'querytape_statement_rows_total',
      'Rows received by ended statements.',
      bySource(sources, ({ rows }) => rows),
    ),
    counter(
      'querytape_statement_result_bytes_total',
      'Bytes of rows received by ended statements.',
      bySource(sources, ({ bytes }) => bytes),
    ),
    counter(
      'querytape_statement_failures_total',
      'Failed statements by code.',
      byKey(sources, 'code', ({ failures }) => failures),
    ),
    counter(
      'querytape_statement_refusals_total',
      'Refused statements by rule.',
      byKey(sources, 'rule', ({ refusals }) => refusals),
    ),
    counter('querytape_cancels_total', 'Cancels of ended statements by reason and outcome.', cancels),
    counter('querytape_connections_total', 'Connections by what happened to them.', connections),
    counter('querytape_tunnels_total', 'Tunnels of sessions by what happened to them.', tunnels),
    counter(
      'querytape_reconnects_total',
      'Sessions that were connected again after a loss.',
      bySource(sources, ({ reconnects }) => reconnects),
    ),
    counter('querytape_command_refusals_total', 'Refused commands by code.', byCode(metrics.commandRefusals)),
    counter('querytape_request_refusals_total', 'Refused requests by code.', byCode(metrics.requestRefusals)),
    histogram(
      'querytape_statement_duration_seconds',
      'Time the user’s statements took on their server.',
      bySource(sources, ({ serverMs }) => serverMs),
    ),
    histogram(
      'querytape_statement_first_row_seconds',
      'Time to the first row of the user’s statements.',
      bySource(sources, ({ firstRowMs }) => firstRowMs),
    ),
    histogram(
      'querytape_statement_recorded_seconds',
      'Time until the write-ahead record of the user’s statements was on disk.',
      bySource(sources, ({ recordedMs }) => recordedMs),
    ),
    histogram(
      'querytape_cancel_confirmation_seconds',
      'Time from a cancel to the server’s confirmation.',
      bySource(sources, ({ cancelMs }) => cancelMs),
    ),
  ];
}

/** What is open now, by engine and environment. */
function openFamilies({ sessions, connections, queries }: State): string[][] {
  const counts = (sessionIds: readonly string[]): Points<number> => {
    const found = new Map<string, [Labels, number]>();
    for (const session of sessionIds.map((id) => sessions[id])) {
      if (!session) continue;
      const key = `${session.engine} ${session.environment}`;
      const [labels, count] = found.get(key) ?? [sourceLabels(session), 0];
      found.set(key, [labels, count + 1]);
    }
    return [...found.values()];
  };
  const live = Object.values(sessions).filter(({ state }) => !sessionEnded(state));
  const open = Object.values(connections).filter(({ state }) => !connectionEnded(state));
  const running = Object.values(queries).filter(({ outcome }) => outcome === null);
  const gauge = (name: string, help: string, of: readonly { readonly sessionId: string }[]): string[] =>
    plain(name, 'gauge', help, counts(of.map(({ sessionId }) => sessionId)));
  return [
    gauge('querytape_open_sessions', 'Sessions that are open.', live),
    gauge('querytape_open_connections', 'Connections that are open.', open),
    gauge('querytape_open_statements', 'Statements that have not ended.', running),
  ];
}

function processFamilies({ startedAt, cpuMs, memory, loopDelayMs, tape }: ProcessFigures): string[][] {
  const gauge = (name: string, help: string, value: number): string[] =>
    plain(name, 'gauge', help, [[{}, value]]);
  return [
    gauge('querytape_tape_size_bytes', 'Size of the tape on disk.', tape.bytes),
    gauge('querytape_tape_durable_record', 'Number of the last record that is on disk.', tape.durableSeq),
    gauge('querytape_tape_pending_records', 'Records that are not on disk yet.', tape.pending),
    histogram('querytape_tape_sync_seconds', 'Time of a write until the disk had it.', [[{}, tape.syncMs]]),
    histogram('querytape_event_loop_delay_seconds', 'How late the event loop runs a timer.', [
      [{}, loopDelayMs],
    ]),
    gauge('process_resident_memory_bytes', 'Resident memory of the process.', memory.rss),
    gauge('process_start_time_seconds', 'Start of the process since 1970 UTC.', startedAt / 1000),
    plain('process_cpu_seconds_total', 'counter', 'Time of processors used.', [[{}, cpuMs / 1000]]),
    gauge('nodejs_heap_size_used_bytes', 'Used memory of the main thread’s heap.', memory.heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory of the main thread’s buffers.', memory.external),
  ];
}
