import { MysqlLexer } from '../../events/engines/mysql-lexer.ts';
import type { LexicalFacts } from '../../events/lexical-facts.ts';
import type { Params } from '../driver.ts';
import { literal } from './literal.ts';

/**
 * A statement with its values in the place of its `?`. The text protocol takes no parameters, and the binary one gives rows
 * in another form and rounds FLOAT; so each value is written as a literal that can't end where it should not, whatever
 * sql_mode says: of letters that mean nothing, or in hexadecimal. `facts` are the connection's. Null where there are more or fewer `?` than values.
 */
export function withParams(text: string, params: Params, facts: LexicalFacts): string | null {
  const lexer = new MysqlLexer(text, facts);
  let out = '';
  let from = 0;
  let place = 0;
  for (let at = 0; at < text.length; ) {
    const { kind, end } = lexer.read(at, false);
    if (kind === 'operator' && text[at] === '?') {
      const value = params[place++];
      if (value === undefined) return null;
      out += text.slice(from, at) + (value === null ? 'NULL' : literal(value));
      from = end;
    }
    at = end;
  }
  return place === params.length ? out + text.slice(from) : null;
}
