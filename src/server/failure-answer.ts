import type { FastifyReply } from 'fastify';
import { errorSentence } from '../events/system-error.ts';

/** What a part that is loaded when it is first needed fails with where an update has replaced the program under its running process. */
const PART_GONE = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'];

/**
 * Answers what failed with a code, the system's in a sentence that says what to do. @throws any other error, a defect, as it is
 */
export function answerFailure(reply: FastifyReply, error: unknown, status = 409): FastifyReply {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') throw error;
  const message = PART_GONE.includes(code)
    ? `The program’s files were replaced or deleted while it runs. Restart Querytape (${code}).`
    : errorSentence(error);
  return reply.code(status).send({ code, message });
}
