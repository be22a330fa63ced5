import type { ServerProcess } from '../../events/connection.ts';
import type { LockKind, SeenWait } from '../../events/lock-wait.ts';
import type { Target } from '../../events/profile.ts';
import type { SideOptions } from '../driver.ts';
import { processGone, WAITS_FOR_NOTHING } from '../lock-chain.ts';
import { type Operation, onSide } from './process.ts';

/** What a lock is on, the narrowest first (MongoDB manual, "FAQ: Concurrency"). */
const LOCKS: readonly (readonly [name: string, lock: LockKind])[] = [
  ['Collection', 'collection'],
  ['Database', 'database'],
  ['Global', 'global'],
];
const HOLDER_NOT_NAMED = 'MongoDB does not say who holds it. Look for long operations in db.currentOp().';

/** Whether what a connection runs waits for a lock, asked by another. MongoDB names no holder. @throws DriverError */
export function operationLockWait(
  target: Target,
  process: ServerProcess,
  options: SideOptions,
): Promise<SeenWait> {
  return onSide(target, process, options, async (operations) => {
    if (operations.length === 0) throw processGone();
    return lockWaitOf(operations.find(({ active }) => active));
  });
}

/** What an operation waits for, as the server's list has it; of a connection without one, nothing. */
export function lockWaitOf(operation: Operation | undefined): SeenWait {
  if (!operation) return WAITS_FOR_NOTHING;
  const { waitingForLock, locks = {}, waitingForFlowControl, waitingForLatch, writeConflicts } = operation;
  if (waitingForLock) {
    const lock = LOCKS.find(([name]) => name in locks)?.[1] ?? 'other';
    return { ...WAITS_FOR_NOTHING, waits: 'lock', lock, waitEvent: 'waitingForLock', note: HOLDER_NOT_NAMED };
  }
  if (waitingForFlowControl)
    return { ...WAITS_FOR_NOTHING, waits: 'other', waitEvent: 'waitingForFlowControl' };
  if (waitingForLatch) return { ...WAITS_FOR_NOTHING, waits: 'other', waitEvent: 'waitingForLatch' };
  const conflicts = Number(writeConflicts ?? 0);
  if (conflicts === 0) return WAITS_FOR_NOTHING;
  // It is not listed as waiting: the server tries such a write again and again.
  const times = conflicts === 1 ? 'once' : `${conflicts} times`;
  const note = `It met another’s change ${times}, so an open transaction may be in its way. ${HOLDER_NOT_NAMED}`;
  return { ...WAITS_FOR_NOTHING, waits: 'unknown', note };
}
