import { type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';
import { credentials } from './credentials.ts';
import { serverRestart } from './server-restart.ts';
import { tlsFailure } from './tls-failure.ts';
import { tooManyConnections } from './too-many-connections.ts';
import { tunnelFailure } from './tunnel-failure.ts';
import { unreachable } from './unreachable.ts';

const OF_SERVER = 'The server, or what is in front of it,';
/** Why else a connection is not opened. */
const OTHERS: readonly Cause[] = [
  unreachable,
  credentials,
  tooManyConnections,
  tlsFailure,
  tunnelFailure,
  serverRestart,
];

/** The server, or a pooler before it, refuses or ends a connection for a reason of its own. */
export const connectionError: Cause = {
  name: 'connectionError',
  title: 'The connection failed with an error',
  recognised:
    'A connection was not opened, or the server ended it later, with a code that none of the other causes is about: a pooler’s own, a host that the server has blocked, a parameter that it does not take.',
  advice:
    'Read the message beside the session: the tape has its code only. A pooler such as PgBouncer has codes and a log of its own.',
  connection(connection, end) {
    const { notOpened, opened, lost, input, session } = connection;
    if (
      lost?.failure.source === 'server' &&
      meaningOf(lost.failure, input?.engine ?? session.engine) === null
    )
      return yes(`${OF_SERVER} ended it with the error ${lost.failure.code}.`, [opened, lost]);
    if (notOpened === null) {
      if (opened) return no('It was opened, and no such code ended it.', [opened, lost]);
      return input === null ? cantTell(OPENED_BEFORE) : no('It did not come to an answer.');
    }
    const answers = OTHERS.map(({ connection: judge }) => judge!(connection, end).answer);
    if (answers.includes('yes')) return no('Its code has a cause of its own.', [notOpened]);
    if (answers.includes('cantTell')) return cantTell('No code says why it was not opened.', [notOpened]);
    const { code, source } = notOpened.failure;
    const by = source === 'server' ? OF_SERVER : 'Querytape';
    return yes(`${by} ended it with the error ${code} before it was open.`, [notOpened]);
  },
};
