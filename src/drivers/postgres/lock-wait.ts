import type { ServerProcess } from '../../events/connection.ts';
import { SHOWN_TEXT_UNITS_MAX } from '../../events/limits.ts';
import type { LockKind, SeenBlocker, SeenWait } from '../../events/lock-wait.ts';
import type { Target } from '../../events/profile.ts';
import type { SideOptions } from '../driver.ts';
import {
  durationOf,
  type LinkedBlocker,
  type LockEdge,
  lockChain,
  processGone,
  WAITS_FOR_NOTHING,
} from '../lock-chain.ts';
import { hidden } from '../process-errors.ts';
import { type Client, readText } from './client.ts';
import { onSide } from './process.ts';
import { activityOf, mustHaveEnded, STARTED_AT } from './terminate.ts';

/** Whoever signs in may call pg_blocking_pids() (PostgreSQL manual, "Session Information Functions"), and the function that pg_locks is a view of. */
const BLOCKING = `select pid::text, blocking::text from (select pid, pg_catalog.unnest(pg_catalog.pg_blocking_pids(pid)) blocking
  from pg_catalog.unnest($1::int4[]) as waiting(pid)) pairs group by pid, blocking order by pid, blocking`;
const WAITED = `select pid::text, locktype,
  (extract(epoch from pg_catalog.clock_timestamp() - waitstart) * 1000)::pg_catalog.text
  from pg_catalog.pg_lock_status() where not granted and pid = any($1::int4[])`;
/** It shows number and no state to a role that may see no more (manual, "The Cumulative Statistics System"). */
const ACTIVITY = `select pid::text, ${STARTED_AT}, state, wait_event_type, wait_event, pg_catalog.pg_get_userbyid(usesysid), application_name,
  coalesce(pg_catalog.host(client_addr), ''), pg_catalog.left(query, ${SHOWN_TEXT_UNITS_MAX}),
  (extract(epoch from pg_catalog.clock_timestamp() - state_change) * 1000)::pg_catalog.text
  from pg_catalog.unnest($1::int4[]) id, ${activityOf('id')}`;

type Row = readonly (string | null)[];

/** Who blocks what a backend runs, asked by a connection of its own in a read-only transaction. @throws DriverError */
export function backendLockWait(
  target: Target,
  process: ServerProcess,
  options: SideOptions,
): Promise<SeenWait> {
  return onSide(target, process, options, async (side) => {
    await readText(side, 'begin transaction read only');
    const waiter = (await activity(side, [process.processId])).get(process.processId);
    const [, startedAt, state, eventType, event] = waiter ?? [];
    if (waiter && startedAt == null) throw hidden(process.processId);
    if (startedAt !== process.startedAt) throw await mustHaveEnded(side, process, processGone());
    const waitEvent = eventType && event ? `${eventType}: ${event}` : '';
    if (state !== 'active' || eventType == null) return WAITS_FOR_NOTHING;
    if (eventType !== 'Lock') return { ...WAITS_FOR_NOTHING, waits: 'other', waitEvent };
    const waits = new Map<number, { readonly lock: LockKind; readonly ms: number | null }>();
    const { blockers, isCut } = await lockChain(process.processId, (pids) => edgesOf(side, pids, waits));
    const shown = await activity(side, [...new Set(blockers.map(({ processId }) => processId))]);
    const own = waits.get(process.processId);
    return {
      waits: 'lock',
      lock: own?.lock ?? LOCKS[event ?? ''] ?? 'other',
      waitedMs: own?.ms ?? null,
      waitEvent,
      blockers: blockers.map((one) => seen(one, shown.get(one.processId))),
      isCut,
      note: blockers.some((one) => one.processId !== 0 && shown.get(one.processId)?.[2] == null)
        ? 'This role may not see what other users run. A member of pg_read_all_stats may.'
        : '',
    };
  });
}

async function edgesOf(
  side: Client,
  pids: readonly number[],
  waits: Map<number, { readonly lock: LockKind; readonly ms: number | null }>,
): Promise<LockEdge[]> {
  // 0 stands for a prepared transaction, which waits for nothing.
  const backends = `{${pids.filter((pid) => pid > 0).join(',')}}`;
  for (const [pid, type, ms] of await readText(side, WAITED, [backends]))
    waits.set(Number(pid), { lock: LOCKS[type ?? ''] ?? 'other', ms: durationOf(ms) });
  const pairs = await readText(side, BLOCKING, [backends]);
  return pairs.map(([pid, blocker]) => ({
    waiter: Number(pid),
    blocker: Number(blocker),
    lock: waits.get(Number(pid))?.lock ?? 'other',
  }));
}

async function activity(side: Client, pids: readonly number[]): Promise<Map<number, Row>> {
  const rows = await readText(side, ACTIVITY, [`{${pids.join(',')}}`]);
  return new Map(rows.map((row) => [Number(row[0]), row]));
}

function seen(blocker: LinkedBlocker, row: Row | undefined): SeenBlocker {
  const [, , state, , , user, application, client, text, forMs] = row ?? [];
  const isTransaction = state?.startsWith('idle in transaction') ?? false;
  const idleOrHidden = state == null ? 'hidden' : isTransaction ? 'inTransaction' : 'idle';
  return {
    ...blocker,
    state: blocker.processId === 0 ? 'prepared' : state === 'active' ? 'running' : idleOrHidden,
    forMs: durationOf(forMs),
    user: user ?? '',
    application: application ?? '',
    client: client ?? '',
    // To a role that may not see it the server writes a sentence in its place.
    text: state == null ? '' : (text ?? ''),
  };
}

/** What its kinds of locks are on (PostgreSQL manual, "Wait Events of Type Lock"). */
const LOCKS: Readonly<Record<string, LockKind>> = {
  relation: 'table',
  extend: 'table',
  page: 'table',
  tuple: 'row',
  transactionid: 'transaction',
  virtualxid: 'transaction',
  spectoken: 'transaction',
  object: 'metadata',
  userlock: 'advisory',
  advisory: 'advisory',
};
