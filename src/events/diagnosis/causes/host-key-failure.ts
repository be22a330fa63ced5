import { type Cause, cantTell, no } from '../cause.ts';

/** An SSH server showed a key that is not the one that was trusted. */
export const hostKeyFailure: Cause = {
  name: 'hostKeyFailure',
  title: 'An SSH host key was not accepted',
  recognised:
    'There is no SSH tunnel in this version, so a tape without one has no such failure. What a newer version records of its tunnels is not known here.',
  advice: 'Find out whether the SSH server was replaced before you trust another key of it.',
  run: ({ tunnel }) =>
    tunnel === null
      ? no('No SSH tunnel is on the tape.')
      : cantTell('There are SSH tunnels on the tape, and a newer version wrote them.', [tunnel]),
};
