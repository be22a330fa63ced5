import { CLASSIFY_NESTING_MAX } from '../../events/limits.ts';
import { Doubt, type Token } from './classify-lexer.ts';

/** The statements of a text, each as its tokens; the body of a routine belongs to the statement that makes it. */
export function statementsOf(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [];
  let current: Token[] = [];
  const body = new RoutineBody();
  for (const token of tokens) {
    if (token.is === ';' && body.mayEnd()) {
      if (current.length > 0) statements.push(current);
      current = [];
      body.reset();
      continue;
    }
    body.take(token, current.at(-1));
    current.push(token);
  }
  if (current.length > 0) statements.push(current);
  return statements;
}

const ROUTINES = new Set(['PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT']);
/** Words before `PROCEDURE` and its like in `CREATE OR REPLACE DEFINER = … `. */
const HEAD_WORDS = 24;
const BLOCKS = new Set(['IF', 'LOOP', 'WHILE', 'REPEAT', 'CASE', 'FOR']);
/** A block begins only where a statement may. */
const BEFORE_BLOCK = new Set([';', 'BEGIN', 'THEN', 'ELSE', 'DO', 'LOOP', 'REPEAT', ':']);

/** Follows BEGIN … END in the body of a routine, whose semicolons end no statement of the text. */
class RoutineBody {
  private seen = 0;
  private creates = false;
  private routine = false;
  private depth = 0;

  reset(): void {
    this.seen = 0;
    this.creates = false;
    this.routine = false;
    this.depth = 0;
  }

  mayEnd(): boolean {
    return this.depth === 0;
  }

  take(token: Token, before: Token | undefined): void {
    this.seen++;
    if (this.seen === 1) this.creates = token.is === 'CREATE';
    if (this.creates && this.seen < HEAD_WORDS && ROUTINES.has(token.is)) this.routine = true;
    if (!this.routine) return;
    if (token.is === 'END') this.depth = Math.max(0, this.depth - 1);
    else if (token.is === 'BEGIN') this.depth++;
    else if (this.depth > 0 && before?.is !== 'END' && BLOCKS.has(token.is)) {
      // An expression's CASE ends with END too; IF() and REPEAT() are functions where no statement begins.
      if (token.is === 'CASE' || BEFORE_BLOCK.has(before?.is ?? '')) this.depth++;
    }
  }
}

/** Parentheses above each token. @throws Doubt where they are deeper than is looked into */
export function depthsOf(tokens: readonly Token[]): number[] {
  let depth = 0;
  return tokens.map((token) => {
    if (token.is === ')') depth = Math.max(0, depth - 1);
    const own = depth;
    if (token.is === '(') depth++;
    if (depth > CLASSIFY_NESTING_MAX)
      throw new Doubt('Is nested too deeply to be looked into', { at: token.start });
    return own;
  });
}
