import type { FailureText } from './failure.ts';
import type { Environment } from './profile.ts';
import type { AfterCancel, Outcome } from './query.ts';
import type { Cut } from './result.ts';

/** A statement of the user as it is submitted, for the history. */
export interface SubmittedText {
  readonly queryId: string;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly profileId: string;
  readonly profileName: string;
  readonly environment: Environment;
  readonly text: string;
  /** The values that the text leaves open. */
  readonly params: readonly (string | null)[];
}

/** How such a statement ended. */
export interface StatementEnd {
  readonly queryId: string;
  readonly outcome: Outcome;
  readonly serverMs: number | null;
  readonly rows: number | null;
  /** Why rows are missing; left out where none is. */
  readonly cut?: Cut;
  /** What a cancel did to it, where it completed all the same. */
  readonly afterCancel?: AfterCancel;
  /** In the server's words. */
  readonly failure: FailureText | null;
}

/** A statement that was run before. Where it was too long to be kept whole, its last line says so and runs nowhere. */
export interface HistoryEntry extends SubmittedText {
  /** Null where it is not known how it ended: it runs, or its program ended first. */
  readonly outcome: Outcome | null;
  readonly serverMs: number | null;
  readonly rows: number | null;
  readonly cut?: Cut;
  readonly afterCancel?: AfterCancel;
  readonly failure: FailureText | null;
}

/** What of the history is wanted: the query of `GET /api/history`. */
export interface HistoryWish {
  /** Every word of it stands in the statement or in the profile's name, whatever its case. */
  readonly search: string;
  readonly profileId: string | null;
  readonly outcome: Outcome | null;
  /** The last entry of the page before. */
  readonly before: string | null;
  readonly count: number;
}

/** Something that is kept and can't be read, or could not be kept. */
export interface KeptProblem {
  readonly code: string;
  /** What it is and what to do. Names files and places in them, never a text. */
  readonly message: string;
}

/** A page of the history: the answer of `GET /api/history`. */
export interface HistoryPage {
  /** Newest first. */
  readonly entries: readonly HistoryEntry[];
  /** There are older ones. */
  readonly more: boolean;
  readonly problems: readonly KeptProblem[];
}
