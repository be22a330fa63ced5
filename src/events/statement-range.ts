/**
 * Where a statement stands in a text, in UTF-16 units: with the comments that lead it and those inside, without the `;`. What
 * is between two ranges is never sent.
 */
export interface StatementRange {
  readonly start: number;
  /** Past its last token or comment. */
  readonly end: number;
  /** The lines that `COPY … FROM STDIN` reads. */
  readonly data?: DataLines;
  /** How its strings were read (`EngineDescriptor.lexicalMode`); left out where every way of reading them gives the same. */
  readonly mode?: string;
}

/** Data lines in a text, as psql reads them from its input after a statement: up to the line `\.`. */
export interface DataLines {
  readonly start: number;
  /** Past the last line's end; the line `\.` is not among them. */
  readonly end: number;
  /** Past the line `\.`. */
  readonly past: number;
}

/** Why a text can't be run as it is, known before anything is sent. */
export interface ScriptFault {
  readonly code: 'script.clientCommand' | 'script.unterminated' | 'script.copyData';
  /** Where, in UTF-16 units. */
  readonly at: number;
  /** A sentence, and what to do instead. Quotes no literal of the text. */
  readonly message: string;
}

/** A text as its engine's lexer reads it. */
export interface Script {
  readonly statements: readonly StatementRange[];
  readonly faults: readonly ScriptFault[];
}

/** The whole of a statement with its data lines: what is run when the statement under the cursor is. */
export function extentOf({ start, end, data }: StatementRange): {
  readonly start: number;
  readonly end: number;
} {
  return { start, end: data?.past ?? end };
}
