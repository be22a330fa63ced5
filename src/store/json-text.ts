/** JSON written by hand: its value, and on which line each part of it begins. */
interface JsonText {
  readonly value: unknown;
  /** Lines from 1, by JSON pointer (RFC 6901); of a member, the line of its name. */
  readonly lines: ReadonlyMap<string, number>;
}

/** Where JSON text is not JSON. */
export class JsonTextError extends Error {
  readonly line: number;
  /** In characters, from 1. */
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(`${message} at line ${line}, column ${column}`);
    this.name = 'JsonTextError';
    this.line = line;
    this.column = column;
  }
}

const DEPTH_MAX = 64;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/uy;
const SPACE = /[ \t\n\r]*/y;
const WORDS = { true: true, false: false, null: null } as const;

/**
 * Parses JSON (RFC 8259) and its lines, which `JSON.parse` does not report. A name that comes twice in an
 * object is an error: of two contradicting values neither is what was meant.
 * @throws JsonTextError
 */
export function parseJsonText(text: string): JsonText {
  const reader = new Reader(text.replace(/^\ufeff/, ''));
  const value = reader.value('', 0);
  reader.end();
  return { value, lines: reader.lines };
}

class Reader {
  readonly lines = new Map<string, number>();
  readonly #text: string;
  #at = 0;
  /** The line of the last place that was looked up, and where it ends: each line feed is looked for once. */
  #line = 1;
  #lineEnd: number;

  constructor(text: string) {
    this.#text = text;
    this.#lineEnd = this.#feed(0);
  }

  value(pointer: string, depth: number): unknown {
    this.#space();
    if (!this.lines.has(pointer)) this.lines.set(pointer, this.#lineHere());
    if (depth > DEPTH_MAX) throw this.#error('Too deep');
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(pointer, depth);
    if (first === '[') return this.#array(pointer, depth);
    if (first === '"') return this.#string();
    for (const [word, value] of Object.entries(WORDS)) if (this.#take(word)) return value;
    const number = this.#match(NUMBER);
    if (number === null) throw this.#error(first === undefined ? 'The text ends too early' : 'No value');
    return Number(number);
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#error('Something after the end');
  }

  #object(pointer: string, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const names = new Set<string>();
    this.#items('{', '}', () => {
      if (this.#text[this.#at] !== '"') throw this.#error('No name in quotation marks');
      const line = this.#lineHere();
      const start = this.#at;
      const name = this.#string();
      if (names.has(name)) {
        this.#at = start;
        throw this.#error(`The name "${name}" comes twice`);
      }
      names.add(name);
      this.#space();
      if (!this.#take(':')) throw this.#error('No colon');
      const inner = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      this.lines.set(inner, line);
      const value = this.value(inner, depth + 1);
      // Never the prototype, whatever the name is.
      Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
    });
    return object;
  }

  #array(pointer: string, depth: number): unknown[] {
    const array: unknown[] = [];
    this.#items('[', ']', () => array.push(this.value(`${pointer}/${array.length}`, depth + 1)));
    return array;
  }

  #items(open: string, close: string, item: () => void): void {
    this.#take(open);
    this.#space();
    if (this.#take(close)) return;
    for (;;) {
      this.#space();
      item();
      this.#space();
      if (this.#take(close)) return;
      if (!this.#take(',')) throw this.#error(`No comma or ${close}`);
    }
  }

  #string(): string {
    const found = this.#match(STRING);
    if (found === null)
      throw this.#error('A text in quotation marks that has no end, or a character it can’t have');
    return JSON.parse(found);
  }

  #space(): void {
    this.#match(SPACE);
  }

  #take(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  /** The line of the next character. */
  #lineHere(): number {
    for (; this.#lineEnd < this.#at; this.#line++) this.#lineEnd = this.#feed(this.#lineEnd + 1);
    return this.#line;
  }

  #feed(from: number): number {
    const feed = this.#text.indexOf('\n', from);
    return feed < 0 ? this.#text.length : feed;
  }

  #error(message: string): JsonTextError {
    const before = this.#text.slice(0, this.#at);
    const start = before.lastIndexOf('\n') + 1;
    return new JsonTextError(message, before.split('\n').length, this.#at - start + 1);
  }
}
