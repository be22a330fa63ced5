import type { FastifyInstance } from 'fastify';
import { ReplayRequest } from '../events/replay-report.ts';
import { schemaCheck } from '../events/schema-check.ts';
import type { App } from './app.ts';
import { answerFailure } from './failure-answer.ts';

const replayCheck = schemaCheck(ReplayRequest);

/**
 * Replays the tape in a thread and answers the report. One at a time, because it takes a core and up to REPLAY_MEMORY_MIB; it is given
 * up as soon as no client waits for the answer.
 */
export function replayRoute(server: FastifyInstance, app: App): void {
  let isRunning = false;
  server.post('/api/replays', async (request, reply) => {
    const { body } = request;
    if (!replayCheck.Check(body))
      return reply.code(400).send({
        code: 'replay.invalid',
        message: 'A replay is asked for by {} or {"until": SEQ}, a record of the tape.',
      });
    if (isRunning)
      return reply.code(409).send({
        code: 'replay.running',
        message: 'The tape is being replayed. Try again when that has ended.',
      });
    isRunning = true;
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    try {
      return await app.replay(body.until ?? app.durableSeq, gone.signal);
    } catch (error) {
      return answerFailure(reply, error);
    } finally {
      isRunning = false;
    }
  });
}
