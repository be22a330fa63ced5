import { assign, enqueueActions, setup } from 'xstate';
import type { ConnectionEvent } from '../events/connection.ts';
import type { Of } from '../events/schema.ts';
import { type LostState, stateLoss } from '../events/session-state.ts';
import type { StateKind } from '../events/state-kind.ts';
import type { TabClosed, TabFact, TabInput } from '../events/tab.ts';
import { connectionMachine } from './connection.machine.ts';
import { tell } from './tell.ts';

/** What a tab knows of its connection, and of what it has lost with former ones. */
export interface TabContext extends Omit<TabInput, 'connectionId'> {
  /** Its connection; null while it has none. */
  readonly connectionId: string | null;
  /** What the lost connection held and the next one is given again before anything else is sent on it. */
  readonly restores: readonly StateKind[];
  /** What the lost connection held and nothing gives back, until the user has acknowledged it; null for nothing. */
  readonly lost: LostState | null;
}

/** What its session reports of a connection that was lost. */
type ConnectionLost = TabFact & { type: 'tab.connectionLost' };

/** What was lost with a tab's connection, or could not be set again on it. */
function lossOf({ held = [], transaction, failure }: ConnectionLost) {
  return stateLoss(held, transaction, failure.code);
}

/** What a new connection of the tab is created with. */
function connectionInput(context: TabContext, connectionId: string) {
  const { sessionId, profileId, engine, tabId, connectTimeoutMs, readOnly, restores } = context;
  return {
    connectionId,
    sessionId,
    profileId,
    engine,
    purpose: 'tab' as const,
    tabId,
    connectTimeoutMs,
    readOnly,
    ...(restores.length === 0 ? {} : { restores: [...restores] }),
  };
}

/**
 * A tab of the page in one session. It owns its connection and what that holds: the transaction and the state of the session.
 *
 *   open ⇄ interrupted.{ lost · rollingBack → rolledBack } → retiring → closed
 *
 * A lost connection is replaced at the tab's next statement. What can be set again there is, before anything else is sent; anything
 * else interrupts the tab: it runs nothing until the user has acknowledged the loss. The same holds for a transaction that was
 * rolled back because it was idle for too long. A retired tab closes its connection once its statements have ended.
 * Invariant I10.
 */
export const tabMachine = setup({
  types: {} as { context: TabContext; events: TabFact; input: TabInput; tags: 'ended' },
  actors: { connection: connectionMachine },
  actions: {
    openConnection: enqueueActions(({ enqueue, context, event }) => {
      const connectionId = event.type === 'tab.connect' ? event.connectionId : context.connectionId!;
      enqueue.assign({ connectionId });
      const input = connectionInput(context, connectionId);
      enqueue.spawnChild('connection', { id: connectionId, systemId: connectionId, input });
    }),
    forgetConnection: enqueueActions(({ enqueue, context, event }) => {
      if (!('connectionId' in event)) return;
      if (event.connectionId === context.connectionId) enqueue.assign({ connectionId: null });
      enqueue.stopChild(event.connectionId);
    }),
    rememberLoss: assign(({ context, event }) => {
      if (event.type !== 'tab.connectionLost') return {};
      const { restores, state } = lossOf(event);
      return { restores, lost: state ?? context.lost };
    }),
    forgetLoss: assign({ lost: null }),
    closeConnection: enqueueActions((args) => {
      const { connectionId } = args.context;
      tell<ConnectionEvent>(args, connectionId, { type: 'connection.close' });
    }),
    reportClosed: enqueueActions((args) => {
      const { sessionId, actorId } = args.context;
      tell<Of<typeof TabClosed>>(args, sessionId, { type: 'tab.closed', actorId });
    }),
  },
  guards: {
    interrupts: ({ event }) => event.type === 'tab.connectionLost' && lossOf(event).stops,
    isUnused: ({ event }) => event.type === 'tab.retired' && event.unused === true,
    hasNoConnection: ({ context }) => context.connectionId === null,
    wasRolledBack: ({ event }) => event.type === 'tab.rollbackEnded' && event.outcome === 'succeeded',
    wasLost: ({ event }) => event.type === 'tab.rollbackEnded' && event.outcome.startsWith('lost'),
  },
}).createMachine({
  id: 'tab',
  version: '1',
  context: ({ input }) => ({ ...input, restores: [], lost: null }),
  initial: 'open',
  entry: 'openConnection',
  on: {
    'tab.connectionLost': { actions: ['rememberLoss', 'forgetConnection'] },
    'tab.connectionClosed': { actions: 'forgetConnection' },
    'tab.retired': [
      { guard: 'isUnused', target: '.retiring', actions: 'closeConnection' },
      { target: '.retiring' },
    ],
  },
  states: {
    open: {
      on: {
        'tab.connect': { actions: 'openConnection' },
        'tab.connectionLost': [
          { guard: 'interrupts', target: 'interrupted', actions: ['rememberLoss', 'forgetConnection'] },
          { actions: ['rememberLoss', 'forgetConnection'] },
        ],
        'tab.rollbackStarted': 'interrupted.rollingBack',
      },
    },
    interrupted: {
      initial: 'lost',
      states: {
        lost: { on: { 'tab.lossSeen': { target: '#tab.open', actions: 'forgetLoss' } } },
        // The transaction is gone by the server's word alone.
        rollingBack: {
          on: {
            'tab.rollbackEnded': [
              { guard: 'wasRolledBack', target: 'rolledBack' },
              { guard: 'wasLost', target: 'lost' },
              { target: '#tab.open' },
            ],
          },
        },
        rolledBack: { on: { 'tab.lossSeen': { target: '#tab.open', actions: 'forgetLoss' } } },
      },
    },
    retiring: {
      always: { guard: 'hasNoConnection', target: 'closed' },
      on: { 'tab.unused': { actions: 'closeConnection' }, 'tab.retired': {} },
    },
    closed: { tags: 'ended', entry: 'reportClosed', on: { 'tab.retired': {} } },
  },
});
