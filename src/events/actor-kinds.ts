import type { ActorKind } from './envelope.ts';

/** The kinds of actor, as a list for a page, into which the vocabulary's schema would bring TypeBox. */
export const ACTOR_KINDS = Object.keys({
  workspace: true,
  session: true,
  tab: true,
  script: true,
  connection: true,
  query: true,
  prompt: true,
  orphan: true,
  tunnel: true,
  tape: true,
} satisfies Record<ActorKind, true>);
