import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Client } from '../../../src/main/client.ts';
import { provenConnection, UnprovenError } from '../../../src/main/proven-connection.ts';
import { serverProof } from '../../../src/server/proof.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { appDouble } from '../server/app-double.ts';

const TOKEN = 't'.repeat(43);
const servers: Server[] = [];
const sockets: Socket[] = [];
let serving: Serving | undefined;

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  await serving?.close();
  serving = undefined;
});

/** Another program on a port: what it answers to the first bytes, and all that it was sent. */
async function impostor(answer: (asked: string) => string | null) {
  let heard = '';
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      heard += chunk;
      const said = answer(String(chunk));
      if (said === null) socket.destroy();
      else socket.write(said);
    });
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, heard: () => heard };
}

const http = (body: string, status = 200) =>
  `HTTP/1.1 ${status} OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const nonceIn = (asked: string) => /nonce=([\w-]+)/.exec(asked)?.[1] ?? '';

describe('a connection of the command line', () => {
  it.each<[string, (asked: string) => string | null]>([
    ['answers everything with 200', () => http('{"state":{},"profiles":[]}')],
    ['makes a proof up', () => http(JSON.stringify({ proof: 'x'.repeat(43) }))],
    [
      'knows the formula but no token',
      (asked) => http(JSON.stringify({ proof: serverProof('guess', 1, nonceIn(asked)) })),
    ],
    [
      'passes on a proof for another port',
      (asked) => http(JSON.stringify({ proof: serverProof(TOKEN, 1, nonceIn(asked)) })),
    ],
    ['says the nonce back', (asked) => http(JSON.stringify({ proof: nonceIn(asked) }))],
    ['closes the connection', () => null],
    ['speaks no HTTP', () => '\0'.repeat(9000)],
    ['announces no length', () => 'HTTP/1.1 200 OK\r\n\r\n{}'],
  ])(
    'a local user: a program on the port that %s is given neither token nor command',
    async (_how, answer) => {
      const { port, heard } = await impostor(answer);
      const client = new Client(`http://127.0.0.1:${port}/?token=${TOKEN}`);
      const command = { type: 'vault.unlock', passphrase: 'correct horse' } as const;
      await expect(client.command(command)).rejects.toThrow(UnprovenError);
      const socket = await client.socket('/api/leases/x');
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error).toBeInstanceOf(UnprovenError);
      expect(heard().replaceAll(/nonce=[\w-]{43}/g, 'nonce=N')).toBe(
        `GET /api/proof?nonce=N HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`.repeat(2),
      );
      expect(heard()).not.toContain(TOKEN);
    },
  );

  it('a local user: a program that answers nothing is waited for no longer than 3 seconds', {
    tags: ['slow'],
    timeout: 30_000,
  }, async () => {
    const { port } = await impostor(() => '');
    const began = performance.now();
    await expect(provenConnection(port, TOKEN)).rejects.toThrow('it does not answer');
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('goes on by the socket on which the server proved itself', async () => {
    serving = await serve({ app: appDouble(), port: 0, pageFolder: null });
    const client = new Client(serving.url);
    expect((await client.get('/api/state')).status).toBe(200);
    expect(await client.command({ type: 'vault.lock' })).toMatchObject({ accepted: true });
    const socket = await client.socket('/api/leases/x');
    const [message] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(String(message))).toEqual({ type: 'lease', leaseId: 'x' });
    socket.terminate();
  });
});
