import type { FastifyInstance } from 'fastify';
import type { App } from './app.ts';

const ID = /^[A-Za-z0-9_.-]{1,64}$/;

/**
 * `GET /api/diagnosis?queryId=ID`: what the causes say of one statement of the live tape, found in a thread. One at a time, because it
 * takes a core; it is given up as soon as no client waits for the answer.
 */
export function diagnosisRoute(server: FastifyInstance, app: App): void {
  let running: AbortController | undefined;
  server.get<{ Querystring: Record<string, unknown> }>('/api/diagnosis', async (request, reply) => {
    const { queryId } = request.query;
    if (typeof queryId !== 'string' || !ID.test(queryId))
      return reply
        .code(400)
        .send({ code: 'diagnosis.invalid', message: '`queryId` is the id of a statement.' });
    running?.abort(
      Object.assign(new Error('Another statement was asked about.'), { code: 'diagnosis.superseded' }),
    );
    const own = new AbortController();
    running = own;
    reply.raw.once('close', () => own.abort());
    try {
      const found = await app.diagnosis(queryId, own.signal);
      if (found !== null) return found;
      return reply.code(404).send({
        code: 'diagnosis.unknown',
        message: 'The newest records of the tape do not have this statement.',
      });
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      if (typeof code !== 'string') throw error;
      return reply.code(409).send({ code, message });
    } finally {
      if (running === own) running = undefined;
    }
  });
}
