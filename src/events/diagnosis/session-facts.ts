import type { Engine } from '../engines/engine-name.ts';
import type { Mark } from './mark.ts';

/** What a diagnosis knows of one session. */
export interface SessionFacts {
  readonly sessionId: string;
  /** Null where the tape begins in the middle of its life. */
  engine: Engine | null;
  /** When it was asked to close, the record that led to it, and whether the tape has that. */
  closed: (Mark & { readonly cause: number | null; readonly isCauseThere: boolean }) | null;
}

export function newSession(sessionId: string): SessionFacts {
  return { sessionId, engine: null, closed: null };
}
