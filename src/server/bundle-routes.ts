import type { FastifyInstance, FastifyReply } from 'fastify';
import { BundleRequest } from '../events/bundle.ts';
import { schemaCheck } from '../events/schema-check.ts';
import type { App } from './app.ts';
import { answerFailure } from './failure-answer.ts';
import { BUNDLES_SENDING_MAX } from './limits.ts';

const requestCheck = schemaCheck(BundleRequest);

/** A bundle that is being prepared or written. */
interface Making {
  readonly isPreview: boolean;
  readonly closed: AbortController;
  done: Promise<unknown>;
}

const SUPERSEDED = { code: 'bundle.superseded', message: 'Another preview was asked for in the meantime.' };

/**
 * Prepares a support bundle and answers its preview; then the bundle itself, as it was prepared. One at a time, because it reads
 * the whole tape: a newer preview takes the place of one that is not ready, as its choice has changed, and while a
 * bundle is being written no other is made. Either is given up as soon as no client waits for the answer. One that is being sent stands
 * in the way of others only where BUNDLES_SENDING_MAX are: each takes its size of the disk until its reader has it.
 */
export function bundleRoutes(server: FastifyInstance, app: App): void {
  let making: Making | null = null;
  let sending = 0;
  const alone = async <T>(
    reply: FastifyReply,
    isPreview: boolean,
    work: (signal: AbortSignal) => Promise<T>,
    send: (made: T) => unknown,
  ) => {
    while (making?.isPreview && isPreview) {
      making.closed.abort(Object.assign(new Error(SUPERSEDED.message), { code: SUPERSEDED.code }));
      await making.done;
    }
    if (making !== null || (!isPreview && sending >= BUNDLES_SENDING_MAX))
      return reply.code(409).send({
        code: 'bundle.running',
        message: 'A bundle is being made, or several are being sent. Try again when that has ended.',
      });
    const closed = new AbortController();
    reply.raw.once('close', () => closed.abort());
    const own: Making = { isPreview, closed, done: Promise.resolve() };
    making = own;
    const working = work(closed.signal);
    own.done = working.then(
      () => undefined,
      () => undefined,
    );
    let made: T;
    try {
      made = await working;
    } catch (error) {
      return answerFailure(reply, closed.signal.reason?.code ? SUPERSEDED : error);
    } finally {
      making = null;
    }
    // Not before: whoever has read an answer to its end may ask for the next one at once.
    return send(made);
  };
  server.post('/api/bundles', (request, reply) => {
    const { body } = request;
    if (!requestCheck.Check(body))
      return reply.code(400).send({
        code: 'bundle.invalid',
        message:
          'A bundle is asked for by {}, or by what doc/api.md lists: fromSeq, toSeq, fromAt, toAt, sessions, namesKept.',
      });
    return alone(
      reply,
      true,
      (signal) => app.prepareBundle(body, signal),
      (preview) => preview,
    );
  });
  server.get<{ Params: { id: string } }>('/api/bundles/:id', (request, reply) =>
    alone(
      reply,
      false,
      (signal) => app.bundle(request.params.id, signal),
      (bundle) => {
        if (!bundle)
          return reply.code(404).send({
            code: 'bundle.unknown',
            message: 'This bundle is not prepared any more. Make the preview again.',
          });
        sending++;
        reply.raw.once('close', () => sending--);
        return reply
          .header('content-type', 'application/zip')
          .header('content-length', bundle.bytes)
          .header('content-disposition', `attachment; filename="${bundle.fileName}"`)
          .send(bundle.stream);
      },
    ),
  );
}
