import { type MysqlKind, MysqlLexer } from '../../events/engines/mysql-lexer.ts';
import type { LexicalFacts } from '../../events/lexical-facts.ts';
import type { Place } from '../findings.ts';
import { EXECUTABLE_COMMENTS_MAX } from '../limits.ts';

/** One token, of the kinds that `MysqlLexer` has but for blanks and comments. */
export interface Token {
  readonly kind: Exclude<MysqlKind, 'blank' | 'comment' | 'open' | 'close'>;
  /** As it stands in the text. */
  readonly text: string;
  /** A word in upper case, an operator, and nothing for the others: what rules compare. */
  readonly is: string;
  readonly start: number;
  readonly end: number;
  /** Which executable comment of the text it stands in, from 0; -1 for none. */
  readonly comment: number;
}

/** Raised where the text can't be read with certainty. */
export class Doubt extends Error {
  constructor(
    message: string,
    readonly place: Place,
  ) {
    super(message);
  }
}

/** The tokens of a text, and how many executable comments it has. */
interface Tokens {
  readonly tokens: readonly Token[];
  readonly comments: number;
}

/**
 * The tokens of a text by the engine's one lexer; those of an executable comment say so.
 * @throws Doubt where products, versions or settings would read the text differently
 */
export function tokensOf(text: string, facts: LexicalFacts): Tokens {
  const lexer = new MysqlLexer(text, facts);
  const tokens: Token[] = [];
  let comments = 0;
  /** Where the executable comment begins that is being read, or -1. */
  let opened = -1;
  for (let at = 0; at < text.length; ) {
    const { kind, end, doubt } = lexer.read(at, opened >= 0);
    if (doubt !== undefined) throw new Doubt(doubt, { at });
    if (kind === 'open') {
      if (comments >= EXECUTABLE_COMMENTS_MAX) throw new Doubt('Has too many executable comments', { at });
      comments++;
      opened = at;
    } else if (kind === 'close') {
      opened = -1;
    } else if (kind !== 'blank' && kind !== 'comment') {
      const source = text.slice(at, end);
      const is = kind === 'word' ? source.toUpperCase() : kind === 'operator' ? source : '';
      tokens.push({ kind, text: source, is, start: at, end, comment: opened < 0 ? -1 : comments - 1 });
    }
    at = end;
  }
  if (opened >= 0) throw new Doubt('Has a comment that never ends', { at: opened });
  return { tokens, comments };
}
