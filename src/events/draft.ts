import { type Static, Type } from '@sinclair/typebox';
import type { KeptProblem } from './history.ts';
import { DRAFT_TITLE_UNITS_MAX, DRAFT_UNITS_MAX } from './limits.ts';
import { Count, Id } from './schema.ts';

/** The text of an open tab, kept before it is run. */
export const draftFields = {
  tabId: Id,
  profileId: Id,
  /** Given by the user. */
  title: Type.Optional(Type.String({ maxLength: DRAFT_TITLE_UNITS_MAX })),
  text: Type.String({ maxLength: DRAFT_UNITS_MAX }),
  /** Whether a statement of it begins a transaction that the user ends. */
  manualCommit: Type.Optional(Type.Boolean()),
  /** Where the tab stands among the others, from 0. */
  place: Type.Optional(Count),
};
const fields = Type.Object(draftFields, { additionalProperties: false });

/** A draft as it was saved last, by whichever page. */
export type Draft = Readonly<Static<typeof fields>> & {
  /** Milliseconds since 1970 UTC. */
  readonly savedAt: number;
};

/** The answer of `GET /api/drafts`. */
export interface Drafts {
  /** In the order of their tabs. */
  readonly drafts: readonly Draft[];
  readonly problems: readonly KeptProblem[];
}
