import { durationText } from '../../events/duration-text.ts';
import { KIB, MIB } from '../../events/limits.ts';

/** A no-break space between thousands, as figures are read in all languages: a narrow one is hardly seen in bold type. */
const GROUPS = '\u00a0';

/** `21 480`. */
export function thousands(count: number | string): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, GROUPS);
}

/** A text of at most so many UTF-16 units: what is longer ends in `…`, and never in half a character. */
export function shortened(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text;
  return `${text.slice(0, unitsMax - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A clock that is watched while it runs: in tenths, so that its width and its unit are calm. */
export function ticking(ms: number): string {
  return ms < 60_000 ? `${(Math.floor(Math.max(0, ms) / 100) / 10).toFixed(1)} s` : durationText(ms, 'shown');
}

/** Whole seconds, for what is looked at while it grows. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? `${seconds} s` : durationText(seconds * 1000, 'shown');
}

/** `07.112` where the second is another than that of the record before, `.112` within it. */
export function clock(at: number, before: number | undefined): string {
  const second = Math.floor(at / 1000);
  const millis = String(at % 1000).padStart(3, '0');
  if (before !== undefined && Math.floor(before / 1000) === second) return `.${millis}`;
  return `${String(second % 60).padStart(2, '0')}.${millis}`;
}

/** `1 row`, `30 000 rows`. */
export function rowsText(count: number): string {
  return `${thousands(count)} ${count === 1 ? 'row' : 'rows'}`;
}

/** How many characters a text has, some of which are two UTF-16 units each. */
export function characterCount(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in the unit that keeps the number short: `312 B`, `1.5 KiB`, `64 MiB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), BYTE_UNITS.length - 1);
  const count = bytes / KIB ** power;
  return `${count < 10 ? Math.round(count * 10) / 10 : Math.round(count)} ${BYTE_UNITS[power]}`;
}

/** `64 MiB`; `0.5 MiB` below one. */
export function mebibytes(bytes: number): string {
  return `${bytes < MIB ? Math.round((bytes * 10) / MIB) / 10 : thousands(Math.round(bytes / MIB))} MiB`;
}
