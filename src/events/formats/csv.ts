import type { Column } from '../result.ts';
import { visibleText } from '../utf8-text.ts';
import { distinctNames } from './column-names.ts';
import type { RowFormat } from './row-format.ts';

/** How lines end (RFC 4180, section 2). */
const CSV_LINE_END = '\r\n';

/**
 * CSV by RFC 4180. As PostgreSQL's COPY reads it, NULL is nothing and the empty text is `""`. A field is quoted where it would
 * end too early, and where a reader might trim it or take it for COPY's end mark `\.`.
 */
export function csvFormat(columns: readonly Column[]): RowFormat {
  return {
    head: csvHead(columns),
    row: (cells) => `${cells.map(csvField).join(',')}${CSV_LINE_END}`,
    tail: () => '',
  };
}

/** The line of the names. */
export function csvHead(columns: readonly Column[]): string {
  return `${distinctNames(columns).map(csvField).join(',')}${CSV_LINE_END}`;
}

function csvField(value: string | null): string {
  if (value === null) return '';
  const text = visibleText(value);
  return NEEDS_QUOTES.test(text) ? quoted(text) : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters and blanks at either end are what readers trim.
const NEEDS_QUOTES = /^$|^[\x00-\x20\\]|[",\r\n]|[\x00-\x20]$/;

/** A text in double quotes, its own doubled. */
export function quoted(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}
