import type { ActorRefFrom, AnyActorRef, AnyEventObject, AnyMachineSnapshot } from 'xstate';
import type { TransactionStatus } from '../events/connection.ts';
import type { Environment } from '../events/profile.ts';
import type { Outcome, QueryEnded, QueryPurpose } from '../events/query.ts';
import type { Of } from '../events/schema.ts';
import { stateName } from '../events/state-name.ts';
import type { ConnectionContext } from './connection.machine.ts';
import type { QueryContext } from './query-setup.ts';
import { Refused } from './refused.ts';
import { type SessionContext, tabActor } from './session-context.ts';
import type { TabContext } from './tab.machine.ts';
import type { workspaceMachine } from './workspace.machine.ts';

/** Why a session does not take a command in the state it is in. */
function notReady(snapshot: AnyMachineSnapshot): Refused {
  const state = NOT_READY.find(([state]) => snapshot.matches(state));
  return new Refused('session.notReady', state?.[1] ?? 'The session has ended. Open its profile again.');
}

const NOT_READY = [
  ['opening', 'The session is still connecting. Try again once it is connected.'],
  [
    { open: 'reconnecting' },
    'The connection that the catalogue is read on was lost and is being opened again. Try again once it is.',
  ],
  [
    { open: 'disconnected' },
    'The connection that the catalogue is read on was lost. Reconnect, then try again.',
  ],
  [
    { open: 'connected' },
    'The session needs no reconnecting: it is connected, or connects again when it is used.',
  ],
  ['closing', 'The session is closing. Open its profile again once it has closed.'],
] as const;

/** How a query ended, and why it was asked to stop where it was. */
export type QueryEnd = Pick<Of<typeof QueryEnded>, 'outcome' | 'reason'>;

/** What a machine's actor is in and knows. */
export type MachineSnapshot<Context> = AnyMachineSnapshot & { readonly context: Context };

/** Finds the active actors of a workspace by their ids, and what they know. */
export class ActorDirectory {
  readonly #waiters = new Map<string, ((end: QueryEnd) => void)[]>();

  constructor(private readonly workspace: ActorRefFrom<typeof workspaceMachine>) {}

  get sessions(): readonly string[] {
    return Object.keys(this.workspace.getSnapshot().context.sessions);
  }

  /** The open sessions of an environment. */
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

  /** A session whose tabs run statements, whether or not the catalogue is connected. @throws Refused where they don't */
  openSession(sessionId: string): SessionContext {
    const snapshot = this.session(sessionId).getSnapshot() as AnyMachineSnapshot;
    if (!snapshot.matches('open')) throw notReady(snapshot);
    return snapshot.context as SessionContext;
  }

  /** A session whose catalogue can be asked. @throws Refused where it is not connected */
  readySession(sessionId: string): SessionContext {
    const snapshot = this.session(sessionId).getSnapshot() as AnyMachineSnapshot;
    if (!snapshot.matches({ open: 'connected' })) throw notReady(snapshot);
    return snapshot.context as SessionContext;
  }

  /**
   * Makes sure that an actor will take an event, before anything is stored or answered about it.
   * @throws Refused where its machine would ignore it in the state it is in
   */
  mustTake(actor: AnyActorRef, event: AnyEventObject): void {
    const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
    // Invariant I6.
    if (!snapshot.can(event)) throw notReady(snapshot);
  }

  /** Sends a command to an actor. @throws Refused where its machine would ignore it */
  deliver(actor: AnyActorRef, event: AnyEventObject): void {
    this.mustTake(actor, event);
    actor.send(event);
  }

  /** @throws Refused for a query that has ended */
  query(queryId: string): AnyActorRef {
    const query = this.workspace.system.get(queryId) as AnyActorRef | undefined;
    // Sessions and connections have ids too.
    const { queryId: itsOwn } = (query?.getSnapshot().context ?? {}) as Partial<QueryContext>;
    if (!query || itsOwn !== queryId)
      throw new Refused('query.unknown', `Query ${queryId} is no longer running.`);
    return query;
  }

  /** @throws Refused for a question that is not open */
  prompt(promptId: string): AnyActorRef {
    const prompt = this.workspace.system.get(promptId) as AnyActorRef | undefined;
    if (!prompt) throw new Refused('prompt.unknown', 'This question is not open any more.');
    return prompt;
  }

  /** Sends a command to a query. @throws Refused for a query that has ended, or would ignore it */
  deliverToQuery(queryId: string, event: AnyEventObject): void {
    const query = this.query(queryId);
    const snapshot = query.getSnapshot() as AnyMachineSnapshot;
    if (snapshot.hasTag('ended'))
      throw new Refused('query.unknown', `Query ${queryId} is no longer running.`);
    if (!snapshot.can(event))
      throw new Refused('query.notReady', `Query ${queryId} is ${stateName(snapshot.value)}.`);
    query.send(event);
  }

  /** Resolves when a query has ended; at once where it has. */
  async ended(queryId: string): Promise<QueryEnd> {
    const query = this.workspace.system.get(queryId) as AnyActorRef | undefined;
    const snapshot = query?.getSnapshot() as AnyMachineSnapshot | undefined;
    if (!snapshot || snapshot.hasTag('ended'))
      return { outcome: stateName(snapshot?.value ?? 'lost.notRun') as Outcome };
    return new Promise((resolve) => {
      this.#waiters.set(queryId, [...(this.#waiters.get(queryId) ?? []), resolve]);
    });
  }

  /** A query has reported its end. */
  queryEnded({ queryId, ...end }: Pick<Of<typeof QueryEnded>, 'queryId'> & QueryEnd): void {
    for (const resolve of this.#waiters.get(queryId) ?? []) resolve(end);
    this.#waiters.delete(queryId);
  }

  /** What is known of a tab that has had a statement and is not closed. */
  tab(session: SessionContext, tabId: string): MachineSnapshot<TabContext> | undefined {
    const tab = this.workspace.system.get(tabActor(session, tabId) ?? '') as AnyActorRef | undefined;
    return tab?.getSnapshot() as MachineSnapshot<TabContext> | undefined;
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

  /** The first of the other queries that have not ended and are to run on a query's connection; null where there is none. */
  nextAfter({ sessionId, queryId, connectionId }: QueryContext): string | null {
    const session = this.workspace.system.get(sessionId) as AnyActorRef | undefined;
    const { queries } = (session?.getSnapshot().context ?? { queries: {} }) as Pick<
      SessionContext,
      'queries'
    >;
    const isNext = (id: string): boolean => id !== queryId && queries[id]!.connectionId === connectionId;
    return Object.keys(queries).find(isNext) ?? null;
  }

  /** How many queries of a session have not ended, of those that are for one of `purposes`. */
  active({ queries }: SessionContext, purposes: readonly QueryPurpose[]): number {
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
