import type { FastifyInstance } from 'fastify';
import type { Envelope } from '../events/envelope.ts';
import type { App } from './app.ts';
import { answerFailure } from './failure-answer.ts';
import { RECORDS_PAGE_MAX } from './limits.ts';

/** `GET /api/records`: a page of the tape's records, oldest first. */
export function recordsRoute(server: FastifyInstance, app: App): void {
  server.get<{ Querystring: Record<string, string> }>('/api/records', async (request, reply) => {
    const from = Number(request.query.from ?? 1);
    const to = Number(request.query.to ?? app.durableSeq);
    const count = Number(request.query.count ?? RECORDS_PAGE_MAX);
    if (![from, to, count].every(Number.isSafeInteger) || from < 1 || count < 1)
      return reply.code(400).send({
        code: 'records.invalid',
        message: '`from` and `to` are records by their seq, and `count` counts from 1.',
      });
    // Retention may have cut the first ones of the span.
    const first = Math.max(from, app.firstSeq);
    const last = Math.min(to, app.durableSeq);
    const page = Math.min(count, RECORDS_PAGE_MAX);
    const records: Envelope[] = [];
    try {
      for await (const envelopes of app.read(first, Math.min(last, first + page - 1)))
        records.push(...envelopes);
    } catch (error) {
      return answerFailure(reply, error);
    }
    return { records, more: (records.at(-1)?.seq ?? last) < last };
  });
}
