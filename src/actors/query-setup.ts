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

/** An effect gets all that its query knows. The statement's text waits in the side store under `queryId`. */
const effect = fromCallback<QueryEvent, QueryContext>(() => {});

/** What a query is made of, for its chart: its types, its effects, its actions, guards and delays by their names. */
export const querySetup = setup({
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
