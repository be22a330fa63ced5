import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';

/** A rule of the profile or the policy keeps it from the server. */
export const refusal: Cause = {
  name: 'refusal',
  title: 'Refused by a rule',
  recognised:
    'It was refused after it was classified, withheld because the profile or the policy became stricter, or not confirmed in time. Nothing was sent.',
  advice:
    'Look the code up in doc/safety.md. A statement that writes needs a profile that is not read-only; a dangerous one needs your confirmation.',
  query({ input, refused, recorded, recording }) {
    if (refused === null) {
      if (recorded) return no('It was sent to the server.', [recorded]);
      return recording || input ? no('No rule refused it.') : cantTell(BEGINS_LATER);
    }
    if (refused.code === 'confirmation.expired')
      return yes(
        'It needed your confirmation, and the question was not answered in time. Nothing was sent.',
        [refused],
        'Run it again, and answer the question.',
      );
    return yes(`It was refused by the rule ${refused.code}. Nothing was sent.`, [refused]);
  },
};
