import { Value } from '@sinclair/typebox/value';
import type { FastifyInstance } from 'fastify';
import { Command, type CommandAnswer } from '../events/command.ts';
import { schemaCheck } from '../events/schema-check.ts';
import type { App } from './app.ts';
import type { EventsFeed } from './events-feed.ts';
import type { Gate } from './gate.ts';
import type { Leases } from './leases.ts';

const commandCheck = schemaCheck(Command);

interface CommandRouteParts {
  readonly app: App;
  readonly gate: Gate;
  readonly leases: Leases;
  readonly feed: EventsFeed;
}

/** Takes commands. A page that names itself is sent the first rows of what it submits. */
export function commandRoute(server: FastifyInstance, { app, gate, leases, feed }: CommandRouteParts): void {
  server.post('/api/commands', async (request, reply) => {
    const { body } = request;
    if (commandCheck.Check(body)) {
      const answer = await taken(app, leases, body);
      const { page } = request.query as { page?: string };
      if (page !== undefined && body.type === 'query.submit' && 'accepted' in answer)
        feed.expect(page, answer.queryIds ?? []);
      return answer;
    }
    if (typeof body !== 'object' || body === null) return gate.turnAway(reply, 'body.wrong');
    const message = whatIsWrong(body as { type?: unknown });
    app.requestRefused('command.invalid');
    return reply.code(400).send({ refused: { code: 'command.invalid', message } });
  });
}

/** Takes a command; the session that it opens belongs to the lease that it names. */
async function taken(app: App, leases: Leases, command: Command): Promise<CommandAnswer> {
  const { leaseId } = command as { readonly leaseId?: string };
  if (leaseId === undefined) return app.command(command);
  if (!leases.isHeld(leaseId)) {
    app.requestRefused('lease.unknown');
    const message = 'The lease is not held. Open WS /api/leases/ID first, and keep it open.';
    return { refused: { code: 'lease.unknown', message } };
  }
  const answer = await app.command(command);
  if ('accepted' in answer && answer.sessionId !== undefined) leases.own(leaseId, answer.sessionId);
  return answer;
}

/** Names the field that is wrong in a body that is no command. */
function whatIsWrong(body: { type?: unknown }): string {
  const schema = Command.anyOf.find((one) => one.properties.type.const === body.type);
  if (!schema) {
    const known = Command.anyOf.map((one) => one.properties.type.const).join(', ');
    return `\`type\` is none of ${known}.`;
  }
  const error = Value.Errors(schema, body).First();
  return error ? `${error.path || 'the command'}: ${error.message}.` : 'The command is not valid.';
}
