import { assign, enqueueActions, fromCallback, setup } from 'xstate';
import { CLOSE_TIMEOUT_MS } from '../events/limits.ts';
import type { PromptFact } from '../events/prompt.ts';
import { reconnectBackoffMs } from '../events/reconnect-backoff.ts';
import { mayReopen, type TunnelFact, type TunnelInput, type TunnelReport } from '../events/tunnel-facts.ts';
import { RECONNECT_ATTEMPTS_MAX } from './limits.ts';
import { promptMachine } from './prompt.machine.ts';
import { tell } from './tell.ts';

/** What a tunnel remembers. */
interface TunnelContext extends TunnelInput {
  /** The question that the user is asked; null for none. */
  readonly promptId: string | null;
  /** Attempts to open it again since it was lost. */
  readonly attempts: number;
}

const effect = fromCallback<TunnelFact, TunnelInput>(() => {});

/** Whether it is opened for the first time or again: reach a hop, verify its key, sign in, and the next one. */
const DIALLING = {
  initial: 'connecting',
  exit: 'dismissPrompt',
  states: {
    connecting: {},
    verifyingHostKey: {},
    awaitingTrust: { on: { 'tunnel.answered': { target: 'verifyingHostKey', actions: 'forgetPrompt' } } },
    authenticating: {},
  },
} as const;

/** What the one that opens it reports, in either of both. */
const STEPS = {
  'tunnel.chosen': {},
  'tunnel.spawned': {},
  'tunnel.hopReached': '.verifyingHostKey',
  'tunnel.hostKeySeen': '.verifyingHostKey',
  'tunnel.asked': [
    { guard: 'isOfHostKey', target: '.awaitingTrust', actions: 'openPrompt' },
    { actions: 'openPrompt' },
  ],
  'tunnel.answered': { actions: 'forgetPrompt' },
  'tunnel.questionExpired': { actions: 'forgetPrompt' },
  'tunnel.signInBegan': '.authenticating',
  'tunnel.signedIn': '.authenticating',
} as const;

/**
 * A tunnel is a way to a server that is not dialled itself: through SSH servers, or by a command that opens a local port.
 *
 *   opening: connecting → verifyingHostKey ⇄ awaitingTrust → authenticating     (once for each hop)
 *      │         ↓
 *      │     forwarding ⇄ reopening: waiting ⇄ dialling (connecting → …)
 *      ↓         ↓                      ↓
 *   failed    closing → closed        failed
 *
 * `opening` and `dialling` last as long as the effect that opens it; `forwarding` holds it, and closes what it is made of at its end.
 * A loss is reported to its owner at once, which lets go of every connection through it. It is opened again after a backoff, up to
 * RECONNECT_ATTEMPTS_MAX times, and not once where a sign-in or a host key is refused or the user does not answer: to repeat that
 * could lock the account.
 */
export const tunnelMachine = setup({
  types: {} as { context: TunnelContext; events: TunnelFact; input: TunnelInput; tags: 'ended' },
  actors: { open: effect, hold: effect, disconnect: effect, prompt: promptMachine },
  actions: {
    openPrompt: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'tunnel.asked') return;
      const { promptId, kind, expiresAfterMs } = event;
      enqueue.assign({ promptId });
      const input = { promptId, kind, ownerId: context.tunnelId, expiresAfterMs };
      enqueue.spawnChild('prompt', { id: promptId, systemId: promptId, input });
    }),
    forgetPrompt: assign({ promptId: null }),
    dismissPrompt: enqueueActions((args) => {
      tell<PromptFact>(args, args.context.promptId, { type: 'prompt.dismissed' });
      args.enqueue.assign({ promptId: null });
    }),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    forgetAttempts: assign({ attempts: 0 }),
    reportForwarding: enqueueActions((args) => {
      const { tunnelId, ownerId } = args.context;
      tell<TunnelReport>(args, ownerId, { type: 'tunnel.forwarding', tunnelId });
    }),
    reportLoss: enqueueActions((args) => {
      const { context, event } = args;
      const { tunnelId, ownerId } = context;
      if (event.type === 'tunnel.lost')
        tell<TunnelReport>(args, ownerId, { type: 'tunnel.interrupted', tunnelId, failure: event.failure });
    }),
    reportEnd: enqueueActions((args) => {
      const { context, event } = args;
      const { tunnelId, ownerId } = context;
      const failure = event.type === 'tunnel.notOpened' ? event.failure : null;
      tell<TunnelReport>(args, ownerId, { type: 'tunnel.ended', tunnelId, failure });
    }),
  },
  guards: {
    isOfHostKey: ({ event }) => event.type === 'tunnel.asked' && event.kind === 'hostKey',
    mayTryAgain: ({ context, event }) =>
      event.type === 'tunnel.notOpened' &&
      context.attempts < RECONNECT_ATTEMPTS_MAX &&
      mayReopen(event.failure),
  },
  delays: {
    BACKOFF: ({ context }) => reconnectBackoffMs(context.attempts),
    CLOSE_LIMIT: CLOSE_TIMEOUT_MS,
  },
}).createMachine({
  id: 'tunnel',
  version: '1',
  context: ({ input }) => ({ ...input, promptId: null, attempts: 0 }),
  initial: 'opening',
  states: {
    opening: {
      invoke: { id: 'open', src: 'open', input: ({ context }) => effectInput(context) },
      ...DIALLING,
      on: {
        ...STEPS,
        'tunnel.opened': 'forwarding',
        'tunnel.notOpened': 'failed',
        'tunnel.close': 'closing',
      },
    },
    forwarding: {
      entry: ['forgetAttempts', 'reportForwarding'],
      invoke: { id: 'hold', src: 'hold', input: ({ context }) => effectInput(context) },
      on: { 'tunnel.lost': { target: 'reopening', actions: 'reportLoss' }, 'tunnel.close': 'closing' },
    },
    // Invariant I18.
    reopening: {
      initial: 'waiting',
      on: { 'tunnel.close': 'closing' },
      states: {
        waiting: {
          entry: 'countAttempt',
          on: { 'tunnel.reopen': 'dialling' },
          after: { BACKOFF: 'dialling' },
        },
        dialling: {
          invoke: { id: 'open', src: 'open', input: ({ context }) => effectInput(context) },
          ...DIALLING,
          on: {
            ...STEPS,
            'tunnel.opened': '#tunnel.forwarding',
            'tunnel.notOpened': [{ guard: 'mayTryAgain', target: 'waiting' }, { target: '#tunnel.failed' }],
          },
        },
      },
    },
    closing: {
      invoke: { id: 'disconnect', src: 'disconnect', input: ({ context }) => effectInput(context) },
      on: { 'tunnel.closed': 'closed' },
      after: { CLOSE_LIMIT: 'closed' },
    },
    closed: { tags: 'ended', entry: 'reportEnd' },
    failed: { tags: 'ended', entry: 'reportEnd' },
  },
});

function effectInput({ promptId: _, attempts: __, ...input }: TunnelContext): TunnelInput {
  return input;
}
