import type { FastifyInstance, FastifyReply } from 'fastify';
import { unwritableTape } from '../events/unwritable-tape.ts';
import type { App } from './app.ts';
import { newestRequest } from './newest-request.ts';

const ID = /^[A-Za-z0-9_.-]{1,64}$/;

/** `GET /api/diagnosis?queryId=ID`: what the causes say of one statement of the live tape, found in a thread; one at a time. */
export function diagnosisRoute(server: FastifyInstance, app: App): void {
  const answer = newestRequest({
    code: 'diagnosis.superseded',
    message: 'Another statement was asked about.',
  });
  server.get<{ Querystring: Record<string, unknown> }>('/api/diagnosis', (request, reply) => {
    const { queryId } = request.query;
    if (typeof queryId !== 'string' || !ID.test(queryId))
      return reply
        .code(400)
        .send({ code: 'diagnosis.invalid', message: '`queryId` is the id of a statement.' });
    return answer(
      reply,
      async (signal) => (await app.diagnosis(queryId, signal)) ?? absent(app, queryId, reply),
    );
  });
}

/** A statement of this run that is not on the tape while that can't be written waits to be; any other is unknown. */
function absent(app: App, queryId: string, reply: FastifyReply): FastifyReply {
  const { state, code } = app.health();
  if (state === 'failed' && app.query(queryId) !== undefined)
    return reply.code(409).send({
      code: 'diagnosis.notRecorded',
      message: unwritableTape(code!, 'this statement is not on it yet and was not sent to its server'),
    });
  return reply.code(404).send({
    code: 'diagnosis.unknown',
    message: 'The newest records of the tape do not have this statement.',
  });
}
