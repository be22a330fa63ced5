import type { Column } from '../result.ts';
import { visibleText } from '../utf8-text.ts';
import type { RowFormat } from './row-format.ts';

/** A table of GitHub Flavored Markdown; numbers to the right. A value reads as it is: no mark in it makes it bold, or code. */
export function markdownFormat(columns: readonly Column[]): RowFormat {
  const rules = columns.map(({ numeric }) => (numeric ? '---:' : '---'));
  return {
    head: line(columns.map(({ name }) => markdownField(name))) + line(rules),
    row: (cells) => line(cells.map(markdownField)),
    tail: () => '',
  };
}

function line(fields: readonly string[]): string {
  return `| ${fields.join(' | ')} |\n`;
}

function markdownField(value: string | null): string {
  if (value === null) return '*NULL*';
  return (
    visibleText(value.replaceAll('\\', '\\\\'))
      .replace(/[|*`~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&')
      // No link and no image is made of a value: who opens the text would follow it.
      .replaceAll('](', ']\\(')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replace(/\r\n|\n|\r/g, '<br>')
  );
}
