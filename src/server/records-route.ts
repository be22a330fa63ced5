import type { FastifyInstance } from 'fastify';
import type { Envelope } from '../events/envelope.ts';
import type { App } from './app.ts';
import { answerFailure } from './failure-answer.ts';
import { RECORDS_PAGE_MAX } from './limits.ts';

/** `GET /api/records`: a page of the tape's records, oldest first. */
export function recordsRoute(server: FastifyInstance, app: App): void {
  server.get<{ Querystring: Record<string, string> }>('/api/records', async (request, reply) => {
    const from = Number(request.query.from ?? app.firstSeq);
    const to = Number(request.query.to ?? app.durableSeq);
    const count = Number(request.query.count ?? RECORDS_PAGE_MAX);
    if (![from, to, count].every(Number.isSafeInteger) || from < 1 || count < 1)
      return reply.code(400).send({
        code: 'records.invalid',
        message: '`from` and `to` are records by their seq, and `count` counts from 1.',
      });
    const last = Math.min(to, app.durableSeq);
    const page = Math.min(count, RECORDS_PAGE_MAX);
    const records: Envelope[] = [];
    try {
      for await (const envelopes of app.read(Math.max(from, app.firstSeq), Math.min(last, from + page - 1)))
        records.push(...envelopes);
    } catch (error) {
      return answerFailure(reply, error);
    }
    return { records, more: (records.at(-1)?.seq ?? last) < last };
  });
}
