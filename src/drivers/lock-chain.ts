import { LOCK_BLOCKERS_MAX } from '../events/limits.ts';
import type { LockKind, SeenBlocker, SeenWait } from '../events/lock-wait.ts';
import { DriverError } from './driver.ts';

/** A process waits for a lock that another one holds, or waits for before it. */
export interface LockEdge {
  readonly waiter: number;
  readonly blocker: number;
  readonly lock: LockKind;
}

/** A blocker as far as a chain of waits says what it is. */
export type LinkedBlocker = Pick<SeenBlocker, 'processId' | 'blocks' | 'lock' | 'waits'>;

/** Who blocks a process, directly and through others. */
interface LockChain {
  readonly blockers: readonly LinkedBlocker[];
  readonly isCut: boolean;
}

/**
 * Follows the waits from a process to what blocks it, the nearest first, to at most LOCK_BLOCKERS_MAX blockers. `edges` gives what some
 * processes wait for; it is called once per length of the chain. A deadlock is a circle: it ends where it meets itself.
 */
export async function lockChain(
  processId: number,
  edges: (waiters: readonly number[]) => readonly LockEdge[] | Promise<readonly LockEdge[]>,
): Promise<LockChain> {
  const found = new Map<number, { processId: number; blocks: number[]; lock: LockKind; waits: boolean }>();
  const waiting = new Set<number>();
  let isCut = false;
  let level = [processId];
  while (level.length > 0) {
    const next: number[] = [];
    for (const { waiter, blocker, lock } of await edges(level)) {
      waiting.add(waiter);
      const known = found.get(blocker);
      if (known && !known.blocks.includes(waiter)) known.blocks.push(waiter);
      if (known || blocker === processId) continue;
      if (found.size === LOCK_BLOCKERS_MAX) {
        isCut = true;
        continue;
      }
      found.set(blocker, { processId: blocker, blocks: [waiter], lock, waits: false });
      next.push(blocker);
    }
    level = next;
  }
  const blockers = [...found.values()].map((one) => ({ ...one, waits: waiting.has(one.processId) }));
  return { blockers, isCut };
}

/** It runs nothing that could wait. */
export const WAITS_FOR_NOTHING: SeenWait = {
  waits: 'none',
  lock: null,
  waitedMs: null,
  waitEvent: '',
  blockers: [],
  isCut: false,
  note: '',
};

/** The server process that ran the statement is no longer there. */
export function processGone(): DriverError {
  return new DriverError({
    code: 'process.gone',
    source: 'server',
    message: 'The connection that ran this statement is no longer there.',
  });
}

/** The role may not see who holds locks. */
export function locksHidden(reason: string, advice: string): DriverError {
  return new DriverError({
    code: 'locks.hidden',
    source: 'server',
    message: `This role may not see who blocks a statement. ${reason}`,
    advice,
  });
}

/** A duration that the server wrote, in milliseconds; null where it says none. */
export function durationOf(said: string | null | undefined): number | null {
  const ms = said == null || said === '' ? Number.NaN : Number(said);
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
