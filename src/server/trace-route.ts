import type { FastifyInstance } from 'fastify';
import { TRACE_FORMATS, type TraceFormat, type TraceWish } from '../events/trace/trace-wish.ts';
import type { App } from './app.ts';
import { newestRequest } from './newest-request.ts';

const TYPES: Readonly<Record<TraceFormat, string>> = {
  perfetto: 'application/json; charset=utf-8',
  otlp: 'application/x-ndjson; charset=utf-8',
};

/** `GET /api/traces`: the tape, or a span of it, as a file for another tool; one at a time. */
export function traceRoute(server: FastifyInstance, app: Pick<App, 'trace' | 'durableSeq'>): void {
  const answer = newestRequest({ code: 'trace.superseded', message: 'Another export was asked for.' });
  server.get<{ Querystring: Record<string, string> }>('/api/traces', (request, reply) => {
    const wish = wishOf(request.query, app.durableSeq);
    if (typeof wish === 'string') return reply.code(400).send({ code: 'trace.invalid', message: wish });
    return answer(reply, async (signal) => {
      const { fileName, bytes, stream } = await app.trace(wish, signal);
      reply
        .type(TYPES[wish.format])
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename="${fileName}"`);
      return stream;
    });
  });
}

/** What a query string asks for, or what is wrong with it. */
function wishOf({ format, from = '1', to }: Record<string, string>, durableSeq: number): TraceWish | string {
  const known = TRACE_FORMATS.find((one) => one === format);
  if (!known) return `\`format\` is one of ${TRACE_FORMATS.join(', ')}.`;
  const fromSeq = Number(from);
  const toSeq = Math.min(Number(to ?? durableSeq), durableSeq);
  if (!Number.isSafeInteger(fromSeq) || !Number.isSafeInteger(toSeq) || fromSeq < 1)
    return '`from` and `to` are records by their seq, from 1.';
  return { format: known, fromSeq, toSeq };
}
