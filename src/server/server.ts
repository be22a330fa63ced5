import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import serveStatic from '@fastify/static';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify';
import { EJSON_FORMS } from '../events/formats/documents.ts';
import { WINDOW_ROWS_MAX } from '../events/limits.ts';
import { PAGE_PROTOCOL } from '../events/page-key.ts';
import { readRows, rowCodec } from '../events/rows.ts';
import { errorSentence } from '../events/system-error.ts';
import { decodeWindow, withMeta } from '../events/window-frame.ts';
import type { App, ReadableResult } from './app.ts';
import { bundleRoutes } from './bundle-routes.ts';
import { catalogueRoute } from './catalogue-route.ts';
import { claimRoute } from './claim-route.ts';
import { commandRoute } from './command-route.ts';
import { configRoutes } from './config-routes.ts';
import { diagnosisRoute } from './diagnosis-route.ts';
import { EventsFeed } from './events-feed.ts';
import { beginExport, EXPORT_FIELDS, exportNames } from './export.ts';
import { rowTooLong } from './exported-rows.ts';
import { Gate } from './gate.ts';
import { historyRoutes } from './history-routes.ts';
import { insertTarget } from './insert-target.ts';
import { hasMoreValues } from './json-values.ts';
import { launchRoutes, type WriteRedirect } from './launch-routes.ts';
import { Leases } from './leases.ts';
import {
  BODY_BYTES_MAX,
  BODY_VALUES_MAX,
  HEADERS_BYTES_MAX,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  REQUEST_TIMEOUT_MS,
  TEXT_ROW_BYTES_MAX,
} from './limits.ts';
import { logRoute } from './log-route.ts';
import { metricsRoute } from './metrics-route.ts';
import { recordsRoute } from './records-route.ts';
import { replayRoute } from './replay-route.ts';
import { replayViewRoutes } from './replay-view-routes.ts';
import { FIND_INVALID, type FindQuery, ResultFinds } from './result-finds.ts';
import { ResultSorts } from './result-sorts.ts';
import { SUM_INVALID, type SumQuery, sumOf } from './result-sum.ts';
import { sshRoutes } from './ssh-routes.ts';
import { stateRoutes } from './state-routes.ts';
import { TabClaims } from './tab-claims.ts';
import { traceRoutes } from './trace-route.ts';

interface ServerOptions {
  readonly app: App;
  /** 0 takes a free one. */
  readonly port: number;
  /** The folder of the built page; null serves the interfaces only. */
  readonly pageFolder: string | null;
  /** Writes the file that leads a browser to a launch URL; null where no browser is to be opened. */
  readonly writeRedirect?: WriteRedirect | null;
}

/** A listening server. */
export interface Serving {
  /** For scripts, with the token of the whole run. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** How often sockets are looked at whose time is over. */
const SOCKETS_LOOK_MS = 1000;

/** For Fastify's schemas, of which there are none. */
const NO_COMPILERS = {
  buildValidator: () => () => () => true,
  buildSerializer: () => () => JSON.stringify,
} as unknown as NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

/**
 * Serves the page and the interfaces of doc/api.md on 127.0.0.1.
 * @throws an Error with `code` EADDRINUSE when the port is taken.
 */
export async function serve(options: ServerOptions): Promise<Serving> {
  const { app, port, pageFolder, writeRedirect = null } = options;
  const gate = new Gate(
    app,
    pageFolder === null ? null : () => readFile(join(pageFolder, 'index.html'), 'utf8'),
  );
  const server = fastify({
    // What is no request is turned away before any hook has seen it.
    frameworkErrors: (_error, _request, reply) => gate.turnAway(reply, 'path.wrong'),
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || socket.destroyed) return;
      // One that came to no request in time is closed without a word: browsers open such sockets ahead of need.
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return socket.destroy();
      if (socket.writable) gate.hangUp(socket);
      socket.destroySoon();
    },
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      maxHeaderSize: HEADERS_BYTES_MAX,
      connectionsCheckingInterval: SOCKETS_LOOK_MS,
    },
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    // No route has a schema of Fastify's: ours are TypeBox. Loading its compilers would only make the start longer.
    schemaController: {
      compilersFactory: NO_COMPILERS,
    },
  });
  gate.install(server);
  onlyJson(server, gate);
  await server.register(websocket, {
    options: {
      maxPayload: 1024,
      perMessageDeflate: false,
      // By the feed, which bounds what waits to be sent.
      autoPong: false,
      // Of what a page offers the key is one; it is never said back.
      handleProtocols: (offered: Set<string>) => (offered.has(PAGE_PROTOCOL) ? PAGE_PROTOCOL : false),
    },
  });
  const claims = new TabClaims();
  const feed = new EventsFeed(app, claims);
  server.get('/api/events', { websocket: true }, (socket, request) => {
    const { after = 0, page = null } = request.query as { after?: string; page?: string };
    const from = Number(after);
    void feed.join(socket, Number.isSafeInteger(from) && from >= 0 ? from : 0, page);
  });
  const leases = new Leases(app);
  server.get<{ Params: { id: string } }>('/api/leases/:id', { websocket: true }, (socket, request) =>
    leases.join(socket, request.params.id),
  );
  commandRoute(server, { app, gate, leases, feed });
  claimRoute(server, claims);
  launchRoutes(server, gate, writeRedirect);
  stateRoutes(server, app);
  catalogueRoute(server, app);
  configRoutes(server, app);
  historyRoutes(server, app);
  sshRoutes(server, app);
  resultRoutes(server, app);
  replayRoute(server, app);
  bundleRoutes(server, app);
  metricsRoute(server, app);
  diagnosisRoute(server, app);
  recordsRoute(server, app);
  logRoute(server, app);
  traceRoutes(server, app);
  replayViewRoutes(server, app);
  if (pageFolder !== null) await server.register(serveStatic, { root: pageFolder, cacheControl: false });
  server.setNotFoundHandler((request, reply) =>
    request.method === 'GET'
      ? notFound(reply, 'path.unknown', 'There is nothing here. doc/api.md lists what is.')
      : gate.turnAway(reply, 'method.wrong'),
  );
  const close = (): Promise<void> => {
    // The last records, while the sockets are there.
    feed.close();
    gate.close();
    return server.close();
  };
  await server.listen({ host: '127.0.0.1', port }).catch(async (error) => {
    await close();
    // Fastify closes no server of Node's that does not listen, and that one looks for idle connections until it is closed.
    server.server.close();
    throw error;
  });
  const address = server.server.address();
  const listening = typeof address === 'object' && address ? address.port : port;
  gate.open(listening);
  return {
    url: gate.url,
    port: listening,
    close,
  };
}

/** The page's folder beside the built program. */
export function builtPage(from: string): string {
  return join(from, 'ui');
}

/**
 * Bodies are JSON or nothing, so that no form of another page can send one. JSON is UTF-8 (RFC 8259, section 8.1): of other bytes a
 * statement would be made that was never sent.
 */
function onlyJson(server: FastifyInstance, gate: Gate): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      if (!isUtf8(body as Buffer)) throw new Error('not UTF-8');
      if (hasMoreValues(body as Buffer, BODY_VALUES_MAX)) throw new Error('too many values');
      done(null, JSON.parse(body.toString()));
    } catch {
      done(Object.assign(new Error('not JSON'), { statusCode: 400 }), undefined);
    }
  });
  server.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    // A result that went while it was being read.
    const status = error.code === 'result.dropped' ? 404 : (error.statusCode ?? 500);
    // A path that leads out of the page's folder, or can't be a path.
    if (request.method === 'GET' && (status === 400 || status === 403))
      return gate.turnAway(reply, 'path.wrong');
    if (status === 415 || status === 413 || status === 400) return gate.turnAway(reply, 'body.wrong');
    return reply.code(status).send({ code: error.code ?? 'internal', message: errorSentence(error) });
  });
}

function notFound(reply: FastifyReply, code: string, message: string): FastifyReply {
  return reply.code(404).send({ code, message });
}

interface ResultRequest {
  Params: { id: string };
  Querystring: Record<
    'from' | 'count' | 'meta' | 'format' | 'follow' | 'ejson' | 'spreadsheet' | 'into',
    string | undefined
  > &
    FindQuery &
    SumQuery;
}

function resultRoutes(server: FastifyInstance, app: App): void {
  const finds = new ResultFinds();
  const sorts = new ResultSorts(app);
  const gone = (reply: FastifyReply): FastifyReply =>
    notFound(reply, 'result.gone', 'There is no such result (any more). Run the statement again.');
  server.get<ResultRequest>('/api/results/:id', async (request, reply) => {
    return (await sorts.of(request.params.id))?.meta() ?? gone(reply);
  });
  server.get<ResultRequest>('/api/results/:id/rows', async (request, reply) => {
    const result = await sorts.of(request.params.id);
    if (!result) return gone(reply);
    const from = Number(request.query.from ?? 0);
    const count = Number(request.query.count ?? 100);
    if (!Number.isSafeInteger(from) || from < 0 || !Number.isSafeInteger(count) || count < 1)
      return reply
        .code(400)
        .send({ code: 'window.invalid', message: '`from` counts from 0, `count` from 1.' });
    const frame = await result.window(from, Math.min(count, WINDOW_ROWS_MAX));
    if (/\bapplication\/json\b/.test(request.headers.accept ?? '')) return windowAsJson(result, frame);
    const sent = request.query.meta === 'true' ? withMeta(frame, result.meta()) : frame;
    return reply
      .type('application/octet-stream')
      .send(Buffer.from(sent.buffer, sent.byteOffset, sent.length));
  });
  server.get<ResultRequest>('/api/results/:id/find', async (request, reply) => {
    const result = await sorts.of(request.params.id);
    if (!result) return gone(reply);
    const closed = new AbortController();
    reply.raw.once('close', () => closed.abort());
    const found = finds.answer(result, request.query, closed.signal);
    return found ?? reply.code(400).send({ code: 'find.invalid', message: FIND_INVALID });
  });
  server.get<ResultRequest>('/api/results/:id/sum', async (request, reply) => {
    const result = await sorts.of(request.params.id);
    if (!result) return gone(reply);
    const closed = new AbortController();
    reply.raw.once('close', () => closed.abort());
    const summed = sumOf(result, request.query, closed.signal);
    return summed ?? reply.code(400).send({ code: 'sum.invalid', message: SUM_INVALID });
  });
  server.get<ResultRequest>('/api/results/:id/export', async (request, reply) => {
    const result = await sorts.of(request.params.id);
    if (!result) return gone(reply);
    const { format = 'csv', follow, ejson, spreadsheet, into } = request.query;
    const form = EJSON_FORMS.find((one) => one === (ejson ?? 'relaxed'));
    const target = format === 'sql' && into === 'table' ? await insertTarget(app, result.meta()) : undefined;
    const options = { follow: follow === 'true', spreadsheet: spreadsheet === 'true', target };
    const isKnown = into === undefined || into === 'table';
    const begun = isKnown && form && beginExport(result, format, { ...options, ejson: form });
    if (!begun) {
      const names = exportNames(result.meta().encoding).join(', ');
      const message = `\`format\` is one of ${names} for this result; \`ejson\` is relaxed or canonical; \`spreadsheet\` goes with csv, tsv and xlsx; \`into\` is table.`;
      return reply.code(400).send({ code: 'export.format', message });
    }
    reply.type(begun.contentType).header('content-disposition', `attachment; filename="${begun.fileName}"`);
    for (const name of EXPORT_FIELDS) {
      if (begun.follows) reply.trailer(name, async () => begun.fields()[name]);
      else if (begun.fields()[name] !== '') reply.header(name, begun.fields()[name]);
    }
    return reply.send(Readable.from(begun.pieces, { objectMode: false }));
  });
}

/** A window for scripts: the rows as arrays of the server's own text. */
function windowAsJson(result: ReadableResult, bytes: Uint8Array): object {
  const { from, count, rowsHere, complete, encoding, rows } = decodeWindow(bytes);
  // Several rows are bounded by WINDOW_BYTES_MAX.
  if (rows.length > TEXT_ROW_BYTES_MAX) throw rowTooLong();
  const { columns, rowsComplete, cut } = result.meta();
  return {
    from,
    count,
    rowsHere,
    complete,
    rowsComplete,
    cut,
    columns,
    rows: readRows(rowCodec(encoding), rows, columns),
  };
}
