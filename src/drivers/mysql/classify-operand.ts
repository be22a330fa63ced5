import type { Expression, Query } from '../narrow/expression.ts';
import type { Token } from './classify-lexer.ts';
import { NotUnderstood, type TokenReader } from './token-reader.ts';

/** How a subquery is read, by whoever reads queries. */
export type ReadQuery = (reader: TokenReader) => Query;

/** What an operand is read with: it holds expressions and queries itself. Each throws NotUnderstood. */
export interface ExpressionParts {
  readonly reader: TokenReader;
  readonly readQuery: ReadQuery;
  /** Reads an expression of operators that bind at least as tightly. */
  read(binding: number): Expression;
  /** Reads one or more expressions with commas between them. */
  list(): Expression[];
  /** Reads something between parentheses. */
  bracketed<T>(read: () => T): T;
}

/** How tightly NOT and a sign bind (MySQL manual, "Operator Precedence"). */
const OF_NOT = 4;
const OF_SIGN = 12;

/** An expression that is not looked into. */
export const OPAQUE: Expression = { is: 'opaque' };
/** A constant whose text is not looked into, and a variable. */
const LITERAL: Expression = { is: 'call', name: 'literal', of: [] };
const VARIABLE: Expression = { is: 'call', name: '@', of: [] };

/** Words that are functions without parentheses. */
const BARE_CALLS: ReadonlySet<string> = new Set(
  'CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP UTC_DATE UTC_TIME UTC_TIMESTAMP CURRENT_USER'.split(
    ' ',
  ),
);
/** Types that keep different values different; a text that is cast to a number is mostly 0. */
const CASTS: ReadonlySet<string> = new Set(['CHAR', 'DATE', 'DATETIME', 'JSON']);

/** Reads what operators stand between: a literal, a column, a call, or an expression in parentheses. @throws NotUnderstood */
export function readOperand(parts: ExpressionParts): Expression {
  return new OperandReader(parts).read();
}

class OperandReader {
  private readonly reader: TokenReader;

  constructor(private readonly parts: ExpressionParts) {
    this.reader = parts.reader;
  }

  read(): Expression {
    const { reader } = this;
    const token = reader.take();
    switch (token.kind) {
      case 'number':
        return /^[\d.]/.test(token.text) && !/^0[xb]/i.test(token.text)
          ? { is: 'value', kind: 'number', text: token.text }
          : LITERAL;
      case 'string':
        return this.text(token);
      case 'variable':
        return VARIABLE;
      case 'quoted':
        return this.named(token);
      case 'word':
        return this.word(token);
      default:
        return this.symbol(token);
    }
  }

  private symbol(token: Token): Expression {
    const { reader } = this;
    switch (token.is) {
      case '(': {
        if (reader.isQuery) {
          const query = this.parts.readQuery(reader);
          reader.word(')');
          return { is: 'scalar', query };
        }
        const of = this.parts.list();
        reader.word(')');
        return of.length === 1 ? of[0]! : { is: 'row', of };
      }
      case '-':
      case '+':
        return { is: 'call', name: token.is, of: [this.parts.read(OF_SIGN)] };
      case '~':
        return { is: 'call', name: '~', of: [this.parts.read(OF_SIGN)] };
      case '!':
        return { is: 'not', of: this.parts.read(OF_SIGN) };
      case '@':
        reader.take();
        return VARIABLE;
      default:
        throw new NotUnderstood();
    }
  }

  /** A text, of which those that follow at once are a part. */
  private text(first: Token): Expression {
    let text = plainText(first);
    while (this.reader.kind === 'string') {
      const more = plainText(this.reader.take());
      text = text === null || more === null ? null : text + more;
    }
    return text === null ? LITERAL : { is: 'value', kind: 'string', text };
  }

  private word(token: Token): Expression {
    const { reader } = this;
    switch (token.is) {
      case 'NULL':
      case '\\N':
        return { is: 'value', kind: 'string', text: null };
      case 'TRUE':
      case 'FALSE':
        return { is: 'value', kind: 'boolean', text: token.is.toLowerCase() };
      case 'NOT':
        return this.not();
      case 'EXISTS':
        return { is: 'exists', query: this.parts.bracketed(() => this.parts.readQuery(reader)) };
      case 'CASE':
        this.skipCase();
        return OPAQUE;
      case 'INTERVAL':
        return this.interval();
      case 'BINARY':
        return { is: 'call', name: 'binary', of: [this.parts.read(OF_SIGN)] };
      case 'ROW':
        if (reader.is === '(') return { is: 'row', of: this.parts.bracketed(() => this.parts.list()) };
        break;
      case 'DATE':
      case 'TIMESTAMP':
      case 'TIME':
        if (reader.kind === 'string') return this.text(reader.take());
        break;
      default:
        if (BARE_CALLS.has(token.is)) {
          if (reader.is === '(') reader.skipBrackets();
          return { is: 'call', name: token.is.toLowerCase(), of: [] };
        }
    }
    // `_utf8mb4'…'`, in a character set that is not looked into.
    if (token.text.startsWith('_') && reader.kind === 'string') {
      this.text(reader.take());
      return LITERAL;
    }
    return this.named(token);
  }

  /** Under HIGH_NOT_PRECEDENCE it is about the next operand only, so it is understood where that is all there is. */
  private not(): Expression {
    const { reader } = this;
    const past =
      reader.is === '(' ? reader.pastBrackets() : reader.is === 'EXISTS' || reader.is === 'NOT' ? null : -1;
    const of = this.parts.read(OF_NOT);
    return past === null || past === reader.at ? { is: 'not', of } : OPAQUE;
  }

  private interval(): Expression {
    const length = this.parts.read(0);
    const unit = this.reader.name();
    return { is: 'call', name: 'interval', of: [length, { is: 'value', kind: 'string', text: unit }] };
  }

  private skipCase(): void {
    for (let depth = 1; depth > 0; ) {
      const token = this.reader.take();
      if (token.is === 'CASE') depth++;
      else if (token.is === 'END') depth--;
    }
  }

  /** A column or a call. */
  private named(token: Token): Expression {
    const { reader } = this;
    const names = [nameOf(token)];
    while (reader.skip('.')) names.push(reader.is === '*' ? nameOf(reader.take()) : reader.name());
    if (!reader.isOne('(')) return { is: 'column', relation: names.at(-2) ?? null, name: names.at(-1)! };
    const called = this.call(names.at(-1)!);
    if (!reader.isOne('OVER', 'AGAINST')) return called;
    reader.take();
    if (reader.is === '(') reader.skipBrackets();
    else reader.name();
    return OPAQUE;
  }

  private call(name: string): Expression {
    const { reader } = this;
    const past = reader.pastBrackets();
    try {
      const of = this.parts.bracketed(() => this.argumentsOf(name));
      if (reader.at === past) return of;
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
    }
    reader.at = past;
    return OPAQUE;
  }

  private argumentsOf(name: string): Expression {
    const { reader } = this;
    if (name === 'extract') {
      const unit = reader.name();
      reader.word('FROM');
      return { is: 'call', name, of: [{ is: 'value', kind: 'string', text: unit }, this.parts.read(0)] };
    }
    if (name === 'cast') {
      const of = [this.parts.read(0)];
      reader.word('AS');
      const type = reader.is;
      reader.take();
      const isPlain = reader.is === ')';
      while (reader.is !== ')') reader.take();
      return { is: 'call', name: isPlain && CASTS.has(type) ? `cast ${type.toLowerCase()}` : 'cast', of };
    }
    reader.skip('DISTINCT');
    if (reader.is === '*' && reader.next === ')') reader.take();
    return { is: 'call', name, of: reader.is === ')' ? [] : this.parts.list() };
  }
}

/** What stands between plain quotes; null for texts that are written as bytes. */
function plainText({ text }: Token): string | null {
  return /^['"]/.test(text) ? text.slice(1, -1) : null;
}

/** A name in small letters, in which products and systems compare them. */
function nameOf({ kind, text }: Token): string {
  return (kind === 'quoted' ? text.slice(1, -1) : text).toLowerCase();
}
