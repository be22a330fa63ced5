import { durationText } from '../../duration-text.ts';
import { IDLE_SHARE } from '../bounds.ts';
import { type Cause, cantTell, type Judgement, no, yes } from '../cause.ts';
import type { RunFacts, Stall } from '../run-facts.ts';

/** Querytape itself, or this computer, was too busy. */
export const blockedLoop: Cause = {
  name: 'blockedLoop',
  title: 'Querytape itself did not answer',
  recognised:
    'The program’s event loop was blocked for at least a second, which it records itself. A time that the computer slept through is not counted. Where it had next to no processor time then, it was stopped or starved rather than busy.',
  advice:
    'If this computer is not overloaded, this is a defect of Querytape: please report it with a support bundle. Until then, fetch smaller results.',
  query({ blocked, run }) {
    return judged(run, blocked, 'While it was here, the');
  },
  run(run) {
    const { blocked, blockedCount } = run;
    return judged(run, blocked, blockedCount > 1 ? `${blockedCount} times; at the longest, the` : 'The');
  },
};

const NOT_BUSY =
  'The program did not compute in that time: its process was stopped (Ctrl-Z, a debugger, a paused container or virtual machine), the computer slept briefly, or it was overloaded or waited for its disk or memory. The server is not the cause.';

function judged({ watchesStalls }: RunFacts, blocked: Stall | null, begin: string): Judgement {
  if (blocked) {
    const { loopMs, cpuMs } = blocked;
    const stood = `${begin} program stood still for ${durationText(loopMs)}`;
    if (cpuMs === null || cpuMs > loopMs * IDLE_SHARE) return yes(`${stood}.`, [blocked]);
    return yes(`${stood}, and had only ${durationText(cpuMs)} of processor time.`, [blocked], NOT_BUSY);
  }
  if (watchesStalls) return no('The program was never blocked for long.');
  return cantTell('This tape does not record when the program was blocked.');
}
