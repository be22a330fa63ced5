import { Type } from '@sinclair/typebox';
import { Code, Count, Id, message, type Of, Version } from './schema.ts';

/** Told to the workspace, the root actor, by the edge (server, signals, tape). */
export const WorkspaceEvent = Type.Union([
  /** An HTTP or WebSocket request was turned away: wrong `Host`, `Origin`, token, method or body. */
  message('request.refused', { code: Code }),
  /** A command was turned away before it reached an actor. */
  message('command.refused', { commandId: Id, command: Code, code: Code }),
  /** The tape can't be written. Nothing new is sent to a server until `tape.recovered`. */
  message('tape.failed', { code: Code }),
  message('tape.recovered', {}),
  message('workspace.stop', {}),
  message('session.ended', {
    sessionId: Id,
    outcome: Type.Union([Type.Literal('offline'), Type.Literal('failed')]),
  }),
]);
export type WorkspaceEvent = Of<typeof WorkspaceEvent>;

/** What a workspace is born with: one start of the program. */
export const WorkspaceInput = Type.Object(
  { runId: Id, version: Version, node: Version, processId: Count },
  { additionalProperties: false },
);
export type WorkspaceInput = Of<typeof WorkspaceInput>;
