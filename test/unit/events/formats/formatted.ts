import { type FormatName, type FormatOptions, rowFormat } from '../../../../src/events/formats/format.ts';
import type { Column } from '../../../../src/events/result.ts';

/** Rows in a format, all of it at once. */
export function formatted(
  name: FormatName,
  columns: readonly Column[],
  rows: readonly (readonly (string | null)[])[],
  options: FormatOptions,
): string {
  const format = rowFormat(name, columns, options);
  return format.head + rows.map((cells) => format.row(cells)).join('') + format.tail();
}
