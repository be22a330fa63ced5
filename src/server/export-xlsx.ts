import { strToU8, Zip, ZipDeflate } from 'fflate';
import { distinctNames } from '../events/formats/column-names.ts';
import { plainCell } from '../events/formats/documents.ts';
import type { Column } from '../events/result.ts';
import { rowCodec } from '../events/rows.ts';
import { visibleText } from '../events/utf8-text.ts';
import type { ReadableResult } from './app.ts';
import { exportedRows, joinedRows } from './exported-rows.ts';

/** Excel's own limits ("Excel specifications and limits"): rows of a sheet, the header included; characters of a cell. */
const SHEET_ROWS_MAX = 1_048_576;
const CELL_UNITS_MAX = 32_767;
const CUT = ' … (cut: a cell holds 32 767 characters)';
/** What of a longer text fits before them; half of a surrogate pair is left out. */
const TEXT_UNITS = CELL_UNITS_MAX - CUT.length;
/** Excel keeps 15 significant digits of a number, and no sign of zero; one with more stays text, so that none is lost. */
const EXACT_NUMBER = /^(?!-[0.]*$)-?(?=(?:\D*\d){1,15}\D*$)(?:0|[1-9]\d*)(?:\.\d+)?$/;

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONSHIPS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/**
 * Text as a cell's (ECMA-376, part 1, 22.9.2.19, ST_Xstring): a character that XML does not have is written `_x0001_`, and so is a carriage
 * return, which XML's parsers take for a newline. A text that looks so by itself gets its underscore written that way.
 */
function escaped(text: string): string {
  return text
    .replace(/_(?=x[\dA-Fa-f]{4}_)/g, '_x005F_')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML can't hold.
      /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g,
      (one) => `_x${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
    );
}

function cell(value: string | null, column: Column | undefined): string {
  if (value === null) return '<c/>';
  if (column?.numeric && EXACT_NUMBER.test(value)) return `<c><v>${value}</v></c>`;
  const whole = visibleText(value);
  const text =
    whole.length > CELL_UNITS_MAX
      ? `${whole.slice(0, TEXT_UNITS).replace(/[\ud800-\udbff]$/, '')}${CUT}`
      : whole;
  return `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

function rowXml(cells: readonly (string | null)[], columns: readonly Column[] | null): string {
  return `<row>${cells.map((value, i) => cell(value, columns?.[i])).join('')}</row>`;
}

/**
 * A result as an Excel workbook (ECMA-376), streamed: one piece is in memory at a time. A result that is longer than a sheet
 * goes on in the next one. The sheets' names say so where rows are missing.
 */
export async function* exportXlsx(
  result: ReadableResult,
  { follow = false, missing }: { readonly follow?: boolean; readonly missing: () => string | null },
): AsyncGenerator<Uint8Array> {
  const { encoding } = result.meta();
  const codec = rowCodec(encoding);
  const { columns, batches } = await exportedRows(result, follow);
  const plain = encoding === 'ejson' ? plainCell : (value: string | null) => value;
  const header = rowXml(distinctNames(columns), null);
  const workbook = new Workbook();
  workbook.beginSheet(header);
  let rowsInSheet = 1;
  for await (const { bytes, cells } of batches) {
    const row = (at: number): string => rowXml(cells(at).map(plain), columns);
    for (let from = 0; from < bytes.length; ) {
      if (rowsInSheet === SHEET_ROWS_MAX) {
        workbook.endSheet();
        workbook.beginSheet(header);
        rowsInSheet = 1;
      }
      let to = from;
      for (; to < bytes.length && rowsInSheet < SHEET_ROWS_MAX; to += codec.rowLength(bytes, to))
        rowsInSheet++;
      const part = bytes.subarray(0, to);
      for (const text of joinedRows(part, codec.rowLength, row, from)) workbook.write(text);
      from = to;
    }
    yield* workbook.taken();
  }
  workbook.endSheet();
  workbook.end(missing() !== null ? ' (not all rows)' : '');
  yield* workbook.taken();
}

/** The zip archive of a workbook as it grows. */
class Workbook {
  private readonly pieces: Uint8Array[] = [];
  private readonly zip: Zip;
  private sheets = 0;
  private sheet: ZipDeflate | null = null;

  constructor() {
    this.zip = new Zip((error, piece) => {
      if (error) throw error;
      this.pieces.push(piece);
    });
  }

  /** What has been packed since the last call. */
  taken(): Uint8Array[] {
    return this.pieces.splice(0);
  }

  beginSheet(header: string): void {
    this.sheets++;
    this.sheet = new ZipDeflate(`xl/worksheets/sheet${this.sheets}.xml`, { level: 3 });
    this.zip.add(this.sheet);
    this.write(`${XML}<worksheet xmlns="${MAIN}"><sheetData>${header}`);
  }

  write(text: string): void {
    this.sheet!.push(strToU8(text));
  }

  endSheet(): void {
    this.sheet!.push(strToU8('</sheetData></worksheet>'), true);
  }

  end(suffix: string): void {
    const all = Array.from({ length: this.sheets }, (_, i) => i + 1);
    const sheets = all
      .map((n) => `<sheet name="Result ${n}${suffix}" sheetId="${n}" r:id="r${n}"/>`)
      .join('');
    this.file(
      'xl/workbook.xml',
      `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONSHIPS}"><sheets>${sheets}</sheets></workbook>`,
    );
    this.relations(
      'xl/_rels/workbook.xml.rels',
      all.map((n) => ({ id: `r${n}`, type: 'worksheet', target: `worksheets/sheet${n}.xml` })),
    );
    this.relations('_rels/.rels', [{ id: 'r1', type: 'officeDocument', target: 'xl/workbook.xml' }]);
    const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
    const parts = all
      .map((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${type}.worksheet+xml"/>`)
      .join('');
    this.file(
      '[Content_Types].xml',
      `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${type}.sheet.main+xml"/>${parts}</Types>`,
    );
    this.zip.end();
  }

  private relations(path: string, relations: readonly { id: string; type: string; target: string }[]): void {
    const each = relations.map(
      ({ id, type, target }) =>
        `<Relationship Id="${id}" Type="${RELATIONSHIPS}/${type}" Target="${target}"/>`,
    );
    this.file(path, `<Relationships xmlns="${PACKAGE}/relationships">${each.join('')}</Relationships>`);
  }

  private file(path: string, xml: string): void {
    const file = new ZipDeflate(path);
    this.zip.add(file);
    file.push(strToU8(XML + xml), true);
  }
}
