import { Client, LiveState } from '../src/main/client.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from '../test/e2e/client.ts';
import { type Bench, type Figure, mainThreadMs, median } from './figure.ts';
import { server } from './server.ts';

const WARM_UP = 300;
const STATEMENTS = 2000;

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

/** What `select 1` costs the program's main thread, when it comes by HTTP and its end is awaited by WebSocket. */
async function byHttp(): Promise<Figure[]> {
  const { program, client, sessionId, stop } = await openProgram();
  const live = await LiveState.follow(client);
  const pid = program.process.pid!;
  const one = async (): Promise<void> => {
    const submitted = await client.command({ type: 'query.submit', sessionId, tabId: 't', text: 'select 1' });
    const queryId = submitted.queryIds![0]!;
    await live.until(({ queries }) => queries[queryId]?.outcome ?? undefined);
  };
  for (let i = 0; i < WARM_UP; i++) await one();
  const cpuBefore = mainThreadMs(pid);
  const times: number[] = [];
  for (let i = 0; i < STATEMENTS; i++) {
    const at = performance.now();
    await one();
    times.push(performance.now() - at);
  }
  const cpuMs = (mainThreadMs(pid) - cpuBefore) / STATEMENTS;
  live.close();
  await stop();
  const how = `${STATEMENTS} one by one`;
  return [
    { name: 'select 1 by HTTP, until its end is known', value: median(times), unit: 'ms', aim: null, how },
    { name: '… time of the main thread', value: cpuMs, unit: 'ms', aim: 1, how },
  ];
}

/** A statement from outside of the program. */
export const http: Bench = { name: 'http', run: byHttp };
