/** How many years away a time has to be to be no bound at all: no row is older, or yet to come. */
const FAR_YEARS = 20;
/** Years outside of which no row is: a bound beyond them leaves nothing out. */
const FIRST_YEAR = 2000;
const LAST_YEAR = 2038;
/** A number from here on is above every key that is counted in 32 bits. */
const LARGEST = 2_147_483_647;
/** Round numbers from here on are above all keys too; others may be times in seconds. */
const ROUND = 1_000_000_000;
/** Milliseconds since 1970 of 2001 and of 2052: a number between them is a time. */
const TIME_MS = [1_000_000_000_000, 2_600_000_000_000] as const;

/** Columns that hold what has happened already: none of their values is later than now. */
const PAST =
  /^(?:creat|insert|updat|modif|add(?:ed)?_|changed|register|recorded|logged|last_?|first_?|joined|signed|born|birth|dob|occurred|happened|received|sent|placed|ordered|purchased|posted|published_?at|_id$)/i;

/** Whether a column can hold no time that is yet to come, by its name. */
export function isPast(column: string): boolean {
  return PAST.test(column.split('.').at(-1)!);
}

/**
 * Whether a range that begins or ends at a bound leaves nothing out in practice: keys above 0, times after 1970, names after '', what
 * was created before tomorrow.
 */
export function isExtreme(
  direction: 'above' | 'below',
  text: string,
  inclusive: boolean,
  column: string,
): boolean {
  const bound = text.trim();
  const year = yearOf(bound);
  if (year !== null) {
    if (direction === 'above') return year <= FIRST_YEAR;
    return year >= LAST_YEAR || (isPast(column) && Date.parse(bound) >= Date.now() - TODAY_MS);
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(bound))
    return isExtremeNumber(direction, Number(bound), inclusive);
  if (/^[+-]?inf/i.test(bound) || /^-?nan$/i.test(bound)) return true;
  if (/\bBC$|^epoch$/i.test(bound)) return direction === 'above';
  return direction === 'above'
    ? !/[1-9\p{L}]/u.test(bound)
    : !/^[ -Y[-y]/.test(bound) || /^f{4}/i.test(bound);
}

const TODAY_MS = 60_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-/i;

/** The year of a date, however it is written; null for what is none. */
function yearOf(text: string): number | null {
  if (UUID.test(text)) return null;
  const compact = /^(\d{4})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{6})?$/.exec(text);
  const written =
    compact ??
    /^[\s\p{L}\d.,/^-]*?(?<!\d)(\d{4,6})(?:[-/.^]\d|$|\s)/u.exec(/[-/.,^\s]/.test(text.slice(1)) ? text : '');
  if (written) return Number(written[1]);
  const short = /^(\d\d)[-/.]\d{1,2}[-/.]\d{1,2}/.exec(text);
  return short ? Number(short[1]) + (Number(short[1]) >= 70 ? 1900 : 2000) : null;
}

function isExtremeNumber(direction: 'above' | 'below', bound: number, inclusive: boolean): boolean {
  if (direction === 'above') return inclusive ? bound <= 1 : bound < 1;
  if (bound >= TIME_MS[0] && bound <= TIME_MS[1]) return false;
  return (
    bound >= LARGEST - 1000 ||
    (bound >= ROUND && bound % (ROUND / 10) === 0) ||
    /^9{6,}$/.test(String(Math.trunc(bound)))
  );
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
