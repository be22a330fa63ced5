import { MysqlLexer } from '../../events/engines/mysql-lexer.ts';
import type { LexicalFacts } from '../../events/lexical-facts.ts';
import { ORIGIN_TEXT_UNITS_MAX } from '../limits.ts';

/** Names to be looked up. */
interface Names {
  has(name: string): boolean;
}

/** A text that is too long to be looked through may name anything. */
const ALL: Names = { has: () => true };

/**
 * Names that a statement gives to tables of its own making, in lower case: what stands behind a parenthesis, `(SELECT …) AS
 * name`, and what WITH defines. The protocol says such a name in the place of a table's, and a real table may have it too; a
 * column of one of these comes from nowhere that could be edited. Rather a name too many than one too few.
 */
export function derivedNames(text: string, facts: LexicalFacts): Names {
  if (text.length > ORIGIN_TEXT_UNITS_MAX) return ALL;
  const tokens = tokensOf(text, facts);
  const names = new Set<string>();
  const add = (at: number): void => {
    const name = tokens[tokens[at]?.toLowerCase() === 'as' ? at + 1 : at];
    if (name !== undefined && /^[`"A-Za-z0-9_$\u0080-\uffff]/.test(name)) names.add(bare(name));
  };
  for (const [at, token] of tokens.entries()) {
    if (token === ')') add(at + 1);
    if (token.toLowerCase() === 'as' && tokens[at + 1] === '(') add(beforeList(tokens, at - 1));
  }
  // A name of WITH can have an alias where it is used.
  for (const [at, token] of tokens.entries()) if (names.has(bare(token))) add(at + 1);
  return names;
}

/** The place of the name before `(a, b)`, or `at` itself. */
function beforeList(tokens: readonly string[], at: number): number {
  if (tokens[at] !== ')') return at;
  let open = at;
  while (open > 0 && tokens[open] !== '(') open--;
  return open - 1;
}

function bare(token: string): string {
  const quote = token[0];
  const name = quote === '`' || quote === '"' ? token.slice(1, -1).replaceAll(quote + quote, quote) : token;
  return name.toLowerCase();
}

/** Words, quoted names and signs; strings in single quotes, comments and blanks left out. */
function tokensOf(text: string, facts: LexicalFacts): string[] {
  const lexer = new MysqlLexer(text, facts);
  const tokens: string[] = [];
  for (let at = 0; at < text.length; ) {
    const { kind, end } = lexer.read(at, false);
    if (kind !== 'blank' && kind !== 'comment' && kind !== 'open' && text[at] !== "'")
      tokens.push(text.slice(at, end));
    at = end;
  }
  return tokens;
}
