import { baseType } from '../events/base-type.ts';
import { compareDecimals } from '../events/decimal-order.ts';
import { EJSON_READ_UNITS_MAX, type EjsonKind, isNumber, readEjson } from '../events/ejson.ts';

/** What a value is compared by: its rank, then `major`, then `minor`, which is empty where nothing is left to compare. */
export interface SortValue {
  readonly rank: number;
  readonly major: number;
  readonly minor: number | string;
}

/** The rank of what is no value, NULL or a field that is not there: after all values, in both directions. */
export const LAST = 127;

/** How the values of a column are ordered. */
export interface SortKind {
  /** Undefined for a text that can't be read as such a value. */
  read(text: string): SortValue | undefined;
  /** Orders the `minor` of two values whose rank and `major` are the same. */
  compare(a: SortValue, b: SortValue): number;
}

/** The kind of a column's values by its type, as the server names that. */
export function sortKindOf(type: string, numeric: boolean): SortKind {
  if (/\[\]$/.test(type)) return PLAIN;
  const name = baseType(type);
  if (name === 'money') return MONEY;
  if (numeric) return NUMBER;
  if (/^(?:date|datetime|timestamp)$/.test(name)) return MOMENT;
  if (name === 'time') return TIME;
  if (name === 'interval') return INTERVAL;
  return /char|text|enum|^set$|^name$/.test(name) ? WORDS : PLAIN;
}

/** Words as a reader orders them, whatever the language: by letter, then by accent, then by case. */
const collator = new Intl.Collator('und');

function byWords(a: SortValue, b: SortValue): number {
  return collator.compare(String(a.minor), String(b.minor));
}

function byCharacter({ minor: a }: SortValue, { minor: b }: SortValue): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const text = (minor: string, rank = 0): SortValue => ({ rank, major: 0, minor });

/** Texts by their characters. */
const PLAIN: SortKind = { read: (value) => text(value), compare: byCharacter };

const WORDS: SortKind = {
  read: (value) => text(value),
  compare: byWords,
};

/** A number of more digits than these may not be what a double has. */
const EXACT_DIGITS = 15;
/** Ranks of a number, and of what is not a number (PostgreSQL: greater than all). */
const OF_NUMBERS = 0;
const NAN_LAST = 1;

/** @param nan the rank of NaN */
function numberOf(digits: string, nan: number, rank = OF_NUMBERS): SortValue | undefined {
  if (digits === 'NaN') return { rank: nan, major: 0, minor: '' };
  const major = Number(digits);
  if (Number.isNaN(major) || digits === '') return undefined;
  return { rank, major, minor: digits.length > EXACT_DIGITS ? digits : '' };
}

function compareNumbers(a: SortValue, b: SortValue): number {
  if (a.minor === b.minor) return 0;
  return compareDecimals(String(a.minor || a.major), String(b.minor || b.major));
}

const NUMBER: SortKind = { read: (digits) => numberOf(digits, NAN_LAST), compare: compareNumbers };

/** All amounts of a column have the same decimal places, whatever its sign, its currency and its separators are. */
const MONEY: SortKind = {
  read: (amount) => numberOf((/[-(]/.test(amount) ? '-' : '') + amount.replace(/[^0-9]/g, ''), OF_NUMBERS),
  compare: compareNumbers,
};

/** Seconds, whole and below one. */
function seconds(whole: number, fraction: number): SortValue {
  return fraction < 0
    ? { rank: 0, major: whole - 1, minor: 1 + fraction }
    : { rank: 0, major: whole, minor: fraction };
}

function timed(read: SortKind['read']): SortKind {
  return { read, compare: (a, b) => Number(a.minor) - Number(b.minor) };
}

const DATE_TIME =
  /^(\d{4,})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(\.\d+)?)?([+-]\d\d(?::?\d\d){0,2})?( BC)?$/;
const DAY_S = 86_400;

/** ISO dates and times, with or without an offset. */
const MOMENT = timed((value) => {
  if (/^-?infinity$/.test(value)) return seconds(value.startsWith('-') ? -Infinity : Infinity, 0);
  const match = DATE_TIME.exec(value);
  if (!match) return undefined;
  const [, year, month, day, h = 0, m = 0, s = 0, fraction = 0, offset = '', bc] = match;
  const days = daysOf(bc ? 1 - Number(year) : Number(year), Number(month), Number(day));
  const clock = Number(h) * 3600 + Number(m) * 60 + Number(s);
  return seconds(days * DAY_S + clock - offsetOf(offset), Number(fraction));
});

const CLOCK = /^(-?)(\d+):(\d\d):(\d\d)(\.\d+)?([+-]\d\d(?::?\d\d){0,2})?$/;

/** Times of a day, and MySQL's of hundreds of hours with a sign. */
const TIME = timed((value) => {
  const match = CLOCK.exec(value);
  if (!match) return undefined;
  const [, sign, h, m, s, fraction = 0, offset = ''] = match;
  const by = sign ? -1 : 1;
  const whole = by * (Number(h) * 3600 + Number(m) * 60 + Number(s));
  return seconds(whole - offsetOf(offset), by * Number(fraction));
});

/** Days from 1970-01-01 in the Gregorian calendar of a year, which may be 0 or less. A day or month 0 is the one before the first. */
function daysOf(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Seconds of `+05:30`, `-03` or `+0100`. */
function offsetOf(offset: string): number {
  const [h = 0, m = 0, s = 0] = (offset.match(/\d\d/g) ?? []).map(Number);
  return (offset.startsWith('-') ? -1 : 1) * (h * 3600 + m * 60 + s);
}

const MONTH_DAYS = 30;
const UNITS: Readonly<Record<string, number>> = { year: 12 * MONTH_DAYS, mon: MONTH_DAYS, day: 1 };
const INTERVAL_TEXT = /^(?:[+-]?\d+ (?:year|mon|day)s?(?: |$))*(?:[+-]?\d+:\d\d:\d\d(?:\.\d+)?)?$/;

/** Intervals in the style `postgres`, with months of 30 days, as PostgreSQL compares them (timestamp.c, interval_cmp_value). */
const INTERVAL = timed((value) => {
  if (value === '' || !INTERVAL_TEXT.test(value)) return undefined;
  let days = 0;
  for (const [, count, unit] of value.matchAll(/([+-]?\d+) (year|mon|day)/g))
    days += Number(count) * UNITS[unit!]!;
  const [clock = ''] = /\S*:\S*$/.exec(value) ?? [];
  const { major, minor } = (clock && TIME.read(clock.replace('+', ''))) || seconds(0, 0);
  return { rank: 0, major: days * DAY_S + major, minor };
});

/** The order of BSON's types (MongoDB manual, "Comparison/Sort Order"), but for null. */
const RANKS: Readonly<Record<EjsonKind, number>> = {
  minKey: 0,
  null: LAST,
  undefined: LAST,
  int: 3,
  long: 3,
  double: 3,
  decimal: 3,
  string: 4,
  symbol: 4,
  object: 5,
  array: 6,
  binData: 7,
  uuid: 7,
  objectId: 8,
  bool: 9,
  date: 10,
  timestamp: 11,
  regex: 12,
  javascript: 13,
  maxKey: 14,
};
const OF_DOCUMENT_NUMBERS = RANKS.int;
/** NaN comes before all numbers. */
const NAN_FIRST = OF_DOCUMENT_NUMBERS - 1;
const LONG_RANKS: Readonly<Record<string, number>> = { '"': RANKS.string, '[': RANKS.array };

/** Fields of documents, in canonical Extended JSON. Documents and arrays are compared by their text. */
export const FIELD: SortKind = {
  read(value) {
    const node = value.length > EJSON_READ_UNITS_MAX ? undefined : readEjson(value);
    if (!node) return text(value, LONG_RANKS[value[0] ?? ''] ?? RANKS.object);
    const { kind, shown } = node;
    const rank = RANKS[kind];
    if (isNumber(kind)) return numberOf(shown, NAN_FIRST, rank);
    if (kind === 'date')
      return { rank, major: Number(/-?\d+(?="\}\}$)/.exec(node.text)?.[0] ?? 0), minor: '' };
    if (rank === LAST) return { rank, major: 0, minor: '' };
    return text(kind === 'object' || kind === 'array' ? node.text : shown, rank);
  },
  compare(a, b) {
    if (a.rank === OF_DOCUMENT_NUMBERS) return compareNumbers(a, b);
    return a.rank === RANKS.string ? byWords(a, b) : byCharacter(a, b);
  },
};
