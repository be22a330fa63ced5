import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { commandLineOf, startTimeOf } from '../../../src/drivers/own-process.ts';

it('names a process by its start and its command line while it runs, and not once it has ended', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const startTime = await startTimeOf(child.pid!);
  expect(startTime).toMatch(/^[A-Za-z0-9: ]{1,40}$/);
  expect(await startTimeOf(child.pid!)).toBe(startTime);
  expect(await commandLineOf(child.pid!)).toBe('sleep 60');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await startTimeOf(child.pid!)).toBeNull();
  expect((await commandLineOf(child.pid!)) ?? '').toBe('');
});
