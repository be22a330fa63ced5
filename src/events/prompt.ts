import { Type } from '@sinclair/typebox';
import { Count, Id, message, type Of, part } from './schema.ts';

/** What a question to the user is about: `confirmation` asks for the profile's name before a dangerous statement is sent. */
export const PromptKind = Type.Union([Type.Literal('confirmation')]);
export type PromptKind = Of<typeof PromptKind> & string;

/** What a prompt's actor is created with. */
export const PromptInput = Type.Object(
  {
    promptId: Id,
    kind: PromptKind,
    /** The actor that asks, and waits for the answer. */
    ownerId: Id,
    /** Time for the answer, in milliseconds. */
    expiresAfterMs: Count,
  },
  { additionalProperties: false },
);
export type PromptInput = Of<typeof PromptInput>;

/** What a prompt's actor receives. The answer itself is checked before and is on no tape. */
export const PromptFact = Type.Union([
  message('prompt.answered', { commandId: Id }),
  /** Whoever asked needs no answer any more. */
  message('prompt.dismissed', {}),
]);
export type PromptFact = Of<typeof PromptFact>;

/** An open question, as `GET /api/prompts` lists it. What a confirmation is about is in `GET /api/queries/OWNER`. */
export const Prompt = part({
  promptId: Id,
  kind: PromptKind,
  ownerId: Id,
  sessionId: Id,
  tabId: Type.Union([Id, Type.Null()]),
  /** What an answer names beside the prompt. It is on no tape, so that reading one is not enough to answer. */
  challenge: Id,
  openedAt: Count,
  /** Milliseconds since 1970 UTC, as is `openedAt`. */
  expiresAt: Count,
});
export type Prompt = Of<typeof Prompt>;

/** What `GET /api/prompts` answers: the open questions, oldest first. */
export const PromptList = part({ prompts: Type.Array(Prompt) });
export type PromptList = Of<typeof PromptList>;

/** What the user answers, by the prompt's kind. `name` is the profile's name as it was typed. */
export const PromptAnswer = Type.Union([
  part({ kind: Type.Literal('confirmation'), challenge: Id, name: Type.String() }),
]);
export type PromptAnswer = Of<typeof PromptAnswer>;
