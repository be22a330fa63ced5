import type { StatementRange } from '../statement-range.ts';

/** What a line that goes on with the expression before it begins with. A bracket that opens begins a statement of its own. */
const CONTINUES = /^(?:[.,)\]}?:=*%&|^<>]|\+(?!\+)|-(?!-)|![=]|\/(?![/*]))/;
/** The last token of an expression that is not complete: not `++` and `--`, which end one. */
const INCOMPLETE = /^[.,([{?:=+\-*/%&|^<>!~]$/;
/** After these tokens a slash begins a regular expression, as no value stands before it. */
const BEFORE_REGEX =
  /^(?:[([{,;:=!&|?+\-*%^~<>]|case|delete|do|else|in|instanceof|new|of|return|throw|typeof|void)$/;
const WORD = /[A-Za-z0-9_$\u0080-\uffff]/;

/**
 * Splits a text of mongosh's statements: at `;`, and at the end of a line where the expression is complete and the next line
 * that says something does not go on with it. Not in brackets, strings, templates, regular expressions and comments
 * (ECMA-262, "Lexical Grammar"). `use` and `show` end with their line.
 */
export function splitMongodb(text: string): StatementRange[] {
  const ranges: StatementRange[] = [];
  let start = -1;
  let end = 0;
  let depth = 0;
  /** The token before `end`; empty at the start of a statement. */
  let last = '';
  const close = (): void => {
    if (start >= 0) ranges.push({ start, end });
    start = -1;
    depth = 0;
    last = '';
  };
  let at = 0;
  while (at < text.length) {
    const next = skipBlank(text, at);
    if (next > at) {
      if (start >= 0 && depth === 0 && hasLineBreak(text, at, next) && isComplete(text, start, last, next))
        close();
      at = next;
      continue;
    }
    const char = text[at]!;
    if (char === ';' && depth === 0) {
      close();
      at++;
      continue;
    }
    if (start < 0) start = at;
    if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char) && depth > 0) depth--;
    end = pastToken(text, at, last);
    last = text.slice(at, end);
    at = end;
  }
  close();
  return ranges;
}

function isComplete(text: string, start: number, last: string, next: number): boolean {
  if (/^(?:use|show)\s/.test(text.slice(start, start + 5))) return true;
  return !INCOMPLETE.test(last) && !CONTINUES.test(text.slice(next, next + 2));
}

function hasLineBreak(text: string, from: number, to: number): boolean {
  return /[\n\r\u2028\u2029]/.test(text.slice(from, to));
}

/** Past white space and comments, all that stand together. A block comment that never ends takes the rest. */
function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    if (/\s/.test(text[at] ?? '')) at++;
    else if (text.startsWith('//', at)) {
      const line = text.slice(at).search(/[\n\r\u2028\u2029]/);
      at = line < 0 ? text.length : at + line;
    } else if (text.startsWith('/*', at)) {
      const close = text.indexOf('*/', at + 2);
      at = close < 0 ? text.length : close + 2;
    } else return at;
  }
}

/** Past the string, template, regular expression, word, `++`, `--` or character at `at`; `last` is the token before it. */
function pastToken(text: string, at: number, last: string): number {
  const char = text[at]!;
  if (char === '"' || char === "'") return pastQuoted(text, at, char);
  if (char === '`') return pastTemplate(text, at);
  if (char === '/' && (last === '' || BEFORE_REGEX.test(last))) return pastRegex(text, at);
  if (text.startsWith('++', at) || text.startsWith('--', at)) return at + 2;
  if (!WORD.test(char)) return at + 1;
  let past = at + 1;
  while (past < text.length && WORD.test(text[past]!)) past++;
  return past;
}

/** A string ends at its quote, and at the end of its line, where it is broken. */
function pastQuoted(text: string, from: number, quote: string): number {
  let at = from + 1;
  while (at < text.length) {
    const char = text[at]!;
    // A backslash takes a line's end into the text, which may have two characters (ECMA-262, "LineContinuation").
    if (char === '\\') at += text.startsWith('\r\n', at + 1) ? 3 : 2;
    else if (char === quote) return at + 1;
    else if (char === '\n' || char === '\r') return at;
    else at++;
  }
  return text.length;
}

/** A template may hold expressions, and these templates again: a stack of the brackets that are open in each. */
function pastTemplate(text: string, from: number): number {
  const open: number[] = [];
  let at = from + 1;
  for (;;) {
    at = pastTemplateText(text, at);
    const end = text[at - 1];
    if (at >= text.length && end !== '`' && end !== '{') return text.length;
    // A backtick ends a template: the outermost, or one in an expression.
    if (end === '{') open.push(0);
    else if (open.length === 0) return at;
    at = pastExpression(text, at, open);
    if (at >= text.length) return text.length;
  }
}

/** Past the backtick that ends a template's text, or past the `${` that begins an expression in it. */
function pastTemplateText(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '`') return at + 1;
    if (char === '$' && text[at + 1] === '{') return at + 2;
    at += char === '\\' ? 2 : 1;
  }
  return text.length;
}

/** Past what brings back to a template's text: the bracket that ends its expression, or a backtick that begins another one. */
function pastExpression(text: string, from: number, open: number[]): number {
  let at = from;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '`') return at + 1;
    if (char === '"' || char === "'") {
      at = pastQuoted(text, at, char);
      continue;
    }
    if (char === '{') open[open.length - 1]!++;
    if (char === '}' && open[open.length - 1]!-- === 0) {
      open.pop();
      return at + 1;
    }
    at++;
  }
  return text.length;
}

/** Ends at a slash that stands in no class, with its flags, and at the end of its line, where it is broken. */
function pastRegex(text: string, from: number): number {
  let isInClass = false;
  let at = from + 1;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '\n' || char === '\r') return at;
    if (char === '\\') at++;
    else if (char === '[') isInClass = true;
    else if (char === ']') isInClass = false;
    else if (char === '/' && !isInClass) {
      at++;
      while (at < text.length && WORD.test(text[at]!)) at++;
      return at;
    }
    at++;
  }
  return text.length;
}
