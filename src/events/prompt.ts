import { Type } from '@sinclair/typebox';
import { PROMPT_TEXTS_MAX, SECRET_UNITS_MAX } from './limits.ts';
import { Count, Id, message, type Of, part } from './schema.ts';
import { TunnelPromptKind } from './tunnel-facts.ts';

/**
 * What a question to the user is about: `confirmation` asks for the profile's name before a dangerous statement is sent, `hostKey`
 * whether an SSH server's key is trusted, `passphrase` for that of a key file, `secondFactor` for what an SSH server wants to know.
 */
export const PromptKind = Type.Union([Type.Literal('confirmation'), ...TunnelPromptKind.anyOf]);
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

/** A line of a file of known hosts. */
const KnownLine = part({
  keyType: Type.String(),
  fingerprint: Type.String(),
  file: Type.String(),
  line: Count,
});

/**
 * What a tunnel asks, as the page shows it. Hops are counted from 0. Every text is the server's or the system's own: it is shown as
 * text and never interpreted.
 */
export const PromptQuestion = Type.Union([
  part({
    type: Type.Literal('hostKey'),
    hop: Count,
    /** As known_hosts writes it: `bastion`, `[bastion]:2222`. */
    host: Type.String(),
    keyType: Type.String(),
    /** `SHA256:…` */
    fingerprint: Type.String(),
    /** The fingerprint's random art. */
    art: Type.String(),
    /** Keys of other types that are known for this host. */
    others: Type.Array(KnownLine),
  }),
  part({ type: Type.Literal('passphrase'), hop: Count, keyFile: Type.String() }),
  part({
    type: Type.Literal('secondFactor'),
    hop: Count,
    /** The hop's host, as the profile names it. */
    host: Type.String(),
    name: Type.String(),
    instructions: Type.String(),
    prompts: Type.Array(part({ text: Type.String(), echo: Type.Boolean() })),
  }),
]);
export type PromptQuestion = Of<typeof PromptQuestion>;

/** An open question, as `GET /api/prompts` lists it. What a confirmation is about is in `GET /api/queries/OWNER`. */
export const Prompt = part({
  promptId: Id,
  kind: PromptKind,
  ownerId: Id,
  /** Null for a tunnel that is only tested. */
  sessionId: Type.Union([Id, Type.Null()]),
  tabId: Type.Union([Id, Type.Null()]),
  /** What an answer names beside the prompt. It is on no tape, so that reading one is not enough to answer. */
  challenge: Id,
  openedAt: Count,
  /** Milliseconds since 1970 UTC, as is `openedAt`. */
  expiresAt: Count,
  /** What a tunnel asks; left out for a confirmation. In memory only. */
  question: Type.Optional(PromptQuestion),
});
export type Prompt = Of<typeof Prompt>;

/** What `GET /api/prompts` answers: the open questions, oldest first. */
export const PromptList = part({ prompts: Type.Array(Prompt) });
export type PromptList = Of<typeof PromptList>;

/** One text for a passphrase, one for each prompt of a round. */
const texts = Type.Array(Type.String({ maxLength: SECRET_UNITS_MAX }), { maxItems: PROMPT_TEXTS_MAX });

/** What the user answers, by the prompt's kind. `name` is the profile's name as it was typed. Not to trust a key is to dismiss. */
export const PromptAnswer = Type.Union([
  part({ kind: Type.Literal('confirmation'), challenge: Id, name: Type.String() }),
  part({ kind: Type.Literal('hostKey'), challenge: Id, trusted: Type.Literal(true) }),
  part({ kind: Type.Literal('passphrase'), challenge: Id, texts }),
  part({ kind: Type.Literal('secondFactor'), challenge: Id, texts }),
]);
export type PromptAnswer = Of<typeof PromptAnswer>;
