import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { connect } from 'node:net';
import { Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Accepted, Command, CommandAnswer } from '../events/command.ts';
import type { Envelope } from '../events/envelope.ts';
import type { Profile } from '../events/profile.ts';
import type { QueryView } from '../events/views/query-view.ts';
import { apply, type State } from '../events/views/state.ts';
import type { Down } from '../events/wire.ts';
import { ProvenAgent } from './proven-connection.ts';

/**
 * Talks to a running Querytape by the interfaces of doc/api.md, as a script would, but over connections on
 * which the server has proved first that it knows the token: whatever listens on the port by now is given
 * nothing.
 */
export class Client {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #agent: ProvenAgent;

  /** @param url the URL with the token */
  constructor(url: string) {
    const { origin, port, searchParams } = new URL(url);
    const token = searchParams.get('token') ?? '';
    this.origin = origin;
    this.headers = { authorization: `Bearer ${token}` };
    this.#agent = new ProvenAgent(Number(port), token);
  }

  /** @throws UnprovenError, or the system's error */
  get(path: string, accept = 'application/json'): Promise<Response> {
    return this.#send('GET', path, { accept }, (sent) => sent.end());
  }

  /** As `get`. @throws Error with the message of what is refused */
  async granted(path: string): Promise<Response> {
    const answer = await this.get(path);
    if (answer.ok) return answer;
    throw new Error(((await answer.json()) as { message: string }).message);
  }

  /** @throws UnprovenError, or the system's error */
  post(path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.#send('POST', path, headers, (sent) => sent.end(JSON.stringify(body)));
  }

  /** Posts bytes as they are read. @throws UnprovenError, the system's error, or the source's */
  postBytes(path: string, bytes: Readable): Promise<Response> {
    return this.#send('POST', path, { 'content-type': 'application/octet-stream' }, (sent) => {
      bytes.on('error', (error) => sent.destroy(error));
      bytes.pipe(sent);
    });
  }

  async #send(
    method: string,
    path: string,
    headers: Record<string, string>,
    end: (sent: ClientRequest) => void,
  ): Promise<Response> {
    const sent = request(`${this.origin}${path}`, {
      method,
      agent: this.#agent,
      headers: { ...this.headers, ...headers },
    });
    // Of an answer that breaks off its own stream reports the error; this one must not end the process.
    sent.on('error', () => undefined);
    end(sent);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const { statusCode: status = 0, headersDistinct } = answer;
    const said = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    return new Response(Readable.toWeb(answer) as ReadableStream, { status, headers: said });
  }

  async state(): Promise<{ profiles: Profile[]; state: State }> {
    return (await this.get('/api/state')).json() as Promise<{ profiles: Profile[]; state: State }>;
  }

  /** @throws Error with the refusal's message */
  async command(command: Command): Promise<Accepted> {
    const sent = await this.post('/api/commands', { commandId: `cmd-${randomUUID()}`, ...command });
    const answer = (await sent.json()) as CommandAnswer;
    if ('refused' in answer) throw new Error(`${answer.refused.message} (${answer.refused.code})`);
    return answer;
  }

  /** Opens a WebSocket, before anything has come over it. */
  async socket(path: string): Promise<WebSocket> {
    const { WebSocket } = await import('ws');
    return new WebSocket(`${this.origin.replace('http', 'ws')}${path}`, {
      headers: this.headers,
      perMessageDeflate: false,
      createConnection: this.#agent.connect as unknown as typeof connect,
    });
  }

  /** Holds a lease for as long as this process lives, or until its socket is closed. */
  async lease(): Promise<{ readonly leaseId: string; readonly socket: WebSocket }> {
    const leaseId = randomUUID();
    const socket = await this.socket(`/api/leases/${leaseId}`);
    await Promise.race([
      once(socket, 'message'),
      once(socket, 'close').then(([code, reason]) => {
        throw new Error(`Querytape grants no lease: ${reason || code}.`);
      }),
    ]);
    return { leaseId, socket };
  }

  /** Looks at the state as it changes until `look` finds something in it. */
  async until<T>(look: (state: State) => T | undefined): Promise<T> {
    const live = await LiveState.follow(this);
    try {
      return await live.until(look);
    } finally {
      live.close();
    }
  }
}

/**
 * The state of a running Querytape, as the page folds it: from `/api/state` on by the records that follow.
 */
export class LiveState {
  private socket: WebSocket | null = null;
  private waiting: (() => void)[] = [];
  private watchedSession: string | null = null;
  /** The newest views of the watched session's queries: the state forgets ended ones that are many. */
  private readonly watched = new Map<string, QueryView>();
  private lost: Error | null = null;

  private constructor(
    private readonly client: Client,
    private folded: State,
  ) {}

  static async follow(client: Client): Promise<LiveState> {
    const live = new LiveState(client, (await client.state()).state);
    await live.connect();
    return live;
  }

  get state(): State {
    return this.folded;
  }

  /** From now on the queries of a session are remembered after their end, too. */
  watch(sessionId: string): void {
    this.watchedSession = sessionId;
  }

  query(queryId: string): QueryView | undefined {
    return this.watched.get(queryId) ?? this.folded.queries[queryId];
  }

  /**
   * Resolves with what `look` finds in the state, now or later.
   * @throws Error where Querytape ends first, or the signal's reason
   */
  async until<T>(look: (state: State) => T | undefined, signal?: AbortSignal): Promise<T> {
    for (;;) {
      signal?.throwIfAborted();
      const found = look(this.folded);
      if (found !== undefined) return found;
      if (this.lost) throw this.lost;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        this.waiting.push(wake);
        signal?.addEventListener('abort', wake);
      });
    }
  }

  close(): void {
    this.socket?.removeAllListeners();
    this.socket?.on('error', () => {});
    this.socket?.terminate();
  }

  private async connect(): Promise<void> {
    const socket = await this.client.socket(`/api/events?after=${this.folded.seq}`);
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('message', (bytes) => this.hear(JSON.parse(String(bytes)) as Down));
    socket.on('close', () => this.end());
  }

  private hear(message: Down): void {
    if (message.type === 'events') {
      for (const envelope of message.envelopes) {
        this.folded = apply(this.folded, envelope as Envelope);
        const query = this.folded.queries[envelope.actor];
        if (query && query.sessionId === this.watchedSession) this.watched.set(query.queryId, query);
      }
      this.wake();
    } else if (message.type === 'resync') {
      this.close();
      void this.again().catch(() => this.end());
    }
  }

  private async again(): Promise<void> {
    this.folded = (await this.client.state()).state;
    await this.connect();
    this.wake();
  }

  private end(): void {
    this.lost = new Error('Querytape ended, or stopped answering, while it was waited for.');
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
