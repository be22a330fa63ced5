import { type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { credentials } from './credentials.ts';
import { serverRestart } from './server-restart.ts';
import { tlsFailure } from './tls-failure.ts';
import { tooManyConnections } from './too-many-connections.ts';
import { tunnelFailure } from './tunnel-failure.ts';
import { unreachable } from './unreachable.ts';

/** Why else a connection is not opened. */
const OTHERS: readonly Cause[] = [
  unreachable,
  credentials,
  tooManyConnections,
  tlsFailure,
  tunnelFailure,
  serverRestart,
];

/** The server, or a pooler before it, refuses a connection for a reason of its own. */
export const connectionError: Cause = {
  name: 'connectionError',
  title: 'The connection failed with an error',
  recognised:
    'A connection was not opened, with a code that none of the other causes is about: a pooler’s own, a host that the server has blocked, a parameter that it does not take.',
  advice:
    'Read the message beside the session: the tape has its code only. A pooler such as PgBouncer has codes and a log of its own.',
  connection(connection, end) {
    const { notOpened, opened, input } = connection;
    if (notOpened === null) {
      if (opened) return no('It was opened.', [opened]);
      return input === null ? cantTell(OPENED_BEFORE) : no('It did not come to an answer.');
    }
    const answers = OTHERS.map(({ connection: judge }) => judge!(connection, end).answer);
    if (answers.includes('yes')) return no('Its code has a cause of its own.', [notOpened]);
    if (answers.includes('cantTell')) return cantTell('No code says why it was not opened.', [notOpened]);
    const { code, source } = notOpened.failure;
    const by = source === 'server' ? 'The server, or what is in front of it,' : 'Querytape';
    return yes(`${by} ended it with the error ${code} before it was open.`, [notOpened]);
  },
};
