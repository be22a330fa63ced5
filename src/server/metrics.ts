import { BUCKETS_MS, type Histogram, type MetricsView } from '../events/views/metrics-view.ts';

function counter(
  name: string,
  help: string,
  values: Readonly<Record<string, number>>,
  label?: string,
): string[] {
  const lines = Object.entries(values).map(([key, value]) =>
    label === undefined ? `${name} ${value}` : `${name}{${label}="${key}"} ${value}`,
  );
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines];
}

function histogram(name: string, help: string, { counts, sumMs }: Histogram): string[] {
  let total = 0;
  const buckets = BUCKETS_MS.map((bound, index) => {
    total += counts[index]!;
    return `${name}_bucket{le="${bound / 1000}"} ${total}`;
  });
  total += counts[BUCKETS_MS.length]!;
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} histogram`,
    ...buckets,
    `${name}_bucket{le="+Inf"} ${total}`,
    `${name}_sum ${sumMs / 1000}`,
    `${name}_count ${total}`,
  ];
}

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}

/** The metrics view in Prometheus' text format, and what this process takes right now. */
export function prometheusText(
  metrics: MetricsView,
  process: { memory: NodeJS.MemoryUsage; durableSeq: number },
): string {
  const { connections } = metrics;
  const { rss, heapUsed, external } = process.memory;
  return [
    counter('querytape_events_total', 'Records on the tape.', { all: metrics.events }),
    counter('querytape_events_ignored_total', 'Records of events that a state ignored.', {
      all: metrics.ignored,
    }),
    counter('querytape_starts_total', 'Starts of the program.', { all: metrics.starts }),
    counter('querytape_queries_total', 'Ended queries by outcome.', metrics.queries, 'outcome'),
    counter('querytape_cancels_total', 'Cancels of ended queries by reason.', metrics.cancels, 'reason'),
    counter('querytape_failures_total', 'Failed queries by code.', metrics.failures, 'code'),
    counter(
      'querytape_refusals_total',
      'Refused requests, commands and queries by code.',
      metrics.refusals,
      'code',
    ),
    counter('querytape_connections_total', 'Connections by what happened.', { ...connections }, 'event'),
    counter('querytape_rows_total', 'Rows received by ended queries.', { all: metrics.rows }),
    counter('querytape_bytes_total', 'Bytes of rows received by ended queries.', { all: metrics.bytes }),
    histogram('querytape_query_seconds', 'Time a query took on its server.', metrics.serverMs),
    histogram('querytape_first_row_seconds', 'Time to the first row.', metrics.firstRowMs),
    histogram('querytape_cancel_seconds', "From a cancel to the server's word.", metrics.cancelMs),
    histogram(
      'querytape_recorded_seconds',
      'Time until a write-ahead record was on disk.',
      metrics.recordedMs,
    ),
    gauge('querytape_tape_durable_seq', 'The last record that is on disk.', process.durableSeq),
    gauge('querytape_resident_bytes', 'Resident memory of the process.', rss),
    gauge('querytape_heap_bytes', 'Used memory of the main thread’s heap.', heapUsed),
    gauge('querytape_external_bytes', 'Memory of the main thread’s buffers, outside its heap.', external),
  ]
    .flat()
    .join('\n')
    .concat('\n');
}
