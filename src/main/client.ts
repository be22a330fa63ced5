import { randomUUID } from 'node:crypto';
import type { Accepted, Command, CommandAnswer } from '../events/command.ts';
import type { Profile } from '../events/profile.ts';
import type { State } from '../events/views/state.ts';

/** How often a script looks how far its query is. */
const POLL_MS = 50;

/** Talks to a running Querytape by the interfaces of doc/api.md, as a script would. */
export class Client {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;

  /** @param url the launch URL */
  constructor(url: string) {
    const { origin, searchParams } = new URL(url);
    this.origin = origin;
    this.headers = { authorization: `Bearer ${searchParams.get('token')}` };
  }

  async get(path: string, accept = 'application/json'): Promise<Response> {
    return fetch(`${this.origin}${path}`, { headers: { ...this.headers, accept } });
  }

  async state(): Promise<{ profiles: Profile[]; state: State }> {
    return (await this.get('/api/state')).json() as Promise<{ profiles: Profile[]; state: State }>;
  }

  /** @throws Error with the refusal's message */
  async command(command: Command): Promise<Accepted> {
    const headers = { ...this.headers, 'content-type': 'application/json' };
    const body = JSON.stringify({ commandId: `cmd-${randomUUID()}`, ...command });
    const answer = (await (
      await fetch(`${this.origin}/api/commands`, { method: 'POST', headers, body })
    ).json()) as CommandAnswer;
    if ('refused' in answer) throw new Error(`${answer.refused.message} (${answer.refused.code})`);
    return answer;
  }

  /** Looks at the state until `look` finds something in it. */
  async until<T>(look: (state: State) => T | undefined): Promise<T> {
    for (;;) {
      const found = look((await this.state()).state);
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
