import { constants, openSync, write } from 'node:fs';
import websocket from '@fastify/websocket';
import fastify from 'fastify';
import pg from 'pg';
import type { WebSocket } from 'ws';

/** As many as a quick statement has: before it is sent, and at its end. */
const BATCHES = 2;
/** About what a batch of a quick statement's records is long, on the tape and to the page. */
const BATCH_BYTES = 1700;

/**
 * What the packages under Querytape take without it: a command by HTTP, a durable write, a statement through pg, a durable write; each batch
 * goes to a WebSocket. Nothing is checked, judged, remembered or shown. Run as a process of its own with the server's address as JSON and
 * a file to write; prints its port.
 */
async function serve(address: pg.ClientConfig, file: string): Promise<void> {
  const server = new pg.Client(address);
  await server.connect();
  const descriptor = openSync(file, constants.O_CREAT | constants.O_WRONLY | (constants.O_DSYNC ?? 0));
  const batch = Buffer.alloc(BATCH_BYTES, 'a');
  const durable = (): Promise<void> =>
    new Promise((written, failed) =>
      write(descriptor, batch, (error) => (error ? failed(error) : written())),
    );
  const sockets = new Set<WebSocket>();
  const app = fastify();
  await app.register(websocket);
  await app.register(async (scope) => {
    scope.get('/events', { websocket: true }, (socket) => {
      sockets.add(socket);
    });
  });
  let commands = 0;
  async function run(id: number): Promise<void> {
    for (let n = 1; n <= BATCHES; n++) {
      if (n === BATCHES) await server.query({ text: 'select 1', rowMode: 'array' });
      await durable();
      const said = JSON.stringify({ id, ended: n === BATCHES, records: batch.toString('latin1') });
      for (const socket of sockets) socket.send(said);
    }
  }
  app.post('/commands', () => {
    commands++;
    void run(commands);
    return { id: commands };
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const bound = app.server.address();
  console.log(typeof bound === 'object' ? bound?.port : bound);
}

await serve(JSON.parse(process.argv[2]!) as pg.ClientConfig, process.argv[3]!);
