import type { LockKind } from '../../events/lock-wait.ts';
import type { LockEdge } from '../lock-chain.ts';

/** A wait as the server's tables have it. */
export interface ThreadEdge extends LockEdge {
  readonly waitedMs?: number | null;
  /** The holder keeps it to the end of its transaction; undefined where that is not said. */
  readonly byTransaction?: boolean;
}

/** Who waits for a metadata lock, and all others that hold or want one on the same thing (MySQL manual, "The metadata_locks Table"). */
export const MDL_PAIRS = `SELECT r.PROCESSLIST_ID, b.PROCESSLIST_ID, p.OBJECT_TYPE, p.LOCK_TYPE, g.LOCK_TYPE, g.LOCK_STATUS,
  g.LOCK_DURATION FROM performance_schema.metadata_locks p
  JOIN performance_schema.metadata_locks g ON g.OBJECT_TYPE = p.OBJECT_TYPE AND g.OBJECT_SCHEMA <=> p.OBJECT_SCHEMA
    AND g.OBJECT_NAME <=> p.OBJECT_NAME AND g.OWNER_THREAD_ID <> p.OWNER_THREAD_ID
  JOIN performance_schema.threads r ON r.THREAD_ID = p.OWNER_THREAD_ID
  JOIN performance_schema.threads b ON b.THREAD_ID = g.OWNER_THREAD_ID
  WHERE p.LOCK_STATUS = 'PENDING' AND g.LOCK_STATUS IN ('GRANTED', 'PENDING') LIMIT 10000`;

/** Whoever holds the lock of a table's definition (MariaDB documentation, "Information Schema METADATA_LOCK_INFO Table"). */
export const MDL_HOLDERS = `SELECT DISTINCT THREAD_ID FROM information_schema.METADATA_LOCK_INFO
  WHERE LOCK_TYPE LIKE 'Table %' OR LOCK_TYPE = 'User lock'`;

const WEAK = ['SHARED', 'SHARED_HIGH_PRIO', 'SHARED_READ', 'SHARED_READ_ONLY'];
const WRITES = ['SHARED_WRITE', 'SHARED_WRITE_LOW_PRIO'];

/**
 * What a lock on a table can't be had beside, by the kind that is held (MySQL's source, sql/mdl.cc, "Compatibility between lock modes");
 * an exclusive one can't be had beside any.
 */
const CONFLICTS: Readonly<Record<string, readonly string[]>> = {
  SHARED: [],
  SHARED_HIGH_PRIO: [],
  SHARED_READ: ['SHARED_NO_READ_WRITE'],
  SHARED_WRITE: ['SHARED_READ_ONLY', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE'],
  SHARED_WRITE_LOW_PRIO: ['SHARED_READ_ONLY', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE'],
  SHARED_UPGRADABLE: ['SHARED_UPGRADABLE', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE'],
  SHARED_READ_ONLY: [...WRITES, 'SHARED_NO_READ_WRITE'],
  SHARED_NO_WRITE: [...WRITES, 'SHARED_UPGRADABLE', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE'],
  SHARED_NO_READ_WRITE: [
    ...['SHARED_READ', 'SHARED_READ_ONLY', ...WRITES],
    ...['SHARED_UPGRADABLE', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE'],
  ],
  // Scoped locks: of the server, a database or a backup.
  INTENTION_EXCLUSIVE: ['SHARED'],
};

/** Whether one that wants a lock waits for another that holds one, or that waits for a stronger one before it. */
function waitsFor(scoped: boolean, wants: string, other: string, isHeld: boolean): boolean {
  if (!isHeld) return other === 'EXCLUSIVE' && wants !== 'EXCLUSIVE';
  if (other === 'EXCLUSIVE' || wants === 'EXCLUSIVE') return true;
  if (scoped && wants === 'SHARED') return other === 'INTENTION_EXCLUSIVE';
  return CONFLICTS[wants]?.includes(other) ?? !WEAK.includes(other);
}

const SCOPED: ReadonlySet<string> = new Set(['GLOBAL', 'SCHEMA', 'COMMIT', 'BACKUP LOCK', 'TABLESPACE']);

/** The waits of MDL_PAIRS: which connections can't have a lock, and which ones keep it from them. */
export function pairEdges(pairs: readonly (readonly (string | null)[])[]): ThreadEdge[] {
  return pairs.flatMap(([waiter, blocker, type, wants, other, status, duration]) => {
    const isHeld = status === 'GRANTED';
    if (!waitsFor(SCOPED.has(type ?? ''), wants ?? '', other ?? '', isHeld)) return [];
    const byTransaction = isHeld && duration === 'TRANSACTION';
    return [{ waiter: Number(waiter), blocker: Number(blocker), lock: lockOf(type), byTransaction }];
  });
}

/**
 * The wait of one where the server lists who holds locks, and not on what each waits: only where a single other one holds any is it
 * certain who blocks.
 */
export function holderEdges(waiter: number, ids: readonly number[]): { edges: ThreadEdge[]; note: string } {
  const [only, ...more] = [...new Set(ids)];
  if (only !== undefined && more.length === 0)
    return { edges: [{ waiter, blocker: only, lock: 'metadata', byTransaction: true }], note: '' };
  const note =
    only === undefined
      ? 'The server lists no other connection that holds such a lock.'
      : `MariaDB does not say which of the connections ${[only, ...more].join(', ')} holds this lock; each holds one like it.`;
  return { edges: [], note };
}

function lockOf(type: string | null | undefined): LockKind {
  if (type === 'USER LEVEL LOCK') return 'advisory';
  return type === 'GLOBAL' || type === 'COMMIT' || type === 'BACKUP LOCK' ? 'global' : 'metadata';
}
