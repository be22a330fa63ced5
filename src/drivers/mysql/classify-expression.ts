import type { Expression, Query } from '../narrow/expression.ts';
import type { Token } from './classify-lexer.ts';
import { NotUnderstood, type TokenReader } from './token-reader.ts';

/** How a subquery is read, by whoever reads queries. */
export type ReadQuery = (reader: TokenReader) => Query;

/** Operators by how tightly they bind (MySQL manual, "Operator Precedence"). */
const BINDING: Readonly<Record<string, number>> = {
  OR: 1,
  '||': 1,
  XOR: 2,
  AND: 3,
  '&&': 3,
  '=': 5,
  '<=>': 5,
  '<>': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  IS: 5,
  IN: 5,
  LIKE: 5,
  RLIKE: 5,
  REGEXP: 5,
  BETWEEN: 5,
  NOT: 5,
  MEMBER: 5,
  SOUNDS: 5,
  '|': 6,
  '&': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
  DIV: 10,
  MOD: 10,
  '^': 11,
  COLLATE: 12,
  '->': 13,
  '->>': 13,
};
const OF_NOT = 4;
const OF_OPERAND = 6;
const OF_SIGN = 12;

const OPAQUE: Expression = { is: 'opaque' };
/** Words that are functions without parentheses. */
const BARE_CALLS: ReadonlySet<string> = new Set(
  'CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP UTC_DATE UTC_TIME UTC_TIMESTAMP CURRENT_USER'.split(
    ' ',
  ),
);
/** Types that keep different values different; a text that is cast to a number is mostly 0. */
const CASTS: ReadonlySet<string> = new Set(['CHAR', 'DATE', 'DATETIME', 'JSON']);

/**
 * Reads one expression from its first token on, as MySQL's and MariaDB's grammar does.
 * @throws NotUnderstood
 */
export function readExpression(reader: TokenReader, readQuery: ReadQuery, binding = 0): Expression {
  return new ExpressionReader(reader, readQuery).read(binding);
}

class ExpressionReader {
  constructor(
    private readonly reader: TokenReader,
    private readonly readQuery: ReadQuery,
  ) {}

  read(binding: number): Expression {
    let left = this.operand();
    for (;;) {
      const operator = this.reader.operator();
      const tightness = Object.hasOwn(BINDING, operator) ? BINDING[operator]! : 0;
      if (tightness === 0 || tightness < binding) return left;
      this.reader.skipOperator(operator);
      left = this.infix(left, operator, tightness);
    }
  }

  private infix(left: Expression, operator: string, tightness: number): Expression {
    switch (operator) {
      case 'AND':
      case '&&':
      case 'OR': {
        const of = [left, this.read(tightness + 1)];
        // A list of thousands is no tree of that depth.
        while (this.reader.operator() === operator) {
          this.reader.skipOperator(operator);
          of.push(this.read(tightness + 1));
        }
        return { is: operator === 'OR' ? 'or' : 'and', of };
      }
      case '=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.comparison(operator, left);
      case '<>':
      case '!=':
        return this.comparison('<>', left);
      case '<=>': {
        const right = this.read(tightness + 1);
        return isNull(right) ? { is: 'null', of: left } : { is: 'compare', operator: '=', left, right };
      }
      case 'IS':
        return this.is(left);
      case 'NOT':
        return {
          is: 'not',
          of: this.predicate(left, this.reader.word('IN', 'LIKE', 'RLIKE', 'REGEXP', 'BETWEEN')),
        };
      case 'IN':
      case 'LIKE':
      case 'RLIKE':
      case 'REGEXP':
      case 'BETWEEN':
        return this.predicate(left, operator);
      // What || is, the session's sql_mode says.
      case '||':
      case 'XOR':
      case 'SOUNDS':
        this.reader.skip('LIKE');
        this.read(tightness + 1);
        return OPAQUE;
      case 'MEMBER':
        this.reader.word('OF');
        this.reader.skipBrackets();
        return OPAQUE;
      case 'COLLATE':
        this.reader.name();
        return { is: 'call', name: 'collate', of: [left] };
      default:
        return { is: 'call', name: operator.toLowerCase(), of: [left, this.read(tightness + 1)] };
    }
  }

  private comparison(operator: '=' | '<>' | '<' | '<=' | '>' | '>=', left: Expression): Expression {
    const { reader } = this;
    const some =
      ['ANY', 'SOME', 'ALL'].includes(reader.is) && reader.next === '('
        ? reader.word('ANY', 'SOME', 'ALL')
        : '';
    if (some === '') return { is: 'compare', operator, left, right: this.read(OF_OPERAND) };
    const query = this.bracketed(() => this.readQuery(reader));
    return operator === '=' && some !== 'ALL' ? { is: 'inQuery', of: left, query } : OPAQUE;
  }

  private is(left: Expression): Expression {
    const negated = this.reader.skip('NOT');
    const what = this.reader.word('NULL', 'TRUE', 'FALSE', 'UNKNOWN');
    if (what === 'UNKNOWN') return OPAQUE;
    if (what === 'NULL') {
      const test: Expression = { is: 'null', of: left };
      return negated ? { is: 'not', of: test } : test;
    }
    if (negated) return OPAQUE;
    return { is: 'surely', of: what === 'TRUE' ? left : { is: 'not', of: left } };
  }

  private predicate(left: Expression, operator: string): Expression {
    const { reader } = this;
    switch (operator) {
      case 'BETWEEN': {
        const low = this.read(OF_OPERAND);
        reader.word('AND');
        const high = this.read(OF_OPERAND);
        return {
          is: 'and',
          of: [
            { is: 'compare', operator: '>=', left, right: low },
            { is: 'compare', operator: '<=', left, right: high },
          ],
        };
      }
      case 'IN':
        return this.bracketed((): Expression => {
          if (reader.isQuery) return { is: 'inQuery', of: left, query: this.readQuery(reader) };
          return { is: 'in', of: left, items: this.list() };
        });
      default: {
        const pattern = this.read(OF_OPERAND);
        if (reader.skip('ESCAPE')) this.read(OF_OPERAND);
        return { is: operator === 'LIKE' ? 'like' : 'regexp', of: left, pattern };
      }
    }
  }

  private list(): Expression[] {
    const all = [this.read(0)];
    while (this.reader.skip(',')) all.push(this.read(0));
    return all;
  }

  private bracketed<T>(read: () => T): T {
    this.reader.word('(');
    const found = read();
    this.reader.word(')');
    return found;
  }

  private operand(): Expression {
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
          const query = this.readQuery(reader);
          reader.word(')');
          return { is: 'scalar', query };
        }
        const of = this.list();
        reader.word(')');
        return of.length === 1 ? of[0]! : { is: 'row', of };
      }
      case '-':
      case '+':
        return { is: 'call', name: token.is, of: [this.read(OF_SIGN)] };
      case '~':
        return { is: 'call', name: '~', of: [this.read(OF_SIGN)] };
      case '!':
        return { is: 'not', of: this.read(OF_SIGN) };
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
        return { is: 'exists', query: this.bracketed(() => this.readQuery(reader)) };
      case 'CASE':
        this.skipCase();
        return OPAQUE;
      case 'INTERVAL':
        return this.interval();
      case 'BINARY':
        return { is: 'call', name: 'binary', of: [this.read(OF_SIGN)] };
      case 'ROW':
        if (reader.is === '(') return { is: 'row', of: this.bracketed(() => this.list()) };
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
    const of = this.read(OF_NOT);
    return past === null || past === reader.at ? { is: 'not', of } : OPAQUE;
  }

  private interval(): Expression {
    const length = this.read(0);
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
      const of = this.bracketed(() => this.parts(name));
      if (reader.at === past) return of;
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
    }
    reader.at = past;
    return OPAQUE;
  }

  private parts(name: string): Expression {
    const { reader } = this;
    if (name === 'extract') {
      const unit = reader.name();
      reader.word('FROM');
      return { is: 'call', name, of: [{ is: 'value', kind: 'string', text: unit }, this.read(0)] };
    }
    if (name === 'cast') {
      const of = [this.read(0)];
      reader.word('AS');
      const type = reader.is;
      reader.take();
      const isPlain = reader.is === ')';
      while (reader.is !== ')') reader.take();
      return { is: 'call', name: isPlain && CASTS.has(type) ? `cast ${type.toLowerCase()}` : 'cast', of };
    }
    reader.skip('DISTINCT');
    if (reader.is === '*' && reader.next === ')') reader.take();
    return { is: 'call', name, of: reader.is === ')' ? [] : this.list() };
  }
}

/** A constant whose text is not looked into, and a variable. */
const LITERAL: Expression = { is: 'call', name: 'literal', of: [] };
const VARIABLE: Expression = { is: 'call', name: '@', of: [] };

function isNull(expression: Expression): boolean {
  return expression.is === 'value' && expression.text === null;
}

/** What stands between plain quotes; null for texts that are written as bytes. */
function plainText({ text }: Token): string | null {
  return /^['"]/.test(text) ? text.slice(1, -1) : null;
}

/** A name in small letters, in which products and systems compare them. */
export function nameOf({ kind, text }: Token): string {
  return (kind === 'quoted' ? text.slice(1, -1) : text).toLowerCase();
}
