import { assign, fromCallback, setup } from 'xstate';
import type { OrphanFact, OrphanInput, OrphanStatus } from '../events/orphan.ts';

const effect = fromCallback<OrphanFact, OrphanInput>(() => {});

/** What the server was found to say of an orphan. */
const FOUND = (['running', 'laterStatement', 'inTransaction', 'idle', 'gone'] as const).map(
  (status) => ({ guard: { type: 'isFound', params: { status } }, target: `#orphan.${status}` }) as const,
);
/** It could not be found out what became of it. */
const UNKNOWN = '#orphan.unknown';
/** It is looked for again. */
const CHECK = { target: '#orphan.checking', actions: 'takeSession' } as const;
/** Something is there that can be ended. */
const CANCELLABLE = {
  on: { 'orphan.check': CHECK, 'orphan.cancel': { target: '#orphan.cancelling', actions: 'takeSession' } },
} as const;
/** Nothing is there that can be ended, as far as is known. */
const ANSWERED = { on: { 'orphan.check': CHECK } } as const;

/**
 * An orphan is a server process that an earlier run of the program left behind: a tab's connection that was open when the program was
 * killed. It is looked for by a connection of its own, which only reads.
 *
 *   checking → running · laterStatement · inTransaction · idle · gone · unknown
 *      ↑  ↑________________│ orphan.check                             │
 *      │                   │ orphan.cancel                            │
 *      │  cancelling: requested → confirming ─────────────────────────┘
 *      └──────────────────────┘ not terminated
 *
 * `cancelling` asks the server to end the process if it is still the same one, then looks until it has. What is not running any more
 * may have completed. `dismissed`: the user needs no answer any more; nothing is sent to the server.
 */
export const orphanMachine = setup({
  types: {} as { context: OrphanInput; events: OrphanFact; input: OrphanInput; tags: 'ended' },
  actors: { look: effect, terminate: effect, confirm: effect },
  actions: {
    takeSession: assign(({ context, event }) => ({
      sessionId: 'sessionId' in event ? event.sessionId : context.sessionId,
    })),
  },
  guards: {
    isFound: ({ event }, { status }: { status: OrphanStatus }) =>
      event.type === 'orphan.found' && event.status === status,
  },
}).createMachine({
  id: 'orphan',
  version: '1',
  context: ({ input }) => input,
  initial: 'checking',
  on: { 'orphan.dismissed': '.dismissed' },
  states: {
    checking: {
      invoke: { id: 'look', src: 'look', input: ({ context }) => context },
      on: { 'orphan.found': FOUND, 'orphan.notChecked': UNKNOWN },
    },
    running: CANCELLABLE,
    laterStatement: CANCELLABLE,
    inTransaction: CANCELLABLE,
    idle: ANSWERED,
    gone: ANSWERED,
    unknown: ANSWERED,
    dismissed: { tags: 'ended', on: { 'orphan.dismissed': {} } },
    // Invariant I17.
    cancelling: {
      initial: 'requested',
      on: { 'orphan.notChecked': UNKNOWN },
      states: {
        requested: {
          invoke: { id: 'terminate', src: 'terminate', input: ({ context }) => context },
          on: { 'orphan.terminated': 'confirming', 'orphan.notTerminated': '#orphan.checking' },
        },
        confirming: {
          invoke: { id: 'confirm', src: 'confirm', input: ({ context }) => context },
          on: { 'orphan.found': FOUND },
        },
      },
    },
  },
});
