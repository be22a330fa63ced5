import { assign, cancel, enqueueActions, fromCallback, raise, setup } from 'xstate';
import type { ConnectionEvent, TransactionStatus } from '../events/connection.ts';
import type { Failure } from '../events/failure.ts';
import { CONFIRM_TIMEOUT_MS, PAUSED_MAX_MS } from '../events/limits.ts';
import type { PromptFact } from '../events/prompt.ts';
import type {
  CancelReason,
  Outcome,
  QueryCancel,
  QueryEnded,
  QueryFact,
  QueryInput,
  QueryPurpose,
  QuerySlotRequested,
  QuerySlotReturned,
} from '../events/query.ts';
import type { Of } from '../events/schema.ts';
import type { ScriptFact } from '../events/script.ts';
import { promptMachine } from './prompt.machine.ts';
import { tell } from './tell.ts';

/** What a query receives. */
export type QueryEvent =
  | QueryFact
  | Of<typeof QueryCancel>
  | { readonly type: 'connection.lost'; readonly failure: Failure };

/** Only what later transitions depend on; everything else is on the tape. */
export interface QueryContext extends QueryInput {
  readonly reason: CancelReason | null;
  /** The question that it waits for; null while it waits for none. */
  readonly promptId: string | null;
  /** The confirmation's time ran out while rows were counted. */
  readonly expired: boolean;
  /** It uses its connection alone, until it releases it. */
  readonly hasLease: boolean;
  /** It has one of the session's slots. */
  readonly hasSlot: boolean;
  /** The transaction that its count left; null where nothing has been sent. */
  readonly transaction: TransactionStatus | null;
  /** Its server is being asked who blocks it. */
  readonly asksBlockers: boolean;
}

/** What a query sends to its session. */
type SessionBound = Of<typeof QueryEnded> | Of<typeof QuerySlotRequested> | Of<typeof QuerySlotReturned>;

/** Ends the lease of a statement that never left, so the connection is as it was. */
const RELEASE = { type: 'release', params: { usable: true } } as const;
/** Ends the lease of a connection that must not be used again. */
const RELEASE_UNUSABLE = { type: 'release', params: { usable: false } } as const;

/** An effect gets all that its query knows. The statement's text waits in the side store under `queryId`. */
const effect = fromCallback<QueryEvent, QueryContext>(() => {});

/**
 * A query is one statement's run on one connection.
 *
 *              queued.onConnection   waits for its connection, where it was not granted at once
 *                   ↓ query.granted
 *              classifying ───────────────────────────→ refused
 *                   │  └→ confirming ⇄ counting            ↑   the user decides, and may have the rows counted first
 *                   ↓          ↓ └─────────────────────────┘
 *              queued.inSession    waits for a slot, where it has none; statements of ours need none
 *                   ↓ query.slotGranted
 *               recording   write-ahead: waits until the records so far are on disk
 *                   ↓ query.recorded
 *   running:    executing → streaming ⇄ paused ──────────→ succeeded · failed
 *                   │ cancel, timeout, a limit
 *                   └→ cancelling.requested → .acknowledged → .escalating
 *                          → cancelled · timedOut · succeeded (it won the race) · failed
 *   anything that loses its connection → lost.notRun · lost.mayHaveCompleted
 *
 * It is classified when it has its connection, because what a text means depends on what the connection's last statement left. A
 * slot is given back while the user decides, and a query that holds a slot waits for no other, so no deadlock is possible.
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
    prompt: promptMachine,
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
    takeGrant: assign(({ context, event }) => ({
      hasLease: true,
      hasSlot: context.hasSlot || (event.type === 'query.granted' && event.slot === true),
    })),
    takeSlot: assign({ hasSlot: true }),
    requestSlot: enqueueActions((args) => {
      const { queryId, sessionId } = args.context;
      tell<SessionBound>(args, sessionId, { type: 'query.slotRequested', queryId });
    }),
    returnSlot: enqueueActions((args) => {
      const { queryId, sessionId, hasSlot } = args.context;
      if (!hasSlot) return;
      args.enqueue.assign({ hasSlot: false });
      tell<SessionBound>(args, sessionId, { type: 'query.slotReturned', queryId });
    }),
    beginAsking: assign({ asksBlockers: true }),
    endAsking: assign({ asksBlockers: false }),
    rememberCounted: assign(({ event, context }) => ({
      transaction:
        event.type === 'query.counted' ? (event.transaction ?? context.transaction) : context.transaction,
    })),
    /** Ends the lease. `usable: false` says that the connection is in a state that is not known. */
    release: enqueueActions((args, params: { readonly usable: boolean }) => {
      const { connectionId, transaction } = args.context;
      tell<ConnectionEvent>(args, connectionId, releasedBy(args.context, transaction, params.usable));
    }),
    /** Ends the lease by the server's last word. */
    releaseAfter: enqueueActions((args) => {
      const { context, event } = args;
      if (event.type !== 'query.completed' && event.type !== 'query.failed') return;
      const { transaction, usable } = event;
      tell<ConnectionEvent>(args, context.connectionId, releasedBy(context, transaction, usable));
    }),
    giveConnectionUp: enqueueActions((args) => {
      const { context, event } = args;
      if (event.type === 'query.lost' || event.type === 'query.abandoned')
        tell<ConnectionEvent>(args, context.connectionId, {
          type: 'connection.lost',
          failure: event.failure,
        });
    }),
    armDeadline: enqueueActions(({ enqueue, context }) => {
      if (context.timeoutMs > 0)
        enqueue.raise({ type: 'query.deadlinePassed' }, { id: 'deadline', delay: context.timeoutMs });
    }),
    disarmDeadline: cancel('deadline'),
    armPauseLimit: raise({ type: 'query.pausedTooLong' }, { id: 'pauseLimit', delay: 'PAUSE_LIMIT' }),
    disarmPauseLimit: cancel('pauseLimit'),
    openPrompt: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'query.classified' || event.promptId === undefined) return;
      const { promptId } = event;
      enqueue.assign({ promptId });
      const asked = { kind: 'confirmation', ownerId: context.queryId } as const;
      const input = { promptId, ...asked, expiresAfterMs: CONFIRM_TIMEOUT_MS };
      enqueue.spawnChild('prompt', { id: promptId, systemId: promptId, input });
    }),
    dismissPrompt: enqueueActions((args) => {
      tell<PromptFact>(args, args.context.promptId, { type: 'prompt.dismissed' });
    }),
    // Invariant I2.
    reportEnd: enqueueActions((args, params: { readonly outcome: Outcome }) => {
      const { queryId, scriptId, scriptIndex, sessionId, reason, hasLease } = args.context;
      const end = { queryId, ...params, ...(reason === null ? {} : { reason }) };
      // The script comes first, as it may stop those that the session would grant the connection next.
      tell<ScriptFact>(args, scriptId, { type: 'script.statementEnded', scriptIndex, ...end });
      tell<SessionBound>(args, sessionId, {
        type: 'query.ended',
        scriptId,
        ...end,
        ...(hasLease ? {} : { waited: true as const }),
      });
    }),
  },
  guards: {
    isGranted: ({ context }) => context.hasLease,
    admitted: ({ event }) => event.type === 'query.classified' && event.admission === 'admitted',
    admittedAtOnce: ({ context, event }) =>
      event.type === 'query.classified' &&
      event.admission === 'admitted' &&
      (context.hasSlot || !needsSlot(context.purpose)),
    mayBeConfirmed: ({ event }) =>
      event.type === 'query.classified' && event.admission === 'confirm' && event.promptId !== undefined,
    countLeftUnusable: ({ event }) => event.type === 'query.counted' && !event.usable,
    wasCancelled: ({ context }) => context.reason !== null,
    notAsked: ({ context }) => !context.asksBlockers,
    hasExpired: ({ context }) => context.expired,
    readsOn: ({ event }) => 'readOn' in event,
    stoppedByTimeout: ({ context, event }) =>
      event.type === 'query.failed' && event.stopped && context.reason === 'timeout',
    // Invariant I3.
    stoppedByCancel: ({ context, event }) =>
      event.type === 'query.failed' && event.stopped && context.reason !== null,
    mayHaveCompleted: ({ event }) => event.type === 'query.lost' && event.ran === 'mayHaveCompleted',
  },
  delays: { PAUSE_LIMIT: PAUSED_MAX_MS },
}).createMachine({
  id: 'query',
  version: '14',
  context: ({ input }) => ({
    ...input,
    reason: null,
    promptId: null,
    expired: false,
    hasLease: input.granted === true,
    hasSlot: input.slot === true,
    transaction: null,
    asksBlockers: false,
  }),
  initial: 'queued',
  states: {
    queued: {
      initial: 'onConnection',
      on: { 'connection.lost': 'lost.notRun' },
      states: {
        onConnection: {
          always: { guard: 'isGranted', target: '#query.classifying' },
          on: {
            'query.granted': { target: '#query.classifying', actions: 'takeGrant' },
            'query.cancel': { target: '#query.cancelled', actions: 'rememberReason' },
            'query.abandoned': '#query.lost.notRun',
          },
        },
        inSession: {
          entry: 'requestSlot',
          on: {
            'query.slotGranted': { target: '#query.recording', actions: 'takeSlot' },
            'query.cancel': { target: '#query.cancelled', actions: ['rememberReason', RELEASE] },
            'query.abandoned': { target: '#query.lost.notRun', actions: RELEASE },
          },
        },
      },
    },
    classifying: {
      invoke: { id: 'classify', src: 'classify', input: wholeContext },
      on: {
        'query.classified': [
          { guard: 'admittedAtOnce', target: 'recording' },
          { guard: 'admitted', target: 'queued.inSession' },
          { guard: 'mayBeConfirmed', target: 'confirming', actions: ['openPrompt', 'returnSlot'] },
          { target: 'refused', actions: RELEASE },
        ],
        'query.cancel': { target: 'cancelled', actions: ['rememberReason', RELEASE] },
        'connection.lost': 'lost.notRun',
        'query.abandoned': { target: 'lost.notRun', actions: RELEASE },
      },
    },
    // The prompt has one time limit for the answer, counts included.
    confirming: {
      on: {
        'query.confirmed': 'queued.inSession',
        'query.countWanted': 'counting',
        'query.confirmationExpired': { target: 'refused', actions: RELEASE },
        'query.cancel': {
          target: 'cancelled',
          actions: ['dismissPrompt', 'rememberReason', RELEASE],
        },
        'connection.lost': { target: 'lost.notRun', actions: 'dismissPrompt' },
        'query.abandoned': { target: 'lost.notRun', actions: ['dismissPrompt', RELEASE] },
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
            actions: ['dismissPrompt', 'rememberCounted', RELEASE_UNUSABLE],
          },
          { guard: 'wasCancelled', target: 'cancelled', actions: ['rememberCounted', RELEASE] },
          { guard: 'hasExpired', target: 'refused', actions: ['rememberCounted', RELEASE] },
          { target: 'confirming', actions: 'rememberCounted' },
        ],
        'connection.lost': { target: 'lost.notRun', actions: 'dismissPrompt' },
        'query.abandoned': { target: 'lost.notRun', actions: ['dismissPrompt', RELEASE_UNUSABLE] },
      },
      states: {
        running: {
          on: {
            'query.cancel': { target: 'stopping', actions: ['dismissPrompt', 'rememberReason'] },
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
        'query.notRecorded': { target: 'refused', actions: RELEASE },
        'query.cancel': { target: 'cancelled', actions: ['rememberReason', RELEASE] },
        'connection.lost': 'lost.notRun',
        'query.abandoned': { target: 'lost.notRun', actions: RELEASE },
      },
    },
    running: {
      invoke: { id: 'execute', src: 'execute', input: wholeContext },
      initial: 'executing',
      entry: 'armDeadline',
      exit: ['disarmDeadline', 'disarmPauseLimit'],
      on: {
        'query.completed': { target: 'succeeded', actions: 'releaseAfter' },
        'query.failed': [
          { guard: 'stoppedByTimeout', target: 'timedOut', actions: 'releaseAfter' },
          { guard: 'stoppedByCancel', target: 'cancelled', actions: 'releaseAfter' },
          { target: 'failed', actions: 'releaseAfter' },
        ],
        'query.lost': [
          { guard: 'mayHaveCompleted', target: 'lost.mayHaveCompleted', actions: 'giveConnectionUp' },
          { target: 'lost.notRun', actions: 'giveConnectionUp' },
        ],
        'query.withheld': { target: 'refused', actions: RELEASE },
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
        'query.blockersWanted': { guard: 'notAsked', actions: 'beginAsking' },
        'query.blockersFound': { actions: 'endAsking' },
        'query.blockersNotFound': { actions: 'endAsking' },
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
            'query.cancelRefused': {},
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

/** Whether queries for that purpose run only as many at once as the policy lets: the user's own statements and edits do. */
export function needsSlot(purpose: QueryPurpose): boolean {
  return purpose === 'statement' || purpose === 'edit';
}

function releasedBy(
  { queryId, idleInTransactionMs }: QueryContext,
  transaction: TransactionStatus | null,
  usable: boolean,
): ConnectionEvent {
  return {
    type: 'connection.released',
    queryId,
    ...(transaction === null ? {} : { transaction }),
    ...(transaction === 'none' ? {} : { idleInTransactionMs }),
    usable,
  };
}

function wholeContext({ context }: { readonly context: QueryContext }): QueryContext {
  return context;
}
