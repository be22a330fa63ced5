import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { deadline, within } from '../../../src/drivers/deadline.ts';

const NEVER = new Promise<never>(() => undefined);

/** The whole program stands still, as it does while the computer sleeps. */
const standStill = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

it('takes an answer that came while the program stood still for longer than the deadline', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[other]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
  onTestFinished(() => void client.destroy());

  const answer = within(once(client, 'data').then(String), 20);
  other.write('the answer');
  standStill(100);

  expect(await answer).toBe('the answer');
  expect(await within(NEVER, 5)).toBe('late');
});

it('is over once, and not where it is met while what has come is read', async () => {
  const over: string[] = [];
  deadline(5, () => over.push('left alone'));
  const met = deadline(5, () => over.push('met'));
  setTimeout(met, 5);
  standStill(20);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(over).toEqual(['left alone']);
});

it('passes on how the work ends', async () => {
  expect(await within(Promise.resolve(7), 1000)).toBe(7);
  await expect(within(Promise.reject(new Error('refused')), 1000)).rejects.toThrow('refused');
});
