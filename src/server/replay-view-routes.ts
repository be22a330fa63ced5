import { Type } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  REPLAY_ACTORS_PAGE_MAX,
  REPLAY_LANES_MAX,
  REPLAY_PARTS_MAX,
  REPLAY_RECORDS_PAGE_MAX,
} from '../events/limits.ts';
import type { EventFilter, MarkKind, ReplayQuestion } from '../events/replay-view.ts';
import { part } from '../events/schema.ts';
import { schemaCheck } from '../events/schema-check.ts';
import type { App, Replays } from './app.ts';
import { answerFailure } from './failure-answer.ts';
import { REPLAY_UPLOADS_MAX } from './limits.ts';

const openCheck = schemaCheck(part({ source: Type.Literal('live') }));
const askCheck = schemaCheck(part({ expression: Type.String() }));
const MARKS: readonly MarkKind[] = ['failure', 'cancel', 'ignored'];
const LANES = 100;
const PARTS = 400;

type Query = Readonly<Record<string, string | undefined>>;

interface Asked {
  Params: { id: string };
  Querystring: Query;
}

/** A question, or what is wrong with it. */
type Read = (query: Query) => ReplayQuestion | string;

const whole = (text: string | undefined, otherwise: number): number | null => {
  const value = text === undefined ? otherwise : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
};

const SPAN = '`from` and `to` are milliseconds since 1970 UTC, and `from` comes first.';

/** A filter, or what is wrong with it. Its times are `after` and `before`, as `from` is a record. */
function filterOf({ text, type, actor, kind, mark, after, before }: Query): EventFilter | string {
  if (mark !== undefined && !MARKS.includes(mark as MarkKind))
    return `\`mark\` is one of ${MARKS.join(', ')}.`;
  const [from, to] = [whole(after, 0), whole(before, 0)];
  if (from === null || to === null) return '`after` and `before` are milliseconds since 1970 UTC.';
  return {
    text,
    type,
    actor,
    kind,
    mark: mark as MarkKind | undefined,
    ...(after === undefined ? {} : { from }),
    ...(before === undefined ? {} : { to }),
  };
}

/** How each question is read from a query string. */
const QUESTIONS: Readonly<Record<Exclude<ReplayQuestion['ask'], 'ask' | 'stopAsking'>, Read>> = {
  timeline({ from, to, parts, lanes }) {
    const span = [whole(from, -1), whole(to, -1)] as const;
    if (span[0] === null || span[1] === null || span[1] < span[0]) return SPAN;
    const [drawn, rows] = [whole(parts, PARTS), whole(lanes, LANES)];
    if (drawn === null || drawn < 1 || drawn > REPLAY_PARTS_MAX)
      return `\`parts\` is 1 to ${REPLAY_PARTS_MAX}.`;
    if (rows === null || rows > REPLAY_LANES_MAX) return `\`lanes\` is 0 to ${REPLAY_LANES_MAX}.`;
    return { ask: 'timeline', from: span[0], to: span[1], parts: drawn, lanes: rows };
  },
  at({ seq }) {
    const record = whole(seq, -1);
    return record === null ? '`seq` is a record.' : { ask: 'at', seq: record };
  },
  seqAt({ at }) {
    const time = whole(at, -1);
    return time === null ? '`at` is in milliseconds since 1970 UTC.' : { ask: 'seqAt', at: time };
  },
  actor({ actor, seq }) {
    const record = whole(seq, -1);
    if (actor === undefined) return '`actor` is the id of an actor.';
    return record === null ? '`seq` is a record.' : { ask: 'actor', actor, seq: record };
  },
  records({ from, back, count, ...rest }) {
    const [first, before, wanted] = [whole(from, 0), whole(back, 0), whole(count, REPLAY_RECORDS_PAGE_MAX)];
    if (first === null || before === null || wanted === null || wanted < 1)
      return '`from` is a record, `back` counts from 0, and `count` from 1.';
    const filter = filterOf(rest);
    if (typeof filter === 'string') return filter;
    return { ask: 'records', from: first, back: before, count: wanted, filter };
  },
  next({ from, direction, ...rest }) {
    const record = whole(from, -1);
    if (record === null) return '`from` is a record.';
    if (direction !== undefined && direction !== 'forward' && direction !== 'back')
      return '`direction` is forward or back.';
    const filter = filterOf(rest);
    if (typeof filter === 'string') return filter;
    return { ask: 'next', from: record, direction: direction === 'back' ? -1 : 1, filter };
  },
  find({ seq, ...rest }) {
    const record = whole(seq, -1);
    if (record === null) return '`seq` is a record.';
    const filter = filterOf(rest);
    return typeof filter === 'string' ? filter : { ask: 'find', seq: record, filter };
  },
  span({ from, to }) {
    const span = [whole(from, -1), whole(to, -1)] as const;
    if (span[0] === null || span[1] === null || span[1] < span[0]) return SPAN;
    return { ask: 'span', from: span[0], to: span[1] };
  },
  asked: () => ({ ask: 'asked' }),
  actors({ from, count }) {
    const [first, wanted] = [whole(from, 0), whole(count, REPLAY_ACTORS_PAGE_MAX)];
    if (first === null || wanted === null || wanted < 1) return '`from` counts from 0, and `count` from 1.';
    return { ask: 'actors', from: first, count: wanted };
  },
  hits: () => ({ ask: 'hits' }),
  diagnosis: () => ({ ask: 'diagnosis' }),
};

/** Tapes to look at: the live one, or a bundle that is sent. Each is read in a thread that reaches no server. */
export function replayViewRoutes(server: FastifyInstance, app: App): void {
  // A scope of its own, so that no other route takes bytes.
  void server.register(async (scope) => routes(scope, app.replays));
}

function routes(server: FastifyInstance, replays: Replays): void {
  // A bundle is read as it comes, and never held whole.
  server.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  let uploads = 0;
  server.post('/api/replay', async (request, reply) => {
    const { body } = request;
    if (request.headers['content-type'] === 'application/octet-stream') {
      if (uploads >= REPLAY_UPLOADS_MAX) return reply.code(409).send(UPLOADING);
      uploads++;
      return answered(reply, replays.openSent(body as AsyncIterable<Uint8Array>)).finally(() => uploads--);
    }
    if (!openCheck.Check(body))
      return invalid(reply, 'A replay is opened by {"source": "live"}, or by the bytes of a bundle.');
    return answered(reply, replays.open(null));
  });
  server.get<{ Params: { id: string } }>('/api/replay/:id', (request, reply) => {
    const found = replays.get(request.params.id);
    return found ?? reply.code(404).send(GONE);
  });
  server.post<{ Params: { id: string } }>('/api/replay/:id/close', async (request) => {
    await replays.close(request.params.id);
    return { closed: true };
  });
  // An expression is sent, so that it stands in no address.
  server.post<{ Params: { id: string } }>('/api/replay/:id/ask', async (request, reply) => {
    const { body, params } = request;
    if (!askCheck.Check(body)) return invalid(reply, 'An expression is asked by {"expression": TEXT}.');
    const { parseExpression } = await import('../events/ask/parse.ts');
    const parsed = parseExpression(body.expression);
    if ('problem' in parsed) return reply.code(400).send({ code: 'ask.invalid', ...parsed.problem });
    return answered(
      reply,
      replays.ask(params.id, { ask: 'ask', expression: body.expression }).then((answer) => ({ answer })),
    );
  });
  server.post<{ Params: { id: string } }>('/api/replay/:id/ask/stop', (request, reply) =>
    answered(
      reply,
      replays.ask(request.params.id, { ask: 'stopAsking' }).then((answer) => ({ answer })),
    ),
  );
  const answers = (read: Read) => (request: FastifyRequest<Asked>, reply: FastifyReply) => {
    const question = read(request.query);
    if (typeof question === 'string') return invalid(reply, question);
    return answered(
      reply,
      replays.ask(request.params.id, question).then((answer) => ({ answer })),
    );
  };
  server.get<Asked>('/api/replay/:id/timeline', answers(QUESTIONS.timeline));
  server.get<Asked>('/api/replay/:id/at', answers(QUESTIONS.at));
  server.get<Asked>('/api/replay/:id/seqAt', answers(QUESTIONS.seqAt));
  server.get<Asked>('/api/replay/:id/actor', answers(QUESTIONS.actor));
  server.get<Asked>('/api/replay/:id/actors', answers(QUESTIONS.actors));
  server.get<Asked>('/api/replay/:id/records', answers(QUESTIONS.records));
  server.get<Asked>('/api/replay/:id/next', answers(QUESTIONS.next));
  server.get<Asked>('/api/replay/:id/find', answers(QUESTIONS.find));
  server.get<Asked>('/api/replay/:id/span', answers(QUESTIONS.span));
  server.get<Asked>('/api/replay/:id/ask', answers(QUESTIONS.asked));
  server.get<Asked>('/api/replay/:id/hits', answers(QUESTIONS.hits));
  server.get<Asked>('/api/replay/:id/diagnosis', answers(QUESTIONS.diagnosis));
}

/** The answer where a replay is not open. */
export const GONE = { code: 'replay.gone', message: 'The replay is not open (any more). Open it again.' };

/** The answer to a bundle while as many as may be are sent or opened. */
const UPLOADING = {
  code: 'replay.uploading',
  message: `${REPLAY_UPLOADS_MAX} bundles are being opened. Try again when one of them is open.`,
};

function invalid(reply: FastifyReply, message: string): FastifyReply {
  return reply.code(400).send({ code: 'replay.invalid', message });
}

async function answered<T>(reply: FastifyReply, answer: Promise<T>): Promise<T | FastifyReply> {
  try {
    return await answer;
  } catch (error) {
    return answerFailure(reply, error, (error as { code?: unknown }).code === 'replay.gone' ? 404 : 409);
  }
}
