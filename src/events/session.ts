import { Type } from '@sinclair/typebox';
import { Capabilities } from './capabilities.ts';
import { TransactionStatus } from './connection.ts';
import { Engine } from './engines/engine-name.ts';
import { Failure } from './failure.ts';
import { Environment } from './profile.ts';
import { Count, Id, message, type Of, part } from './schema.ts';
import { Flavour, ServerVersion } from './server-words.ts';
import { StateKind } from './state-kind.ts';
import { TunnelKind } from './tunnel-facts.ts';

/** What a session is created with. */
export const SessionInput = Type.Object(
  {
    sessionId: Id,
    workspaceId: Id,
    profileId: Id,
    engine: Engine,
    environment: Environment,
    readOnly: Type.Boolean(),
    connectTimeoutMs: Count,
    /** It ends with the lease of the script that opened it; left out where it has none. */
    leased: Type.Optional(Type.Literal(true)),
    /** The way to its server; left out where that is dialled itself. */
    tunnel: Type.Optional(part({ by: TunnelKind, hops: Count })),
  },
  { additionalProperties: false },
);
export type SessionInput = Of<typeof SessionInput>;

/** What connections report to their session. */
export const SessionFact = Type.Union([
  message('session.connectionOpened', {
    connectionId: Id,
    flavour: Flavour,
    version: ServerVersion,
    capabilities: Capabilities,
  }),
  message('session.connectionLost', {
    connectionId: Id,
    tabId: Type.Union([Id, Type.Null()]),
    failure: Failure,
    /** The transaction that was lost with it. */
    transaction: TransactionStatus,
    /** What it held of its session; left out for nothing. */
    held: Type.Optional(Type.Array(StateKind)),
  }),
  message('session.connectionClosed', { connectionId: Id }),
]);
export type SessionFact = Of<typeof SessionFact>;

/** Asks the workspace to open a profile. Carries the session's input, so that ids enter as data. */
export const SessionOpen = message('session.open', { commandId: Id, input: SessionInput });

/** Asks a session to end. Running statements are cancelled on the server first. */
export const SessionClose = message('session.close', { commandId: Type.Optional(Id) });

/** Asks a session to make its connection again now, without waiting for the next attempt. */
export const SessionReconnect = message('session.reconnect', { commandId: Id });

/** The user has acknowledged that a tab's transaction was lost with its connection. Until then the tab runs nothing. */
export const TransactionLossSeen = message('transaction.lossSeen', { commandId: Id, tabId: Id });

/** An editor tab was closed: its statement is stopped on the server, its connection closed. */
export const TabClose = message('tab.close', { commandId: Id, tabId: Id });
