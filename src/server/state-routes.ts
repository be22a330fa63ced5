import type { FastifyInstance } from 'fastify';
import type { PromptList } from '../events/prompt.ts';
import { PROTOCOL } from '../events/protocol-version.ts';
import type { App } from './app.ts';
import { prometheusText } from './prometheus-text.ts';

const FORGOTTEN = { code: 'query.forgotten', message: 'Its text is not remembered any more.' };

/** What the program is doing now: the fold of its tape, and what of a run is remembered besides. */
export function stateRoutes(server: FastifyInstance, app: App): void {
  server.get('/api/state', async () => {
    // A caller whose command was just accepted finds in it what that made.
    await app.settled();
    return {
      protocol: PROTOCOL,
      app: {
        version: app.version,
        runId: app.runId,
        processId: process.pid,
        unsavedProfiles: app.unsavedProfiles,
        startedAt: app.startedAt,
        otlp: app.otlp,
        demoProblem: app.demoProblem,
      },
      profiles: app.profiles(),
      health: app.health(),
      state: app.state(),
    };
  });
  server.get('/api/machines', () => app.charts());
  server.get('/api/process', () => app.processFigures());
  server.get('/metrics', (_request, reply) =>
    reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(prometheusText(app.state(), app.processFigures(), app.version)),
  );
  server.get<{ Params: { id: string } }>('/api/queries/:id', (request, reply) => {
    const query = app.query(request.params.id);
    return query ?? reply.code(404).send(FORGOTTEN);
  });
  server.get('/api/prompts', (): PromptList => ({ prompts: [...app.prompts()] }));
  server.get<{ Params: { id: string } }>('/api/sessions/:id', (request) => ({
    sessionId: request.params.id,
    failure: app.failure(request.params.id) ?? null,
  }));
  server.get<{ Params: { id: string } }>('/api/connections/:id', (request) => ({
    connectionId: request.params.id,
    failure: app.failure(request.params.id) ?? null,
    ...app.connection(request.params.id),
  }));
}
