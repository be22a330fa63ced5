import { Type } from '@sinclair/typebox';
import { TransactionStatus } from './connection.ts';
import { Engine } from './engines/engine-name.ts';
import { Failure } from './failure.ts';
import { Outcome } from './query.ts';
import { Count, Id, message, type Of } from './schema.ts';
import { StateKind } from './state-kind.ts';

/** What a tab's actor is created with, and what it makes its connections with. */
export const TabInput = Type.Object(
  {
    /** Names the actor. The page may close a tab and open it again under the same `tabId`: each time is another actor. */
    actorId: Id,
    tabId: Id,
    sessionId: Id,
    profileId: Id,
    engine: Engine,
    connectTimeoutMs: Count,
    readOnly: Type.Boolean(),
    /** Its first connection. */
    connectionId: Id,
  },
  { additionalProperties: false },
);
export type TabInput = Of<typeof TabInput>;

/** What a tab's actor receives from its session. */
export const TabFact = Type.Union([
  /** A statement came, and the tab has lost its connection: it makes another. */
  message('tab.connect', { connectionId: Id }),
  message('tab.connectionLost', {
    connectionId: Id,
    failure: Failure,
    /** The transaction that was lost with it. */
    transaction: TransactionStatus,
    /** What it held of its session; left out for nothing. */
    held: Type.Optional(Type.Array(StateKind)),
  }),
  message('tab.connectionClosed', { connectionId: Id }),
  /** Its transaction has been idle for too long, and a query rolls it back. */
  message('tab.rollbackStarted', { queryId: Id }),
  message('tab.rollbackEnded', { queryId: Id, outcome: Outcome }),
  /** The user has acknowledged what was lost or rolled back. */
  message('tab.lossSeen', {}),
  /** The page, or its session, closes it. `unused`: it has no statement that has not ended. */
  message('tab.retired', { unused: Type.Optional(Type.Literal(true)) }),
  /** The last statement of a retired tab has ended. */
  message('tab.unused', {}),
]);
export type TabFact = Of<typeof TabFact>;

/** A tab reports to its session that it is closed. */
export const TabClosed = message('tab.closed', { actorId: Id });
