import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal } from '../events/command.ts';
import { KEY_HEADER, KEY_META, KEY_PROTOCOL } from '../events/page-key.ts';
import type { App } from './app.ts';
import { DownloadStarts } from './download-starts.ts';
import { digestOf, OneTimeCodes } from './one-time-codes.ts';
import { NONCE, PROOF_PATH, sameSecret, serverProof } from './proof.ts';
import { Sockets } from './sockets.ts';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Lit and CodeMirror make their style sheets in script; none comes from data.
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/**
 * The page that hands a trace over to Perfetto, whose window it has to reach. It has no key, and whoever opens it is cut off from it, as
 * from the page.
 */
const HANDOFF_URL = '/perfetto.html';

/** The routes of the page's own files, by their pattern: a path can be written in many ways, the route it leads to is one. */
const PAGE_ROUTES: ReadonlySet<string | undefined> = new Set(['/', '/*']);
/** The routes that a download's ticket opens. */
const TICKET_ROUTES: ReadonlySet<string | undefined> = new Set([
  '/api/results/:id/export',
  '/api/profiles/export',
  '/api/logs',
  '/api/traces',
  '/api/replay/:id/trace',
  '/api/bundles/:id',
]);
const LAUNCH = 'launch';
/** A path with a ticket. */
const TICKETED = /^(.*)[?&]ticket=([^&]*)$/;

/** `admitted`, `public` where no secret is needed, `welcome` for a launch, `home` for the page's address with a spent code, else the code of the refusal. */
type Verdict = 'admitted' | 'public' | 'welcome' | 'home' | (string & {});
type HeldCookie = 'right' | 'wrong' | 'none';

/** The page's own HTML, before the key is put in; null where the server has no page. */
type PageSource = (() => Promise<string>) | null;

/**
 * Who may talk to the server. Every request needs the exact Host (against DNS rebinding), the exact Origin where it names one
 * (against other pages), and a secret of this run (against other users of this machine):
 *
 *   scripts    Authorization: Bearer TOKEN                     the interfaces
 *   the page   one-time code ── welcome ──→ cookie             the page's own files, nothing else
 *                                      └──→ key in the HTML    the interfaces, in a header or as a WebSocket's subprotocol
 *                                           └ ticket           one download, once
 *
 * A browser sends a cookie to every port of a host, so whoever listens on another port has it: it opens no interface.
 */
export class Gate {
  /** As `Authorization: Bearer`, for scripts and the command line. */
  readonly token = secret();
  private readonly cookie = secret();
  private readonly key = secret();
  private readonly codes = new OneTimeCodes();
  readonly starts = new DownloadStarts();
  private host = '';
  private port = 0;
  private sockets: Sockets | null = null;

  constructor(
    private readonly app: App,
    private readonly page: PageSource,
  ) {}

  /** Opens for a port of 127.0.0.1; before that every request is refused. */
  open(port: number): void {
    this.port = port;
    this.host = `127.0.0.1:${port}`;
  }

  /** Ends all codes. */
  close(): void {
    this.codes.clear();
  }

  /** For scripts: the token is good for the whole run. */
  get url(): string {
    return `http://${this.host}/?token=${this.token}`;
  }

  /** For a browser: good once and for half a minute. `ended` is called when it is no longer good. */
  launchUrl(ended: () => void): string {
    return `http://${this.host}/?code=${this.codes.issue(LAUNCH, ended)}`;
  }

  /** The path of a download with a ticket in it, as a browser's download can send no header, and the id by which its start is known. */
  ticketed(path: string): { readonly path: string; readonly downloadId: string } {
    const ticket = this.codes.issue(path, (isSpent) => {
      if (!isSpent) this.starts.expired(downloadId);
    });
    const downloadId = digestOf(ticket);
    this.starts.expect(downloadId);
    return { path: `${path}${path.includes('?') ? '&' : '?'}ticket=${ticket}`, downloadId };
  }

  install(server: FastifyInstance): void {
    const sockets = new Sockets(server.server);
    this.sockets = sockets;
    server.addHook('onRequest', async (request, reply) => {
      const { socket } = request.raw;
      if (sockets.isRefused(socket)) return reply.hijack();
      reply.headers(HEADERS);
      const verdict = this.judge(request);
      if (verdict === 'public') return;
      if (verdict === 'admitted' || verdict === 'welcome' || verdict === 'home') sockets.know(socket);
      if (verdict === 'admitted') {
        if (request.url === HANDOFF_URL)
          reply.header('cross-origin-opener-policy', 'same-origin-allow-popups');
        return;
      }
      if (verdict === 'welcome') return this.welcome(reply);
      if (verdict === 'home') return reply.redirect('/', 303);
      return this.turnAway(reply, verdict);
    });
    server.addHook('onSend', async ({ url }, reply, payload) => {
      const [, , ticket] = TICKETED.exec(url) ?? [];
      if (ticket === undefined) return;
      const { statusCode } = reply;
      const isRefusal = statusCode >= 400 && /json/.test(String(reply.getHeader('content-type')));
      const refusal = isRefusal ? (JSON.parse(String(payload)) as Refusal) : null;
      this.starts.answered(digestOf(ticket), refusal && { status: statusCode, refusal });
    });
    server.get<{ Querystring: { nonce?: string } }>(PROOF_PATH, (request, reply) => {
      const { nonce = '' } = request.query;
      if (NONCE.test(nonce)) return { proof: serverProof(this.token, this.port, nonce) };
      return this.turnAway(reply, 'nonce.wrong');
    });
  }

  /** Refuses a request, on the tape too, and closes its socket: what else stands in it is not looked at. */
  turnAway(reply: FastifyReply, code: string): FastifyReply {
    const { raw } = reply.request;
    // What is no request that Fastify understands comes here without any hook.
    if (this.sockets?.isRefused(raw.socket)) return reply.hijack();
    this.sockets?.refuse(raw.socket);
    this.app.requestRefused(code);
    reply.header('connection', 'close');
    // Nothing closes the socket of an upgrade that was answered in plain HTTP.
    if (raw.headers.upgrade !== undefined) reply.raw.on('finish', () => raw.socket.destroySoon());
    if (UNAUTHENTICATED.has(code)) reply.header('www-authenticate', 'Bearer');
    const message = MESSAGES[code] ?? 'Not allowed.';
    reply.code(UNAUTHENTICATED.has(code) ? 401 : 403).headers(HEADERS);
    // A browser that goes to the page gets a page.
    if (raw.headers['sec-fetch-dest'] !== 'document') return reply.send({ code, message });
    return reply.type('text/html; charset=utf-8').send(refusalPage(code, message));
  }

  /** Refuses what is no HTTP that can be read, on the tape too. */
  hangUp(socket: Duplex): void {
    this.app.requestRefused('request.malformed');
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  }

  private judge(request: FastifyRequest): Verdict {
    const { headers, method } = request;
    const route = request.routeOptions.url;
    if (!this.isNamedBy(request)) return 'host.wrong';
    if (headers.origin !== undefined && headers.origin !== `http://${this.host}`) return 'origin.wrong';
    const isReading = method === 'GET';
    if (isReading && route === PROOF_PATH) return 'public';
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return sameSecret(bearer, this.token) ? 'admitted' : 'token.wrong';
    const key = keyIn(headers);
    if (key !== undefined) return sameSecret(key, this.key) ? 'admitted' : 'key.wrong';
    const held = this.heldCookie(headers.cookie);
    const byUrl = isReading ? (this.launched(request, held) ?? this.byTicket(request)) : null;
    if (byUrl !== null) return byUrl;
    if (held !== 'right') return held === 'none' ? 'cookie.missing' : 'cookie.wrong';
    return isReading && PAGE_ROUTES.has(route) ? 'admitted' : 'key.missing';
  }

  /** Node reads the first of several Host headers alone, and not the host of an address that has one (RFC 9112, sections 3.2 and 3.2.2). */
  private isNamedBy({ raw, url }: FastifyRequest): boolean {
    const { host: named = [] } = raw.headersDistinct;
    const [, inAddress = this.host] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url) ?? [];
    return named.length === 1 && named[0] === this.host && inAddress === this.host;
  }

  /** What a launch URL opens; null where it is no such URL. The secret is the whole of its query. */
  private launched({ url, headers }: FastifyRequest, held: HeldCookie): Verdict | null {
    const [, kind, given = ''] = /^\/\?(token|code)=(.*)$/.exec(url) ?? [];
    if (kind === undefined) return null;
    if (kind === 'token') return sameSecret(given, this.token) ? 'welcome' : 'token.wrong';
    // A browser that looks ahead must not spend what the user has not asked for yet.
    if (/prefetch|prerender/.test(String(headers['sec-purpose'] ?? ''))) return 'code.early';
    if (this.codes.spend(given, LAUNCH)) return 'welcome';
    return held === 'right' ? 'home' : 'code.spent';
  }

  /** What a download's ticket opens; null where there is none. */
  private byTicket({ url, routeOptions }: FastifyRequest): Verdict | null {
    const [, path, ticket] = TICKETED.exec(url) ?? [];
    if (ticket === undefined || !TICKET_ROUTES.has(routeOptions.url)) return null;
    return this.codes.spend(ticket, path!) ? 'admitted' : 'ticket.spent';
  }

  /** Another port's page may have set cookies of the same name for a longer path, which then come first: each is looked at. */
  private heldCookie(header = ''): HeldCookie {
    const prefix = `${this.cookieName}=`;
    const ours = header
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part.startsWith(prefix));
    if (ours.length === 0) return 'none';
    return ours.some((part) => sameSecret(part.slice(prefix.length), this.cookie)) ? 'right' : 'wrong';
  }

  /** Cookies don't know ports; the name tells two clients on one machine apart. */
  private get cookieName(): string {
    return `querytape-${this.port}`;
  }

  /** Answers a launch by the page itself, with the key in it: no redirect has to carry it, and no URL. */
  private async welcome(reply: FastifyReply): Promise<FastifyReply> {
    const html = this.page === null ? '<!doctype html><head></head>' : await this.page();
    return reply
      .header('set-cookie', `${this.cookieName}=${this.cookie}; HttpOnly; SameSite=Strict; Path=/`)
      .type('text/html; charset=utf-8')
      .send(html.replace('<head>', `<head>\n    <meta name="${KEY_META}" content="${this.key}" />`));
  }
}

/** Both are ours, and hold nothing that HTML would read. */
function refusalPage(code: string, message: string): string {
  return `<!doctype html>
<meta charset="utf-8" />
<title>Querytape</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 36em; margin: 4em auto; padding: 0 1em; color-scheme: light dark }</style>
<h1>Querytape does not let this page in</h1>
<p>${message}</p>
<p>(${code})</p>
`;
}

/** 256 bits. */
function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** The page's key: in a header of its own, or among a WebSocket's subprotocols, as a browser sets no header there. */
function keyIn(headers: FastifyRequest['headers']): string | undefined {
  const header = headers[KEY_HEADER];
  if (header !== undefined) return String(header);
  const protocols = headers['sec-websocket-protocol']?.split(',').map((one) => one.trim()) ?? [];
  return protocols.find((one) => one.startsWith(KEY_PROTOCOL))?.slice(KEY_PROTOCOL.length);
}

/** Let in as far as the page's files, but not to the interfaces. */
const UNAUTHENTICATED: ReadonlySet<string> = new Set(['key.missing', 'key.wrong']);

const FRESH_LINK = 'Run querytape again: it opens a page of its own and prints a link.';

const MESSAGES: Readonly<Record<string, string>> = {
  'host.wrong': 'This address is not the one that Querytape listens on. Open the URL that it printed.',
  'origin.wrong': 'Request from another origin rejected. Open the URL that Querytape printed.',
  'token.wrong': 'The token is not of this run. Open the URL that Querytape printed when it started.',
  'code.spent': `The link was used already, or is older than 30 seconds. ${FRESH_LINK}`,
  'code.early': 'The link works once, and is not for a browser that looks ahead.',
  'ticket.spent':
    'The download was started already, or is older than 30 seconds. Start it again on the page.',
  'nonce.wrong': '`nonce` is 32 random bytes as base64url.',
  'cookie.missing': `This browser has not been let in. ${FRESH_LINK}`,
  'cookie.wrong': `Querytape was restarted since this page was opened. ${FRESH_LINK}`,
  'key.missing': `This tab has not been let in. Choose “Open another page” in the palette of one that has been. ${FRESH_LINK}`,
  'key.wrong': `Querytape was restarted since this page was opened. ${FRESH_LINK}`,
  'body.wrong':
    'Send one JSON object of at most 20 MiB and 100,000 values with content-type application/json.',
  'path.wrong':
    'The address can’t be read: a % is followed by no two hexadecimal digits, or a part of it is too long.',
  'method.wrong': 'Reading is GET, changing is POST /api/commands.',
};
