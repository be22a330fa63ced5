import { postgres } from '../../events/engines/postgres.ts';
import { candidateOf, type Found, type Imported, importedOf } from './candidate.ts';
import type { NotTaken } from './not-taken.ts';
import { type Parameters, takeParameters } from './parameters.ts';

/**
 * Reads libpq's `keyword = value` form (PostgreSQL manual, "Keyword/Value Connection Strings"): values with
 * spaces, and empty ones, in single quotes; `\'` and `\\` for a quote and a backslash.
 */
export function importDsn(text: string): Imported {
  const parameters = parametersOfDsn(text);
  if (typeof parameters === 'string') return { candidates: [], notTaken: [refusal(parameters)] };
  const found: Found = { engine: postgres.name, notTaken: [] };
  takeParameters(found, parameters);
  // What has no keyword of libpq's is in another program's form, and would become a connection to this machine.
  const unknown = found.notTaken.filter(({ code }) => code === 'import.unknown');
  if (unknown.length === parameters.length)
    return { candidates: [], notTaken: [refusal('None of its keywords can be taken.'), ...unknown] };
  return importedOf([candidateOf('DSN', found)]);
}

function refusal(why: string): NotTaken {
  return { what: 'DSN', code: 'dsn.syntax', why };
}

/** Names and values, or what is wrong. */
function parametersOfDsn(text: string): Parameters | string {
  const pattern =
    /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:'((?:[^'\\]|\\[\s\S])*)'(?=\s|$)|((?:[^\s'\\]|\\[\s\S])(?:[^\s\\]|\\[\s\S])*)?(?=\s|$))\s*/y;
  const parameters: [string, string][] = [];
  let at = 0;
  while (at < text.length) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null)
      return `At character ${at + 1} there is no keyword = value. A value with a space is in single quotes.`;
    parameters.push([found[1]!, (found[2] ?? found[3] ?? '').replaceAll(/\\([\s\S])/g, '$1')]);
    at = pattern.lastIndex;
  }
  return parameters.length === 0 ? 'There is nothing in it.' : parameters;
}
