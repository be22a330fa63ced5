import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { App } from './app.ts';

/** The log as one file of JSON lines, streamed: what `querytape logs --json` prints. */
export function logRoute(server: FastifyInstance, app: Pick<App, 'log'>): void {
  server.get('/api/logs', (_request, reply) =>
    reply
      .type('application/x-ndjson; charset=utf-8')
      .header('content-disposition', 'attachment; filename="querytape-log.ndjson"')
      .send(Readable.from(jsonLines(app), { objectMode: false })),
  );
}

async function* jsonLines(app: Pick<App, 'log'>): AsyncGenerator<string> {
  for await (const line of app.log()) yield `${JSON.stringify(line)}\n`;
}
