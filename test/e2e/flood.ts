import { readdirSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Client } from '../../src/main/client.ts';
import { readTape } from '../../src/store/tape/tape.ts';
import { obtainPostgres } from '../servers/postgres.ts';
import { dataFolder, removeFolder, startQuerytape } from './client.ts';

const SOCKETS = 20;
const PIPELINED = 50;

/** What a flood of refused requests beside one statement came to. */
export interface FloodReport {
  /** How the statement ended. */
  readonly outcome: string | null;
  /** The records of it that the tape holds, by their names. */
  readonly events: readonly string[];
  readonly grownBytes: number;
  readonly dialled: number;
  /** Refusals that the program counted, by code. */
  readonly refusals: Readonly<Record<string, number>>;
  /** The longest that a request of the page waited for its answer, in milliseconds. */
  readonly slowestMs: number;
}

/**
 * Sends refused requests of every kind from 20 sockets, each pipelining and dialling again once it is closed, while one statement
 * runs; in the meantime asks for the state once a second, as an open page does.
 */
export async function flood(forMs: number): Promise<FloodReport> {
  const postgres = await obtainPostgres();
  const folder = dataFolder();
  const program = await startQuerytape(folder, ['--allow-unsaved-profiles']);
  const client = new Client(program.url);
  try {
    const { host, port, user, database, password } = postgres.address;
    const opened = await client.command({
      type: 'session.openUnsaved',
      name: 'flooded',
      target: { engine: 'postgres', host, port, user, database, tls: { mode: 'disable' } },
      environment: 'development',
      password,
    });
    const sessionId = opened.sessionId!;
    await client.until(({ sessions }) => (sessions[sessionId]?.state === 'ready' ? true : undefined));
    const text = `select pg_sleep(${forMs / 1000}), 'survivor' as word`;
    const submit = { type: 'query.submit', sessionId, tabId: 't', text, timeoutMs: 0 } as const;
    const queryId = (await client.command(submit)).queryIds![0]!;
    await client.until(({ queries }) => (queries[queryId]?.state === 'executing' ? true : undefined));
    const before = tapeBytes(folder);
    const flooding = new Flooding(Number(new URL(program.url).port));
    let slowestMs = 0;
    const looking = setInterval(() => {
      const at = performance.now();
      void client.get('/api/vault').then(async (answer) => {
        await answer.arrayBuffer();
        slowestMs = Math.max(slowestMs, performance.now() - at);
      });
    }, 1000);
    const { outcome } = await client.until(({ queries }) =>
      queries[queryId]?.outcome ? queries[queryId] : undefined,
    );
    clearInterval(looking);
    flooding.stop();
    const { metrics } = (await client.state()).state;
    await program.stop();
    const events: string[] = [];
    for await (const batch of readTape(join(folder, 'tape')))
      for (const { actor, event } of batch)
        if (actor === queryId || ('queryId' in event && event.queryId === queryId)) events.push(event.type);
    const grownBytes = tapeBytes(folder) - before;
    return {
      outcome,
      events,
      grownBytes,
      dialled: flooding.dialled,
      refusals: metrics.requestRefusals,
      slowestMs,
    };
  } finally {
    await program.kill().catch(() => undefined);
    await postgres.stop();
    removeFolder(folder);
  }
}

/** Sockets that send nothing but what is refused. */
class Flooding {
  dialled = 0;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #isOver = false;

  constructor(port: number) {
    this.#port = port;
    for (let n = 0; n < SOCKETS; n++) this.#dial(n);
  }

  stop(): void {
    this.#isOver = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #dial(n: number): void {
    if (this.#isOver) return;
    this.dialled++;
    const socket = connect(this.#port, '127.0.0.1', () => socket.write(this.#refused(n).repeat(PIPELINED)));
    this.#sockets.add(socket);
    socket.on('error', () => undefined).resume();
    socket.once('close', () => {
      this.#sockets.delete(socket);
      // A breath, so that one machine can run both ends.
      setTimeout(() => this.#dial(n + 1), 5);
    });
  }

  #refused(n: number): string {
    const host = `Host: 127.0.0.1:${this.#port}\r\n`;
    const kinds = [
      `GET /api/state HTTP/1.1\r\n${host}\r\n`,
      'GET /api/state HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      `GET /api/state HTTP/1.1\r\n${host}Origin: https://evil.example\r\n\r\n`,
      `GET /api/state HTTP/1.1\r\n${host}Authorization: Bearer guess\r\n\r\n`,
      `GET /?code=guess HTTP/1.1\r\n${host}\r\n`,
      `GET /%zz HTTP/1.1\r\n${host}\r\n`,
      'GET / HTTP/9.9\r\nHost\r\n\r\n',
      `POST /api/commands HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
    ];
    return kinds[n % kinds.length]!;
  }
}

function tapeBytes(folder: string): number {
  const tape = join(folder, 'tape');
  return readdirSync(tape)
    .filter((name) => name.endsWith('.jsonl'))
    .reduce((sum, name) => sum + statSync(join(tape, name)).size, 0);
}
