import type { CataloguePage, CatalogueRequest } from '../events/catalogue.ts';
import type { Chart } from '../events/chart.ts';
import type { Command, CommandAnswer } from '../events/command.ts';
import type { Envelope } from '../events/envelope.ts';
import type { FailureText } from '../events/failure.ts';
import type { Profile } from '../events/profile.ts';
import type { ResultMeta } from '../events/result.ts';
import { apply, emptyState, type State } from '../events/views/state.ts';
import { decodeWindow, type WindowFrame } from '../events/window-frame.ts';
import type { Down, QueryText, TapeHealth } from '../events/wire.ts';

/** Records kept for the tape panel; the tape itself has them all. */
const ENVELOPES_KEPT = 5000;
/** Records before the state that are fetched to fill the panel after a reload. */
const ENVELOPES_BEFORE = 1000;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5000;

/** What `GET /api/state` says of the program. */
export interface AppFacts {
  readonly version: string;
  readonly runId: string;
  readonly processId: number;
  readonly unsavedProfiles: boolean;
}

/** A refused request, in the server's words. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'Refused';
  }
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(path, init);
  const body = (await answer.json()) as T & { code?: string; message?: string };
  if (!answer.ok) throw new Refused(body.code ?? String(answer.status), body.message ?? answer.statusText);
  return body;
}

/**
 * The page's link to the server, and its fold of the tape: starts from the state and goes on with every record, by the
 * same code as the server. Fires `change`, at most once a frame.
 */
export class Client extends EventTarget {
  app: AppFacts | null = null;
  profiles: readonly Profile[] = [];
  health: TapeHealth = { state: 'durable', durableSeq: 0, code: null };
  state: State = emptyState();
  envelopes: Envelope[] = [];
  link: 'connecting' | 'open' | 'lost' = 'connecting';
  charts: Readonly<Record<string, Chart>> = {};
  private retryMs = RETRY_MIN_MS;
  private framed = false;

  /** Fetches the state and follows the tape from there; goes on trying for ever. */
  async start(): Promise<void> {
    try {
      const said = await json<{ app: AppFacts; profiles: Profile[]; health: TapeHealth; state: State }>(
        '/api/state',
      );
      this.app = said.app;
      this.profiles = said.profiles;
      this.health = said.health;
      this.state = said.state;
      this.envelopes = [];
      if (Object.keys(this.charts).length === 0) this.charts = await json('/api/machines');
      this.follow(Math.max(0, said.state.seq - ENVELOPES_BEFORE));
    } catch {
      this.retry();
    }
    this.changed();
  }

  async command(command: Command): Promise<CommandAnswer> {
    try {
      return await json<CommandAnswer>('/api/commands', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ commandId: `cmd-${crypto.randomUUID()}`, ...command }),
      });
    } catch (error) {
      const { code = 'link.lost', message } = error as Refused;
      return { refused: { code, message } };
    }
  }

  /** The words of a query that the tape may not hold; undefined once they are forgotten. */
  query(queryId: string): Promise<QueryText | undefined> {
    return json<QueryText>(`/api/queries/${queryId}`).catch(() => undefined);
  }

  async sessionFailure(sessionId: string): Promise<FailureText | null> {
    const { failure } = await json<{ failure: FailureText | null }>(`/api/sessions/${sessionId}`);
    return failure;
  }

  result(resultId: string): Promise<ResultMeta> {
    return json<ResultMeta>(`/api/results/${resultId}`);
  }

  /** @throws Refused when the result is gone */
  async window(resultId: string, from: number, count: number): Promise<WindowFrame> {
    const answer = await fetch(`/api/results/${resultId}/rows?from=${from}&count=${count}`);
    if (!answer.ok) {
      const { code, message } = (await answer.json()) as { code: string; message: string };
      throw new Refused(code, message);
    }
    return decodeWindow(new Uint8Array(await answer.arrayBuffer()));
  }

  catalogue<P extends CataloguePage>(sessionId: string, request: CatalogueRequest): Promise<P> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(request)) if (value !== null) query.set(name, String(value));
    return json<P>(`/api/sessions/${sessionId}/catalogue?${query}`);
  }

  private follow(after: number): void {
    const socket = new WebSocket(`ws://${location.host}/api/events?after=${after}`);
    let resync = false;
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as Down;
      switch (message.type) {
        case 'hello':
          if (this.app && message.runId !== this.app.runId) {
            resync = true;
            socket.close();
            return;
          }
          this.link = 'open';
          this.retryMs = RETRY_MIN_MS;
          this.health = message.health;
          break;
        case 'events':
          this.take(message.envelopes as unknown as Envelope[]);
          break;
        case 'health':
          this.health = message.health;
          break;
        case 'resync':
          resync = true;
          break;
      }
      this.changed();
    };
    socket.onclose = () => {
      if (resync) void this.start();
      else this.retry();
    };
  }

  private take(envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes) {
      if (envelope.seq > this.state.seq) apply(this.state, envelope);
      this.envelopes.push(envelope);
    }
    if (this.envelopes.length > ENVELOPES_KEPT * 1.2) this.envelopes = this.envelopes.slice(-ENVELOPES_KEPT);
  }

  private retry(): void {
    this.link = 'lost';
    this.changed();
    setTimeout(() => void this.start(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MAX_MS);
  }

  private changed(): void {
    if (this.framed) return;
    this.framed = true;
    requestAnimationFrame(() => {
      this.framed = false;
      this.dispatchEvent(new Event('change'));
    });
  }
}
