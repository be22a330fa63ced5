/** A piece of JSON text as it stands there: no number is ever read, so no digit of it is lost. */
export interface JsonToken {
  readonly kind: 'key' | 'string' | 'number' | 'word' | 'mark' | 'space';
  readonly text: string;
}

// JSON's grammar, RFC 8259, but for strings: whitespace, number, literal, punctuation.
const TOKEN = /[ \t\n\r]+|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/y;

/** Depth beyond which a text is not formatted. */
const DEPTH_MAX = 500;

/**
 * Lays JSON out, two spaces a level. Undefined for a text that is no JSON, or is nested too deeply to be read.
 * `unitsMax` ends the layout early, after the text has been read that far: the rest is left away.
 */
export function formatJson(text: string, unitsMax = Number.POSITIVE_INFINITY): JsonToken[] | undefined {
  const layout = new Layout(unitsMax);
  for (let at = 0; at < text.length && !layout.full; ) {
    const token = tokenAt(text, at);
    if (!token || !layout.take(token)) return undefined;
    at += token.length;
  }
  return layout.full || layout.finished ? layout.tokens : undefined;
}

function tokenAt(text: string, at: number): string | undefined {
  if (text[at] === '"') return stringAt(text, at);
  TOKEN.lastIndex = at;
  return TOKEN.exec(text)?.[0];
}

/** Without a regular expression, whose stack a string of some megabytes would overflow. */
function stringAt(text: string, start: number): string | undefined {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) return text.slice(start, at + 1);
    if (unit < 0x20) return undefined;
    if (unit !== 0x5c) continue;
    at++;
    if (text[at] === 'u' && /^[0-9a-f]{4}$/i.test(text.slice(at + 1, at + 5))) at += 4;
    else if (at >= text.length || !'"\\/bfnrt'.includes(text[at]!)) return undefined;
  }
  return undefined;
}

//  value → afterValue → (`,`) value …            in an array
//  key → colon → value → afterValue → (`,`) key  in an object
type Expected = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'afterValue';

class Layout {
  readonly tokens: JsonToken[] = [];
  readonly #closers: ('}' | ']')[] = [];
  readonly #unitsMax: number;
  #expected: Expected = 'value';
  #units = 0;

  constructor(unitsMax: number) {
    this.#unitsMax = unitsMax;
  }

  get full(): boolean {
    return this.#units >= this.#unitsMax;
  }

  get finished(): boolean {
    return this.#closers.length === 0 && this.#expected === 'afterValue';
  }

  /** False where the token may not stand here. */
  take(text: string): boolean {
    const first = text[0]!;
    if (first === ' ' || first === '\t' || first === '\n' || first === '\r') return true;
    if (first === '}' || first === ']') return this.#close(first);
    if (first === ',') return this.#comma();
    if (first === ':') {
      if (this.#expected !== 'colon') return false;
      this.#expected = 'value';
      this.#add('mark', ': ');
      return true;
    }
    if (this.#expected === 'key' || this.#expected === 'keyOrEnd') return this.#key(text);
    if (this.#expected !== 'value' && this.#expected !== 'valueOrEnd') return false;
    if (this.#expected === 'valueOrEnd') this.#line();
    if (first === '{' || first === '[') return this.#open(first);
    this.#expected = 'afterValue';
    this.#add(first === '"' ? 'string' : first === '-' || first <= '9' ? 'number' : 'word', text);
    return true;
  }

  #open(first: '{' | '['): boolean {
    if (this.#closers.length >= DEPTH_MAX) return false;
    this.#closers.push(first === '{' ? '}' : ']');
    this.#expected = first === '{' ? 'keyOrEnd' : 'valueOrEnd';
    this.#add('mark', first);
    return true;
  }

  #close(text: '}' | ']'): boolean {
    if (this.#closers.at(-1) !== text) return false;
    const empty = this.#expected === 'keyOrEnd' || this.#expected === 'valueOrEnd';
    if (!empty && this.#expected !== 'afterValue') return false;
    this.#closers.pop();
    if (!empty) this.#line();
    this.#expected = 'afterValue';
    this.#add('mark', text);
    return true;
  }

  #comma(): boolean {
    if (this.#expected !== 'afterValue' || this.#closers.length === 0) return false;
    this.#add('mark', ',');
    this.#line();
    this.#expected = this.#closers.at(-1) === '}' ? 'key' : 'value';
    return true;
  }

  #key(text: string): boolean {
    if (text[0] !== '"') return false;
    if (this.#expected === 'keyOrEnd') this.#line();
    this.#expected = 'colon';
    this.#add('key', text);
    return true;
  }

  #line(): void {
    this.#add('space', `\n${'  '.repeat(this.#closers.length)}`);
  }

  #add(kind: JsonToken['kind'], text: string): void {
    this.#units += text.length;
    this.tokens.push({ kind, text });
  }
}
