import type { FastifyInstance } from 'fastify';
import { isReplayId, replayFragment } from '../events/replay-fragment.ts';
import { isTracePath } from '../events/trace/trace-wish.ts';
import type { Gate } from './gate.ts';
import { ONE_TIME_CODE_MS } from './limits.ts';

/** A file that leads a browser to a URL, so that the URL stands in no process's arguments. */
export interface RedirectFile {
  readonly path: string;
  remove(): Promise<void>;
}

/** Writes such a file where only this user can read it. */
export type WriteRedirect = (url: string) => Promise<RedirectFile>;

/** A way into the page: the URL works once, for half a minute; the file, where there is one, leads to it. */
export interface Launch {
  readonly url: string;
  readonly file: string | null;
  readonly expiresAfterMs: number;
}

/**
 * Makes a way in. Its file is removed once the URL is no longer good.
 *
 * @param place the fragment of a place within the page, with its #
 */
async function launch(gate: Gate, writeRedirect: WriteRedirect | null, place = ''): Promise<Launch> {
  let redirect: RedirectFile | undefined;
  let isOver = false;
  const code = gate.launchUrl(() => {
    isOver = true;
    void redirect?.remove();
  });
  const url = `${code}${place}`;
  // Without a file, on a full disk, the link is still good.
  redirect = await writeRedirect?.(url).catch(() => undefined);
  if (isOver) await redirect?.remove();
  return { url, file: redirect?.path ?? null, expiresAfterMs: ONE_TIME_CODE_MS };
}

/** Ways in for whoever is in already: another page, and one download each. */
export function launchRoutes(server: FastifyInstance, gate: Gate, writeRedirect: WriteRedirect | null): void {
  server.post<{ Body: { replayId?: unknown } | null }>('/api/launches', (request, reply) => {
    const replayId = request.body?.replayId;
    if (replayId === undefined) return launch(gate, writeRedirect);
    // It becomes a part of a file of HTML.
    if (isReplayId(replayId)) return launch(gate, writeRedirect, replayFragment(replayId));
    return reply
      .code(400)
      .send({ code: 'replay.invalid', message: '`replayId` is the id of an open replay.' });
  });
  server.post<{ Body: { path?: unknown } | null }>('/api/downloads', (request, reply) => {
    const path = request.body?.path;
    if (typeof path === 'string' && (DOWNLOADS.test(path) || isTracePath(path))) return gate.ticketed(path);
    return reply.code(400).send({
      code: 'download.invalid',
      message: '`path` is one of an export, a trace or a bundle, as doc/api.md lists them.',
    });
  });
  server.get<{ Params: { id: string } }>('/api/downloads/:id', async (request, reply) => {
    const start = await gate.starts.started(request.params.id);
    if (start === null) return {};
    const { status, refusal } = start ?? { status: 404, refusal: UNKNOWN };
    return reply.code(status).send(refusal);
  });
}

const UNKNOWN = {
  code: 'download.unknown',
  message: 'This download is not remembered. Start it again.',
} as const;

const DOWNLOADS =
  /^\/api\/(results\/[A-Za-z0-9_.-]{1,64}(~\d{1,5}\.(asc|desc)){0,8}\/export(\?[\w=&]{0,200})?|profiles\/export|logs|bundles\/bun-[0-9a-f-]{36})$/;
