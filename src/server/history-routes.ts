import type { FastifyInstance, FastifyReply } from 'fastify';
import type { HistoryWish } from '../events/history.ts';
import { Outcome } from '../events/query.ts';
import type { App } from './app.ts';
import { answerFailure } from './failure-answer.ts';

const PAGE_ENTRIES = 100;
const OUTCOMES: readonly string[] = Outcome.anyOf.map((one) => one.const);

/** The texts that are kept, to read: the history page by page, and the drafts. 409 while they can't be. */
export function historyRoutes(server: FastifyInstance, app: App): void {
  server.get<{ Querystring: Record<string, string> }>('/api/history', (request, reply) => {
    const wish = wishOf(request.query);
    if (typeof wish === 'string') return reply.code(400).send({ code: 'history.invalid', message: wish });
    return readable(reply, app.history(wish));
  });
  server.get('/api/drafts', (_request, reply) => readable(reply, app.drafts()));
}

/** What a query string asks of the history, or what is wrong with it. */
function wishOf(query: Record<string, string>): HistoryWish | string {
  const { search = '', profileId = null, outcome = null, before = null } = query;
  const count = Number(query.count ?? PAGE_ENTRIES);
  if (!Number.isSafeInteger(count) || count < 1) return '`count` counts from 1.';
  if (outcome !== null && !OUTCOMES.includes(outcome)) return `\`outcome\` is one of ${OUTCOMES.join(', ')}.`;
  return { search, profileId, outcome: outcome as HistoryWish['outcome'], before, count };
}

async function readable<T>(reply: FastifyReply, answer: Promise<T>): Promise<T | FastifyReply> {
  try {
    return await answer;
  } catch (error) {
    return answerFailure(reply, error);
  }
}
