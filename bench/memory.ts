import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect as connectSocket, type Socket } from 'node:net';
import { Client } from '../src/main/client.ts';
import { dataFolder, removeFolder, startQuerytape } from '../test/e2e/client.ts';
import { type Bench, type Figure, percentile } from './figure.ts';
import { server, wideRows } from './server.ts';

const MIB = 1024 * 1024;
const SAMPLE_MS = 50;
const LOOK_MS = 200;
const ROWS = [100_000, 1_000_000, 10_000_000];
const WINDOW_ROWS = 100;
const WINDOWS = 2000;
const ROWS_MEANWHILE = 3_000_000;

function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

/** A program with one session that has run a statement, so that the thread that judges is there. */
async function start() {
  const { target, password } = await server();
  const folder = dataFolder();
  const program = await startQuerytape(folder, ['--allow-unsaved-profiles']);
  const client = new Client(program.url);
  const session = { type: 'session.openUnsaved', name: 'b', environment: 'development' } as const;
  const { sessionId } = await client.command({ ...session, target, password });
  await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
  const submit = async (text: string): Promise<string> => {
    const answer = await client.command({
      type: 'query.submit',
      sessionId: sessionId!,
      tabId: 't',
      text,
      fetchAll: true,
    });
    return answer.queryIds![0]!;
  };
  const ended = (queryId: string) => client.until(({ queries }) => queries[queryId]?.outcome ?? undefined);
  await ended(await submit('select 1'));
  const stop = async (): Promise<void> => {
    await program.stop();
    removeFolder(folder);
  };
  return { url: program.url, pid: program.process.pid!, submit, ended, stop };
}

/** Sends a request and never reads what is answered. */
function stoppedReader(url: string, path: string, headers: readonly string[] = []): Socket {
  const { port, searchParams } = new URL(url);
  const socket = connectSocket(Number(port), '127.0.0.1');
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${searchParams.get('token')}`,
    ...headers,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return socket.pause().on('error', () => undefined);
}

const WEBSOCKET = [
  ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** A gauge of `/metrics` that counts bytes, in MiB. */
function gauge(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)![1]) / MIB;
}

/**
 * Resident memory of the whole program while a result streams in, and the main thread's heap and buffers. A reader of events and
 * one of an export that follows the result have stopped reading.
 */
async function memoryAt(rows: number): Promise<Figure[]> {
  const { url, pid, submit, ended, stop } = await start();
  const { ask, close } = asker(url);
  const readers = [stoppedReader(url, '/api/events?after=0', WEBSOCKET)];
  const looked = { resident: [residentMib(pid)], heap: [] as number[], external: [] as number[] };
  const look = async (): Promise<void> => {
    const text = (await ask('/metrics')).bytes.toString();
    looked.heap.push(gauge(text, 'nodejs_heap_size_used_bytes'));
    looked.external.push(gauge(text, 'nodejs_external_memory_bytes'));
  };
  await look();
  const samplings = [
    setInterval(() => looked.resident.push(residentMib(pid)), SAMPLE_MS),
    setInterval(() => void look(), LOOK_MS),
  ];
  const queryId = await submit(wideRows(rows));
  readers.push(stoppedReader(url, `/api/results/${queryId}/export?format=csv&follow=true`));
  await ended(queryId);
  for (const sampling of samplings) clearInterval(sampling);
  await look();
  for (const reader of readers) reader.destroy();
  close();
  await stop();
  const over = (values: readonly number[]): number => Math.max(...values) - values[0]!;
  const how = 'over idle, whole program, two readers stopped';
  return [
    {
      name: `memory at ${rows.toLocaleString('en')} rows`,
      value: over(looked.resident),
      unit: 'MiB',
      aim: 64,
      how,
    },
    { name: '… heap', value: over(looked.heap), unit: 'MiB', aim: null, how: 'main thread, over idle' },
    {
      name: '… buffers',
      value: over(looked.external),
      unit: 'MiB',
      aim: null,
      how: 'main thread, over idle',
    },
  ];
}

interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly ms: number;
}

/** Asks for paths one after the other on one connection, as a page does; gives each one's bytes and milliseconds. */
function asker(url: string) {
  const { origin, searchParams } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = {
    authorization: `Bearer ${searchParams.get('token')}`,
    accept: 'application/octet-stream',
  };
  const ask = (path: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const begun = performance.now();
      request(`${origin}${path}`, { agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode!,
            bytes: Buffer.concat(chunks),
            ms: performance.now() - begun,
          }),
        );
      })
        .on('error', reject)
        .end();
    });
  return { ask, close: () => agent.destroy() };
}

/** Windows at random of what is here, while a result streams in and after it, beside answers without rows. */
async function windows(): Promise<Figure[]> {
  const { url, submit, ended, stop } = await start();
  const { ask, close } = asker(url);
  const queryId = await submit(wideRows(ROWS_MEANWHILE));
  let here = 0;
  const window = async (): Promise<number> => {
    const from = Math.floor(Math.random() * Math.max(1, here - WINDOW_ROWS));
    const { status, bytes, ms } = await ask(`/api/results/${queryId}/rows?from=${from}&count=${WINDOW_ROWS}`);
    // Before its first row there is no result.
    if (status === 200) here = bytes.readDoubleLE(24);
    return ms;
  };
  const streaming: number[] = [];
  const emptyStreaming: number[] = [];
  let isOver = false;
  const end = ended(queryId).then(() => {
    isOver = true;
  });
  while (here === 0) await window();
  while (!isOver) {
    streaming.push(await window());
    emptyStreaming.push((await ask('/api/results/none')).ms);
  }
  await end;
  const after: number[] = [];
  const emptyAfter: number[] = [];
  for (let i = 0; i < WINDOWS; i++) {
    after.push(await window());
    emptyAfter.push((await ask('/api/results/none')).ms);
  }
  close();
  await stop();
  const figure = (name: string, times: number[], part: number, aim: number | null): Figure => {
    const how = `${times.length} by HTTP`;
    return { name, value: percentile(times, part), unit: 'ms', aim, how };
  };
  return [
    figure('window of 100 rows, result streams, p50', streaming, 0.5, null),
    figure('… p99', streaming, 0.99, 5),
    figure('… an answer without rows, p99', emptyStreaming, 0.99, null),
    figure('window of 100 rows, result complete, p50', after, 0.5, null),
    figure('… p99', after, 0.99, 5),
    figure('… an answer without rows, p99', emptyAfter, 0.99, null),
  ];
}

/** The built program's memory while results stream in, and how soon windows of them are at a client. */
export const memory: Bench = {
  name: 'memory',
  async run() {
    const figures: Figure[] = [];
    for (const rows of ROWS) figures.push(...(await memoryAt(rows)));
    return [...figures, ...(await windows())];
  },
};
