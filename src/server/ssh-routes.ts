import type { FastifyInstance } from 'fastify';
import type { App } from './app.ts';

/** The user's own SSH configuration and agent, for the form of a connection. Of none of it is anything on the tape. */
export function sshRoutes(server: FastifyInstance, app: App): void {
  server.get('/api/ssh/hosts', () => app.ssh.hosts());
  server.get<{ Params: { name: string }; Querystring: { run?: string } }>(
    '/api/ssh/hosts/:name',
    async (request, reply) => {
      const { params, query } = request;
      const resolved = await app.ssh.resolve(params.name, query.run === 'commands');
      if (resolved) return resolved;
      return reply.code(409).send({
        code: 'ssh.unresolved',
        message:
          'The name can’t be resolved: there is no ssh here, it is not a host’s name, or the configuration has an error.',
      });
    },
  );
  server.get('/api/ssh/agent-keys', async (_request, reply) => {
    const keys = await app.ssh.agentKeys();
    if (keys) return keys;
    return reply.code(409).send({
      code: 'ssh.agentUnreachable',
      message:
        'No SSH agent answers. Start one and add the key with ssh-add, then start Querytape from that session.',
    });
  });
}
