import { expect, it } from 'vitest';
import { renewed } from '../../../src/drivers/dialling.ts';

const before = { servername: 'before' };
const after = { servername: 'after' };

it.each([
  ['as they are now', () => Promise.resolve(after), after],
  ['as they were where they can’t be read', () => Promise.reject(new Error('ENOENT')), before],
  ['as they were where a disk gives no answer', () => new Promise<never>(() => {}), before],
])('a cancel goes by the certificates %s', async (_, readTls, tls) => {
  expect((await renewed({ tls: before, readTls })).tls).toBe(tls);
});
