import type { LogLevel } from '../../events/log/log-entry.ts';
import {
  logsRequest,
  metricsRequest,
  type OtlpLog,
  type OtlpSpan,
  otlpLog,
  otlpSpan,
  tracesRequest,
  withTraceIds,
} from '../../events/otlp/otlp-json.ts';
import type { Signal } from '../../events/otlp/otlp-target.ts';
import type { Projection } from '../../events/projection.ts';
import { SpanFold } from '../../events/trace/span-fold.ts';
import type { MetricsView } from '../../events/views/metrics-view.ts';
import { type LogSink, sink } from '../log.ts';
import { hashedId } from './hashed-id.ts';
import { type Dropped, OtlpQueue } from './otlp-queue.ts';
import type { OtlpSettings } from './otlp-settings.ts';

/** Time between two reports of the metrics: OpenTelemetry's default. */
const METRICS_INTERVAL_MS = 60_000;
/** Time in which the last items are sent as the program ends. */
const CLOSE_WITHIN_MS = 2000;

/** Sends traces, logs and metrics to a collector, as the settings name one for each. */
export class Otlp {
  readonly #spans: OtlpQueue<OtlpSpan> | null;
  readonly #logs: OtlpQueue<OtlpLog> | null;
  readonly #metrics: OtlpQueue<MetricsView> | null;
  readonly #reporting: ReturnType<typeof setInterval> | null;
  readonly #view: () => MetricsView;

  /** @param view the metrics as they are when they are sent */
  constructor({ targets, resource }: OtlpSettings, version: string, view: () => MetricsView) {
    const about = { ...resource, 'service.version': version };
    const { traces, logs, metrics } = targets;
    this.#view = view;
    this.#spans = traces ? new OtlpQueue(traces, (items) => tracesRequest(about, version, items)) : null;
    this.#logs = logs ? new OtlpQueue(logs, (items) => logsRequest(about, version, items)) : null;
    this.#metrics = metrics
      ? new OtlpQueue(
          metrics,
          // They add up, so the latest says all.
          (views) => metricsRequest(about, version, views.at(-1)!, Date.now()),
        )
      : null;
    this.#reporting = metrics ? setInterval(() => this.#report(), METRICS_INTERVAL_MS).unref() : null;
  }

  /** Where the log's entries go; null where no collector takes them. */
  logSink(least: () => LogLevel): LogSink | null {
    const queue = this.#logs;
    return queue && sink(least, (entry) => queue.add(otlpLog(entry, hashedId)));
  }

  /** A sink whose lines name the trace and the span that they belong to. */
  traced(file: LogSink): LogSink {
    return sink(
      () => file.least,
      (entry) => file.write(withTraceIds(entry, hashedId)),
    );
  }

  /** Sends the spans that records end. */
  projection(): Projection<SpanFold> {
    return {
      name: 'traces',
      initial: () => new SpanFold(),
      apply: (spans, envelope, views) => {
        for (const span of spans.add(envelope, views)) this.#spans?.add(otlpSpan(span, hashedId));
        return spans;
      },
    };
  }

  /** What was dropped since the last call, by signal. */
  takeDropped(): (Dropped & { readonly signal: Signal })[] {
    const queues = { traces: this.#spans, logs: this.#logs, metrics: this.#metrics };
    return (Object.keys(queues) as Signal[]).flatMap((signal) => {
      const dropped = queues[signal]?.takeDropped();
      return dropped ? [{ signal, ...dropped }] : [];
    });
  }

  async close(): Promise<void> {
    if (this.#reporting) clearInterval(this.#reporting);
    this.#report();
    await Promise.all([this.#spans, this.#logs, this.#metrics].map((queue) => queue?.close(CLOSE_WITHIN_MS)));
  }

  #report(): void {
    this.#metrics?.add(structuredClone(this.#view()));
  }
}
