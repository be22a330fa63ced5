/** How many years away a time has to be to be no bound at all: no row is older, or yet to come. */
const FAR_YEARS = 20;
/** Years outside of which no row is: a bound beyond them leaves nothing out. */
const FIRST_YEAR = 2000;
const LAST_YEAR = 2038;
/** A number from here on is above every key that is counted in 32 bits. */
const LARGEST = 2_147_483_647;
/** Milliseconds since 1970 of 2001 and of 2052: a number between them is a time. */
const TIME_MS = [1_000_000_000_000, 2_600_000_000_000] as const;

/** Whether a range from a bound on leaves nothing out in practice: keys above 0, times after 1970, names after ''. */
export function isExtreme(direction: 'above' | 'below', text: string): boolean {
  const bound = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(bound)) return isExtremeNumber(direction, Number(bound));
  if (/^[+-]?inf/i.test(bound) || /^-?nan$/i.test(bound)) return true;
  const year = /^(\d{4,6})-\d/.exec(bound) ?? /^(\d{4})\d{4}$/.exec(bound);
  if (year && !UUID.test(bound))
    return direction === 'above' ? Number(year[1]) <= FIRST_YEAR : Number(year[1]) >= LAST_YEAR;
  if (/\bBC$/i.test(bound)) return direction === 'above';
  return direction === 'above'
    ? !/[1-9\p{L}]/u.test(bound)
    : !/^[ -Y[-y]/.test(bound) || /^f{4}/i.test(bound);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-/i;

function isExtremeNumber(direction: 'above' | 'below', bound: number): boolean {
  if (direction === 'above') return bound <= 0;
  if (bound >= TIME_MS[0] && bound <= TIME_MS[1]) return false;
  return bound >= LARGEST || /^9{6,}$/.test(String(Math.trunc(bound)));
}

/** Whether a length of time is so long that what is that far away bounds nothing: `100 years`, `36500 DAY`. */
export function isFar(text: string): boolean {
  let years = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi))
    years += Number(number) * (YEARS.find(([name]) => unit!.toLowerCase().startsWith(name))?.[1] ?? 0);
  return Math.abs(years) >= FAR_YEARS;
}

/** Units by how they begin, in years. `mil` before `mi` and `m`. */
const YEARS: readonly (readonly [string, number])[] = [
  ['mil', 1000],
  ['c', 100],
  ['dec', 10],
  ['y', 1],
  ['q', 1 / 4],
  ['mo', 1 / 12],
  ['w', 7 / 365],
  ['d', 1 / 365],
  ['h', 1 / 8760],
  ['mi', 1 / 525_600],
  ['s', 1 / 31_536_000],
];

/** Letters that a LIKE has to name where it does not begin with any. */
const LETTERS = 3;

/** Whether a pattern of LIKE asks for something: it begins with a letter that is meant, or has some in a row. */
export function isTellingLike(pattern: string): boolean {
  return /^[^%_]/.test(pattern) || pattern.split(/[%_]/).some((run) => run.length >= LETTERS);
}

/** Whether a regular expression begins with something that it asks for, and offers nothing else. */
export function isTellingRegexp(pattern: string): boolean {
  return /^\^[\p{L}\p{N}@/_-](?![?*{])/u.test(pattern) && !pattern.includes('|');
}

/** Whether a literal container asks for something that it contains: not `{}`, `[]`, `empty`. */
export function isTellingContent(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text) && text.trim().toLowerCase() !== 'empty';
}
