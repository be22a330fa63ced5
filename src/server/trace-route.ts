import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TRACE_FORMATS, type TraceFormat, type TraceWish } from '../events/trace/trace-wish.ts';
import type { App, PreparedFile } from './app.ts';
import { newestRequest } from './newest-request.ts';
import { GONE } from './replay-view-routes.ts';

const TYPES: Readonly<Record<TraceFormat, string>> = {
  perfetto: 'application/json; charset=utf-8',
  otlp: 'application/x-ndjson; charset=utf-8',
};

interface Asked {
  Querystring: Readonly<Record<string, string>>;
}

/**
 * `GET /api/traces`, and `GET /api/replay/ID/trace`: the tape, that of an open replay, or a span of it, as a file for another tool; one
 * at a time.
 */
export function traceRoutes(
  server: FastifyInstance,
  app: Pick<App, 'trace' | 'durableSeq' | 'replays'>,
): void {
  const answer = newestRequest({ code: 'trace.superseded', message: 'Another export was asked for.' });
  const send = (
    request: FastifyRequest<Asked>,
    reply: FastifyReply,
    trace: (wish: TraceWish, signal: AbortSignal) => Promise<PreparedFile>,
  ) => {
    const wish = wishOf(request.query);
    if (typeof wish === 'string') return reply.code(400).send({ code: 'trace.invalid', message: wish });
    return answer(reply, async (signal) => {
      const { fileName, bytes, stream } = await trace(wish, signal);
      reply
        .type(TYPES[wish.format])
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename="${fileName}"`);
      return stream;
    });
  };
  server.get<Asked>('/api/traces', (request, reply) =>
    send(request, reply, ({ toSeq, ...wish }, signal) =>
      app.trace({ ...wish, toSeq: Math.min(toSeq, app.durableSeq) }, signal),
    ),
  );
  server.get<Asked & { Params: { id: string } }>('/api/replay/:id/trace', (request, reply) => {
    const { id } = request.params;
    if (!app.replays.get(id)) return reply.code(404).send(GONE);
    return send(request, reply, (wish, signal) => app.replays.trace(id, wish, signal));
  });
}

/** What a query string asks for, or what is wrong with it. */
function wishOf({ format, from = '1', to, ...query }: Asked['Querystring']): TraceWish | string {
  const known = TRACE_FORMATS.find((one) => one === format);
  if (!known) return `\`format\` is one of ${TRACE_FORMATS.join(', ')}.`;
  const fromSeq = Number(from);
  const toSeq = Number(to ?? Number.MAX_SAFE_INTEGER);
  if (!Number.isSafeInteger(fromSeq) || !Number.isSafeInteger(toSeq) || fromSeq < 1)
    return '`from` and `to` are records by their seq, from 1.';
  const times: { after?: number; before?: number } = {};
  for (const name of ['after', 'before'] as const) {
    if (query[name] === undefined) continue;
    times[name] = Number(query[name]);
    if (!Number.isSafeInteger(times[name]))
      return '`after` and `before` are times in milliseconds since 1970 UTC.';
  }
  return { format: known, fromSeq, toSeq, ...times };
}
