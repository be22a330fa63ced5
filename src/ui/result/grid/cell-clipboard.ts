/** Values of cells, row by row; null is no value. */
export type CellValues = readonly (readonly (string | null)[])[];

/** More cells than that are not remembered; what is pasted is then what their text says. */
export const PASTE_CELLS_MAX = 10_000;

let copied: { readonly text: string; readonly values: CellValues } | null = null;

/**
 * Remembers what the page put on the clipboard, so that a paste distinguishes NULL from the empty text, and
 * lines from rows.
 */
export function rememberCopied(text: string, values: CellValues): void {
  const cells = values.reduce((sum, row) => sum + row.length, 0);
  copied = cells <= PASTE_CELLS_MAX ? { text: lines(text), values } : null;
}

/** The cells of a clipboard's text: those that the page copied, else as spreadsheets write them. */
export function pastedCells(text: string): CellValues {
  const plain = lines(text);
  return plain === copied?.text ? copied.values : tsvRows(plain);
}

/** Whether the page put this on the clipboard last: a single NULL or empty text is an empty one there. */
export function wasCopied(text: string): boolean {
  return lines(text) === copied?.text;
}

/** Some systems keep a line's end as two characters. */
function lines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/**
 * Reads what `copyFormat('tsv')` and spreadsheets write: a field that begins with a quote ends with one, and
 * doubles those inside.
 */
export function tsvRows(text: string): string[][] {
  const rows: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))(\t|\n|$)/y;
  // The end of the last line begins no further row.
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  while (field.lastIndex <= body.length) {
    const found = field.exec(body)!;
    rows.at(-1)!.push(found[1] === undefined ? found[2]! : found[1].replaceAll('""', '"'));
    if (found[3] === '') break;
    if (found[3] === '\n') rows.push([]);
  }
  return rows;
}
