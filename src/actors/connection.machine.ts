import {
  type ActorRef,
  assign,
  cancel,
  type EventObject,
  enqueueActions,
  fromCallback,
  type Snapshot,
  setup,
} from 'xstate';
import type { ConnectionEvent, ConnectionInput, Server, TransactionStatus } from '../events/connection.ts';
import { CLOSE_TIMEOUT_MS, IDLE_ROLLBACK_RETRY_MS } from '../events/limits.ts';
import type { QueryFact } from '../events/query.ts';
import type { SessionFact } from '../events/session.ts';
import type { StateKind } from '../events/state-kind.ts';

/** What a connection remembers: whose turn it is and who waits. */
export interface ConnectionContext extends ConnectionInput {
  readonly server: Server | null;
  readonly transaction: TransactionStatus;
  /** What it holds of its session: what it is to be given at first, then by the server's word. */
  readonly held: readonly StateKind[];
  readonly current: string | null;
  /** Queries that wait for their turn, first come first. */
  readonly waiting: readonly string[];
  /** Time that a transaction may stay unused, as the last statement brought it, in milliseconds; 0 is for ever. */
  readonly idleInTransactionMs: number;
}

/** Input of the connection's effects. */
export type ConnectionEffectInput = Pick<
  ConnectionInput,
  | 'connectionId'
  | 'sessionId'
  | 'profileId'
  | 'engine'
  | 'purpose'
  | 'tabId'
  | 'connectTimeoutMs'
  | 'readOnly'
  | 'restores'
>;

type Ref<E extends EventObject> = ActorRef<Snapshot<unknown>, E> | undefined;

const effect = fromCallback<ConnectionEvent, ConnectionEffectInput>(() => {});

/**
 * A connection is one server connection, used by one query at a time.
 *
 *   opening → open → closing → closed
 *      │       │ work:         idle ⇄ busy;  idle → expired → busy   (its transaction is unused for too long)
 *      │       │ transaction:  none · open · failed     (the protocol's word at each release)
 *      └───────┴─→ lost
 *
 * `hold` keeps the socket for as long as `open` stands and says goodbye at its end. The next query gets its turn only by
 * `connection.released`, which says that the last one has ended and its cancel channel has closed. `expired` asks for a
 * rollback, which comes as a query like any other; a statement that came before it goes first, and nothing expires. Ended
 * states are tagged so; the session stops an actor that reports its end.
 */
export const connectionMachine = setup({
  types: {} as {
    context: ConnectionContext;
    events: ConnectionEvent;
    input: ConnectionInput;
    tags: 'ended';
  },
  actors: { connect: effect, hold: effect, disconnect: effect, rollBackIdle: effect },
  actions: {
    rememberServer: assign(({ context, event }) => ({
      server: event.type === 'connection.opened' ? event.server : context.server,
    })),
    enqueue: assign(({ context, event }) => {
      if (event.type !== 'query.enqueued') return {};
      const { queryId, idleInTransactionMs } = event;
      return { waiting: [...context.waiting, queryId], idleInTransactionMs };
    }),
    armIdleLimit: enqueueActions(({ enqueue, context }) => {
      const { transaction, idleInTransactionMs: delay } = context;
      if (transaction !== 'none' && delay > 0)
        enqueue.raise({ type: 'connection.idleLimitReached' }, { id: 'idleLimit', delay });
    }),
    disarmIdleLimit: cancel('idleLimit'),
    withdraw: assign(({ context, event }) => ({
      waiting: context.waiting.filter((id) => !(event.type === 'query.withdrawn' && event.queryId === id)),
    })),
    takeNext: assign(({ context }) => ({
      current: context.waiting[0] ?? null,
      waiting: context.waiting.slice(1),
    })),
    dispatchCurrent: enqueueActions(({ enqueue, context, system }) => {
      const { current, connectionId, server, transaction } = context;
      const query: Ref<QueryFact> = current === null ? undefined : system.get(current);
      if (query && server)
        enqueue.sendTo(query, {
          type: 'query.dispatched',
          connectionId,
          server: server.process,
          transaction,
        });
    }),
    rememberRelease: assign(({ context, event }) => ({
      current: null,
      transaction: event.type === 'connection.released' ? event.transaction : context.transaction,
    })),
    rememberState: assign(({ context, event }) => ({
      held: event.type === 'connection.stateChanged' ? event.held : context.held,
    })),
    forgetCurrent: assign({ current: null }),
    tellOpened: enqueueActions(({ enqueue, context, event, system }) => {
      const session: Ref<SessionFact> = system.get(context.sessionId);
      const { connectionId } = context;
      if (session && event.type === 'connection.opened')
        enqueue.sendTo(session, {
          type: 'session.connectionOpened',
          connectionId,
          flavour: event.server.flavour,
          version: event.server.version,
          capabilities: event.server.capabilities,
        });
    }),
    tellLost: enqueueActions(({ enqueue, context, event, system }) => {
      const session: Ref<SessionFact> = system.get(context.sessionId);
      const { connectionId, tabId, transaction, held } = context;
      const failure = 'failure' in event ? event.failure : UNUSABLE;
      if (session)
        enqueue.sendTo(session, {
          type: 'session.connectionLost',
          connectionId,
          tabId,
          failure,
          transaction,
          ...(held.length === 0 ? {} : { held: [...held] }),
        });
    }),
    tellClosed: enqueueActions(({ enqueue, context, system }) => {
      const session: Ref<SessionFact> = system.get(context.sessionId);
      const { connectionId } = context;
      if (session) enqueue.sendTo(session, { type: 'session.connectionClosed', connectionId });
    }),
  },
  guards: {
    isCurrent: ({ context, event }) => 'queryId' in event && event.queryId === context.current,
    isCurrentUnusable: ({ context, event }) =>
      event.type === 'connection.released' && event.queryId === context.current && !event.usable,
    someoneWaits: ({ context }) => context.waiting.length > 0,
    transactionIsOpen: ({ context }) => context.transaction === 'open',
    transactionHasFailed: ({ context }) => context.transaction === 'failed',
    transactionIsNone: ({ context }) => context.transaction === 'none',
  },
  delays: { CLOSE_LIMIT: CLOSE_TIMEOUT_MS, IDLE_ROLLBACK_RETRY: IDLE_ROLLBACK_RETRY_MS },
}).createMachine({
  id: 'connection',
  version: '5',
  context: ({ input }) => ({
    ...input,
    server: null,
    transaction: 'none',
    held: input.restores ?? [],
    current: null,
    waiting: [],
    idleInTransactionMs: 0,
  }),
  initial: 'opening',
  on: {
    'query.enqueued': { actions: 'enqueue' },
    'query.withdrawn': { actions: 'withdraw' },
    'connection.stateChanged': { actions: 'rememberState' },
  },
  states: {
    opening: {
      invoke: { id: 'connect', src: 'connect', input: ({ context }) => effectInput(context) },
      on: {
        'connection.opened': { target: 'open', actions: ['rememberServer', 'tellOpened'] },
        'connection.notOpened': { target: 'lost', actions: 'tellLost' },
        'connection.close': 'closing',
      },
    },
    open: {
      type: 'parallel',
      invoke: { id: 'hold', src: 'hold', input: ({ context }) => effectInput(context) },
      on: {
        'connection.lost': { target: 'lost', actions: 'tellLost' },
        'connection.close': 'closing',
      },
      states: {
        work: {
          initial: 'idle',
          states: {
            idle: {
              entry: 'armIdleLimit',
              exit: 'disarmIdleLimit',
              always: { guard: 'someoneWaits', target: 'busy', actions: 'takeNext' },
              on: { 'connection.idleLimitReached': 'expired' },
            },
            expired: {
              invoke: {
                id: 'rollBackIdle',
                src: 'rollBackIdle',
                input: ({ context }) => effectInput(context),
              },
              always: { guard: 'someoneWaits', target: 'busy', actions: 'takeNext' },
              after: { IDLE_ROLLBACK_RETRY: { target: 'expired', reenter: true } },
            },
            busy: {
              entry: 'dispatchCurrent',
              on: {
                'connection.released': [
                  {
                    guard: 'isCurrentUnusable',
                    target: '#connection.lost',
                    actions: ['rememberRelease', 'tellLost'],
                  },
                  { guard: 'isCurrent', target: 'idle', actions: 'rememberRelease' },
                ],
                // It was withdrawn while its turn was on the way to it: nothing has been sent.
                'query.withdrawn': [
                  { guard: 'isCurrent', target: 'idle', actions: 'forgetCurrent' },
                  { actions: 'withdraw' },
                ],
              },
            },
          },
        },
        transaction: {
          initial: 'none',
          states: {
            none: {
              always: [
                { guard: 'transactionIsOpen', target: 'open' },
                { guard: 'transactionHasFailed', target: 'failed' },
              ],
            },
            open: {
              always: [
                { guard: 'transactionIsNone', target: 'none' },
                { guard: 'transactionHasFailed', target: 'failed' },
              ],
            },
            failed: {
              always: [
                { guard: 'transactionIsNone', target: 'none' },
                { guard: 'transactionIsOpen', target: 'open' },
              ],
            },
          },
        },
      },
    },
    closing: {
      invoke: { id: 'disconnect', src: 'disconnect', input: ({ context }) => effectInput(context) },
      on: { 'connection.closed': 'closed', 'connection.lost': 'closed' },
      after: { CLOSE_LIMIT: 'closed' },
    },
    closed: { tags: 'ended', entry: 'tellClosed' },
    lost: { tags: 'ended' },
  },
});

/** A connection whose protocol state is not known any more; it is never used again. */
const UNUSABLE = { code: 'connection.unusable', source: 'client' } as const;

function effectInput(context: ConnectionContext): ConnectionEffectInput {
  const { connectionId, sessionId, profileId, engine, purpose, tabId, connectTimeoutMs, readOnly, restores } =
    context;
  return {
    connectionId,
    sessionId,
    profileId,
    engine,
    purpose,
    tabId,
    connectTimeoutMs,
    readOnly,
    ...(restores ? { restores } : {}),
  };
}
