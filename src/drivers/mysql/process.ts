import type { ServerProcess } from '../../events/connection.ts';
import type { Target } from '../../events/profile.ts';
import type { Probe, SideOptions, Termination } from '../driver.ts';
import { mustBeKnown, otherServer } from '../process-errors.ts';
import { type Client, diallingOf, readText } from './client.ts';
import { driverError, isServerError } from './failure.ts';
import { IDLE, SERVER } from './kill-connection.ts';
import { withSide } from './side-connection.ts';

/**
 * A number names one connection as long as its server runs, so it is the same one where it is listed, is this user's, and the same
 * server has run since before it began. The list shows no other user's connections without PROCESS (MySQL manual, "SHOW PROCESSLIST").
 */
const look = (processId: number): string => `SELECT COMMAND, INFO, TIME * 1000, STATE
  FROM information_schema.PROCESSLIST WHERE ID = ${processId} AND USER = SUBSTRING_INDEX(SESSION_USER(), '@', 1)`;
const UPTIME = `SHOW GLOBAL STATUS LIKE 'Uptime'`;
const NOW = `SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ'), ${SERVER}`;
/** Uptime is reported in whole seconds. */
const UPTIME_PRECISION_MS = 1000;
/** ER_NO_SUCH_THREAD */
const NO_SUCH_THREAD = '1094';

type Row = (string | null)[];

/** What a connection of the server's does, asked by another. @throws DriverError */
export function probeThread(target: Target, process: ServerProcess, options: SideOptions): Promise<Probe> {
  return onSide(target, process, options, async (row) => {
    if (!row) return { type: 'gone' };
    const [command, text, forMs] = row;
    if (command === IDLE) return { type: 'idle' };
    return { type: 'running', text: text ?? '', forMs: forMs == null ? null : Number(forMs) };
  });
}

/** Ends a connection that is still the same one. @throws DriverError */
export function endThread(
  target: Target,
  process: ServerProcess,
  options: SideOptions,
): Promise<Termination> {
  return onSide(target, process, options, async (row, side) => {
    if (!row) return 'notDone';
    try {
      await readText(side, `KILL CONNECTION ${process.processId}`);
      return 'done';
    } catch (error) {
      if (isServerError(error) && error.failure.code === NO_SUCH_THREAD) return 'notDone';
      throw error;
    }
  });
}

/** Does something with the connection's row in the list; undefined where it is not the same one or is not there. @throws DriverError */
export async function onSide<T>(
  target: Target,
  process: ServerProcess,
  options: SideOptions,
  work: (row: Row | undefined, side: Client) => Promise<T>,
): Promise<T> {
  mustBeKnown(process);
  try {
    return await withSide(await diallingOf(target, options), options.signal, async (side) => {
      const [uptime] = await readText(side, UPTIME);
      const [now] = await readText(side, NOW);
      if (process.serverId && process.serverId !== now?.[1]) throw otherServer();
      const serverStart = Date.parse(now?.[0] ?? '') - Number(uptime?.[1]) * 1000 - UPTIME_PRECISION_MS;
      const isSameServer = serverStart <= Date.parse(process.startedAt);
      const [row] = isSameServer ? await readText(side, look(process.processId)) : [];
      return work(row, side);
    });
  } catch (error) {
    throw driverError(error);
  }
}
