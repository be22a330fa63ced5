import { createHash } from 'node:crypto';
import { BSON } from 'mongodb';
import type { ServerProcess } from '../../events/connection.ts';
import type { Target } from '../../events/profile.ts';
import { stoppable } from '../deadline.ts';
import type { Probe, SideOptions, Termination } from '../driver.ts';
import { mustBeKnown, otherServer } from '../process-errors.ts';
import { diallingOf } from './client.ts';
import { driverError } from './failure.ts';
import { Wire } from './wire.ts';

/**
 * When the server's process started. The id that it gives itself then begins with that time (MongoDB specification, "Server
 * Discovery And Monitoring": topologyVersion); a server without it is asked how long it has been up, if that is permitted.
 */
export async function startedAt(wire: Wire): Promise<string> {
  const { topologyVersion } = wire.hello;
  if (topologyVersion) return topologyVersion.processId.getTimestamp().toISOString();
  const command = { serverStatus: 1, metrics: 0, repl: 0, locks: 0 };
  const reply = await wire.command('admin', command).catch(() => null);
  if (!reply) return '';
  const { localTime, uptimeMillis } = BSON.deserialize(reply) as { localTime?: Date; uptimeMillis?: number };
  if (!localTime) return '';
  const secondMs = 1000;
  const at = Math.round((localTime.getTime() - Number(uptimeMillis ?? 0)) / secondMs) * secondMs;
  return new Date(at).toISOString();
}

/** Which member of a replica set it is, as a checksum: a host's name is not ours to write down. Empty of a server that is none. */
export function serverIdOf({ hello: { setName, me } }: Wire): string {
  if (setName === undefined || me === undefined) return '';
  return createHash('sha256').update(`${setName}/${me}`).digest('hex').slice(0, 16);
}

/** An operation of the server's list (MongoDB manual, "$currentOp"). */
export interface Operation {
  readonly active?: boolean;
  readonly opid?: number | string;
  readonly command?: object;
  readonly microsecs_running?: number | bigint;
  readonly lsid?: { readonly id: unknown };
  readonly waitingForLock?: boolean;
  /** The locks that it holds or waits for, by what they are on: `Global`, `Database`, `Collection` and others. */
  readonly locks?: Readonly<Record<string, string>>;
  readonly waitingForFlowControl?: boolean;
  readonly waitingForLatch?: object;
  /** Writes of its own that met another's, each of which the server repeats. */
  readonly writeConflicts?: number | bigint;
}

/** What a connection does, asked by another. @throws DriverError */
export function probeConnection(
  target: Target,
  process: ServerProcess,
  options: SideOptions,
): Promise<Probe> {
  return onSide(target, process, options, async (operations) => {
    if (operations.length === 0) return { type: 'gone' };
    const running = operations.find(({ active }) => active);
    if (running) {
      const { command, microsecs_running: microseconds } = running;
      const forMs = microseconds === undefined ? null : Number(microseconds) / 1000;
      return { type: 'running', text: command ? BSON.EJSON.stringify(command) : '', forMs };
    }
    return { type: 'idle' };
  });
}

/** Ends what a connection runs, and its session with the transaction it is in, as no command ends the connection itself. @throws DriverError */
export function endOperations(
  target: Target,
  process: ServerProcess,
  options: SideOptions,
): Promise<Termination> {
  return onSide(target, process, options, async (operations, wire) => {
    let done = false;
    for (const { active, opid, lsid } of operations) {
      if (lsid) await wire.command('admin', { killSessions: [{ id: lsid.id }] });
      if (active && opid !== undefined) await wire.command('admin', { killOp: 1, op: opid });
      done ||= lsid !== undefined || (active === true && opid !== undefined);
    }
    return done ? 'done' : 'notDone';
  });
}

/** Does something with what the list has of a connection; of none where the server is not the one that ran then. @throws DriverError */
export async function onSide<T>(
  target: Target,
  process: ServerProcess,
  options: SideOptions,
  work: (operations: readonly Operation[], wire: Wire) => Promise<T>,
): Promise<T> {
  mustBeKnown(process);
  const { signal } = options;
  let wire: Wire | null = null;
  try {
    const open = await Wire.open(await diallingOf(target, options), signal);
    wire = open;
    return await stoppable(
      signal,
      () => open.destroy(),
      async () => {
        const upSince = await startedAt(open);
        mustBeKnown({ ...process, startedAt: upSince });
        // A server that was up before is another one, as is another member of the set; what else started since is the same one.
        const { serverId } = process;
        if (upSince < process.startedAt || (serverId && serverId !== serverIdOf(open))) throw otherServer();
        if (upSince !== process.startedAt) return work([], open);
        const pipeline = [
          { $currentOp: { allUsers: false, localOps: true, idleConnections: true } },
          { $match: { connectionId: process.processId } },
        ];
        const reply = await open.command('admin', { aggregate: 1, pipeline, cursor: {} });
        const { cursor } = BSON.deserialize(reply, { promoteValues: true }) as {
          cursor?: { firstBatch?: Operation[] };
        };
        return work(cursor?.firstBatch ?? [], open);
      },
    );
  } catch (error) {
    throw driverError(error);
  } finally {
    await wire?.close(null);
  }
}
