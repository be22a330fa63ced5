import { EventEmitter, getEventListeners, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { emptyState } from '../../../src/events/views/state.ts';
import { type Client, LiveState, Client as RealClient } from '../../../src/main/client.ts';
import { serverProof } from '../../../src/server/proof.ts';

const TOKEN = 't'.repeat(43);

it('says of an answer that breaks off that it did, and goes on', async () => {
  let answering: Socket | undefined;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const nonce = /nonce=([\w-]+)/.exec(String(chunk))?.[1];
      const { port } = server.address() as AddressInfo;
      const proof = JSON.stringify({ proof: serverProof(TOKEN, port, nonce ?? '') });
      if (nonce) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${proof.length}\r\n\r\n${proof}`);
      else {
        answering = socket;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      }
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const uncaught = vi.fn();
  process.on('uncaughtException', uncaught);
  onTestFinished(() => void process.off('uncaughtException', uncaught));
  const answer = await new RealClient(`http://127.0.0.1:${port}/?token=${TOKEN}`).get('/api/state');
  const text = answer.text();
  answering!.resetAndDestroy();
  await expect(text).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(uncaught).not.toHaveBeenCalled();
});

it('leaves no listener on the signal of what waits for the state, however often that changes', async () => {
  const socket = Object.assign(new EventEmitter(), { terminate: () => undefined });
  const client = { state: async () => ({ profiles: [], state: emptyState() }), socket: async () => socket };
  const live = await LiveState.follow(client as unknown as Client);
  const { signal } = new AbortController();
  let looks = 0;
  const found = live.until(() => (++looks > 20 ? 'found' : undefined), signal);
  for (let n = 0; n < 20; n++) {
    socket.emit('message', JSON.stringify({ type: 'events', envelopes: [] }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
  }
  expect(await found).toBe('found');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  live.close();
});
