import type { Envelope } from '../events/envelope.ts';
import { OTLP_BATCH_MAX } from '../events/limits.ts';
import { type OtlpSpan, otlpSpan, tracesRequest } from '../events/otlp/otlp-json.ts';
import { perfettoTrace } from '../events/trace/perfetto.ts';
import { SpanFold } from '../events/trace/span-fold.ts';
import type { TraceFormat } from '../events/trace/trace-wish.ts';
import { apply, emptyState } from '../events/views/state.ts';
import { hashedId } from './otlp/hashed-id.ts';

type Records = AsyncIterable<readonly Envelope[]>;

/**
 * Writes records as a format has them, piece by piece as they are read.
 *
 * @param version of the program, as OTLP names it
 */
export function writtenTrace(format: TraceFormat, records: Records, version: string): AsyncGenerator<string> {
  return format === 'perfetto' ? perfettoTrace(records) : otlpLines(records, version);
}

/** Requests of OTLP, one per line, as a collector's file receiver reads them. */
async function* otlpLines(records: Records, version: string): AsyncGenerator<string> {
  const fold = new SpanFold();
  const resource = { 'service.name': 'querytape', 'service.version': version };
  let state = emptyState();
  const spans: OtlpSpan[] = [];
  let lastAt = 0;
  const request = (): string => `${JSON.stringify(tracesRequest(resource, version, spans.splice(0)))}\n`;
  for await (const envelopes of records) {
    for (const envelope of envelopes) {
      state = apply(state, envelope);
      lastAt = envelope.at;
      for (const one of fold.add(envelope, state)) spans.push(otlpSpan(one, hashedId));
      if (spans.length >= OTLP_BATCH_MAX) yield request();
    }
  }
  for (const one of fold.rest(lastAt, state)) spans.push(otlpSpan(one, hashedId));
  if (spans.length > 0) yield request();
}
