/** An index of a table, in the server's own text. */
export interface IndexText {
  readonly name: string;
  /** The line of SHOW CREATE TABLE. */
  readonly text: string;
}

/** A line that begins an index: its kind and its name; the primary key has none. */
const INDEX = /^(?:PRIMARY|(?:(?:UNIQUE|FULLTEXT|SPATIAL|VECTOR)\s+)?KEY)\s/i;
const PRIMARY = /^PRIMARY\s/i;

/**
 * The indexes of a table as SHOW CREATE TABLE writes them, with what SHOW INDEX leaves out: parsers, options, the text of
 * expressions. Empty for what is not a table.
 */
export function indexTexts(createTable: string): IndexText[] {
  return elementsOf(createTable)
    .filter((text) => INDEX.test(text))
    .map((text) => ({ name: PRIMARY.test(text) ? 'PRIMARY' : nameIn(text), text }));
}

/** The name behind KEY: quoted as sql_mode and sql_quote_show_create say. */
function nameIn(text: string): string {
  const rest = text.replace(/^.*?\bKEY\s+/i, '');
  const quote = rest[0];
  if (quote !== '`' && quote !== '"') return /^[^\s(]*/.exec(rest)?.[0] ?? '';
  const end = pastQuoted(rest, 0);
  return rest.slice(1, end - 1).replaceAll(quote + quote, quote);
}

/** What stands between the outer parentheses, split at its commas: columns, indexes and constraints. */
function elementsOf(createTable: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < createTable.length; ) {
    const char = createTable[at]!;
    if (char === '`' || char === '"' || char === "'") {
      at = pastQuoted(createTable, at);
      continue;
    }
    if (char === '(' && ++depth === 1) from = at + 1;
    const ends = (char === ',' && depth === 1) || (char === ')' && depth === 1);
    if (ends) {
      elements.push(createTable.slice(from, at).trim());
      from = at + 1;
    }
    if (char === ')' && --depth === 0) break;
    at++;
  }
  return elements;
}

/** The place behind a quoted name or text. In SHOW CREATE TABLE a backslash escapes in texts, or none stands in them. */
function pastQuoted(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote === "'") at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return text.length;
}
