import type { FastifyReply } from 'fastify';
import { errorSentence } from '../events/system-error.ts';

/** Answers what failed with a code, the system's in a sentence that says what to do. @throws any other error, a defect, as it is */
export function answerFailure(reply: FastifyReply, error: unknown, status = 409): FastifyReply {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') throw error;
  return reply.code(status).send({ code, message: errorSentence(error) });
}
