import type { Connection, Driver } from '../drivers/driver.ts';

/** What has to stand around a statement. */
export interface StatementWrapper {
  /** Run first; the statement runs only if all of them complete. */
  readonly before: readonly string[];
  /** The statement changes exactly one row, or is undone. */
  readonly exactlyOne: boolean;
  /** Run after the statement: one keeps what it did, the other takes it back. */
  readonly keep: readonly string[];
  readonly undo: readonly string[];
  /** Codes of notices that say that `undo` left something. */
  readonly notUndone?: readonly string[];
  /** Run after the statement whatever became of it. */
  readonly always: readonly string[];
}

/** Nothing around a statement. */
export const NOTHING: StatementWrapper = { before: [], exactlyOne: false, keep: [], undo: [], always: [] };

/** What a statement is, as far as what stands around it depends on it. */
interface Wrapping {
  readonly manualCommit: boolean;
  readonly purpose: string;
  readonly readOnly: boolean;
  /** It was judged to only set what no wall depends on (`Judgement.harmlessSetting`). */
  readonly harmlessSetting?: boolean;
}

/** What a statement needs around it, by the transaction that its connection is in; null for nothing. */
export function wrapperOf(
  driver: Driver,
  { transaction, server }: Connection,
  { manualCommit, purpose, readOnly, harmlessSetting }: Wrapping,
): StatementWrapper | null {
  const { readOnlyEnclosure, savepoint, notUndone = [] } = driver;
  // Invariant I11.
  if (readOnly) {
    if (!readOnlyEnclosure) return null;
    const { before, after, keepSetting } = readOnlyEnclosure;
    // A setting that was committed behind a pooler would be other clients' too.
    return harmlessSetting && !server.capabilities.pooler
      ? { ...NOTHING, before, keep: keepSetting, undo: after }
      : { ...NOTHING, before, always: after };
  }
  const begin = server.capabilities.transactions ? driver.transaction({ step: 'begin' }) : [];
  const before = manualCommit && transaction === 'none' ? begin : [];
  // What is read for the tab in its open transaction must not fail it.
  if (purpose === 'catalogue' && transaction !== 'none' && savepoint && server.capabilities.savepoints)
    return { ...NOTHING, before: [savepoint.set], always: [savepoint.rollback, savepoint.release] };
  if (purpose !== 'edit') return before.length === 0 ? null : { ...NOTHING, before };
  // An engine without savepoints changes one document by one operation, which is atomic by itself.
  if (!savepoint || !server.capabilities.savepoints || begin.length === 0)
    return { ...NOTHING, before, exactlyOne: true };
  if (manualCommit || transaction !== 'none') {
    const { set, release, rollback } = savepoint;
    return {
      ...NOTHING,
      before: [...before, set],
      exactlyOne: true,
      keep: [release],
      undo: [rollback, release],
      notUndone,
    };
  }
  const keep = driver.transaction({ step: 'commit' });
  const undo = driver.transaction({ step: 'rollback' });
  return { ...NOTHING, before: begin, exactlyOne: true, keep, undo, notUndone };
}
