import { durationText } from '../../duration-text.ts';
import { type Cause, cantTell, type Judgement, no, yes } from '../cause.ts';
import type { RunFacts, Stall } from '../run-facts.ts';

/** Querytape itself, or this computer, was too busy. */
export const blockedLoop: Cause = {
  name: 'blockedLoop',
  title: 'Querytape itself did not answer',
  recognised:
    'The program’s event loop was blocked for at least a second, which it records itself. A time that the computer slept through is not counted.',
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

function judged({ watchesStalls }: RunFacts, blocked: Stall | null, begin: string): Judgement {
  if (blocked) return yes(`${begin} program stood still for ${durationText(blocked.loopMs)}.`, [blocked]);
  if (watchesStalls) return no('The program was never blocked for long.');
  return cantTell('This tape does not record when the program was blocked.');
}
