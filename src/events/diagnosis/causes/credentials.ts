import { signInRefused } from '../../failure.ts';
import { type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

/** The server does not let this user in. */
export const credentials: Cause = {
  name: 'credentials',
  title: 'The sign-in was refused',
  recognised:
    'The server, or a check here, refused the user, the password or the database. It is not repeated, as that could lock the account. MySQL and MariaDB report an expired password by a code of its own; PostgreSQL does not.',
  advice: 'Check user, password and database in the profile, and whether the account may connect from here.',
  connection({ notOpened, opened, input, session }) {
    if (notOpened === null) {
      if (opened) return no('It signed in.', [opened]);
      return input === null ? cantTell(OPENED_BEFORE) : no('It did not come to an answer.');
    }
    const { failure } = notOpened;
    const meaning = meaningOf(failure, input?.engine ?? session.engine);
    if (meaning === 'passwordExpired')
      return yes(
        'The password has expired.',
        [notOpened],
        'Set a new password with the server’s own client, then save it in the profile.',
      );
    if (meaning === null && signInRefused(failure))
      return yes(`The sign-in was refused with ${failure.code}.`, [notOpened]);
    return no('It failed for another reason.', [notOpened]);
  },
};
