import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import fastify from 'fastify';
import { ProvenAgent } from '../src/main/proven-connection.ts';
import { serve } from '../src/server/server.ts';
import { appDouble } from '../test/unit/server/app-double.ts';
import { type Bench, type Figure, median } from './figure.ts';

const REQUESTS = 4000;
const DIALS = 200;

async function timed(port: number, agent: Agent, headers: Record<string, string>): Promise<number> {
  const at = performance.now();
  const sent = request({ host: '127.0.0.1', port, path: '/api/machines', agent, headers }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
  return performance.now() - at;
}

/** What the door costs: a request of a script, beside the same route of a server without a door. */
async function door(): Promise<Figure[]> {
  const guarded = await serve({ app: appDouble(), port: 0, pageFolder: null });
  const bare = fastify({ exposeHeadRoutes: false });
  bare.get('/api/machines', () => ({}));
  await bare.listen({ host: '127.0.0.1', port: 0 });
  const { port } = bare.server.address() as { port: number };
  const token = new URL(guarded.url).searchParams.get('token')!;
  const headers = { authorization: `Bearer ${token}` };
  const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })] as const;
  try {
    const costs: number[][] = [[], []];
    for (let n = 0; n < REQUESTS; n++) {
      costs[0]!.push(await timed(guarded.port, agents[0], headers));
      costs[1]!.push(await timed(port, agents[1], headers));
    }
    const proven: number[] = [];
    const plain: number[] = [];
    for (let n = 0; n < DIALS; n++) {
      const [one, other] = [new ProvenAgent(guarded.port, token), new Agent({ keepAlive: true })];
      proven.push(await timed(guarded.port, one, headers));
      plain.push(await timed(guarded.port, other, headers));
      one.destroy();
      other.destroy();
    }
    return [
      {
        name: 'the door, per request',
        value: median(costs[0]!) - median(costs[1]!),
        unit: 'ms',
        aim: 0.2,
        how: `over the same route without it, medians of ${REQUESTS} in turn`,
      },
      {
        name: 'the proof, per connection',
        value: median(proven) - median(plain),
        unit: 'ms',
        aim: null,
        how: `first request of a new socket, medians of ${DIALS} in turn`,
      },
    ];
  } finally {
    for (const agent of agents) agent.destroy();
    await bare.close();
    await guarded.close();
  }
}

/** The local server's door. */
export const doorBench: Bench = { name: 'door', run: door };
