import { Type } from '@sinclair/typebox';
import { Cell } from './edit.ts';
import { Envelope } from './envelope.ts';
import { FailureText } from './failure.ts';
import { Judgement } from './judgement.ts';
import { DRAFTS_MAX } from './limits.ts';
import { Code, Count, Id, message, type Of, part } from './schema.ts';

/** How the tape is. Said outside the tape, as a tape that can't be written can't say so itself. */
export const TapeHealth = part({
  state: Type.Union([Type.Literal('durable'), Type.Literal('failed')]),
  /** The last seq that is on disk. */
  durableSeq: Count,
  /** Why it can't be written: `ENOSPC`, `EIO` …; null while it can. */
  code: Type.Union([Code, Type.Null()]),
});
export type TapeHealth = Of<typeof TapeHealth>;

/** What the server says over `WS /api/events`. The page says nothing there; it asks over `POST /api/commands`. */
export const Down = Type.Union([
  message('hello', { protocol: Count, runId: Id, health: TapeHealth }),
  message('events', { envelopes: Type.Array(Envelope) }),
  message('health', { health: TapeHealth }),
  /** A sign of life, every WS_HEARTBEAT_MS. */
  message('heartbeat', {}),
  /** Too far behind, or asked for records that were cut: fetch `/api/state` and follow from its seq. */
  message('resync', {
    reason: Type.Union([Type.Literal('slow'), Type.Literal('gone'), Type.Literal('far')]),
  }),
]);
export type Down = Of<typeof Down>;

/** What `POST /api/tabs/claim` takes: the tabs that a page wants for itself. It answers `{ tabIds }`, those that it got. */
export const TabClaim = part({ pageId: Id, tabIds: Type.Array(Id, { maxItems: DRAFTS_MAX }) });
export type TabClaim = Of<typeof TabClaim>;

/** What `GET /api/queries/ID` says: the words that the tape may not hold, while this process remembers them. */
export const QueryText = part({
  queryId: Id,
  text: Type.String(),
  /** The values that the text leaves open, in order. */
  params: Type.Array(Type.Union([Type.String(), Type.Null()])),
  /** Where the statement begins in the text that was submitted, in UTF-16 units. */
  offset: Count,
  failure: Type.Union([FailureText, Type.Null()]),
  /** What was found out about it; null before that. */
  judgement: Type.Union([Judgement, Type.Null()]),
  /** What `query.confirm` has to name, while it may be confirmed. */
  challenge: Type.Union([part({ id: Id, expiresAt: Count }), Type.Null()]),
  notices: Type.Array(FailureText),
  /** The row that an edit left, in the server's text; left out where it is not known. */
  rowLeft: Type.Optional(Type.Array(Cell)),
});
export type QueryText = Of<typeof QueryText>;
