import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './app.ts';

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

/** Equal, in a time that tells nothing of where they differ. */
function same(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Who may talk to the server: a page that this server delivered, or a script that holds the launch token. Every
 * request needs the exact Host (against DNS rebinding), the exact Origin where it names one (against other pages), and
 * the cookie or the token (against other users of this machine). What is turned away is a fact on the tape.
 */
export class Gate {
  /** In the launch URL, and as `Authorization: Bearer`. */
  readonly token = randomBytes(32).toString('base64url');
  private readonly cookie = randomBytes(32).toString('base64url');
  private host = '';

  constructor(private readonly app: App) {}

  /** Opens for `host`, such as `127.0.0.1:4477`; before that nobody passes. */
  open(host: string): void {
    this.host = host;
  }

  get url(): string {
    return `http://${this.host}/?token=${this.token}`;
  }

  install(server: FastifyInstance): void {
    server.addHook('onRequest', async (request, reply) => {
      reply.headers(HEADERS);
      const code = this.refusal(request);
      if (code === null) return;
      if (code === 'token.launch') return this.welcome(reply);
      return this.turnAway(reply, code);
    });
  }

  /** Refuses a request, on the tape too. */
  turnAway(reply: FastifyReply, code: string): FastifyReply {
    this.app.requestRefused(code);
    const { raw } = reply.request;
    // Nobody closes the socket of an upgrade that was answered in plain HTTP.
    if (raw.headers.upgrade !== undefined) reply.raw.on('finish', () => raw.socket.destroySoon());
    return reply
      .code(403)
      .headers(HEADERS)
      .send({ code, message: MESSAGES[code] ?? 'Not allowed.' });
  }

  /** Refuses what is no HTTP that can be read, on the tape too. */
  hangUp(socket: Duplex): void {
    this.app.requestRefused('request.malformed');
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  }

  /** Why a request may not pass; `token.launch` for the launch URL itself; null when it may. */
  private refusal(request: FastifyRequest): string | null {
    if (request.headers.host !== this.host) return 'host.wrong';
    const { origin } = request.headers;
    if (origin !== undefined && origin !== `http://${this.host}`) return 'origin.wrong';
    const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return same(bearer, this.token) ? null : 'token.wrong';
    if (request.method === 'GET' && request.url.startsWith('/?token='))
      return same(request.url.slice('/?token='.length), this.token) ? 'token.launch' : 'token.wrong';
    const cookie = request.cookies[this.cookieName];
    if (cookie === undefined) return 'cookie.missing';
    return same(cookie, this.cookie) ? null : 'cookie.wrong';
  }

  /** Cookies don't know ports; the name tells two clients on one machine apart. */
  private get cookieName(): string {
    return `querytape-${this.host.split(':')[1]}`;
  }

  private welcome(reply: FastifyReply): FastifyReply {
    return reply
      .setCookie(this.cookieName, this.cookie, { httpOnly: true, sameSite: 'strict', path: '/' })
      .redirect('/', 303);
  }
}

const MESSAGES: Readonly<Record<string, string>> = {
  'host.wrong': 'This address is not the one that Querytape listens on. Open the URL that it printed.',
  'origin.wrong': 'Another page asked. Open the URL that Querytape printed.',
  'token.wrong': 'The token is not of this run. Open the URL that Querytape printed when it started.',
  'cookie.missing': 'Open the URL that Querytape printed when it started.',
  'cookie.wrong': 'Querytape was started anew since. Open the URL that it printed then.',
  'body.wrong': 'Send one JSON object of at most 20 MiB with content-type application/json.',
  'path.wrong':
    'The address can’t be read: a % is followed by no two hexadecimal digits, or a part of it is too long.',
  'method.wrong': 'Reading is GET, changing is POST /api/commands.',
};
