import { BEGINS_LATER, type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

/** The server takes no more connections. */
export const tooManyConnections: Cause = {
  name: 'tooManyConnections',
  title: 'The server has too many connections',
  recognised:
    'The server refused a connection by the code it has for that: one of a tab or a session, or the one by which a statement was to be stopped. MongoDB has none and just closes the connection, so the tape does not say why a connection was closed at once.',
  advice:
    'Close tabs and sessions that are not needed, or have the limit raised (max_connections, an account’s MAX_USER_CONNECTIONS or MAX_CONNECTIONS_PER_HOUR, a role’s CONNECTION LIMIT). A pooler in front of the server helps when many programs connect.',
  query({ input, cancel, cancelRefused }) {
    if (cancelRefused && meaningOf(cancelRefused.failure, input?.engine) === 'tooManyConnections')
      return yes(
        'It was to be stopped by another connection, which the server refused because it has as many as it, or this user, may have.',
        [cancel, cancelRefused],
      );
    return input === null ? cantTell(BEGINS_LATER) : no('Its connection was open.');
  },
  connection({ notOpened, opened, input, session }) {
    if (notOpened === null) {
      if (opened) return no('It was opened.', [opened]);
      return input === null ? cantTell(OPENED_BEFORE) : no('It did not come to an answer.');
    }
    const { failure } = notOpened;
    if (meaningOf(failure, input?.engine ?? session.engine) === 'tooManyConnections')
      return yes('The server refused it because it has as many connections as it, or this user, may have.', [
        notOpened,
      ]);
    if (CLOSED.has(failure.code))
      return cantTell('The way to the server was closed before it answered; it did not say why.', [
        notOpened,
      ]);
    return no('It failed for another reason.', [notOpened]);
  },
};

/** What a connection fails with that is closed without a word. */
const CLOSED: ReadonlySet<string> = new Set(['connection.closed', 'ECONNRESET', 'EPIPE']);
