import { durationText } from './duration-text.ts';
import type { Engine } from './engines/engine-name.ts';
import { knownDescriptorOf } from './engines/index.ts';
import type { Blocker, LockKind, LockWait, SeenBlocker } from './lock-wait.ts';

/** What such a sentence is made of. */
interface SaidWait extends Omit<LockWait, 'blockers'> {
  readonly blockers: readonly Pick<Blocker, 'processId' | 'state' | 'forMs' | 'connectionId'>[];
}

/** Who blocks a statement, in a sentence that names processes by their number, as `engine` calls them. */
export function blockersSentence(
  { waits, lock, waitedMs, blockers, isCut }: SaidWait,
  engine: Engine | undefined,
): string {
  if (waits === 'none') return 'it did not wait.';
  if (waits === 'other') return 'it waited for something that is not a lock.';
  if (waits === 'unknown') return 'the server does not say whether it waited for a lock.';
  const time = waitedMs === null ? '' : ` for ${durationText(waitedMs)}`;
  const what = `it had waited${time} for ${lock === null ? 'a lock' : LOCKS[lock]}`;
  const [first] = blockers;
  if (!first) return `${what}; the server does not say who holds it.`;
  const more = blockers.length - 1;
  const rest = more === 0 ? '' : `, and ${isCut ? 'more than ' : ''}${more} other${more === 1 ? '' : 's'}`;
  return `${what} because of ${processWords(first, engine)}, ${stateWords(first)}${rest}.`;
}

/** What the processes of an engine's servers are called, where the engine is known. */
export function processWord(engine: Engine | undefined): string {
  return (engine && knownDescriptorOf(engine)?.words.process) ?? 'process';
}

/** A process that blocks: `process 4711 (a connection of Querytape)`. */
export function processWords(
  { processId, state, connectionId }: Pick<Blocker, 'processId' | 'state' | 'connectionId'>,
  engine: Engine | undefined,
): string {
  if (state === 'prepared') return 'a prepared transaction';
  const own = connectionId === null ? '' : ' (a connection of Querytape)';
  return `${processWord(engine)} ${processId}${own}`;
}

/** What such a process does: `in an open transaction for 3 min`. */
export function stateWords({ state, forMs }: Pick<Blocker, 'state' | 'forMs'>): string {
  const time = forMs === null ? '' : ` for ${durationText(forMs)}`;
  return `${STATES[state]}${state === 'prepared' || state === 'hidden' ? '' : time}`;
}

/** Who such a process is by its server's words: `app · querytape · 127.0.0.1`; empty where it does not say. */
export function identityWords({ user, application, client }: SeenBlocker): string {
  return [user, application, client].filter(Boolean).join(' · ');
}

/** A lock by what it is on. */
export const LOCKS: Readonly<Record<LockKind, string>> = {
  row: 'the lock of a row',
  table: 'the lock of a table',
  transaction: 'the end of another transaction',
  metadata: 'the lock of a definition',
  advisory: 'a named lock',
  collection: 'the lock of a collection',
  database: 'the lock of a database',
  global: 'the lock of the whole server',
  other: 'a lock',
};

const STATES: Readonly<Record<Blocker['state'], string>> = {
  running: 'running a statement',
  inTransaction: 'idle in an open transaction',
  idle: 'idle',
  prepared: 'which waits to be committed',
  hidden: 'which this role may not look at',
};
