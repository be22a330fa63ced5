import type { Column } from '../events/result.ts';
import type { Client } from './client.ts';

const ROWS_A_WINDOW = 1000;
/** Columns are as wide as the first window's values, up to this. */
const WIDTH_MAX = 60;

/** Prints a result for a person: columns as wide as the first thousand rows need, numbers to the right. */
export async function printTable(client: Client, resultId: string): Promise<void> {
  let widths: number[] | undefined;
  for (let from = 0; ; ) {
    const path = `/api/results/${resultId}/rows?from=${from}&count=${ROWS_A_WINDOW}`;
    const { columns, rows } = (await (await client.get(path)).json()) as {
      columns: Column[];
      rows: (string | null)[][];
    };
    if (!widths) {
      widths = columns.map((column, i) =>
        Math.min(WIDTH_MAX, Math.max(column.name.length, ...rows.map((row) => shown(row[i]!).length))),
      );
      write(
        columns.map(({ name }) => name),
        columns,
        widths,
      );
      process.stdout.write(`${widths.map((width) => '─'.repeat(width)).join('─┼─')}\n`);
    }
    for (const row of rows) write(row, columns, widths);
    if (rows.length === 0) break;
    from += rows.length;
  }
}

function shown(value: string | null): string {
  return value === null ? 'NULL' : value.replace(/[\r\n\t]/g, ' ');
}

function write(
  cells: readonly (string | null)[],
  columns: readonly Column[],
  widths: readonly number[],
): void {
  const padded = cells.map((cell, i) => {
    const text = shown(cell);
    const cut = text.length > WIDTH_MAX ? `${text.slice(0, WIDTH_MAX - 1)}…` : text;
    return columns[i]!.numeric ? cut.padStart(widths[i]!) : cut.padEnd(widths[i]!);
  });
  process.stdout.write(`${padded.join(' │ ').trimEnd()}\n`);
}
