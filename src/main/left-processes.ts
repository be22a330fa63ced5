import { setTimeout as sleep } from 'node:timers/promises';
import { commandLineOf, startTimeOf } from '../drivers/own-process.ts';
import type { TapeFact } from '../events/tape.ts';
import type { State } from '../events/views/state.ts';

type Reaped = TapeFact & { type: 'process.reaped' };

/** From asking a process to end to killing it, and from that to giving up, in milliseconds. */
const END_TIMEOUT_MS = 1_000;
const LOOK_MS = 20;

/**
 * Ends the processes that tunnels of earlier runs have left: those that are still the ones that were started, by their start time and
 * because they have a command line, as the tape lists them. Nothing else is touched.
 *
 * @returns what became of each, to be recorded
 */
export async function endLeftProcesses({ tunnels }: Pick<State, 'tunnels'>): Promise<readonly Reaped[]> {
  const left = Object.values(tunnels).flatMap(({ processes }) => processes);
  return Promise.all(
    left.map(async ({ pid, startTime }): Promise<Reaped> => {
      return { type: 'process.reaped', pid, startTime, outcome: await ended(pid, startTime) };
    }),
  );
}

async function ended(pid: number, startTime: string): Promise<Reaped['outcome']> {
  const now = await startTimeOf(pid);
  if (now === null) return 'gone';
  if (now !== startTime || pid === process.pid || !(await commandLineOf(pid))) return 'notOurs';
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    signalGroup(pid, signal);
    for (let waited = 0; waited < END_TIMEOUT_MS; waited += LOOK_MS) {
      if ((await startTimeOf(pid)) !== startTime) {
        // What it had started, where it led a process group.
        if (signal === 'SIGTERM') signalGroup(pid, 'SIGKILL', false);
        return 'ended';
      }
      await sleep(LOOK_MS);
    }
  }
  return 'notEnded';
}

/** Signals a process with the group that it leads; it alone where it leads none. */
function signalGroup(pid: number, signal: NodeJS.Signals, orAlone = true): void {
  for (const id of orAlone ? [-pid, pid] : [-pid])
    try {
      process.kill(id, signal);
      return;
    } catch {
      // It leads no group, or has ended.
    }
}
