import { enqueueActions, setup } from 'xstate';
import type { PromptFact, PromptInput, PromptKind } from '../events/prompt.ts';
import type { QueryFact } from '../events/query.ts';
import type { TunnelFact } from '../events/tunnel-facts.ts';
import { tell } from './tell.ts';

/** What a tunnel receives, whatever it asked. */
const TO_TUNNEL = {
  answered: (commandId: string) => ({ type: 'tunnel.answered', commandId }) as const,
  expired: { type: 'tunnel.questionExpired' },
} as const;

/** What those who ask receive: how the question ended, by its kind. */
const REPORTS: Readonly<
  Record<PromptKind, { answered(commandId: string): Report; readonly expired: Report }>
> = {
  confirmation: {
    answered: (commandId) => ({ type: 'query.confirmed', commandId }),
    expired: { type: 'query.confirmationExpired' },
  },
  hostKey: TO_TUNNEL,
  passphrase: TO_TUNNEL,
  secondFactor: TO_TUNNEL,
};

type Report = QueryFact | TunnelFact;

/**
 * A prompt is a question to the user that an actor waits for.
 *
 *   open → answered · dismissed · expired
 *
 * It has one time limit for the answer, whatever its owner does while it waits. The answer is checked before it is delivered, and is
 * taken once.
 */
export const promptMachine = setup({
  types: {} as { context: PromptInput; events: PromptFact; input: PromptInput; tags: 'ended' },
  actions: {
    reportAnswer: enqueueActions((args) => {
      const { context, event } = args;
      if (event.type !== 'prompt.answered') return;
      tell<Report>(args, context.ownerId, REPORTS[context.kind].answered(event.commandId));
    }),
    reportExpiry: enqueueActions((args) => {
      const { kind, ownerId } = args.context;
      tell<Report>(args, ownerId, REPORTS[kind].expired);
    }),
  },
  delays: { ANSWER_LIMIT: ({ context }) => context.expiresAfterMs },
}).createMachine({
  id: 'prompt',
  version: '1',
  context: ({ input }) => input,
  initial: 'open',
  states: {
    open: {
      on: { 'prompt.answered': 'answered', 'prompt.dismissed': 'dismissed' },
      after: { ANSWER_LIMIT: 'expired' },
    },
    answered: { tags: 'ended', entry: 'reportAnswer' },
    dismissed: { tags: 'ended' },
    expired: { tags: 'ended', entry: 'reportExpiry' },
  },
});
