import type { ServerError } from './protocol.ts';

/** ER_PARSE_ERROR */
export const SYNTAX = 1064;
/** `… near 'rest of the statement' at line 3`, in every language the last quoted text and the last number. */
const NEAR = /'([\s\S]*)'[^'\d]*(\d+)\D*$/;
/** The server cuts the rest it quotes (MySQL source, ER_PARSE_ERROR's `%-.80s`); MariaDB ends it in dots then. */
const NEAR_LENGTH_MAX = 80;
const CUT = '...';

/**
 * The character that a syntax error points at, counted from 1: the protocol has no position, but the message quotes the rest
 * of the statement and its line. Undefined where the quoted text stands at several places of that line, or at none.
 */
export function syntaxPosition(text: string, { errno, message }: ServerError): number | undefined {
  const [, near, line] = errno === SYNTAX ? (NEAR.exec(message) ?? []) : [];
  if (near === undefined || line === undefined) return undefined;
  if (near === '') return characters(text, text.length) + 1;
  const isCut = [...near].length >= NEAR_LENGTH_MAX;
  const quoted = isCut && near.endsWith(CUT) ? near.slice(0, -CUT.length) : near;
  const lineStart = startOfLine(text, Number(line));
  const lineEnd = text.indexOf('\n', lineStart);
  const places: number[] = [];
  for (let at = text.indexOf(quoted, lineStart); at >= 0; at = text.indexOf(quoted, at + 1)) {
    if (lineEnd >= 0 && at > lineEnd) break;
    // An uncut rest reaches to the end.
    if (isCut || at + quoted.length === text.length) places.push(at);
  }
  return places.length === 1 ? characters(text, places[0]!) + 1 : undefined;
}

/** Characters before a place: a pair of surrogates is one. */
function characters(text: string, end: number): number {
  let count = end;
  for (let at = 1; at < end; at++) if (text.codePointAt(at - 1)! > 0xffff) count--;
  return count;
}

function startOfLine(text: string, line: number): number {
  let at = 0;
  for (let n = 1; n < line; n++) at = text.indexOf('\n', at) + 1 || text.length;
  return at;
}
