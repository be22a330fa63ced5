/** What makes a spreadsheet take a cell for a formula, in half and full width (OWASP, "CSV Injection"). */
const FORMULA = new Set(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
const SUSPECT = /[=+\-@＝＋－＠]|^[\t\r\n]/;
/** Where a cell begins for some spreadsheet: they part fields by what their locale says, whatever wrote the file. */
const SEPARATORS = new Set([',', ';', '|', '\t', '\r', '\n']);
/** What may stand before a formula's first character: some spreadsheets drop it. */
const DROPPED = /["\s\p{Cc}\p{Cf}]/u;

/**
 * A text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one, at the start of the text and
 * behind whatever separates cells anywhere, and before a tab or a line's end at the start. Everything else is as it was.
 */
export function spreadsheetText(text: string): string {
  if (!SUSPECT.test(text)) return text;
  let written = '';
  let taken = 0;
  // Where the cell began that has shown nothing yet; -1 within one that has.
  let begun = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!;
    const isSeparator = SEPARATORS.has(unit);
    const isFormula = begun >= 0 && FORMULA.has(unit);
    if (isFormula || (at === 0 && isSeparator && /[\t\r\n]/.test(unit))) {
      const from = isFormula ? begun : 0;
      written += `${text.slice(taken, from)}'`;
      taken = from;
    }
    if (isSeparator) begun = at + 1;
    else if (isFormula || (begun >= 0 && !DROPPED.test(unit))) begun = -1;
  }
  return written + text.slice(taken);
}
