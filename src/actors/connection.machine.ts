import { assign, cancel, enqueueActions, fromCallback, setup } from 'xstate';
import type { ConnectionEvent, ConnectionInput, Server, TransactionStatus } from '../events/connection.ts';
import { CLOSE_TIMEOUT_MS } from '../events/limits.ts';
import type { SessionFact } from '../events/session.ts';
import type { StateKind } from '../events/state-kind.ts';
import { IDLE_ROLLBACK_RETRY_MS } from './limits.ts';
import { tell } from './tell.ts';

/** What a connection remembers: who answers, which query uses it, and what the server has said of its state. */
export interface ConnectionContext extends ConnectionInput {
  readonly server: Server | null;
  readonly transaction: TransactionStatus;
  /** What it holds of its session: what it is to be given at first, then by the server's word. */
  readonly held: readonly StateKind[];
  /** The query that uses it; null while it is idle. */
  readonly leasedTo: string | null;
  /** Time that a transaction may stay idle, as the last statement brought it, in milliseconds; 0 is no limit. */
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

const effect = fromCallback<ConnectionEvent, ConnectionEffectInput>(() => {});

/**
 * A connection is one server connection, used by one query at a time.
 *
 *   opening → open → closing → closed
 *      │       │ work:         idle ⇄ busy;  idle → expired → busy   (its transaction has been idle for too long)
 *      │       │ transaction:  none · open · failed     (the protocol's word at each release)
 *      └───────┴─→ lost
 *
 * `hold` keeps the socket for as long as `open` lasts and says goodbye at its end. The session leases it to one query at a time. The
 * query releases it once it has ended and its cancel channel has closed, and only then does the session lease it again. `expired` asks
 * for a rollback, which comes as a query like any other; a statement that came before it goes first, and nothing expires. Ended
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
    armIdleLimit: enqueueActions(({ enqueue, context }) => {
      const { transaction, idleInTransactionMs: delay } = context;
      if (transaction !== 'none' && delay > 0)
        enqueue.raise({ type: 'connection.idleLimitReached' }, { id: 'idleLimit', delay });
    }),
    disarmIdleLimit: cancel('idleLimit'),
    takeLease: assign(({ context, event }) => ({
      leasedTo: event.type === 'connection.leased' ? event.queryId : context.leasedTo,
    })),
    rememberRelease: assign(({ context, event }) => {
      if (event.type !== 'connection.released') return {};
      const { transaction = context.transaction, idleInTransactionMs = context.idleInTransactionMs } = event;
      return { leasedTo: null, transaction, idleInTransactionMs };
    }),
    rememberState: assign(({ context, event }) => ({
      held: event.type === 'connection.stateChanged' ? event.held : context.held,
    })),
    reportOpened: enqueueActions((args) => {
      const { context, event } = args;
      if (event.type !== 'connection.opened') return;
      const { flavour, version, capabilities } = event.server;
      tell<SessionFact>(args, context.sessionId, {
        type: 'session.connectionOpened',
        connectionId: context.connectionId,
        flavour,
        version,
        capabilities,
      });
    }),
    reportLost: enqueueActions((args) => {
      const { sessionId, connectionId, tabId, transaction, held } = args.context;
      tell<SessionFact>(args, sessionId, {
        type: 'session.connectionLost',
        connectionId,
        tabId,
        failure: 'failure' in args.event ? args.event.failure : UNUSABLE,
        transaction,
        ...(held.length === 0 ? {} : { held: [...held] }),
      });
    }),
    reportClosed: enqueueActions((args) => {
      const { sessionId, connectionId } = args.context;
      tell<SessionFact>(args, sessionId, { type: 'session.connectionClosed', connectionId });
    }),
  },
  guards: {
    isLeasedTo: ({ context, event }) => 'queryId' in event && event.queryId === context.leasedTo,
    isUnusable: ({ context, event }) =>
      event.type === 'connection.released' && event.queryId === context.leasedTo && !event.usable,
    transactionIsOpen: ({ context }) => context.transaction === 'open',
    transactionHasFailed: ({ context }) => context.transaction === 'failed',
    transactionIsNone: ({ context }) => context.transaction === 'none',
  },
  delays: { CLOSE_LIMIT: CLOSE_TIMEOUT_MS, IDLE_ROLLBACK_RETRY: IDLE_ROLLBACK_RETRY_MS },
}).createMachine({
  id: 'connection',
  version: '7',
  context: ({ input }) => ({
    ...input,
    server: null,
    transaction: 'none',
    held: input.restores ?? [],
    leasedTo: null,
    idleInTransactionMs: 0,
  }),
  initial: 'opening',
  on: {
    'connection.stateChanged': { actions: 'rememberState' },
  },
  states: {
    opening: {
      invoke: { id: 'connect', src: 'connect', input: ({ context }) => effectInput(context) },
      on: {
        'connection.opened': { target: 'open', actions: ['rememberServer', 'reportOpened'] },
        'connection.notOpened': { target: 'lost', actions: 'reportLost' },
        'connection.lost': { target: 'lost', actions: 'reportLost' },
        'connection.close': 'closing',
      },
    },
    open: {
      type: 'parallel',
      invoke: { id: 'hold', src: 'hold', input: ({ context }) => effectInput(context) },
      on: {
        'connection.lost': { target: 'lost', actions: 'reportLost' },
        'connection.close': 'closing',
      },
      states: {
        work: {
          initial: 'idle',
          states: {
            idle: {
              entry: 'armIdleLimit',
              exit: 'disarmIdleLimit',
              on: {
                'connection.leased': { target: 'busy', actions: 'takeLease' },
                'connection.idleLimitReached': 'expired',
              },
            },
            expired: {
              invoke: {
                id: 'rollBackIdle',
                src: 'rollBackIdle',
                input: ({ context }) => effectInput(context),
              },
              on: { 'connection.leased': { target: 'busy', actions: 'takeLease' } },
              after: { IDLE_ROLLBACK_RETRY: { target: 'expired', reenter: true } },
            },
            busy: {
              on: {
                'connection.released': [
                  {
                    guard: 'isUnusable',
                    target: '#connection.lost',
                    actions: ['rememberRelease', 'reportLost'],
                  },
                  { guard: 'isLeasedTo', target: 'idle', actions: 'rememberRelease' },
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
    closed: { tags: 'ended', entry: 'reportClosed' },
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
