import { describe, expect, it } from 'vitest';
import { lockWaitOf } from '../../../../src/drivers/mongodb/lock-wait.ts';

describe('what an operation of MongoDB waits for', () => {
  it('is nothing for a connection that runs nothing, or works', () => {
    expect(lockWaitOf(undefined)).toMatchObject({ waits: 'none', note: '' });
    expect(lockWaitOf({ active: true, waitingForLock: false, locks: { Collection: 'w' } }).waits).toBe(
      'none',
    );
  });

  it.each([
    [{ Global: 'w', Database: 'w', Collection: 'W' }, 'collection'],
    [{ Global: 'w', Database: 'W' }, 'database'],
    [{ Global: 'W' }, 'global'],
    [{ ParallelBatchWriterMode: 'r' }, 'other'],
  ])('is a lock, on the narrowest of %j, whose holder the server does not name', (locks, lock) => {
    const found = lockWaitOf({ active: true, waitingForLock: true, locks });
    expect(found).toMatchObject({ waits: 'lock', lock, blockers: [] });
    expect(found.note).toContain('does not say who holds it');
  });

  it('is no lock where the server slows writes down, or waits inside', () => {
    expect(lockWaitOf({ active: true, waitingForFlowControl: true })).toMatchObject({
      waits: 'other',
      waitEvent: 'waitingForFlowControl',
    });
    expect(lockWaitOf({ active: true, waitingForLatch: { captureName: 'x' } }).waits).toBe('other');
  });

  it('is not known of a write that meets a transaction’s and is tried again', () => {
    const found = lockWaitOf({ active: true, writeConflicts: 12n });
    expect(found.waits).toBe('unknown');
    expect(found.note).toContain('12 times');
  });
});
