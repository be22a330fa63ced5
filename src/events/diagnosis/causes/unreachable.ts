import { type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { isForwarderDown } from '../server-start.ts';

/** What a system's code says of a way that does not lead to a server (errno(3), getaddrinfo(3)). */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens at that host and port: the server is down, or elsewhere.',
  ENOENT: 'The socket of the server does not exist: the server is down, or elsewhere.',
  EACCES: 'This user may not open the socket of the server.',
  ENOTFOUND: 'The host name is not known.',
  EAI_AGAIN: 'The host name could not be looked up.',
  EHOSTUNREACH: 'The network has no way to that host.',
  ENETUNREACH: 'The network has no way to that host.',
  EHOSTDOWN: 'That host is down.',
  ETIMEDOUT: 'No server answered in time.',
  'connect.timeout': 'No server answered in time.',
  'connect.aborted': 'No server answered in time.',
};
/** Codes of a connection that ended before it was open, for a reason that they do not say. */
const ENDED: ReadonlySet<string> = new Set([
  'connection.closed',
  'connection.failed',
  'ECONNRESET',
  'EPIPE',
  'unknown',
]);

const FORWARDER =
  'Check what stands in front of the server: a pooler, a proxy, a load balancer, a port forward, a VPN. Check each statement that “may have completed”.';

/** Nothing was there that could have answered. */
export const unreachable: Cause = {
  name: 'unreachable',
  title: 'The server could not be reached',
  recognised:
    'A connection failed with a code of the system that says so: nothing listens there, the name is not known, there is no way to the host, or no answer came in time. Or it was lost, nothing listened then, and the server that answered later had not been started again, as PostgreSQL says: what forwards to it was down.',
  advice:
    'Check whether the server runs, then host and port of the profile, name resolution, the VPN and firewalls on the way.',
  connection(connection) {
    const { notOpened, opened, input, lost, nextAttempt, nextOpened } = connection;
    if (lost && isForwarderDown(connection))
      return yes(
        'It was lost, and nothing listened at that host and port, while the server itself ran on: what forwards to it was down.',
        [opened, lost, nextAttempt, nextOpened],
        FORWARDER,
      );
    if (notOpened === null) {
      if (opened) return no('It was opened.', [opened]);
      return input === null ? cantTell(OPENED_BEFORE) : no('It did not come to an answer.');
    }
    const { code, source } = notOpened.failure;
    if (source === 'server') return no('The server answered.', [notOpened]);
    if (Object.hasOwn(UNREACHABLE, code)) return yes(UNREACHABLE[code]!, [notOpened]);
    if (ENDED.has(code))
      return cantTell('The connection ended before it was open, and no code says why.', [notOpened]);
    return no('It failed for another reason.', [notOpened]);
  },
};
