import type { FastifyInstance, FastifyReply } from 'fastify';
import { BundleRequest } from '../events/bundle.ts';
import type { App } from './app.ts';
import { schemaCheck } from './schema-check.ts';

const requestCheck = schemaCheck(BundleRequest);

/**
 * Prepares a support bundle and answers its preview; then the bundle itself, as it was prepared. One at a time, because it reads
 * the whole tape; it is given up as soon as no client waits for the answer.
 */
export function bundleRoutes(server: FastifyInstance, app: App): void {
  let isRunning = false;
  const alone = async <T>(reply: FastifyReply, work: (signal: AbortSignal) => Promise<T>) => {
    if (isRunning)
      return reply
        .code(409)
        .send({ code: 'bundle.running', message: 'A bundle is being made. Try again when that has ended.' });
    isRunning = true;
    const closed = new AbortController();
    reply.raw.once('close', () => closed.abort());
    try {
      return await work(closed.signal);
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      if (code === undefined) throw error;
      return reply.code(409).send({ code, message });
    } finally {
      isRunning = false;
    }
  };
  server.post('/api/bundles', (request, reply) => {
    const { body } = request;
    if (!requestCheck.Check(body))
      return reply.code(400).send({
        code: 'bundle.invalid',
        message:
          'A bundle is asked for by {}, or by what doc/api.md lists: fromSeq, toSeq, fromAt, toAt, sessions, namesKept.',
      });
    return alone(reply, (signal) => app.prepareBundle(body, signal));
  });
  server.get<{ Params: { id: string } }>('/api/bundles/:id', (request, reply) =>
    alone(reply, async (signal) => {
      const bundle = await app.bundle(request.params.id, signal);
      if (!bundle)
        return reply.code(404).send({
          code: 'bundle.unknown',
          message: 'This bundle is not prepared any more. Make the preview again.',
        });
      return reply
        .header('content-type', 'application/zip')
        .header('content-length', bundle.bytes)
        .header('content-disposition', `attachment; filename="${bundle.fileName}"`)
        .send(bundle.stream);
    }),
  );
}
