import { enqueueActions, setup } from 'xstate';
import type { PromptFact, PromptInput, PromptKind } from '../events/prompt.ts';
import type { QueryFact } from '../events/query.ts';
import { tell } from './tell.ts';

/** What those who ask receive: how the question ended, by its kind. */
const REPORTS: Readonly<
  Record<PromptKind, { answered(commandId: string): QueryFact; readonly expired: QueryFact }>
> = {
  confirmation: {
    answered: (commandId) => ({ type: 'query.confirmed', commandId }),
    expired: { type: 'query.confirmationExpired' },
  },
};

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
      tell<QueryFact>(args, context.ownerId, REPORTS[context.kind].answered(event.commandId));
    }),
    reportExpiry: enqueueActions((args) => {
      const { kind, ownerId } = args.context;
      tell<QueryFact>(args, ownerId, REPORTS[kind].expired);
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
