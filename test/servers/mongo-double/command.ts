import { type Doc, numeric } from './bson.ts';
import { CommandError } from './command-error.ts';
import type { Cursors } from './cursors.ts';
import type { Operations, RunningOperation } from './operations.ts';
import type { Sessions } from './sessions.ts';
import { pipeline } from './stages.ts';
import type { Collection, Storage } from './storage.ts';

/** What all commands of a server share. */
export interface Shared {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly operations: Operations;
  readonly sessions: Sessions;
  /** The connections that are open, as `$currentOp` lists idle ones. */
  connections(): Iterable<{
    readonly connectionId: number;
    readonly applicationName: string;
    readonly user: string | null;
  }>;
}

/** One command as it is run. */
export interface Call extends Shared {
  readonly database: string;
  readonly command: Doc;
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
  readonly operation: RunningOperation;
}

export type Command = (call: Call) => Promise<object> | object;

export function documentAt(call: Pick<Call, 'command'>, name: string): Doc {
  const item = call.command.get(name);
  return item instanceof Map ? item : new Map();
}

export function numberOf(call: Pick<Call, 'command'>, name: string): number | undefined {
  return numeric(call.command.get(name));
}

/** The collection that a command names by its own name. */
export function targetName({ command }: Pick<Call, 'command'>): string {
  return `${[...command.values()][0]}`;
}

/** What a collection holds, or a view shows. */
export function* read(call: Call, collection: Collection | undefined): Iterable<Doc> {
  if (!collection) return;
  const { view } = collection;
  if (!view) return yield* collection.read(call.operation.transaction);
  yield* pipeline(read(call, call.storage.get(call.database, view.on)), view.pipeline);
}

/** The collection to write to. @throws CommandError for a view */
export function writable(call: Call): Collection {
  const collection = call.storage.made(call.database, targetName(call));
  if (collection.view)
    throw new CommandError(
      166,
      'CommandNotSupportedOnView',
      `Namespace ${call.database}.${collection.name} is a view`,
    );
  return collection;
}
