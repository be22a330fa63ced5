import { promptMachine } from '../../../../src/actors/prompt.machine.ts';
import { _, type Truth } from './truth-table.ts';

const events = {
  answered: { type: 'prompt.answered', commandId: 'm' },
  dismissed: { type: 'prompt.dismissed' },
  limitOver: { type: 'xstate.after.ANSWER_LIMIT.prompt.open' },
} as const;

const ways = { open: [], answered: ['answered'], dismissed: ['dismissed'], expired: ['limitOver'] } as const;

export const prompt: Truth<keyof typeof ways, keyof typeof events> = {
  machine: promptMachine,
  input: { promptId: 'p1', kind: 'confirmation', ownerId: 'q1', expiresAfterMs: 1000 },
  events,
  ways,
  endedBy: ['dismissed'],
  table: {
    open: { answered: 'answered', dismissed: 'dismissed', limitOver: 'expired' },
    answered: { answered: _, dismissed: _, limitOver: _ },
    dismissed: { answered: _, dismissed: _, limitOver: _ },
    expired: { answered: _, dismissed: _, limitOver: _ },
  },
};
