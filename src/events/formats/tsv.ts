import { visibleText } from '../utf8-text.ts';
import { quoted } from './csv.ts';
import type { RowFormat } from './row-format.ts';

/** Tab-separated text as spreadsheets paste it: quoted only where it would break the table. NULL is empty. */
export function tsvFormat(): RowFormat {
  let rows = 0;
  return {
    head: '',
    row: (cells) => `${rows++ === 0 ? '' : '\n'}${cells.map(tsvField).join('\t')}`,
    tail: () => '',
  };
}

function tsvField(value: string | null): string {
  if (value === null) return '';
  const text = visibleText(value);
  return /[\t\n\r]/.test(text) || text.startsWith('"') ? quoted(text) : text;
}
