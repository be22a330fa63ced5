import type { FastifyInstance } from 'fastify';
import type { App } from './app.ts';

/** What is kept, to look at: the vault, its profiles without their secrets, the policy. */
export function configRoutes(server: FastifyInstance, app: App): void {
  server.get('/api/vault', () => app.vault());
  server.get('/api/profiles', () => ({ profiles: app.savedProfiles() }));
  server.get('/api/policy', () => app.policy());
  server.get('/api/profiles/export', (_request, reply) =>
    reply
      .type('application/json; charset=utf-8')
      .header('content-disposition', 'attachment; filename="querytape-profiles.json"')
      .send(app.exportedProfiles()),
  );
}
