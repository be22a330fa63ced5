import type { LogEntry, LogLevel, LogValue } from '../log/log-entry.ts';
import type { Span } from '../trace/span.ts';
import { BUCKETS_MS, type Histogram, type MetricsView } from '../views/metrics-view.ts';

/**
 * OTLP/JSON 1.x: protobuf's JSON mapping of opentelemetry/proto/{trace,logs,metrics}/v1, in which ids are hexadecimal, 64-bit numbers
 * are strings and enums are numbers (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 */
export interface Attribute {
  readonly key: string;
  readonly value:
    | { readonly stringValue: string }
    | { readonly intValue: string }
    | { readonly doubleValue: number }
    | { readonly boolValue: boolean };
}

/** Who reports: `service.name` and what `OTEL_RESOURCE_ATTRIBUTES` adds. */
export type Resource = Readonly<Record<string, LogValue>>;

/** Makes an id of so many bytes, in hexadecimal, of a key; the same for the same key. */
export type IdOf = (key: string, bytes: 8 | 16) => string;

const SCOPE = 'querytape';
/** opentelemetry.proto.trace.v1.Span.SpanKind. */
const SPAN_KIND = { internal: 1, client: 3 } as const;
/** opentelemetry.proto.trace.v1.Status.StatusCode. */
const STATUS_ERROR = 2;
/** opentelemetry.proto.logs.v1.SeverityNumber: the first of each level's four. */
const SEVERITY: Readonly<Record<LogLevel, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
};
/** opentelemetry.proto.metrics.v1.AggregationTemporality. */
const CUMULATIVE = 2;

/** Attributes of plain values. */
export function attributes(values: Readonly<Record<string, LogValue>>): Attribute[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: LogValue): Attribute['value'] {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Milliseconds as the protocol's nanoseconds. */
function nanos(ms: number): string {
  return `${Math.trunc(ms)}000000`;
}

/** opentelemetry.proto.trace.v1.Span. */
export function otlpSpan(span: Span, idOf: IdOf) {
  return {
    traceId: idOf(span.trace, 16),
    spanId: idOf(span.key, 8),
    ...(span.parent === null ? {} : { parentSpanId: idOf(span.parent, 8) }),
    name: span.name,
    kind: span.kind === 'statement' || span.kind === 'connect' ? SPAN_KIND.client : SPAN_KIND.internal,
    startTimeUnixNano: nanos(span.startAt),
    endTimeUnixNano: nanos(span.endAt),
    attributes: attributes(span.attributes),
    status: span.isError ? { code: STATUS_ERROR } : {},
  };
}
export type OtlpSpan = ReturnType<typeof otlpSpan>;

/** The trace and span that an entry belongs to: its statement's, else its session's; null for an entry of neither. */
function spanOf(fields: LogEntry['fields'], idOf: IdOf): { traceId: string; spanId: string } | null {
  const session = fields['querytape.session.id'];
  if (session === undefined) return null;
  const span = fields['querytape.query.id'] ?? session;
  return { traceId: idOf(String(session), 16), spanId: idOf(String(span), 8) };
}

/** The same as a line of JSON names it (OpenTelemetry, "Trace Context in non-OTLP Log Formats"). */
export function withTraceIds(entry: LogEntry, idOf: IdOf): LogEntry {
  const span = spanOf(entry.fields, idOf);
  if (!span) return entry;
  return { ...entry, fields: { ...entry.fields, trace_id: span.traceId, span_id: span.spanId } };
}

/** opentelemetry.proto.logs.v1.LogRecord. */
export function otlpLog({ at, level, name, message, fields }: LogEntry, idOf: IdOf) {
  return {
    timeUnixNano: nanos(at),
    observedTimeUnixNano: nanos(at),
    severityNumber: SEVERITY[level],
    severityText: level.toUpperCase(),
    eventName: name,
    body: { stringValue: message },
    attributes: attributes(fields),
    ...spanOf(fields, idOf),
  };
}
export type OtlpLog = ReturnType<typeof otlpLog>;

/** ExportTraceServiceRequest. */
export function tracesRequest(resource: Resource, version: string, spans: readonly OtlpSpan[]) {
  return {
    resourceSpans: [{ ...about(resource), scopeSpans: [{ scope: { name: SCOPE, version }, spans }] }],
  };
}

/** ExportLogsServiceRequest. */
export function logsRequest(resource: Resource, version: string, logRecords: readonly OtlpLog[]) {
  return {
    resourceLogs: [{ ...about(resource), scopeLogs: [{ scope: { name: SCOPE, version }, logRecords }] }],
  };
}

/** ExportMetricsServiceRequest: what the tape adds up to, since its first record that is not cut. */
export function metricsRequest(resource: Resource, version: string, view: MetricsView, at: number) {
  const timeUnixNano = nanos(at);
  const sum = (name: string, unit: string, values: Readonly<Record<string, number>>, label?: string) => ({
    name,
    unit,
    sum: {
      aggregationTemporality: CUMULATIVE,
      isMonotonic: true,
      dataPoints: Object.entries(values).map(([key, value]) => ({
        attributes: label === undefined ? [] : attributes({ [label]: key }),
        timeUnixNano,
        asInt: String(value),
      })),
    },
  });
  const seconds = (name: string, { counts, sumMs }: Histogram) => ({
    name,
    unit: 's',
    histogram: {
      aggregationTemporality: CUMULATIVE,
      dataPoints: [
        {
          attributes: [],
          timeUnixNano,
          count: String(counts.reduce((all, count) => all + count, 0)),
          sum: sumMs / 1000,
          bucketCounts: counts.map(String),
          explicitBounds: BUCKETS_MS.map((ms) => ms / 1000),
        },
      ],
    },
  });
  const metrics = [
    sum('querytape.statements', '{statement}', view.queries, 'querytape.outcome'),
    sum('querytape.cancels', '{cancel}', view.cancels, 'querytape.cancel.reason'),
    sum('querytape.failures', '{failure}', view.failures, 'error.type'),
    sum('querytape.refusals', '{refusal}', view.refusals, 'error.type'),
    sum('querytape.connections', '{connection}', { ...view.connections }, 'querytape.event'),
    sum('querytape.rows', '{row}', { all: view.rows }),
    sum('querytape.result.bytes', 'By', { all: view.bytes }),
    seconds('db.client.operation.duration', view.serverMs),
    seconds('querytape.first_row.duration', view.firstRowMs),
    seconds('querytape.cancel.duration', view.cancelMs),
    seconds('querytape.record.duration', view.recordedMs),
  ];
  return {
    resourceMetrics: [{ ...about(resource), scopeMetrics: [{ scope: { name: SCOPE, version }, metrics }] }],
  };
}

function about(resource: Resource) {
  return { resource: { attributes: attributes(resource) } };
}
