import { type Cause, cantTell, no } from '../cause.ts';

/** An SSH tunnel was lost and opened again, over and over. */
export const tunnelFlapping: Cause = {
  name: 'tunnelFlapping',
  title: 'An SSH tunnel was lost again and again',
  recognised:
    'There is no SSH tunnel in this version, so a tape without one has no such failure. What a newer version records of its tunnels is not known here.',
  advice: 'Check the network between here and the SSH server.',
  run: ({ tunnel }) =>
    tunnel === null
      ? no('No SSH tunnel is on the tape.')
      : cantTell('There are SSH tunnels on the tape, and a newer version wrote them.', [tunnel]),
};
