import type { LogEntry, LogLevel, LogValue } from '../log/log-entry.ts';
import { systemName } from '../log/record-fields.ts';
import type { Span } from '../trace/span.ts';
import { BUCKETS_MS, type Histogram, type MetricsView, type SourceMetrics } from '../views/metrics-view.ts';

/**
 * OTLP/JSON 1.x: protobuf's JSON mapping of opentelemetry/proto/{trace,logs,metrics}/v1, in which ids are hexadecimal, 64-bit numbers
 * are strings and enums are numbers (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 */
interface Attribute {
  readonly key: string;
  readonly value:
    | { readonly stringValue: string }
    | { readonly intValue: string }
    | { readonly doubleValue: number }
    | { readonly boolValue: boolean };
}

/** Who reports: `service.name` and what `OTEL_RESOURCE_ATTRIBUTES` adds. */
type Resource = Readonly<Record<string, LogValue>>;

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
    kind: ['statement', 'connect', 'tunnel'].includes(span.kind) ? SPAN_KIND.client : SPAN_KIND.internal,
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

/** A metric's values under their attributes. */
type Points<V> = readonly (readonly [labels: Readonly<Record<string, string>>, value: V])[];

/** ExportMetricsServiceRequest: what the tape adds up to, since its first record that is not cut. */
export function metricsRequest(resource: Resource, version: string, view: MetricsView, at: number) {
  const timeUnixNano = nanos(at);
  const sum = (name: string, unit: string, points: Points<number>) => ({
    name,
    unit,
    sum: {
      aggregationTemporality: CUMULATIVE,
      isMonotonic: true,
      dataPoints: points.map(([labels, value]) => ({
        attributes: attributes(labels),
        timeUnixNano,
        asInt: String(value),
      })),
    },
  });
  const seconds = (name: string, points: Points<Histogram>) => ({
    name,
    unit: 's',
    histogram: {
      aggregationTemporality: CUMULATIVE,
      dataPoints: points.map(([labels, { counts, sumMs }]) => ({
        attributes: attributes(labels),
        timeUnixNano,
        count: String(counts.reduce((all, count) => all + count, 0)),
        sum: sumMs / 1000,
        bucketCounts: counts.map(String),
        explicitBounds: BUCKETS_MS.map((ms) => ms / 1000),
      })),
    },
  });
  const sources = Object.values(view.sources);
  const each = <V>(value: (source: SourceMetrics) => V): Points<V> =>
    sources.map((source) => [sourceLabels(source), value(source)]);
  const by = (label: string, of: (source: SourceMetrics) => Readonly<Record<string, number>>) =>
    sources.flatMap(
      (source): Points<number> =>
        Object.entries(of(source)).map(([key, value]) => [{ ...sourceLabels(source), [label]: key }, value]),
    );
  const codes = (values: Readonly<Record<string, number>>): Points<number> =>
    Object.entries(values).map(([code, value]) => [{ 'error.type': code }, value]);
  const statements = sources.flatMap(
    (source): Points<number> =>
      Object.entries(source.statements).flatMap(([purpose, outcomes]) =>
        Object.entries(outcomes).map(([outcome, value]) => [
          { ...sourceLabels(source), 'querytape.purpose': purpose, 'querytape.outcome': outcome },
          value,
        ]),
      ),
  );
  const cancels = sources.flatMap(
    (source): Points<number> =>
      Object.entries(source.cancels).map(([key, value]) => {
        const [reason, outcome] = key.split(' ') as [string, string];
        const labels = { 'querytape.cancel.reason': reason, 'querytape.cancel.outcome': outcome };
        return [{ ...sourceLabels(source), ...labels }, value];
      }),
  );
  const metrics = [
    sum('querytape.tape.records', '{record}', [[{}, view.events]]),
    sum('querytape.statements', '{statement}', statements),
    sum('querytape.cancels', '{cancel}', cancels),
    sum(
      'querytape.failures',
      '{failure}',
      by('error.type', ({ failures }) => failures),
    ),
    sum(
      'querytape.refusals',
      '{refusal}',
      by('error.type', ({ refusals }) => refusals),
    ),
    sum('querytape.command.refusals', '{refusal}', codes(view.commandRefusals)),
    sum('querytape.request.refusals', '{refusal}', codes(view.requestRefusals)),
    sum(
      'querytape.connections',
      '{connection}',
      by('querytape.event', ({ connections }) => ({ ...connections })),
    ),
    sum(
      'querytape.tunnels',
      '{tunnel}',
      by('querytape.event', ({ tunnels }) => ({ ...tunnels })),
    ),
    sum(
      'querytape.reconnects',
      '{reconnect}',
      each(({ reconnects }) => reconnects),
    ),
    sum(
      'querytape.rows',
      '{row}',
      each(({ rows }) => rows),
    ),
    sum(
      'querytape.result.bytes',
      'By',
      each(({ bytes }) => bytes),
    ),
    seconds(
      'db.client.operation.duration',
      each(({ serverMs }) => serverMs),
    ),
    seconds(
      'querytape.first_row.duration',
      each(({ firstRowMs }) => firstRowMs),
    ),
    seconds(
      'querytape.cancel.duration',
      each(({ cancelMs }) => cancelMs),
    ),
    seconds(
      'querytape.record.duration',
      each(({ recordedMs }) => recordedMs),
    ),
  ];
  return {
    resourceMetrics: [{ ...about(resource), scopeMetrics: [{ scope: { name: SCOPE, version }, metrics }] }],
  };
}

function sourceLabels({ engine, environment }: SourceMetrics): Readonly<Record<string, string>> {
  return { 'db.system.name': systemName(engine), 'deployment.environment.name': environment };
}

function about(resource: Resource) {
  return { resource: { attributes: attributes(resource) } };
}
