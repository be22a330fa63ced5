import { Type } from '@sinclair/typebox';
import { LOCK_BLOCKERS_MAX } from './limits.ts';
import { Count, Id, Milliseconds, type Of, part } from './schema.ts';

/** What a lock is on. `transaction`: the end of another transaction, as for a row that it changed. */
export const LockKind = Type.Union([
  Type.Literal('row'),
  Type.Literal('table'),
  Type.Literal('transaction'),
  Type.Literal('metadata'),
  Type.Literal('advisory'),
  Type.Literal('collection'),
  Type.Literal('database'),
  Type.Literal('global'),
  Type.Literal('other'),
]);
export type LockKind = Of<typeof LockKind> & string;

/**
 * What a process that holds a lock does. `inTransaction`: nothing, in an open transaction. `idle`: nothing, and the server names no
 * transaction. `prepared`: it is a prepared transaction, which has no process. `hidden`: this role may not see what it does.
 */
const BlockerState = Type.Union([
  Type.Literal('running'),
  Type.Literal('inTransaction'),
  Type.Literal('idle'),
  Type.Literal('prepared'),
  Type.Literal('hidden'),
]);

const duration = Type.Union([Milliseconds, Type.Null()]);

/** A process that another one waits for. */
export const Blocker = part({
  /** 0 for a prepared transaction, and for a session of MongoDB's that runs nothing. */
  processId: Count,
  state: BlockerState,
  /** How long it has been in that state; null where the server does not say. */
  forMs: duration,
  /** What it blocks: the statement that was asked about, or others of the chain. */
  blocks: Type.Array(Count, { maxItems: LOCK_BLOCKERS_MAX }),
  /** The lock that those wait for. */
  lock: LockKind,
  /** It waits for a lock itself. */
  waits: Type.Boolean(),
  /** The connection of this program that it is; null for another's. */
  connectionId: Type.Union([Id, Type.Null()]),
});
export type Blocker = Of<typeof Blocker>;

/**
 * Who blocks a statement, by its server's word: no name, no text. `other`: it waits for something that is no lock. `none`: it does not
 * wait. `unknown`: the server does not say.
 */
export const LockWait = part({
  waits: Type.Union([
    Type.Literal('lock'),
    Type.Literal('other'),
    Type.Literal('none'),
    Type.Literal('unknown'),
  ]),
  /** The lock that it waits for; null for none, and where the server does not say. */
  lock: Type.Union([LockKind, Type.Null()]),
  waitedMs: duration,
  /** Those that block it directly first, then those that block them. */
  blockers: Type.Array(Blocker, { maxItems: LOCK_BLOCKERS_MAX }),
  /** There are more than are listed. */
  isCut: Type.Boolean(),
});
export type LockWait = Of<typeof LockWait>;

/** A blocker with what the server shows of it: words that go to the user and nowhere else. */
export interface SeenBlocker extends Omit<Blocker, 'connectionId'> {
  readonly user: string;
  readonly application: string;
  readonly client: string;
  /** What it runs, or ran last; empty where the server does not say. */
  readonly text: string;
}

/** Who blocks a statement, with the server's words. */
export interface SeenWait extends Omit<LockWait, 'blockers'> {
  /** The server's word for what it waits for; empty for none. */
  readonly waitEvent: string;
  readonly blockers: readonly SeenBlocker[];
  /** What could not be seen and why, in sentences; empty for nothing. */
  readonly note: string;
}

/** The answer to "who blocks this?": `connectionId` names a connection of this program. */
export interface BlockersAnswer extends Omit<SeenWait, 'blockers'> {
  readonly blockers: readonly (SeenBlocker & Pick<Blocker, 'connectionId'>)[];
  readonly afterMs: number;
}

/** An answer as the tape may hold it. */
export function withoutServerText({ waits, lock, waitedMs, blockers, isCut }: BlockersAnswer): LockWait {
  return {
    waits,
    lock,
    waitedMs,
    blockers: blockers.map(({ processId, state, forMs, blocks, lock: on, waits: itWaits, connectionId }) => ({
      processId,
      state,
      forMs,
      blocks,
      lock: on,
      waits: itWaits,
      connectionId,
    })),
    isCut,
  };
}
