import { type ActorRefFrom, type AnyActorRef, type AnyMachineSnapshot, waitFor } from 'xstate';
import type { TransactionStatus } from '../events/connection.ts';
import type { Environment } from '../events/profile.ts';
import type { QueryPurpose } from '../events/query.ts';
import { stateName } from '../events/state-name.ts';
import type { ConnectionContext } from './connection.machine.ts';
import type { QueryContext } from './query.machine.ts';
import { Refused } from './refused.ts';
import type { SessionContext } from './session.machine.ts';
import type { workspaceMachine } from './workspace.machine.ts';

/** Finds the living actors of a workspace by their ids, and what they know. */
export class Lookup {
  constructor(private readonly workspace: ActorRefFrom<typeof workspaceMachine>) {}

  get sessions(): readonly string[] {
    return Object.keys(this.workspace.getSnapshot().context.sessions);
  }

  /** The living sessions of an environment. */
  sessionsIn(environment: Environment): string[] {
    const { sessions } = this.workspace.getSnapshot().context;
    return Object.keys(sessions).filter((sessionId) => sessions[sessionId]!.environment === environment);
  }

  /** Whether a session has a query that has not ended. */
  isBusy(sessionId: string): boolean {
    const session = this.workspace.system.get(sessionId) as AnyActorRef | undefined;
    const context = session?.getSnapshot().context as SessionContext | undefined;
    return context !== undefined && Object.keys(context.queries).length > 0;
  }

  /** @throws Refused for a session that is not open */
  session(sessionId: string): AnyActorRef {
    const session = this.workspace.system.get(sessionId) as AnyActorRef | undefined;
    if (!session || !this.sessions.includes(sessionId))
      throw new Refused('session.unknown', `There is no open session ${sessionId}. Open its profile again.`);
    return session;
  }

  /** @throws Refused for a session that is not open, or not ready */
  readySession(sessionId: string): SessionContext {
    const snapshot = this.session(sessionId).getSnapshot() as AnyMachineSnapshot;
    if (snapshot.value !== 'ready')
      throw new Refused(
        'session.notReady',
        `The session is ${stateName(snapshot.value)}. Wait until it is ready, or open it again.`,
      );
    return snapshot.context as SessionContext;
  }

  /** @throws Refused for a query that has ended */
  query(queryId: string): AnyActorRef {
    const query = this.workspace.system.get(queryId) as AnyActorRef | undefined;
    // Sessions and connections have ids too.
    const { queryId: itsOwn } = (query?.getSnapshot().context ?? {}) as Partial<QueryContext>;
    if (!query || itsOwn !== queryId)
      throw new Refused('query.unknown', `The query ${queryId} does not run (any more).`);
    return query;
  }

  /** Resolves with the query's final state; at once where it has ended. */
  async ended(queryId: string): Promise<string> {
    const query = this.workspace.system.get(queryId) as AnyActorRef | undefined;
    if (!query) return 'ended';
    const last = await waitFor(query, (snapshot: AnyMachineSnapshot) => snapshot.hasTag('ended')).catch(
      () => query.getSnapshot() as AnyMachineSnapshot,
    );
    return stateName((last as AnyMachineSnapshot).value);
  }

  /** A tab's connection in its session, or null. */
  connectionOf({ connections, retiring }: SessionContext, tabId: string): string | null {
    const ids = Object.keys(connections);
    return ids.find((id) => connections[id]!.tabId === tabId && !retiring.includes(id)) ?? null;
  }

  /** The transaction a connection was in when it last became free. */
  transactionOf(connectionId: string): TransactionStatus {
    const connection = this.workspace.system.get(connectionId) as AnyActorRef | undefined;
    const { transaction } = (connection?.getSnapshot().context ?? {}) as Partial<ConnectionContext>;
    return transaction ?? 'none';
  }

  /** Whether a transaction is open on a connection, or a statement that has not ended may still open one. */
  mayBeInTransaction({ queries }: SessionContext, connectionId: string): boolean {
    const isBusy = Object.values(queries).some((query) => query.connectionId === connectionId);
    return isBusy || this.transactionOf(connectionId) !== 'none';
  }

  /** How many queries of a session have not ended, of those that are for one of `purposes`. */
  living({ queries }: SessionContext, purposes: readonly QueryPurpose[]): number {
    return Object.keys(queries).filter((queryId) => {
      const query = this.workspace.system.get(queryId) as AnyActorRef | undefined;
      const { purpose } = (query?.getSnapshot().context ?? {}) as Partial<QueryContext>;
      return purpose !== undefined && purposes.includes(purpose);
    }).length;
  }

  /** Connections with a transaction that is not at its end, in one session or in all. */
  inTransaction(sessionIds: readonly string[] = this.sessions): string[] {
    return sessionIds
      .flatMap((id) => Object.keys((this.session(id).getSnapshot().context as SessionContext).connections))
      .filter((id) => this.transactionOf(id) !== 'none');
  }
}
