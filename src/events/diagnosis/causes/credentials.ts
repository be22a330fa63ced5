import { signInRefused } from '../../failure.ts';
import { BEGINS_LATER, type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

const NEW_PASSWORD = 'Set a new password with the server’s own client, then save it in the profile.';

/** What a code says beside that the sign-in was refused. */
const SENTENCES: Readonly<Record<string, string>> = {
  '28P01': 'The password is wrong, or the account has expired: PostgreSQL has one code for both',
  '3D000': 'The database does not exist',
  '1049': 'The database does not exist',
  '1044': 'The account may not use the database',
  '1045': 'The user or the password is wrong',
  '1130': 'The server takes no connection from this host',
  'auth.cleartext':
    'The server wants the password as it is, which is not sent to a server that proves nothing',
  'auth.md5': 'The server wants a hash that the password can be guessed from',
  'auth.needsEncryption':
    'The server wants the password itself, which is sent encrypted alone: the password is wrong, or the server has no proof of it yet',
  'auth.passwordTooLong': 'The password is longer than the server’s public key can encrypt',
  'auth.serverKey': 'The server has another public key than the profile',
  'auth.serverUnproven': 'The server did not prove that it knows the password',
  'auth.unsupported': 'The server wants a sign-in that Querytape does not have',
};
/** Where the way to the server has to change, and not the account. */
const NEEDS_TLS = 'Use the TLS mode “Verify CA and name” or “Verify CA”.';
const ADVICE: Readonly<Record<string, string>> = {
  'auth.cleartext': NEEDS_TLS,
  'auth.md5': NEEDS_TLS,
  'auth.needsEncryption':
    'Check the password. If it is right, use TLS, or name the file of the server’s public key in the profile: MySQL forgets its proofs of passwords when it is restarted.',
  'auth.passwordTooLong': NEEDS_TLS,
  'auth.serverKey': 'Check the host of the profile, and ask who runs the server whether it has a new key.',
  'auth.serverUnproven': 'Check the host of the profile: it may not be the server that is meant.',
  'auth.unsupported': 'Ask who runs the server for an account with a password.',
};

/** The server does not let this user in. */
export const credentials: Cause = {
  name: 'credentials',
  title: 'The sign-in was refused',
  recognised:
    'The server, or a check here, refused the user, the password or the database. It is not repeated, as that could lock the account. MySQL and MariaDB report an expired password by a code of its own; PostgreSQL does not.',
  advice: 'Check user, password and database in the profile, and whether the account may connect from here.',
  query({ input, failed }) {
    // MySQL and MariaDB let the user in to change it, and take nothing else.
    if (failed && meaningOf(failed.failure, input?.engine) === 'passwordExpired')
      return yes('The password has expired.', [failed], NEW_PASSWORD);
    return input === null ? cantTell(BEGINS_LATER) : no('The server did not refuse it for its user.');
  },
  connection({ notOpened, opened, input, session }) {
    if (notOpened === null) {
      if (opened) return no('It signed in.', [opened]);
      return input === null ? cantTell(OPENED_BEFORE) : no('It did not come to an answer.');
    }
    const { failure } = notOpened;
    const meaning = meaningOf(failure, input?.engine ?? session.engine);
    if (meaning === 'passwordExpired') return yes('The password has expired.', [notOpened], NEW_PASSWORD);
    if (meaning === null && signInRefused(failure))
      return yes(
        `${SENTENCES[failure.code] ?? 'The sign-in was refused'} (${failure.code}).`,
        [notOpened],
        ADVICE[failure.code],
      );
    return no('It failed for another reason.', [notOpened]);
  },
};
