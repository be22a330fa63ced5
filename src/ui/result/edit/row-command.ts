import type { RowCommand } from '../../../events/command.ts';
import type { Cell } from '../../../events/edit.ts';
import { descriptorOf } from '../../../events/engines/index.ts';
import type { Editable } from './editable.ts';
import type { Change, StagedChanges, Value } from './staged-changes.ts';

/**
 * Values longer than this are not sent back for comparison: the other values are enough to detect a change.
 */
export const OLD_UNITS_MAX = 64 * 1024;

/** Whose tab an edit runs in. */
export interface EditPlace {
  readonly sessionId: string;
  readonly tabId: string;
  readonly manualCommit: boolean;
}

/**
 * The command of a change, less its id. The row is identified by its key as it was read, and each other value
 * that was read is sent with it, the changed ones' included: where one is another by now, nothing is changed.
 */
export function rowCommand(
  change: Change,
  { engine, namespace, collection, key, columns }: Editable,
  place: EditPlace,
  edits: StagedChanges,
): RowCommand {
  const target = { ...place, namespace, collection };
  const cell = (index: number, value: Value): Cell[] => {
    const { name: column = null, identity, printedBy } = columns[index] ?? {};
    if (column === null) return [];
    const read = {
      ...(identity === undefined ? {} : { identity }),
      ...(printedBy ? { printedBy: [...printedBy] } : {}),
    };
    return [{ column, value, ...read }];
  };
  // Documents are read back whole; their fields may have names that no command takes.
  const isTable = descriptorOf(engine).documents === null;
  const read = isTable ? { returning: columns.flatMap(({ name }) => (name === null ? [] : [name])) } : {};
  const values = [...change.values].flatMap(([index, value]) => cell(index, value));
  if (change.kind === 'insert') return { type: 'row.insert', ...target, values, ...read };
  const sent = edits.sentColumns(change.row);
  const named = key.flatMap((index) => cell(index, edits.current(change.row, index, change.seen)));
  const old = change.seen.flatMap((seen, index) => {
    const value = edits.isRead(change.row, index) ? edits.current(change.row, index, change.seen) : seen;
    const tooLong = value !== null && value.length > OLD_UNITS_MAX;
    // What was sent and not read back may be another text on the server; what the server computes follows the
    // rest.
    const unsure = key.includes(index) || sent.has(index) || columns[index]?.info?.generated;
    return tooLong || unsure ? [] : cell(index, value);
  });
  return change.kind === 'update'
    ? { type: 'row.update', ...target, key: named, old, values, ...read }
    : { type: 'row.delete', ...target, key: named, old };
}
