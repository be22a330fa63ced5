import { durationText } from '../../duration-text.ts';
import { FLAPPING_LOSSES, FLAPPING_MS } from '../bounds.ts';
import { type Cause, cantTell, no, yes } from '../cause.ts';

/** A tunnel was lost and opened again, over and over. */
export const tunnelFlapping: Cause = {
  name: 'tunnelFlapping',
  title: 'A tunnel was lost again and again',
  recognised: `One tunnel was lost at least ${FLAPPING_LOSSES} times within ${durationText(FLAPPING_MS)}. Where a tape with fewer losses begins after the start of the program, it does not say.`,
  advice:
    'Check the network between here and the first hop, and how long what is on the way lets a connection idle; a shorter keepalive in the profile may help.',
  run({ started, tunnels: { first, flapping, lossCount, lastLoss } }) {
    if (flapping)
      return yes(
        `A tunnel was lost ${flapping.length} times in a short time; there were ${lossCount} losses of tunnels in all.`,
        [...flapping],
      );
    if (lastLoss !== null && started === null)
      return cantTell('A tunnel was lost, and the tape begins after the start of the program.', [lastLoss]);
    if (lastLoss !== null) return no('A tunnel was lost, but not so often.', [lastLoss]);
    return first === null ? no('No tunnel is on the tape.') : no('No tunnel was lost.', [first]);
  },
};
