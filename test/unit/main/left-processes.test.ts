import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { startTimeOf } from '../../../src/drivers/own-process.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { apply, fold } from '../../../src/events/views/state.ts';
import { endLeftProcesses } from '../../../src/main/left-processes.ts';

async function child(): Promise<{ pid: number; startTime: string }> {
  const started = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
  onTestFinished(() => void started.kill('SIGKILL'));
  await once(started, 'spawn');
  return { pid: started.pid!, startTime: (await startTimeOf(started.pid!))! };
}

/** A tape on which a tunnel has started processes and had no end. */
function tape(processes: readonly { pid: number; startTime: string }[]): Envelope[] {
  const of = { at: 1, actor: 's1.tunnel1', kind: 'tunnel', machine: 'tunnel@1', cause: null } as const;
  const input = {
    tunnelId: 's1.tunnel1',
    ownerId: 's1',
    sessionId: 's1',
    testId: null,
    profileId: 'p1',
    by: 'ssh',
    hops: 1,
    connectTimeoutMs: 1,
  } as const;
  const init = { ...of, seq: 1, event: { type: 'xstate.init', input }, state: 'opening.connecting' } as const;
  return [
    init,
    ...processes.map(
      (one, at) =>
        ({ ...of, seq: at + 2, event: { type: 'tunnel.spawned', ...one }, state: 'forwarding' }) as const,
    ),
  ];
}

it('ends what tunnels of a killed program left, and nothing that only has its id', async () => {
  const ours = await child();
  const other = await child();
  const state = fold(
    tape([ours, { ...other, startTime: 'of another' }, { pid: 2 ** 22 - 1, startTime: 'x 1' }]),
  );
  const reaped = await endLeftProcesses(state);
  expect(reaped.map(({ outcome }) => outcome)).toEqual(['ended', 'notOurs', 'gone']);
  expect(await startTimeOf(ours.pid)).toBeNull();
  expect(await startTimeOf(other.pid)).toBe(other.startTime);
  for (const [at, event] of reaped.entries())
    apply(state, {
      seq: at + 10,
      at: 2,
      actor: 'tape',
      kind: 'tape',
      machine: null,
      cause: null,
      event,
      state: null,
    });
  expect(state.tunnels['s1.tunnel1']!.processes).toEqual([]);
  expect(await endLeftProcesses(state)).toEqual([]);
});
