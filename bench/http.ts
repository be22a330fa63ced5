import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { Client, LiveState } from '../src/main/client.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from '../test/e2e/client.ts';
import { type Bench, type Figure, mainThreadMs, median } from './figure.ts';
import { server } from './server.ts';

const WARM_UP = 300;
const STATEMENTS = 2000;
const ROUNDS = 20;

/** A built program with a session open on the server of the benches. */
export async function openProgram(): Promise<{
  readonly program: Started;
  readonly client: Client;
  readonly sessionId: string;
  readonly stop: () => Promise<void>;
}> {
  const { target, password } = await server();
  const folder = dataFolder();
  const program = await startQuerytape(folder, ['--allow-unsaved-profiles']);
  const client = new Client(program.url);
  const opened = await client.command({
    type: 'session.openUnsaved',
    name: 'bench',
    target,
    environment: 'development',
    password,
  });
  const sessionId = opened.sessionId!;
  await client.until(({ sessions }) => sessions[sessionId]?.state === 'ready' || undefined);
  return {
    program,
    client,
    sessionId,
    async stop() {
      await program.stop();
      removeFolder(folder);
    },
  };
}

/** A process that is asked for `select 1` by HTTP. */
interface Asked {
  readonly pid: number;
  /** Resolves once the page's side knows that the statement has ended. */
  readonly one: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

async function querytape(): Promise<Asked> {
  const { program, client, sessionId, stop } = await openProgram();
  const live = await LiveState.follow(client);
  return {
    pid: program.process.pid!,
    async one() {
      const submitted = await client.command({
        type: 'query.submit',
        sessionId,
        tabId: 't',
        text: 'select 1',
      });
      const queryId = submitted.queryIds![0]!;
      await live.until(({ queries }) => queries[queryId]?.outcome ?? undefined);
    },
    async stop() {
      live.close();
      await stop();
    },
  };
}

/** See bare-program.ts. */
async function bareProgram(): Promise<Asked> {
  const { address } = await server();
  const folder = dataFolder();
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'bare-program.js'), JSON.stringify(address), join(folder, 'batches')],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const origin = `127.0.0.1:${String(port).trim()}`;
  const socket = new WebSocket(`ws://${origin}/events`);
  await once(socket, 'open');
  const said = new EventEmitter();
  let ended = 0;
  socket.on('message', (text) => {
    const batch = JSON.parse(String(text)) as { id: number; ended: boolean };
    if (batch.ended) ended = batch.id;
    said.emit('batch');
  });
  const command = { type: 'query.submit', sessionId: 's', tabId: 't', text: 'select 1' };
  return {
    pid: child.pid!,
    async one() {
      const answer = await fetch(`http://${origin}/commands`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(command),
      });
      const { id } = (await answer.json()) as { id: number };
      while (ended < id) await once(said, 'batch');
    },
    async stop() {
      socket.close();
      child.kill();
      await once(child, 'exit');
      removeFolder(folder);
    },
  };
}

/**
 * What `select 1` costs the program's main thread, when it comes by HTTP and its end is awaited by WebSocket; and, in turn with it, what it
 * costs a bare program of the same packages.
 */
async function byHttp(): Promise<Figure[]> {
  const [program, bare] = [await querytape(), await bareProgram()];
  for (const { one } of [program, bare]) for (let i = 0; i < WARM_UP; i++) await one();
  const times: number[] = [];
  const cpuMs = new Map([program, bare].map((asked) => [asked, 0]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const asked of [program, bare]) {
      const before = mainThreadMs(asked.pid);
      for (let i = 0; i < STATEMENTS / ROUNDS; i++) {
        const at = performance.now();
        await asked.one();
        if (asked === program) times.push(performance.now() - at);
      }
      cpuMs.set(asked, cpuMs.get(asked)! + (mainThreadMs(asked.pid) - before) / STATEMENTS);
    }
  }
  for (const { stop } of [program, bare]) await stop();
  const how = `${STATEMENTS} one by one`;
  const bareMs = cpuMs.get(bare)!;
  return [
    { name: 'select 1 by HTTP, until its end is known', value: median(times), unit: 'ms', aim: null, how },
    { name: '… time of the main thread', value: cpuMs.get(program)!, unit: 'ms', aim: 1, how },
    { name: '… of a bare program of the same packages', value: bareMs, unit: 'ms', aim: null, how },
    { name: '… over it', value: cpuMs.get(program)! / bareMs, unit: '×', aim: null, how },
  ];
}

/** A statement from outside of the program. */
export const http: Bench = { name: 'http', run: byHttp };
