import type { ServerProcess } from '../../events/connection.ts';
import type { Target } from '../../events/profile.ts';
import type { Probe, SideOptions, Termination } from '../driver.ts';
import { hidden, mustBeKnown } from '../process-errors.ts';
import { type Client, readText } from './client.ts';
import { diallingOf } from './dial.ts';
import { driverError } from './failure.ts';
import { withSide } from './side-connection.ts';
import { activityOf, mustHaveEnded, STARTED_AT } from './terminate.ts';

/** A backend shows its number alone to a role that may see no more (manual, "The Cumulative Statistics System"). */
const LOOK = `select ${STARTED_AT}, state, query,
  (extract(epoch from pg_catalog.clock_timestamp() - query_start) * 1000)::pg_catalog.int8::pg_catalog.text
  from ${activityOf('$1::pg_catalog.int4')}`;
const TERMINATE = `select pg_catalog.pg_terminate_backend(pid) from ${activityOf('$1::pg_catalog.int4')}
  where ${STARTED_AT} = $2`;

/** What a backend does, asked by a connection of its own. @throws DriverError */
export function probeBackend(target: Target, process: ServerProcess, options: SideOptions): Promise<Probe> {
  return onSide(target, process, options, async (side) => {
    const [row] = await readText(side, LOOK, [`${process.processId}`]);
    const [startedAt, state, text, forMs] = row ?? [];
    if (row && startedAt == null) throw hidden(process.processId);
    // A later backend may have got the number.
    if (startedAt !== process.startedAt) return mustHaveEnded(side, process, { type: 'gone' });
    if (state === 'active')
      return { type: 'running', text: text ?? '', forMs: forMs == null ? null : Number(forMs) };
    return { type: state?.startsWith('idle in transaction') ? 'inTransaction' : 'idle' };
  });
}

/** Ends a backend that is still the same one. @throws DriverError */
export async function endBackend(
  target: Target,
  process: ServerProcess,
  options: SideOptions,
): Promise<Termination> {
  return onSide(target, process, options, async (side) => {
    const [ended] = await readText(side, TERMINATE, [`${process.processId}`, process.startedAt]);
    return ended?.[0] === 't' ? 'done' : mustHaveEnded(side, process, 'notDone');
  });
}

/** Does something by a connection of its own that asks about a backend. @throws DriverError */
export async function onSide<T>(
  target: Target,
  process: ServerProcess,
  options: SideOptions,
  work: (side: Client) => Promise<T>,
): Promise<T> {
  mustBeKnown(process);
  try {
    return await withSide(await diallingOf(target, options, false), options.signal, work);
  } catch (error) {
    throw driverError(error);
  }
}
