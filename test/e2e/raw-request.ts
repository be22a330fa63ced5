import { request } from 'node:http';
import type { Client } from '../../src/main/client.ts';

export interface Requested {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | readonly string[]>;
  readonly body?: string;
  readonly bearer?: boolean;
}

/** A request whose every header is the test's own. */
export function rawRequest(
  client: Client,
  { method = 'GET', path = '/api/state', headers = {}, body, bearer = true }: Requested,
) {
  const { hostname, port } = new URL(client.origin);
  return new Promise<{ status: number; text: string }>((done, failed) => {
    const all = { ...(bearer ? client.headers : {}), ...headers } as Record<string, string>;
    const sent = request({ host: hostname, port, method, path, headers: all }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => done({ status: answer.statusCode!, text }));
    });
    sent.on('error', failed);
    sent.end(body);
  });
}
