import type { Column } from '../result.ts';
import { distinctNames } from './column-names.ts';
import { isLosslessNumber } from './json-number.ts';
import { safeJson } from './json-string.ts';
import { formatJson } from './json-text.ts';
import type { RowFormat } from './row-format.ts';

/** A JSON array of one object per row, each on a line of its own. */
export function jsonFormat(columns: readonly Column[]): RowFormat {
  return jsonArray(rowObject(columns));
}

/** One JSON object per line. */
export function ndjsonFormat(columns: readonly Column[]): RowFormat {
  const object = rowObject(columns);
  return { head: '', row: (cells) => `${object(cells)}\n`, tail: () => '' };
}

/** An array of what `element` makes of each row. */
export function jsonArray(element: RowFormat['row']): RowFormat {
  let rows = 0;
  return {
    head: '[',
    row: (cells) => `${rows++ === 0 ? '' : ','}\n${element(cells)}`,
    tail: () => `${rows === 0 ? '' : '\n'}]\n`,
  };
}

function rowObject(columns: readonly Column[]): RowFormat['row'] {
  const keys = distinctNames(columns).map((name) => `${JSON.stringify(name)}:`);
  const values = columns.map(valueWriter);
  return (cells) => safeJson(`{${keys.map((key, i) => key + values[i]!(cells[i] ?? null)).join(',')}}`);
}

/**
 * A number is a JSON number only where a reader that makes doubles of numbers loses nothing; booleans and JSON are themselves
 * under the same rule; all else is a string of the server's text.
 */
function valueWriter({ numeric, type }: Column): (value: string | null) => string {
  const special = numeric
    ? (value: string) => (isLosslessNumber(value) ? value : null)
    : /^bool(?:ean)?$/.test(type)
      ? booleanText
      : /^jsonb?$/.test(type)
        ? compactJson
        : () => null;
  return (value) => (value === null ? 'null' : (special(value) ?? JSON.stringify(value)));
}

function booleanText(value: string): string | null {
  if (value === 't' || value === 'true') return 'true';
  return value === 'f' || value === 'false' ? 'false' : null;
}

/** JSON on one line; null where it can't be read, or a number of it would lose digits. */
function compactJson(value: string): string | null {
  const tokens = formatJson(value);
  if (!tokens || tokens.some(({ kind, text }) => kind === 'number' && !isLosslessNumber(text))) return null;
  return tokens.map(({ kind, text }) => (kind === 'space' ? '' : text)).join('');
}
