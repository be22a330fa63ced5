import { Type } from '@sinclair/typebox';
import { Capabilities } from './capabilities.ts';
import { Engine } from './engines/engine-name.ts';
import { Failure } from './failure.ts';
import { Count, Id, Milliseconds, message, type Of, part } from './schema.ts';
import { Flavour, Moment, momentOf, ServerId, ServerVersion, serverIdOf, versionOf } from './server-words.ts';
import { StateKind } from './state-kind.ts';
import { WeakSignIn } from './weak-sign-in.ts';

/** The transaction a connection is in, as the protocol says it (PostgreSQL ReadyForQuery I, T, E). */
export const TransactionStatus = Type.Union([
  Type.Literal('none'),
  Type.Literal('open'),
  Type.Literal('failed'),
]);
export type TransactionStatus = Of<typeof TransactionStatus> & string;

/** Which server process answers, so that it can be found again after a crash of ours. */
export const ServerProcess = part({
  /** PostgreSQL backend PID, MySQL connection id. */
  processId: Count,
  /** When the server started that process, by its own clock; empty where it does not say. */
  startedAt: Moment,
  /** Which server it is a process of, and of PostgreSQL which start of it, where these two do not say so; left out on older tapes. */
  serverId: Type.Optional(ServerId),
});
export type ServerProcess = Of<typeof ServerProcess>;

/** What a connection learned about its server while opening. */
export const Server = part({
  process: ServerProcess,
  /** When the server itself started, by its own clock; left out where it does not say. */
  startedAt: Type.Optional(Moment),
  flavour: Flavour,
  version: ServerVersion,
  encrypted: Type.Boolean(),
  /** What is weak about how the connection signed in; left out for nothing. */
  weakSignIn: Type.Optional(WeakSignIn),
  capabilities: Capabilities,
});
export type Server = Of<typeof Server>;

/** A server as the tape may know it, whatever it said of itself. */
export function withoutServerWords(server: Server): Server {
  const { process, startedAt, version } = server;
  const processId = Number.isSafeInteger(process.processId) && process.processId >= 0 ? process.processId : 0;
  return {
    ...server,
    process: {
      processId,
      startedAt: momentOf(process.startedAt),
      ...(process.serverId === undefined ? {} : { serverId: serverIdOf(process.serverId) }),
    },
    ...(startedAt === undefined ? {} : { startedAt: momentOf(startedAt) }),
    version: versionOf(version),
  };
}

/** Who answers and what it can do, as a session knows it. */
export type ServerSummary = Pick<Server, 'flavour' | 'version' | 'capabilities'>;

/** What a connection is for: `catalogue` belongs to the session, `tab` to one editor tab. */
const ConnectionPurpose = Type.Union([Type.Literal('catalogue'), Type.Literal('tab')]);

/** What a connection is created with. */
export const ConnectionInput = Type.Object(
  {
    connectionId: Id,
    sessionId: Id,
    profileId: Id,
    engine: Engine,
    purpose: ConnectionPurpose,
    tabId: Type.Union([Id, Type.Null()]),
    connectTimeoutMs: Count,
    /** The server is to refuse writing on it. */
    readOnly: Type.Boolean(),
    /** What its tab's last connection held when it was lost, which is set again before anything else is sent. */
    restores: Type.Optional(Type.Array(StateKind)),
  },
  { additionalProperties: false },
);
export type ConnectionInput = Of<typeof ConnectionInput>;

/** What a connection receives from its driver, its session and the query that uses it. */
export const ConnectionEvent = Type.Union([
  message('connection.opened', { server: Server, afterMs: Milliseconds }),
  message('connection.notOpened', { failure: Failure }),
  /** The session has granted it to a query, which uses it alone until it is released. */
  message('connection.leased', { queryId: Id }),
  /** The query has ended and its cancel channel has closed: the next one may use it. */
  message('connection.released', {
    queryId: Id,
    /** The transaction that it left; left out where nothing was sent. */
    transaction: Type.Optional(TransactionStatus),
    /** Time that its transaction may stay idle from now on, in milliseconds; 0 is no limit. Left out for no change. */
    idleInTransactionMs: Type.Optional(Count),
    /** False when the protocol's state is unknown; the connection is then given up. */
    usable: Type.Boolean(),
  }),
  /**
   * What it holds of its session has changed, by the server's word. Comes before the `connection.released` of the statement that
   * changed it. The values are read from the server side by the connection's id.
   */
  message('connection.stateChanged', { held: Type.Array(StateKind) }),
  /** The transaction has been idle for as long as it may be. */
  message('connection.idleLimitReached', {}),
  message('connection.lost', { failure: Failure }),
  message('connection.close', {}),
  message('connection.closed', {}),
]);
export type ConnectionEvent = Of<typeof ConnectionEvent>;
