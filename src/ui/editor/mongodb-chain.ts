/** One link of a chain such as `db.orders.find({})`. */
export interface ChainLink {
  readonly name: string;
  readonly isCalled: boolean;
  /** The string that it is called with, where its only argument is one. */
  readonly text: string | null;
}

/** A chain that the text before a cursor ends with, and the beginning of the next name. */
interface OpenChain {
  readonly links: readonly ChainLink[];
  readonly typed: string;
}

const OPENING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const QUOTES = '"\'`';

/**
 * Reads the chain that a text ends with, such as `db.orders.find({}).so`, from its end; null where the text
 * ends otherwise. Strings are skipped by their quotes, which is enough for a statement that is being written.
 */
export function chainBefore(text: string): OpenChain | null {
  const [tail, typed = ''] = /\.\s*([\w$]*)$/.exec(text) ?? [];
  if (tail === undefined) return null;
  const links: ChainLink[] = [];
  let at = text.length - tail.length;
  for (;;) {
    at = trimmed(text, at);
    let given: string | null = null;
    if (text[at - 1] === ')') {
      const open = openingOf(text, at);
      if (open < 0) return null;
      given = text.slice(open + 1, at - 1).trim();
      at = trimmed(text, open);
    }
    const name = /[\w$]+$/.exec(text.slice(Math.max(0, at - NAME_UNITS_MAX), at))?.[0];
    if (name === undefined) return null;
    links.unshift({ name, isCalled: given !== null, text: given === null ? null : stringOf(given) });
    at = trimmed(text, at - name.length);
    if (text[at - 1] !== '.') return { links, typed };
    at--;
  }
}

/** Names are not longer than this (MongoDB manual, "MongoDB Limits and Thresholds"). */
const NAME_UNITS_MAX = 255;

function trimmed(text: string, end: number): number {
  let at = end;
  while (at > 0 && /\s/.test(text[at - 1]!)) at--;
  return at;
}

/** Where the bracket is that the one before `end` closes; -1 where there is none. */
function openingOf(text: string, end: number): number {
  const wanted: string[] = [];
  for (let at = end - 1; at >= 0; at--) {
    const char = text[at]!;
    if (QUOTES.includes(char)) {
      at = quoteBefore(text, at);
      if (at < 0) return -1;
    } else if (OPENING[char]) wanted.push(OPENING[char]);
    else if ('([{'.includes(char)) {
      if (wanted.pop() !== char) return -1;
      if (wanted.length === 0) return at;
    }
  }
  return -1;
}

/** The quote that begins the string which ends at `end`. */
function quoteBefore(text: string, end: number): number {
  let at = text.lastIndexOf(text[end]!, end - 1);
  while (at > 0 && text[at - 1] === '\\') at = text.lastIndexOf(text[end]!, at - 1);
  return end === 0 ? -1 : at;
}

function stringOf(given: string): string | null {
  const [, inner] = /^(?:"([^"\\]*)"|'[^'\\]*'|`[^`\\]*`)$/.exec(given) ? [given, given.slice(1, -1)] : [];
  return inner ?? null;
}
