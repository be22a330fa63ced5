import { type QueryContext, querySetup } from './query-setup.ts';

/** Ends the lease of a statement that never left, so the connection is as it was. */
const RELEASE = { type: 'release', params: { usable: true } } as const;
/** Ends the lease of a connection that must not be used again. */
const RELEASE_UNUSABLE = { type: 'release', params: { usable: false } } as const;

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
export const queryMachine = querySetup.createMachine({
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

function wholeContext({ context }: { readonly context: QueryContext }): QueryContext {
  return context;
}
