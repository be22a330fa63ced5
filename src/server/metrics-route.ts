import type { FastifyInstance } from 'fastify';
import { ENGINES, type Engine } from '../events/engines/engine-name.ts';
import { METRICS_BINS_MAX } from '../events/limits.ts';
import type { MetricsWish } from '../events/metrics/metrics-report.ts';
import { ENVIRONMENTS, type Environment } from '../events/profile.ts';
import type { App } from './app.ts';
import { newestRequest } from './newest-request.ts';

const BINS = 60;
const ID = /^[A-Za-z0-9_.-]{1,64}$/;

/** `GET /api/metrics`: what a span of the tape adds up to, folded in a thread; one at a time. */
export function metricsRoute(server: FastifyInstance, app: App): void {
  const answer = newestRequest({ code: 'metrics.superseded', message: 'Another span was asked for.' });
  server.get<{ Querystring: Record<string, string> }>('/api/metrics', (request, reply) => {
    const wish = wishOf(request.query);
    if (typeof wish === 'string') return reply.code(400).send({ code: 'metrics.invalid', message: wish });
    return answer(reply, (signal) => app.metrics(wish, signal));
  });
}

/** What a query string asks for, or what is wrong with it. */
function wishOf(query: Record<string, string>): MetricsWish | string {
  const { engine = null, environment = null, profileId = null } = query;
  const from = Number(query.from);
  const to = Number(query.to);
  const bins = Number(query.bins ?? BINS);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to <= from)
    return '`from` and `to` are milliseconds since 1970 UTC, and `from` comes first.';
  if (!Number.isSafeInteger(bins) || bins < 1 || bins > METRICS_BINS_MAX || bins > to - from)
    return `\`bins\` is 1 to ${METRICS_BINS_MAX}, and not more than milliseconds in the span.`;
  if (engine !== null && !ENGINES.includes(engine as Engine))
    return `\`engine\` is one of ${ENGINES.join(', ')}.`;
  if (environment !== null && !ENVIRONMENTS.includes(environment as Environment))
    return `\`environment\` is one of ${ENVIRONMENTS.join(', ')}.`;
  if (profileId !== null && !ID.test(profileId)) return '`profileId` is the id of a profile.';
  return {
    from,
    to,
    bins,
    engine: engine as Engine | null,
    environment: environment as Environment | null,
    profileId,
  };
}
