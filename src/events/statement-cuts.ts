import type { DataLines, Script, ScriptFault, StatementRange } from './statement-range.ts';

/** Faults of one text that are remembered. */
const FAULTS_MAX = 20;
/** Blanks to the end of the line, or to a comment that takes the rest of it. */
const REST_OF_LINE = /[ \t]*(?:\r?\n|$|--|#)/y;

/**
 * Cuts a text into its statements while an engine's lexer goes through it. A statement takes with it the comments that lead it, as
 * hints, tags and the notes for an audit stand there; a comment that stands behind a delimiter on its line belongs to what it ended.
 */
export class StatementCuts {
  private readonly statements: StatementRange[] = [];
  private readonly faults: ScriptFault[] = [];
  /** Where the statement begins, with its leading comments; -1 before any of them. */
  private start = -1;
  private past = -1;
  private begun = false;
  /** Past the last delimiter; -1 before the first. */
  private delimited = -1;

  constructor(private readonly text: string) {}

  get script(): Script {
    return { statements: this.statements, faults: this.faults };
  }

  /** A statement has begun: more than comments were read. */
  get hasBegun(): boolean {
    return this.begun;
  }

  token(start: number, end: number): void {
    if (this.start < 0) this.start = start;
    this.begun = true;
    this.past = end;
  }

  comment(start: number, end: number): void {
    if (this.begun) this.past = end;
    else if (this.start < 0 && !this.isBehindDelimiter(start, end)) this.start = start;
  }

  /** The statement ends here, if one has begun. */
  end(mode?: string, data?: DataLines): void {
    if (this.begun)
      this.statements.push({
        start: this.start,
        end: this.past,
        ...(data ? { data } : {}),
        ...(mode === undefined ? {} : { mode }),
      });
    this.start = -1;
    this.begun = false;
  }

  /** What is before `past` is no part of a statement: a delimiter, a line for the client, data. */
  skip(past: number): number {
    if (!this.begun) this.start = -1;
    this.delimited = past;
    return past;
  }

  fault(code: ScriptFault['code'], at: number, message: string): void {
    // The first is what is said; the others only make it certain that nothing runs.
    if (this.faults.length < FAULTS_MAX) this.faults.push({ code, at, message });
  }

  private isBehindDelimiter(start: number, end: number): boolean {
    if (this.delimited < 0 || this.text.slice(this.delimited, start).includes('\n')) return false;
    if (this.text[this.delimited - 1] === '\n') return false;
    REST_OF_LINE.lastIndex = end;
    return REST_OF_LINE.test(this.text);
  }
}
