import { Type } from '@sinclair/typebox';
import { ServerProcess } from './connection.ts';
import { Engine } from './engines/engine-name.ts';
import { Failure } from './failure.ts';
import { Count, Id, Milliseconds, message, type Of } from './schema.ts';

/**
 * What a server process that an earlier run of the program left behind does now, by the server's word. `running`: the statement that
 * was in flight. `laterStatement`: something that began after it. `inTransaction`: nothing, in an open transaction. `gone`: the server
 * does not list it, or has restarted.
 */
export const OrphanStatus = Type.Union([
  Type.Literal('running'),
  Type.Literal('laterStatement'),
  Type.Literal('inTransaction'),
  Type.Literal('idle'),
  Type.Literal('gone'),
]);
export type OrphanStatus = Of<typeof OrphanStatus> & string;

/** What an orphan's actor is created with. */
export const OrphanInput = Type.Object(
  {
    actorId: Id,
    /** The connection that was lost with the program. */
    orphanId: Id,
    /** The open session of the same profile, by which it is looked for. */
    sessionId: Id,
    profileId: Id,
    engine: Engine,
    process: ServerProcess,
    /** When the statement that was in flight was sent; milliseconds since 1970 UTC, null for none or where that is not known. */
    sentAt: Type.Union([Count, Type.Null()]),
    /** Time to look for it once, in milliseconds. */
    checkTimeoutMs: Count,
  },
  { additionalProperties: false },
);
export type OrphanInput = Of<typeof OrphanInput>;

/** What an orphan's actor receives. */
export const OrphanFact = Type.Union([
  /** Look for it again, by that session. */
  message('orphan.check', { commandId: Type.Optional(Id), sessionId: Id }),
  message('orphan.cancel', { commandId: Id, sessionId: Id }),
  message('orphan.found', {
    status: OrphanStatus,
    /** How long it has been running what it runs; null where nothing runs, or the server does not say. */
    forMs: Type.Union([Milliseconds, Type.Null()]),
    afterMs: Milliseconds,
  }),
  message('orphan.notChecked', { failure: Failure }),
  /** The server was asked to end the process. `notDone`: it was not asked, as the process was gone. */
  message('orphan.terminated', {
    termination: Type.Union([Type.Literal('done'), Type.Literal('notDone'), Type.Literal('unknown')]),
  }),
  message('orphan.notTerminated', { failure: Failure }),
  /** The user needs no answer any more. */
  message('orphan.dismissed', {}),
]);
export type OrphanFact = Of<typeof OrphanFact>;

/** An orphan is looked for, from now on by an actor of its own. */
export const OrphanLook = message('orphan.look', { commandId: Type.Optional(Id), input: OrphanInput });

/** The user needs no answer about an orphan any more. */
export const OrphanDismiss = message('orphan.dismiss', {
  commandId: Id,
  orphanId: Id,
  /** The actor that looked for it; null for none. */
  actorId: Type.Union([Id, Type.Null()]),
});
