import { UNSEEN_BUT_LAYOUT, UNSEEN_CHARACTER } from './unseen.ts';

/** What is wrong at one place of an input. */
export interface FieldError {
  /** Names joined by dots, such as `target.port`; empty for the whole. */
  readonly field: string;
  /** `field.missing`, `field.type`, `field.format`, `field.long`, `field.unknown`, `field.control` or a rule's own. */
  readonly code: string;
  readonly message: string;
}

/** Halves of surrogate pairs, which can't be stored as UTF-8. */
const HALF = /\p{Cs}/u;
/** In texts of several lines joiners may stand too: words of some languages need them, and such a text is no name of anything. */
const UNSEEN_IN_LINES = new RegExp(`(?![\\r\\u200c\\u200d])${UNSEEN_BUT_LAYOUT.source}`, 'u');

interface TextRule {
  readonly max: number;
  readonly optional?: boolean;
  readonly pattern?: RegExp;
  /** More than one line is allowed. */
  readonly lines?: boolean;
}

/** Reads an object from outside field by field, and gathers all that is wrong with it. */
export class Fields {
  readonly #errors: FieldError[];
  readonly #path: string;
  readonly #known = new Set<string>();
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #parts: Fields[] = [];
  #ignored = false;

  constructor(input: unknown, path = '', errors: FieldError[] = []) {
    this.#path = path;
    this.#errors = errors;
    const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
    this.#values = isObject ? { ...input } : {};
    this.#ignored = !isObject;
    if (!isObject)
      this.#add(
        path,
        input === undefined ? 'field.missing' : 'field.type',
        'Something with fields is expected here.',
      );
  }

  /** All errors, those of unknown fields too: a mistyped option must not be dropped in silence. */
  finish(): readonly FieldError[] {
    for (const part of this.#parts) part.finish();
    if (!this.#ignored)
      for (const name of Object.keys(this.#values))
        if (!this.#known.has(name)) this.wrong(name, 'field.unknown', 'There is no such field.');
    return this.#errors;
  }

  /** Says nothing more of this part. */
  ignore(): void {
    this.#ignored = true;
  }

  wrong(name: string, code: string, message: string): void {
    this.#add(this.#path === '' ? name : `${this.#path}.${name}`, code, message);
  }

  part(name: string): Fields {
    // Of what is no object at all, no more has to be said than that.
    if (this.#ignored) return new Fields(undefined, this.#join(name), []);
    const part = new Fields(
      this.#value(name),
      this.#path === '' ? name : `${this.#path}.${name}`,
      this.#errors,
    );
    this.#parts.push(part);
    return part;
  }

  optionalPart(name: string): Fields | undefined {
    return this.has(name) ? this.part(name) : undefined;
  }

  /** Trimmed. Empty counts as not given. */
  text(name: string, rule: TextRule): string | undefined {
    const value = this.#value(name);
    if (value === undefined || value === null || value === '') return this.#missing(name, rule.optional);
    if (typeof value !== 'string') return this.#fail(name, 'field.type', 'Text is expected here.');
    const text = value.trim();
    if (text === '') return this.#missing(name, rule.optional);
    if ((rule.lines ? UNSEEN_IN_LINES : UNSEEN_CHARACTER).test(text) || HALF.test(text))
      return this.#fail(name, 'field.control', 'There is a character here that can’t be seen.');
    if (text.length > rule.max)
      return this.#fail(name, 'field.long', `At most ${rule.max} characters fit here.`);
    if (rule.pattern && !rule.pattern.test(text))
      return this.#fail(name, 'field.format', 'There is a character here that has no place in it.');
    return text;
  }

  texts(name: string, count: number, max: number): string[] | undefined {
    const value = this.#value(name);
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) return this.#fail(name, 'field.type', 'A list of words is expected here.');
    if (value.length > count) return this.#fail(name, 'field.long', `At most ${count} fit here.`);
    const list = new Fields(Object.fromEntries(value.entries()), this.#join(name), this.#errors);
    const texts = value.map((_, i) => list.text(String(i), { max }));
    const found = [...new Set(texts.filter((text) => text !== undefined))];
    return found.length === 0 ? undefined : found;
  }

  /** A list of objects, each with its own errors. Empty counts as not given. */
  parts(name: string, max: number): readonly Fields[] | undefined {
    const value = this.#value(name);
    if (value === undefined || value === null) return this.#missing(name);
    if (!Array.isArray(value)) return this.#fail(name, 'field.type', 'A list is expected here.');
    if (value.length === 0) return this.#missing(name);
    if (value.length > max) return this.#fail(name, 'field.long', `At most ${max} fit here.`);
    const list = new Fields(Object.fromEntries(value.entries()), this.#join(name), this.#errors);
    return value.map((_, i) => {
      const part = list.part(String(i));
      this.#parts.push(part);
      return part;
    });
  }

  /** Texts in their order, each as it is: neither trimmed nor made one. */
  list(name: string, count: number, max: number): string[] | undefined {
    const value = this.#value(name);
    if (value === undefined || value === null) return this.#missing(name);
    if (!Array.isArray(value)) return this.#fail(name, 'field.type', 'A list of words is expected here.');
    if (value.length === 0) return this.#missing(name);
    if (value.length > count) return this.#fail(name, 'field.long', `At most ${count} fit here.`);
    for (const [i, text] of value.entries()) {
      const at = `${name}.${i}`;
      if (typeof text !== 'string') return this.#fail(at, 'field.type', 'Text is expected here.');
      if (text === '') return this.#fail(at, 'field.missing', 'This has to be given.');
      if (text.length > max) return this.#fail(at, 'field.long', `At most ${max} characters fit here.`);
      if (UNSEEN_CHARACTER.test(text) || HALF.test(text))
        return this.#fail(at, 'field.control', 'There is a character here that can’t be seen.');
    }
    return value;
  }

  /** A whole number that may be left out, also as a page's form sends it: in digits. */
  count(name: string, min: number, max: number): number | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#value(name);
    const count = typeof value === 'string' && /^\s*[0-9]{1,9}\s*$/.test(value) ? Number(value) : value;
    if (typeof count === 'number' && Number.isInteger(count) && count >= min && count <= max) return count;
    return this.#fail(name, 'field.range', `A whole number from ${min} to ${max} is expected here.`);
  }

  flag(name: string, optional = false): boolean | undefined {
    const value = this.#value(name);
    if (value === undefined || value === null) return this.#missing(name, optional);
    if (typeof value !== 'boolean') return this.#fail(name, 'field.type', 'Yes or no is expected here.');
    return value;
  }

  /** A port, also as a page's form sends it: in digits. */
  port(name: string): number | undefined {
    const value = this.#value(name);
    if (value === undefined || value === null || value === '') return this.#missing(name);
    const port = typeof value === 'string' && /^\s*[0-9]{1,5}\s*$/.test(value) ? Number(value) : value;
    if (typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535) return port;
    return this.#fail(name, 'port.range', 'A port is a whole number from 1 to 65535.');
  }

  oneOf<T extends string>(
    name: string,
    words: readonly T[],
    why: Readonly<Record<string, string>> = {},
  ): T | undefined {
    const text = this.text(name, { max: 100 });
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text.toLowerCase() || word === text);
    const reason = Object.hasOwn(why, text.toLowerCase()) ? why[text.toLowerCase()] : undefined;
    return found ?? this.#fail(name, `${name}.unknown`, reason ?? `It is one of ${words.join(', ')}.`);
  }

  optionalOneOf<T extends string>(
    name: string,
    words: readonly T[],
    hints: Readonly<Record<string, string>> = {},
  ): T | undefined {
    return this.has(name) ? this.oneOf(name, words, hints) : undefined;
  }

  /** An absolute path on this machine; that it can be read is for the server side to see. */
  path(name: string): string | undefined {
    const text = this.text(name, { optional: true, max: 4096 });
    if (text === undefined || /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(text)) return text;
    return this.#fail(name, 'path.relative', 'A file is given by its whole path.');
  }

  #value(name: string): unknown {
    this.#known.add(name);
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  /** Whether anything is given for a field. */
  has(name: string): boolean {
    const value = this.#value(name);
    return value !== undefined && value !== null && value !== '';
  }

  #join(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #missing(name: string, optional = false): undefined {
    if (!optional && !this.#ignored) this.wrong(name, 'field.missing', 'This has to be given.');
    return undefined;
  }

  #fail(name: string, code: string, message: string): undefined {
    this.wrong(name, code, message);
    return undefined;
  }

  #add(field: string, code: string, message: string): void {
    this.#errors.push({ field, code, message });
  }
}
