import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Client } from '../src/main/client.ts';
import { dataFolder, removeFolder, startQuerytape } from '../test/e2e/client.ts';
import { type Bench, type Figure, median, percentile } from './figure.ts';
import { server, wideRows } from './server.ts';

const DIST = resolve('dist');
const SAMPLE_MS = 50;
const ROWS = [100_000, 1_000_000, 10_000_000];
const UNSAVED = ['--allow-unsaved-profiles'];

function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

/** Resident memory of the whole program while a result streams in, with a reader of events that has stopped reading. */
async function memory(): Promise<Figure[]> {
  const { target, password } = await server();
  const figures: Figure[] = [];
  for (const rows of ROWS) {
    const folder = dataFolder();
    const program = await startQuerytape(folder, UNSAVED);
    const pid = program.process.pid!;
    const client = new Client(program.url);
    const opened = await client.command({
      type: 'session.openUnsaved',
      name: 'b',
      target,
      environment: 'development',
      password,
    });
    const sessionId = opened.sessionId!;
    await client.until(({ sessions }) => (sessions[sessionId]?.state === 'ready' ? true : undefined));
    // The thread that judges is there from the first statement on.
    const first = { type: 'query.submit', sessionId, tabId: 't', text: 'select 1' } as const;
    const [firstId] = (await client.command(first)).queryIds!;
    await client.until(({ queries }) => queries[firstId!]?.outcome ?? undefined);
    const stopped = stoppedReader(program.url);
    const idle = residentMib(pid);
    let peak = idle;
    const sampling = setInterval(() => {
      peak = Math.max(peak, residentMib(pid));
    }, SAMPLE_MS);
    const submitted = await client.command({
      type: 'query.submit',
      sessionId,
      tabId: 't',
      text: wideRows(rows),
      fetchAll: true,
    });
    const queryId = submitted.queryIds![0]!;
    await client.until(({ queries }) => queries[queryId]?.outcome ?? undefined);
    clearInterval(sampling);
    const how = 'VmRSS over idle, whole program, one reader stopped';
    figures.push({
      name: `memory at ${rows.toLocaleString('en')} rows`,
      value: peak - idle,
      unit: 'MiB',
      aim: 64,
      how,
    });
    if (rows === 1_000_000) figures.push(await windows(client, queryId));
    stopped.destroy();
    await program.stop();
    removeFolder(folder);
  }
  return figures;
}

function stoppedReader(url: string) {
  const { port, searchParams } = new URL(url);
  const socket = connectSocket(Number(port), '127.0.0.1');
  socket.write(
    `GET /api/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${searchParams.get('token')}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  return socket.pause().on('error', () => undefined);
}

async function windows(client: Client, queryId: string): Promise<Figure> {
  const times: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const from = Math.floor(Math.random() * 999_900);
    const at = performance.now();
    const answer = await client.get(
      `/api/results/${queryId}/rows?from=${from}&count=100`,
      'application/octet-stream',
    );
    await answer.arrayBuffer();
    times.push(performance.now() - at);
  }
  const value = percentile(times, 0.99);
  return {
    name: 'window of 100 rows at the client, p99',
    value,
    unit: 'ms',
    aim: 5,
    how: '1 000 of 1 M rows by HTTP',
  };
}

function untilFirstWord(args: string[]): Promise<number> {
  return new Promise((told) => {
    const at = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.once('data', () => {
      told(performance.now() - at);
      child.kill('SIGINT');
    });
  });
}

async function start(): Promise<Figure[]> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < 9; round++) {
    const folder = dataFolder();
    bare.push(await untilFirstWord(['-e', 'console.log(1)']));
    ours.push(
      await untilFirstWord([
        join(DIST, 'main.js'),
        'serve',
        '--json',
        '--port',
        '0',
        '--data-dir',
        folder,
        ...UNSAVED,
      ]),
    );
    removeFolder(folder);
  }
  const how = 'median of 9 alternating, without the demo';
  return [
    { name: 'start to ready', value: median(ours), unit: 'ms', aim: null, how },
    { name: '… over bare Node', value: median(ours) / median(bare), unit: '×', aim: 3, how },
  ];
}

/** What the page loads before it is there; what it loads when it is first needed is left out. */
function pageSize(): Figure {
  const page = readFileSync(join(DIST, 'ui', 'index.html'), 'utf8');
  const names = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, name]) => name!);
  const bytes = names.reduce((sum, name) => sum + gzipSync(readFileSync(join(DIST, 'ui', name))).length, 0);
  const how = 'script and style of the first load';
  return { name: 'page, gzipped', value: bytes / 1024, unit: 'KiB', aim: 240, how };
}

/** The built program from outside: memory, windows, start, size. */
export const program: Bench = {
  name: 'program',
  run: async () => [...(await start()), pageSize(), ...(await memory())],
};
