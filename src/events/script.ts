import { Type } from '@sinclair/typebox';
import { CancelReason, Outcome } from './query.ts';
import { Count, Id, message, type Of } from './schema.ts';

/** What a script's actor is created with. A statement that is submitted alone has none. */
export const ScriptInput = Type.Object(
  {
    scriptId: Id,
    sessionId: Id,
    /** Its statements, those included that are not submitted yet. */
    statements: Count,
    /** Whether it goes on after a statement that failed. */
    goOnAfterError: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type ScriptInput = Of<typeof ScriptInput>;

/** What a script's actor receives from its statements and its session. */
export const ScriptFact = Type.Union([
  message('script.statementEnded', {
    queryId: Id,
    scriptIndex: Count,
    outcome: Outcome,
    /** Why it was asked to stop, whatever came of that; left out where it was not. */
    reason: Type.Optional(CancelReason),
  }),
  /** Its session ends, and waits no longer for the statements that are not submitted. */
  message('script.abandoned', {}),
]);
export type ScriptFact = Of<typeof ScriptFact>;

/** What a script reports to its session. */
export const ScriptReport = Type.Union([
  /** The statements from `from` on, up to `until` where those after it were stopped before, are not to run. */
  message('script.stopped', { scriptId: Id, from: Count, until: Type.Optional(Count) }),
  /** Each of its statements has ended. */
  message('script.ended', { scriptId: Id }),
]);
export type ScriptReport = Of<typeof ScriptReport>;
