import { StatementBody } from '../../events/engines/mysql-statement-body.ts';
import { CLASSIFY_NESTING_MAX } from '../limits.ts';
import { Doubt, type Token } from './classify-lexer.ts';

/**
 * The statements of a text, each as its tokens; the body of a routine belongs to the statement that makes it.
 * @throws Doubt where one ends inside of an executable comment
 */
export function statementsOf(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [];
  let current: Token[] = [];
  let body = new StatementBody();
  for (const token of tokens) {
    if (token.is === ';' && body.mayEnd()) {
      // What splits a script does not look into the comment, and no server takes two statements at once.
      if (token.comment >= 0)
        throw new Doubt('A statement ends inside of an executable comment', { at: token.start });
      if (current.length > 0) statements.push(current);
      current = [];
      body = new StatementBody();
      continue;
    }
    body.take(token);
    current.push(token);
  }
  if (current.length > 0) statements.push(current);
  return statements;
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
