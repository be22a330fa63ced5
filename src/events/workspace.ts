import { Type } from '@sinclair/typebox';
import { Engine } from './engines/engine-name.ts';
import { POLICY_WORDS } from './policy.ts';
import { Environment } from './profile.ts';
import { Code, Count, Id, Milliseconds, message, type Of, part, Version } from './schema.ts';
import { FailureCode } from './server-words.ts';

/** What keeps the vault's key. */
const protection = Type.Union([Type.Literal('passphrase'), Type.Literal('keychain')]);

/** What happened to the configuration and the history. Names no target, secret or text. */
export const ConfigFact = Type.Union([
  message('vault.created', { protection }),
  message('vault.unlocked', { protection }),
  /** The sessions in production close. `changed`: another process changed how it opens. */
  message('vault.locked', {
    reason: Type.Union([Type.Literal('user'), Type.Literal('idle'), Type.Literal('changed')]),
  }),
  message('vault.protectionChanged', { protection }),
  message('vault.backupRestored', {}),
  message('vault.setAside', {}),
  message('profile.saved', {
    profileId: Id,
    engine: Engine,
    environment: Environment,
    readOnly: Type.Boolean(),
  }),
  message('profile.deleted', { profileId: Id }),
  /** On disk before the server is dialled. */
  message('profile.testBegan', { testId: Id, engine: Engine }),
  /** Null is reached. */
  message('profile.tested', {
    testId: Id,
    code: Type.Union([FailureCode, Type.Null()]),
    afterMs: Milliseconds,
  }),
  /** What holds from now on. `problems` counts what is wrong with the file; the strictest holds while there is any. */
  message('policy.changed', {
    changes: Type.Array(
      part({
        setting: Type.String({ pattern: '^(/[A-Za-z]{1,40}){1,3}$' }),
        value: Type.Union([
          Type.Boolean(),
          Type.Integer(),
          Type.Null(),
          ...POLICY_WORDS.map((word) => Type.Literal(word)),
        ]),
      }),
      { maxItems: 64 },
    ),
    problems: Count,
  }),
  message('history.deleted', { entries: Count }),
  message('history.purged', { entries: Count }),
]);
export type ConfigFact = Of<typeof ConfigFact>;

/** What the workspace, the root actor, receives from the edge (server, signals, tape). */
export const WorkspaceEvent = Type.Union([
  ...ConfigFact.anyOf,
  /**
   * HTTP or WebSocket requests were turned away, so many `times` since the last record of that code (once where it is not said):
   * wrong `Host`, `Origin`, secret, method or body; also commands turned away so fast that they have no record each.
   */
  message('request.refused', { code: Code, times: Type.Optional(Type.Integer({ minimum: 1 })) }),
  /** A command was turned away before it reached an actor. */
  message('command.refused', { commandId: Id, command: Code, code: Code }),
  /** The tape can't be written. Nothing new is sent to a server until `tape.recovered`. */
  message('tape.failed', { code: Code }),
  message('tape.recovered', {}),
  /** More records wait for the disk than are to: the sessions are closed in order while there is room to record it. */
  message('tape.crowded', {}),
  message('workspace.stop', {}),
  message('session.ended', {
    sessionId: Id,
    outcome: Type.Union([Type.Literal('offline'), Type.Literal('failed')]),
  }),
]);
export type WorkspaceEvent = Of<typeof WorkspaceEvent>;

/** What a workspace is created with: one start of the program. */
export const WorkspaceInput = Type.Object(
  { runId: Id, version: Version, node: Version, processId: Count },
  { additionalProperties: false },
);
export type WorkspaceInput = Of<typeof WorkspaceInput>;
