import type { FastifyInstance } from 'fastify';
import { ENGINES, type Engine } from '../events/engines/engine-name.ts';
import { METRICS_BINS_MAX } from '../events/limits.ts';
import type { MetricsWish } from '../events/metrics/metrics-report.ts';
import { ENVIRONMENTS, type Environment } from '../events/profile.ts';
import type { App } from './app.ts';

const BINS = 60;
const ID = /^[A-Za-z0-9_.-]{1,64}$/;

/**
 * `GET /api/metrics`: what a span of the tape adds up to, folded in a thread. One at a time, because it takes a core; it is given up
 * as soon as no client waits for the answer.
 */
export function metricsRoute(server: FastifyInstance, app: App): void {
  let running: AbortController | undefined;
  server.get<{ Querystring: Record<string, string> }>('/api/metrics', async (request, reply) => {
    const wish = wishOf(request.query);
    if (typeof wish === 'string') return reply.code(400).send({ code: 'metrics.invalid', message: wish });
    // Another span is wanted now, most often by the same page.
    running?.abort(Object.assign(new Error('Another span was asked for.'), { code: 'metrics.superseded' }));
    const own = new AbortController();
    running = own;
    reply.raw.once('close', () => own.abort());
    try {
      return await app.metrics(wish, own.signal);
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      if (typeof code !== 'string') throw error;
      return reply.code(409).send({ code, message });
    }
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
