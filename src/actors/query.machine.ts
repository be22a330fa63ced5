import {
  type ActorRef,
  assign,
  cancel,
  type EventObject,
  enqueueActions,
  fromCallback,
  raise,
  type Snapshot,
  setup,
} from 'xstate';
import type { ConnectionEvent, TransactionStatus } from '../events/connection.ts';
import type { Failure } from '../events/failure.ts';
import { CONFIRM_TIMEOUT_MS, PAUSED_MAX_MS } from '../events/limits.ts';
import type {
  CancelReason,
  Outcome,
  QueryCancel,
  QueryEnded,
  QueryFact,
  QueryInput,
  QueryTurnWanted,
} from '../events/query.ts';
import type { Of } from '../events/schema.ts';

/** What a query receives. */
export type QueryEvent =
  | QueryFact
  | Of<typeof QueryCancel>
  | { readonly type: 'connection.lost'; readonly failure: Failure };

/** What a query remembers: what decides where it goes next, and nothing that the tape tells anyway. */
export interface QueryContext extends QueryInput {
  readonly reason: CancelReason | null;
  /** The confirmation's time ran out while rows were counted. */
  readonly expired: boolean;
  /** The connection's transaction when it gave this query its turn. */
  readonly transaction: TransactionStatus;
}

type Ref<E extends EventObject> = ActorRef<Snapshot<unknown>, E> | undefined;

/** An effect gets all that its query knows. The statement's text waits in the side store under `queryId`. */
const effect = fromCallback<QueryEvent, QueryContext>(() => {});

/**
 * A query is one statement's run on one connection.
 *
 *   submitted → queued.onConnection   waits for its turn on the connection
 *                   ↓ query.dispatched
 *              classifying ───────────────────────────→ refused
 *                   │  └→ confirming ⇄ counting            ↑   a person decides, and may have the rows counted first
 *                   ↓          ↓ └─────────────────────────┘
 *              queued.inSession    waits until few enough statements of its session run; ours don't
 *                   ↓ query.turnGiven
 *               recording   write-ahead: waits until the records so far are on disk
 *                   ↓ query.recorded
 *   running:    executing → streaming ⇄ paused ──────────→ succeeded · failed
 *                   │ cancel, timeout, a limit
 *                   └→ cancelling.requested → .acknowledged → .escalating
 *                          → cancelled · timedOut · succeeded (it won the race) · failed
 *   anything that loses its connection → lost.notRun · lost.mayHaveCompleted
 *
 * It is classified when it has its turn, because what a text means depends on what the connection's last statement left. The
 * session's turn is asked for last, so that nobody has one who waits for a person or for a connection, and none can be waited
 * for in a circle.
 * The statement's effect lives as long as `running`, the cancel's as long as `cancelling`. An end is reported only once
 * the statement has ended and its cancel channel has closed, so a connection released here is safe to use again.
 */
export const queryMachine = setup({
  types: {} as { context: QueryContext; events: QueryEvent; input: QueryInput; tags: 'ended' },
  actors: {
    classify: effect,
    count: effect,
    stopCount: effect,
    record: effect,
    execute: effect,
    cancelOnServer: effect,
  },
  actions: {
    rememberReason: assign(({ context, event }) => ({
      reason: context.reason ?? (event.type === 'query.cancel' ? event.reason : null),
    })),
    rememberTimeout: assign({ reason: 'timeout' }),
    rememberRowLimit: assign({ reason: 'rowLimit' }),
    rememberResultLimit: assign({ reason: 'resultLimit' }),
    rememberPaused: assign({ reason: 'paused' }),
    rememberExpired: assign({ expired: true }),
    rememberTurn: assign(({ event, context }) => ({
      transaction: event.type === 'query.dispatched' ? event.transaction : context.transaction,
    })),
    enqueueOnConnection: enqueueActions(({ enqueue, context, system }) => {
      const connection: Ref<ConnectionEvent> = system.get(context.connectionId);
      const { queryId, idleInTransactionMs } = context;
      if (connection) enqueue.sendTo(connection, { type: 'query.enqueued', queryId, idleInTransactionMs });
    }),
    withdrawFromConnection: enqueueActions(({ enqueue, context, system }) => {
      const connection: Ref<ConnectionEvent> = system.get(context.connectionId);
      if (connection) enqueue.sendTo(connection, { type: 'query.withdrawn', queryId: context.queryId });
    }),
    rememberCounted: assign(({ event, context }) => ({
      transaction: event.type === 'query.counted' ? event.transaction : context.transaction,
    })),
    /** The count has left the connection in a state that is not known. */
    returnUnusable: enqueueActions(({ enqueue, context, system }) => {
      const connection: Ref<ConnectionEvent> = system.get(context.connectionId);
      const { queryId, transaction } = context;
      if (connection)
        enqueue.sendTo(connection, { type: 'connection.released', queryId, transaction, usable: false });
    }),
    askForTurn: enqueueActions(({ enqueue, context, system }) => {
      const session: Ref<Of<typeof QueryTurnWanted>> = system.get(context.sessionId);
      if (session) enqueue.sendTo(session, { type: 'query.turnWanted', queryId: context.queryId });
    }),
    /** The statement never left, so the connection is as it was when it gave the turn. */
    returnTurn: enqueueActions(({ enqueue, context, system }) => {
      const connection: Ref<ConnectionEvent> = system.get(context.connectionId);
      const { queryId, transaction } = context;
      if (connection)
        enqueue.sendTo(connection, { type: 'connection.released', queryId, transaction, usable: true });
    }),
    releaseConnection: enqueueActions(({ enqueue, context, event, system }) => {
      const connection: Ref<ConnectionEvent> = system.get(context.connectionId);
      if (!connection || !(event.type === 'query.completed' || event.type === 'query.failed')) return;
      const { transaction, usable } = event;
      enqueue.sendTo(connection, {
        type: 'connection.released',
        queryId: context.queryId,
        transaction,
        usable,
      });
    }),
    giveConnectionUp: enqueueActions(({ enqueue, context, event, system }) => {
      const connection: Ref<ConnectionEvent> = system.get(context.connectionId);
      if (connection && (event.type === 'query.lost' || event.type === 'query.abandoned'))
        enqueue.sendTo(connection, { type: 'connection.lost', failure: event.failure });
    }),
    armDeadline: enqueueActions(({ enqueue, context }) => {
      if (context.timeoutMs > 0)
        enqueue.raise({ type: 'query.deadlinePassed' }, { id: 'deadline', delay: context.timeoutMs });
    }),
    disarmDeadline: cancel('deadline'),
    armPauseLimit: raise({ type: 'query.pausedTooLong' }, { id: 'pauseLimit', delay: 'PAUSE_LIMIT' }),
    disarmPauseLimit: cancel('pauseLimit'),
    armConfirmLimit: raise(
      { type: 'query.confirmationExpired' },
      { id: 'confirmLimit', delay: 'CONFIRM_LIMIT' },
    ),
    disarmConfirmLimit: cancel('confirmLimit'),
    reportEnd: enqueueActions(({ enqueue, context, system }, params: { outcome: Outcome }) => {
      const session: Ref<Of<typeof QueryEnded>> = system.get(context.sessionId);
      const { queryId, scriptId, reason } = context;
      if (!session) return;
      const asked = reason === null ? {} : { reason };
      enqueue.sendTo(session, { type: 'query.ended', queryId, scriptId, ...params, ...asked });
    }),
  },
  guards: {
    admitted: ({ event }) => event.type === 'query.classified' && event.admission === 'admitted',
    oursAdmitted: ({ context, event }) =>
      event.type === 'query.classified' && event.admission === 'admitted' && !takesTurn(context),
    mayBeConfirmed: ({ event }) => event.type === 'query.classified' && event.admission === 'confirm',
    countLeftUnusable: ({ event }) => event.type === 'query.counted' && !event.usable,
    wasCancelled: ({ context }) => context.reason !== null,
    hasExpired: ({ context }) => context.expired,
    readsOn: ({ event }) => 'readOn' in event,
    stoppedByTimeout: ({ context, event }) =>
      event.type === 'query.failed' && event.stopped && context.reason === 'timeout',
    stoppedByCancel: ({ context, event }) =>
      event.type === 'query.failed' && event.stopped && context.reason !== null,
    mayHaveCompleted: ({ event }) => event.type === 'query.lost' && event.ran === 'mayHaveCompleted',
  },
  delays: { PAUSE_LIMIT: PAUSED_MAX_MS, CONFIRM_LIMIT: CONFIRM_TIMEOUT_MS },
}).createMachine({
  id: 'query',
  version: '10',
  context: ({ input }) => ({ ...input, reason: null, expired: false, transaction: 'none' }),
  initial: 'submitted',
  states: {
    submitted: {
      on: {
        'query.submitted': 'queued',
        'query.cancel': { target: 'cancelled', actions: 'rememberReason' },
        'connection.lost': 'lost.notRun',
        'query.abandoned': 'lost.notRun',
      },
    },
    queued: {
      initial: 'onConnection',
      on: { 'connection.lost': 'lost.notRun' },
      states: {
        onConnection: {
          entry: 'enqueueOnConnection',
          on: {
            'query.dispatched': { target: '#query.classifying', actions: 'rememberTurn' },
            'query.cancel': {
              target: '#query.cancelled',
              actions: ['rememberReason', 'withdrawFromConnection'],
            },
            'query.abandoned': { target: '#query.lost.notRun', actions: 'withdrawFromConnection' },
          },
        },
        inSession: {
          entry: 'askForTurn',
          on: {
            'query.turnGiven': '#query.recording',
            'query.cancel': { target: '#query.cancelled', actions: ['rememberReason', 'returnTurn'] },
            'query.abandoned': { target: '#query.lost.notRun', actions: 'returnTurn' },
          },
        },
      },
    },
    classifying: {
      invoke: { id: 'classify', src: 'classify', input: wholeContext },
      on: {
        'query.classified': [
          { guard: 'oursAdmitted', target: 'recording' },
          { guard: 'admitted', target: 'queued.inSession' },
          { guard: 'mayBeConfirmed', target: 'confirming', actions: 'armConfirmLimit' },
          { target: 'refused', actions: 'returnTurn' },
        ],
        'query.cancel': { target: 'cancelled', actions: ['rememberReason', 'returnTurn'] },
        'connection.lost': 'lost.notRun',
        'query.abandoned': { target: 'lost.notRun', actions: 'returnTurn' },
      },
    },
    // One time limit for the answer, counts included: it is armed once, when the question is asked.
    confirming: {
      on: {
        'query.confirmed': { target: 'queued.inSession', actions: 'disarmConfirmLimit' },
        'query.countWanted': 'counting',
        'query.confirmationExpired': { target: 'refused', actions: 'returnTurn' },
        'query.cancel': {
          target: 'cancelled',
          actions: ['disarmConfirmLimit', 'rememberReason', 'returnTurn'],
        },
        'connection.lost': { target: 'lost.notRun', actions: 'disarmConfirmLimit' },
        'query.abandoned': { target: 'lost.notRun', actions: ['disarmConfirmLimit', 'returnTurn'] },
      },
    },
    // The connection is the count's until that has ended: the statement is neither sent nor given up before.
    counting: {
      invoke: { id: 'count', src: 'count', input: wholeContext },
      initial: 'running',
      on: {
        'query.counted': [
          {
            guard: 'countLeftUnusable',
            target: 'lost.notRun',
            actions: ['disarmConfirmLimit', 'rememberCounted', 'returnUnusable'],
          },
          { guard: 'wasCancelled', target: 'cancelled', actions: ['rememberCounted', 'returnTurn'] },
          { guard: 'hasExpired', target: 'refused', actions: ['rememberCounted', 'returnTurn'] },
          { target: 'confirming', actions: 'rememberCounted' },
        ],
        'connection.lost': { target: 'lost.notRun', actions: 'disarmConfirmLimit' },
        'query.abandoned': { target: 'lost.notRun', actions: ['disarmConfirmLimit', 'returnUnusable'] },
      },
      states: {
        running: {
          on: {
            'query.cancel': { target: 'stopping', actions: ['disarmConfirmLimit', 'rememberReason'] },
            'query.confirmationExpired': { target: 'stopping', actions: 'rememberExpired' },
          },
        },
        stopping: {
          invoke: { id: 'stopCount', src: 'stopCount', input: wholeContext },
          on: { 'query.cancel': {} },
        },
      },
    },
    recording: {
      invoke: { id: 'record', src: 'record', input: wholeContext },
      on: {
        'query.recorded': 'running',
        'query.notRecorded': { target: 'refused', actions: 'returnTurn' },
        'query.cancel': { target: 'cancelled', actions: ['rememberReason', 'returnTurn'] },
        'connection.lost': 'lost.notRun',
        'query.abandoned': { target: 'lost.notRun', actions: 'returnTurn' },
      },
    },
    running: {
      invoke: { id: 'execute', src: 'execute', input: wholeContext },
      initial: 'executing',
      entry: 'armDeadline',
      exit: ['disarmDeadline', 'disarmPauseLimit'],
      on: {
        'query.completed': { target: 'succeeded', actions: 'releaseConnection' },
        'query.failed': [
          { guard: 'stoppedByTimeout', target: 'timedOut', actions: 'releaseConnection' },
          { guard: 'stoppedByCancel', target: 'cancelled', actions: 'releaseConnection' },
          { target: 'failed', actions: 'releaseConnection' },
        ],
        'query.lost': [
          { guard: 'mayHaveCompleted', target: 'lost.mayHaveCompleted', actions: 'giveConnectionUp' },
          { target: 'lost.notRun', actions: 'giveConnectionUp' },
        ],
        'query.withheld': { target: 'refused', actions: 'returnTurn' },
        'query.abandoned': { target: 'lost.mayHaveCompleted', actions: 'giveConnectionUp' },
        'query.cancel': { target: '.cancelling', actions: 'rememberReason' },
        'query.deadlinePassed': { target: '.cancelling', actions: 'rememberTimeout' },
        'query.rowLimitReached': [
          { guard: 'readsOn' },
          { target: '.cancelling', actions: 'rememberRowLimit' },
        ],
        'query.resultLimitReached': [
          { guard: 'readsOn' },
          { target: '.cancelling', actions: 'rememberResultLimit' },
        ],
        'query.progressed': {},
        'query.noticed': {},
      },
      states: {
        executing: { on: { 'query.firstRowArrived': 'streaming' } },
        streaming: { on: { 'query.paused': 'paused' } },
        paused: {
          entry: ['disarmDeadline', 'armPauseLimit'],
          exit: 'disarmPauseLimit',
          on: {
            'query.resumed': { target: 'streaming', actions: 'armDeadline' },
            'query.pausedTooLong': { target: 'cancelling', actions: 'rememberPaused' },
          },
        },
        cancelling: {
          entry: 'disarmDeadline',
          invoke: { id: 'cancel', src: 'cancelOnServer', input: wholeContext },
          initial: 'requested',
          on: {
            // The first reason stands: these would begin what has begun.
            'query.cancel': {},
            'query.deadlinePassed': {},
            'query.rowLimitReached': {},
            'query.resultLimitReached': {},
            'query.cancelSent': {},
          },
          states: {
            requested: {
              on: {
                'query.cancelAcknowledged': 'acknowledged',
                'query.cancelEscalated': 'escalating',
              },
            },
            acknowledged: { on: { 'query.cancelEscalated': 'escalating' } },
            escalating: {},
          },
        },
      },
    },
    refused: { tags: 'ended', entry: { type: 'reportEnd', params: { outcome: 'refused' } } },
    succeeded: { tags: 'ended', entry: { type: 'reportEnd', params: { outcome: 'succeeded' } } },
    failed: { tags: 'ended', entry: { type: 'reportEnd', params: { outcome: 'failed' } } },
    cancelled: { tags: 'ended', entry: { type: 'reportEnd', params: { outcome: 'cancelled' } } },
    timedOut: { tags: 'ended', entry: { type: 'reportEnd', params: { outcome: 'timedOut' } } },
    lost: {
      initial: 'mayHaveCompleted',
      states: {
        notRun: { tags: 'ended', entry: { type: 'reportEnd', params: { outcome: 'lost.notRun' } } },
        mayHaveCompleted: {
          tags: 'ended',
          entry: { type: 'reportEnd', params: { outcome: 'lost.mayHaveCompleted' } },
        },
      },
    },
  },
});

/** Whether it is one of those that the session lets run so many of at once: a person's statements and edits. */
function takesTurn({ purpose }: QueryContext): boolean {
  return purpose === 'statement' || purpose === 'edit';
}

function wholeContext({ context }: { readonly context: QueryContext }): QueryContext {
  return context;
}
