/** The types of BSON, by the names that `$type` takes (MongoDB manual, "BSON Types"). */
export type EjsonKind =
  | 'string'
  | 'int'
  | 'long'
  | 'double'
  | 'decimal'
  | 'bool'
  | 'null'
  | 'objectId'
  | 'date'
  | 'uuid'
  | 'binData'
  | 'regex'
  | 'timestamp'
  | 'minKey'
  | 'maxKey'
  | 'symbol'
  | 'javascript'
  | 'undefined'
  | 'array'
  | 'object';

/** A value of a document, read from its canonical Extended JSON. No number is ever read, so no digit of it is lost. */
export interface EjsonNode {
  readonly kind: EjsonKind;
  /** How it is read, as mongosh writes it: `ObjectId('…')`, `ISODate('…')`, digits; a string is its own text. */
  readonly shown: string;
  /** Fields or elements in their own order; none for a value that has none inside. */
  readonly entries: readonly EjsonEntry[];
  /** The text it was read from. */
  readonly text: string;
}

interface EjsonEntry {
  readonly name: string;
  readonly value: EjsonNode;
}

/** Longer Extended JSON is shown unparsed: parsing all of it for one line would be noticeable. */
export const EJSON_READ_UNITS_MAX = 20_000;
const DEPTH_MAX = 300;

/** A dollar sign that is escaped is a name of a stored document's, which is no form. */
const FORM_START = /^\{\s*"\$/;

/** Reads canonical Extended JSON; undefined for a text that is none. */
export function readEjson(text: string): EjsonNode | undefined {
  try {
    const reader = new Reader(text);
    const node = reader.value(0);
    reader.blank();
    return reader.at === text.length ? node : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value reads as a number, and so stands to the right. */
export function isNumber(kind: EjsonKind): boolean {
  return kind === 'int' || kind === 'long' || kind === 'double' || kind === 'decimal';
}

/** A value in one line as a reader sees it; strings inside of others in quotes. Cut at `unitsMax`. */
export function ejsonLine(node: EjsonNode, unitsMax: number): string {
  const line = new Line(unitsMax);
  line.add(node, true);
  return line.text;
}

class Line {
  text = '';
  constructor(private readonly unitsMax: number) {}

  add(node: EjsonNode, outermost: boolean): void {
    if (node.kind === 'object')
      this.list('{ ', node.entries, ' }', '{}', ({ name }) => `${fieldName(name)}: `);
    else if (node.kind === 'array') this.list('[', node.entries, ']', '[]', () => '');
    else this.text += node.kind === 'string' && !outermost ? JSON.stringify(node.shown) : node.shown;
  }

  private list(
    open: string,
    entries: readonly EjsonEntry[],
    close: string,
    empty: string,
    label: (entry: EjsonEntry) => string,
  ): void {
    if (entries.length === 0) {
      this.text += empty;
      return;
    }
    this.text += open;
    for (const [i, entry] of entries.entries()) {
      if (this.text.length > this.unitsMax) return;
      this.text += `${i > 0 ? ', ' : ''}${label(entry)}`;
      this.add(entry.value, false);
    }
    this.text += close;
  }
}

function fieldName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** Cuts a text into values. Strings are cut out, so that field order, digits and names that come twice stay as they are. */
class Reader {
  at = 0;
  constructor(private readonly text: string) {}

  blank(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  value(depth: number): EjsonNode {
    if (depth > DEPTH_MAX) throw new RangeError('nested too deeply');
    this.blank();
    const start = this.at;
    const first = this.text[start];
    if (first === '"') {
      const shown = this.string();
      return this.node('string', shown, [], start);
    }
    if (first === '{') return this.object(start, depth);
    if (first === '[') {
      const entries = this.entries(']', depth, (i) => String(i));
      return this.node('array', '', entries, start);
    }
    const word = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(
      this.text.slice(start, start + 40),
    )?.[0];
    if (word === undefined) throw new RangeError('no value');
    this.at += word.length;
    const kind = word === 'null' ? 'null' : word === 'true' || word === 'false' ? 'bool' : bareNumber(word);
    return this.node(kind, word, [], start);
  }

  private node(kind: EjsonKind, shown: string, entries: readonly EjsonEntry[], start: number): EjsonNode {
    return { kind, shown, entries, text: this.text.slice(start, this.at) };
  }

  private object(start: number, depth: number): EjsonNode {
    const entries = this.entries('}', depth, null);
    const text = this.text.slice(start, this.at);
    const extended = FORM_START.test(text) ? extendedForm(entries) : undefined;
    return extended ? { ...extended, entries: [], text } : { kind: 'object', shown: '', entries, text };
  }

  private entries(close: string, depth: number, place: ((i: number) => string) | null): EjsonEntry[] {
    const entries: EjsonEntry[] = [];
    this.at++;
    this.blank();
    if (this.text[this.at] === close) {
      this.at++;
      return entries;
    }
    for (;;) {
      this.blank();
      const name = place ? place(entries.length) : this.string();
      if (!place) this.sign(':');
      entries.push({ name, value: this.value(depth + 1) });
      this.blank();
      const next = this.text[this.at++];
      if (next === close) return entries;
      if (next !== ',') throw new RangeError('no end');
    }
  }

  private sign(sign: string): void {
    this.blank();
    if (this.text[this.at++] !== sign) throw new RangeError(`no ${sign}`);
  }

  private string(): string {
    const start = this.at;
    if (this.text[start] !== '"') throw new RangeError('no string');
    for (let at = start + 1; at < this.text.length; at++) {
      const char = this.text[at];
      if (char === '\\') at++;
      else if (char === '"') {
        this.at = at + 1;
        return JSON.parse(this.text.slice(start, this.at)) as string;
      }
    }
    throw new RangeError('no end of a string');
  }
}

/** What a number without a type is to the server, which reads an integer that fits as an int32. */
function bareNumber(word: string): EjsonKind {
  return /^-?\d{1,9}$/.test(word) ? 'int' : 'double';
}

type Form = Pick<EjsonNode, 'kind' | 'shown'>;

/** The forms of Extended JSON v2 (MongoDB specification, "Extended JSON"); undefined for a document. */
function extendedForm(entries: readonly EjsonEntry[]): Form | undefined {
  const [first, second] = entries;
  const { shown, kind, entries: inner } = first!.value;
  const text = kind === 'string' && second === undefined;
  const part = (name: string): string => inner.find((one) => one.name === name)?.value.shown ?? '';
  switch (first!.name) {
    case '$numberInt':
      return text ? { kind: 'int', shown } : undefined;
    case '$numberLong':
      return text ? { kind: 'long', shown } : undefined;
    case '$numberDouble':
      return text ? { kind: 'double', shown } : undefined;
    case '$numberDecimal':
      return text ? { kind: 'decimal', shown } : undefined;
    case '$oid':
      return text ? { kind: 'objectId', shown: `ObjectId('${shown}')` } : undefined;
    case '$date':
      return second ? undefined : { kind: 'date', shown: dateText(shown, kind) };
    case '$binary':
      return second ? undefined : binary(part('base64'), part('subType'));
    case '$regularExpression':
      return second ? undefined : { kind: 'regex', shown: `/${part('pattern')}/${part('options')}` };
    case '$timestamp':
      return second
        ? undefined
        : { kind: 'timestamp', shown: `Timestamp({ t: ${part('t')}, i: ${part('i')} })` };
    case '$symbol':
      return text ? { kind: 'symbol', shown } : undefined;
    case '$code':
      return kind === 'string' ? code(shown, second) : undefined;
    case '$minKey':
      return { kind: 'minKey', shown: 'MinKey' };
    case '$maxKey':
      return { kind: 'maxKey', shown: 'MaxKey' };
    case '$undefined':
      return { kind: 'undefined', shown: 'undefined' };
    default:
      return undefined;
  }
}

/** Milliseconds as a date, where it is one that a calendar has; else the milliseconds. */
function dateText(shown: string, kind: EjsonKind): string {
  if (kind === 'string') return `ISODate('${shown}')`;
  const date = new Date(Number(shown));
  return Number.isNaN(date.getTime()) ? `Date(${shown})` : `ISODate('${date.toISOString()}')`;
}

function code(text: string, scope: EjsonEntry | undefined): Form | undefined {
  if (scope === undefined) return { kind: 'javascript', shown: text };
  return scope.name === '$scope' && scope.value.kind === 'object'
    ? { kind: 'javascript', shown: `Code(${JSON.stringify(text)}, ${scope.value.text})` }
    : undefined;
}

function binary(base64: string, subType: string): Form {
  if (subType === '04' || subType === '4') {
    const hex = Array.from(atob(base64), (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
    const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    if (hex.length === 32) return { kind: 'uuid', shown: `UUID('${uuid}')` };
  }
  return { kind: 'binData', shown: `BinData(${Number.parseInt(subType, 16) || 0}, '${base64}')` };
}

/** Copied as plain text: a string's own characters, a number's digits; all else is Extended JSON. */
export function ejsonPlain(text: string): string {
  const node = readEjson(text);
  if (!node) return text;
  return node.kind === 'string' || isNumber(node.kind) || node.kind === 'bool' ? node.shown : text;
}
