import { createHash } from 'node:crypto';
import type { ServerProcess } from '../../events/connection.ts';
import { isLoopback } from '../../events/host-check.ts';
import type { CancelRefusal } from '../cancel-loop.ts';
import { renewed } from '../dialling.ts';
import type { Termination } from '../driver.ts';
import { otherServer } from '../process-errors.ts';
import { type Client, readText } from './client.ts';
import type { Dialling } from './dial.ts';
import { failureOf } from './failure.ts';
import { withSide } from './side-connection.ts';

/** A moment in one spelling, whatever DateStyle and TimeZone say. */
const inUtc = (moment: string): string =>
  `pg_catalog.to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** When a backend started. */
export const STARTED_AT = inUtc('backend_start');
/** When the server started. */
export const SERVER_STARTED_AT = inUtc('pg_catalog.pg_postmaster_start_time()');
/** Where the server listens: its address as this connection found it, NULL on a Unix-domain socket, and its port. */
export const SERVER_PLACE = `pg_catalog.host(pg_catalog.inet_server_addr()), pg_catalog.current_setting('port')`;

/** Which server it is. */
export interface ServerId {
  /** Which start of it: to the microsecond, no two are alike. */
  readonly start: string;
  /** Where it listens: a server that is started again is found in its place, and the one that it fails over to in another. */
  readonly place: string;
}

/** From when it was started and its place. Ways within one machine are one. */
export function serverIdOf(startedAt: string, address: string | null, port: string | null): ServerId {
  const from = address === null || isLoopback(address) ? '' : address;
  return { start: digits(startedAt), place: digits(`${from}/${port}`) };
}

/** Half of a checksum that the tape may have: neither a time nor an address can be read from it. */
function digits(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/**
 * What `pg_stat_activity` shows of one backend, by the function that it is a view of: some hosts take the view's privilege away, and
 * whoever may see a backend there may see it here.
 */
export const activityOf = (processId: string): string => `pg_catalog.pg_stat_get_activity(${processId})`;

/**
 * The answer for a backend that the server does not have. One that is of another start of a server has ended if that was this
 * server's; a server that was up before the backend was, or listens elsewhere than its own, is another one.
 * @throws DriverError `process.otherServer`
 */
export async function mustHaveEnded<T>(side: Client, process: ServerProcess, answer: T): Promise<T> {
  const [[upSince, address, port] = []] = await readText(
    side,
    `select ${SERVER_STARTED_AT}, ${SERVER_PLACE}`,
  );
  const { start, place } = serverIdOf(upSince ?? '', address ?? null, port ?? null);
  const { serverId, startedAt } = process;
  const isRestarted = (upSince ?? '') > startedAt && serverId?.endsWith(place);
  if (serverId && !serverId.startsWith(start) && !isRestarted) throw otherServer();
  return answer;
}

const OURS = `from ${activityOf('$1::pg_catalog.int4')} where ${STARTED_AT} = $2 and state = 'active'`;
const LOOK = `select query_start::pg_catalog.text ${OURS}`;
const TERMINATE = `select pg_catalog.pg_terminate_backend(pid) ${OURS} and query_start::pg_catalog.text = $3`;

/**
 * Ends a backend from a connection of its own. A process id may have become another's, and the statement may have ended: so
 * it looks first, asks us whether our statement still runs, and then ends what has that id, that start and still the
 * statement it had when looked at. Never rejects; ended by the signal.
 */
export async function terminateBackend(
  dialling: Dialling,
  process: ServerProcess,
  isSettled: () => boolean,
  signal: AbortSignal,
  onRefused: (refusal: CancelRefusal) => void = () => undefined,
): Promise<Termination> {
  const { processId, startedAt } = process;
  let asked = false;
  try {
    return await withSide(await renewed(dialling), signal, async (side) => {
      const ours = [`${processId}`, startedAt];
      const [looked] = await readText(side, LOOK, ours);
      const startedStatementAt = looked?.[0];
      if (isSettled()) return 'notDone';
      if (!startedStatementAt) return await mustHaveEnded(side, process, 'notDone');
      asked = true;
      const [ended] = await readText(side, TERMINATE, [...ours, startedStatementAt]);
      return ended?.[0] === 't' ? 'done' : 'notDone';
    });
  } catch (error) {
    // What comes next is to give the connection up, which needs no privilege.
    if (!signal.aborted) onRefused(refusal(error, processId));
    return asked ? 'unknown' : 'notDone';
  }
}

function refusal(error: unknown, processId: number): CancelRefusal {
  const failure = failureOf(error);
  const message = `The server process could not be ended: ${failure.message}`;
  const advice = `To end it, connect to the server where it runs as a user who may, and run SELECT pg_terminate_backend(${processId}).`;
  return { failure: { ...failure, severity: 'WARNING', message, advice }, isFinal: false };
}
