import { pastBlank, pastQuoted } from '../../events/statements-mysql.ts';
import type { Params } from '../driver.ts';
import { literal } from './quoting.ts';

/**
 * A statement with its values in the place of its `?`. The text protocol takes no parameters, and the binary one gives rows
 * in another form and rounds FLOAT; so each value is written as a literal that can't end where it should not, whatever
 * sql_mode says: of letters that mean nothing, or in hexadecimal. `backslash` is whether a backslash escapes in strings
 * (SERVER_STATUS_NO_BACKSLASH_ESCAPES). Null where there are more or fewer `?` than values.
 */
export function withParams(text: string, params: Params, backslash: boolean): string | null {
  let out = '';
  let from = 0;
  let place = 0;
  for (let at = 0; at < text.length; ) {
    const next = pastBlank(text, at);
    if (next > at) {
      at = next;
    } else if (text[at] === "'" || text[at] === '"') {
      at = pastQuoted(text, at, backslash);
    } else if (text[at] === '`') {
      at = pastQuoted(text, at, false);
    } else if (text[at] === '?') {
      const value = params[place++];
      if (value === undefined) return null;
      out += text.slice(from, at) + (value === null ? 'NULL' : literal(value));
      from = ++at;
    } else {
      at++;
    }
  }
  return place === params.length ? out + text.slice(from) : null;
}
