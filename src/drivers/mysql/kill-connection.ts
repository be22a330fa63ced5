import { type CancelDelivery, type CancelRefusal, notCancelled } from '../cancel-loop.ts';
import { renewed } from '../dialling.ts';
import type { Termination } from '../driver.ts';
import { otherServer } from '../process-errors.ts';
import { type Dialling, readText } from './client.ts';
import { failureOf, failureText, isServerError } from './failure.ts';
import { literal } from './literal.ts';
import { withSide } from './side-connection.ts';

/**
 * A connection as its server lists it. Its number alone could be another's behind a proxy that spreads connections. Neither
 * the user nor the address is compared: inside a procedure the list shows those of whoever defined it (MariaDB).
 */
export interface Thread {
  readonly processId: number;
  /** The client's port as the server sees it; empty on a Unix-domain socket, null where the list does not show it. */
  readonly port: string | null;
  /** Which server it is: what `SERVER` gives there. */
  readonly server: string;
}

const PORT = `CASE WHEN HOST LIKE '%:%' THEN SUBSTRING_INDEX(HOST, ':', -1) ELSE '' END`;
/**
 * Tells servers apart that stand behind one address, as a checksum: a host's name is not ours to write down. The UUID is MySQL's
 * only, and two servers of one host's name and port have different ids where they replicate.
 */
export const SERVER = `LEFT(SHA2(CONCAT_WS('/', @@hostname, @@port, @@global.server_id/*!80000 , @@server_uuid */), 256), 16)`;

/** Expressions that tell a `Thread` of itself. The port is NULL where the list does not show the connection. */
export const THREAD_COLUMNS = `CONNECTION_ID(),
  (SELECT ${PORT} FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()), ${SERVER}`;

/** Which server answers, and what the thread does; NULL where it is not listed. */
function look({ processId, port }: Thread): string {
  return `SELECT ${SERVER}, (SELECT COMMAND FROM information_schema.PROCESSLIST WHERE ID = ${processId}
    AND ${PORT} = ${literal(port ?? '')})`;
}

/** A connection's command while it runs nothing. */
export const IDLE = 'Sleep';

export interface Kill {
  readonly dialling: Dialling;
  /** Null where it can't be named to whoever takes the KILL. */
  readonly thread: Thread | null;
  /** Whether what is to be killed has ended by itself. */
  readonly isSettled: () => boolean;
  readonly signal: AbortSignal;
  readonly onSent?: () => void;
  readonly onRefused?: (refusal: CancelRefusal) => void;
}

/**
 * Stops the statement of a connection from a connection of its own, made for this one KILL and closed before it resolves: the
 * server's list tells first that the thread is the one meant. `taken`: the reply is in, so no later statement can be hit.
 * Never rejects; ended by the signal.
 */
export function killQuery(kill: Kill): Promise<CancelDelivery> {
  return killBy('QUERY', kill);
}

/** Ends a connection that runs a statement, likewise. */
export async function killConnection(kill: Kill): Promise<Termination> {
  const delivery = await killBy('CONNECTION', kill);
  return delivery === 'taken' ? 'done' : delivery === 'notSent' ? 'notDone' : 'unknown';
}

async function killBy(
  what: 'QUERY' | 'CONNECTION',
  { dialling, thread, isSettled, signal, onSent, onRefused }: Kill,
): Promise<CancelDelivery> {
  if (signal.aborted || isSettled()) return 'notSent';
  if (thread === null) {
    onRefused?.(BEHIND_PROXY);
    return 'notSent';
  }
  if (thread.port === null) {
    onRefused?.(notListed(thread, dialling));
    return 'notSent';
  }
  let sent = false;
  try {
    return await withSide(await renewed(dialling), signal, async (side) => {
      const [[server, command] = []] = await readText(side, look(thread));
      if (server !== thread.server) throw otherServer();
      if (command == null) onRefused?.(notListed(thread, dialling));
      if (command == null || isSettled() || (what === 'CONNECTION' && command === IDLE)) return 'notSent';
      sent = true;
      onSent?.();
      await readText(side, `KILL ${what} ${thread.processId}`);
      return 'taken';
    });
  } catch (error) {
    if (!signal.aborted) onRefused?.(refusal(error, thread));
    // Refused is as good as not sent: 1094 there is no such thread, 1095 it is not ours to kill.
    return sent && !isServerError(error) ? 'unknown' : 'notSent';
  }
}

/** ER_KILL_DENIED_ERROR */
const NOT_OURS = '1095';
/**
 * Refusals of a sign-in that the next sign-in gets too: the host, the password, the account (MySQL manual, "Server Error
 * Message Reference"; 4151 is MariaDB's). Those of a server without room (1040, 1203, 1226) pass.
 */
const SIGN_IN_REFUSED = new Set([
  '1045',
  '1129',
  '1130',
  '1251',
  '1698',
  '1862',
  '3118',
  '3955',
  '4151',
  'auth.unsupported',
  'auth.needsEncryption',
  'auth.cleartext',
  'auth.serverKey',
]);

function refusal(error: unknown, { processId }: Thread): CancelRefusal {
  const failure = failureOf(error);
  const { code } = failure;
  const byHand = `To stop it, connect to the server where it runs as a user who may, and run KILL QUERY ${processId}.`;
  const repeated = notCancelled(failure, byHand);
  if (code !== NOT_OURS && !SIGN_IN_REFUSED.has(code)) return repeated;
  const why =
    code === NOT_OURS
      ? 'The statement runs with the rights of another user. A cancel needs CONNECTION_ADMIN (MySQL) or CONNECTION ADMIN (MariaDB).'
      : 'A cancel signs in again. If the password was changed in this session, save the new one in the profile.';
  return { failure: { ...repeated.failure, advice: `${why} ${byHand}` }, isFinal: true };
}

/**
 * Proxies that give their clients numbers of their own read a KILL by these, or pass it on as it is: the number of the server's
 * connection would stop another client's statement there, and the proxy's would here (MaxScale manual, "Limitations"; ProxySQL's release notes).
 */
const BEHIND_PROXY: CancelRefusal = {
  failure: {
    ...failureText(
      'cancel.proxied',
      'Not cancelled: a proxy stands between, which numbers connections in its own way, so that a KILL could stop another client’s statement.',
      'client',
    ),
    severity: 'WARNING',
    advice:
      'The connection is given up after some seconds. Connect past the proxy to cancel, or stop the statement there.',
  },
  isFinal: true,
};

/**
 * The list of processes does not show the connection: inside of another user's definer routine (MariaDB), or behind a proxy
 * that spreads connections.
 */
function notListed({ processId }: Thread, { target }: Dialling): CancelRefusal {
  const message = `Not cancelled: the server does not show connection ${processId} to ${target.user}.`;
  const advice =
    'It runs a routine with the rights of another user, or through a proxy. A cancel needs CONNECTION ADMIN and PROCESS there.';
  return {
    failure: { ...failureText('cancel.notListed', message), severity: 'WARNING', advice },
    isFinal: false,
  };
}
