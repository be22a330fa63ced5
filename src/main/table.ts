import { plainCell } from '../events/formats/documents.ts';
import type { Column, ResultMeta } from '../events/result.ts';
import type { Client } from './client.ts';
import { print } from './output.ts';
import { terminalLine, terminalText } from './terminal-text.ts';
import { terminalWidth } from './terminal-width.ts';

const ROWS_A_WINDOW = 1000;
/** Rows that the widths of the columns are taken from. */
const MEASURED_ROWS = 10_000;
const TAB_COLUMNS = 8;
const NULL = 'NULL';
/** Stands where a value goes on in the next line. */
const GOES_ON = '↵';

type Row = readonly (string | null)[];

/**
 * Prints a result as a table: columns as wide as their values need, numbers to the right, every value whole.
 * A value of several lines takes several, as in psql.
 * @throws Error where the result is not there any more, or a row is too long for a text
 */
export async function printTable(client: Client, resultId: string): Promise<void> {
  const { columns, encoding } = (await (
    await client.granted(`/api/results/${resultId}`)
  ).json()) as ResultMeta;
  const shown = encoding === 'ejson' ? plainCell : (value: string | null) => value;
  const widths = columns.map(({ name }) => terminalWidth(terminalLine(name)));
  for await (const rows of windows(client, resultId, MEASURED_ROWS))
    for (const row of rows)
      for (const [i, value] of row.entries())
        for (const line of linesOf(shown(value))) widths[i] = Math.max(widths[i]!, terminalWidth(line));
  const heading = columns.map(({ name }, i) => padded(terminalLine(name), widths[i]!, false));
  await print(`${heading.join(' │ ').trimEnd()}\n${widths.map((width) => '─'.repeat(width)).join('─┼─')}\n`);
  for await (const rows of windows(client, resultId, Number.POSITIVE_INFINITY))
    await print(rows.map((row) => rowText(row.map(shown), columns, widths)).join(''));
}

async function* windows(client: Client, resultId: string, most: number): AsyncGenerator<readonly Row[]> {
  for (let from = 0; from < most; ) {
    const path = `/api/results/${resultId}/rows?from=${from}&count=${ROWS_A_WINDOW}`;
    const { rows } = (await (await client.granted(path)).json()) as { rows: Row[] };
    if (rows.length === 0) return;
    yield rows;
    from += rows.length;
  }
}

function rowText(row: Row, columns: readonly Column[], widths: readonly number[]): string {
  const cells = row.map(linesOf);
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  let text = '';
  for (let line = 0; line < height; line++) {
    const parts = cells.map((lines, i) => {
      const part = padded(lines[line] ?? '', widths[i]!, columns[i]!.numeric);
      return line < lines.length - 1 ? `${part}${GOES_ON}` : part;
    });
    text += `${join(parts).trimEnd()}\n`;
  }
  return text;
}

/** A value that goes on stands over the blank before the next column. */
function join(parts: readonly string[]): string {
  return parts.length === 0
    ? ''
    : parts.reduce((text, part) => (text.endsWith(GOES_ON) ? `${text}│ ${part}` : `${text} │ ${part}`));
}

function linesOf(value: string | null): string[] {
  if (value === null) return [NULL];
  return terminalText(value).split('\n').map(withoutTabs);
}

function withoutTabs(line: string): string {
  const [first = '', ...rest] = line.split('\t');
  return rest.reduce(
    (text, part) => text + ' '.repeat(TAB_COLUMNS - (terminalWidth(text) % TAB_COLUMNS)) + part,
    first,
  );
}

function padded(text: string, width: number, right: boolean): string {
  const blank = ' '.repeat(Math.max(0, width - terminalWidth(text)));
  return right ? blank + text : text + blank;
}
