import { type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { isOfTunnel } from '../meaning.ts';

/** What leads to the server through other hosts failed. */
export const tunnelFailure: Cause = {
  name: 'tunnelFailure',
  title: 'Its tunnel failed',
  recognised:
    'The connection was not opened, or was lost, with a code of its tunnel or of SSH. The server itself may be all right.',
  advice:
    'Look the code up in doc/troubleshooting.md. Check the hops of the profile, and whether the last one reaches the server. A statement that was under way may have completed.',
  connection({ lost, notOpened, opened, input, closed }) {
    const failed = lost ?? notOpened;
    if (failed === null) {
      if (opened) return no('It was not lost.', [closed]);
      return input === null ? cantTell(OPENED_BEFORE) : no('It did not come to an answer.');
    }
    const { code } = failed.failure;
    if (!isOfTunnel(failed.failure)) return no('It failed for another reason.', [failed]);
    return yes(
      lost
        ? `The connection was lost with its tunnel (${code}).`
        : `The tunnel did not lead to the server (${code}).`,
      [opened, failed],
    );
  },
};
