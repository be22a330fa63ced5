import type { FastifyReply } from 'fastify';
import type { Refusal } from '../events/command.ts';
import { answerFailure } from './failure-answer.ts';

/** Answers one request by work that can be given up. */
export type Answering = <T>(
  reply: FastifyReply,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T | FastifyReply>;

/**
 * For what takes a core: one request is answered at a time. A newer one, most often of the same page, ends the older one with
 * `superseded`; so does a client that waits no longer. What fails with a code is answered 409.
 */
export function newestRequest(superseded: Refusal): Answering {
  let running: AbortController | undefined;
  return async (reply, work) => {
    running?.abort(Object.assign(new Error(superseded.message), { code: superseded.code }));
    const own = new AbortController();
    running = own;
    reply.raw.once('close', () => own.abort());
    try {
      return await work(own.signal);
    } catch (error) {
      return answerFailure(reply, error);
    } finally {
      if (running === own) running = undefined;
    }
  };
}
