import type { Expression } from '../narrow/expression.ts';
import { type ExpressionParts, OPAQUE, type ReadQuery, readOperand } from './classify-operand.ts';
import type { TokenReader } from './token-reader.ts';

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
const OF_OPERAND = 6;

/**
 * Reads one expression from its first token on, as MySQL's and MariaDB's grammar does.
 * @throws NotUnderstood
 */
export function readExpression(reader: TokenReader, readQuery: ReadQuery, binding = 0): Expression {
  return new ExpressionReader(reader, readQuery).read(binding);
}

class ExpressionReader implements ExpressionParts {
  constructor(
    readonly reader: TokenReader,
    readonly readQuery: ReadQuery,
  ) {}

  read(binding: number): Expression {
    let left = readOperand(this);
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

  list(): Expression[] {
    const all = [this.read(0)];
    while (this.reader.skip(',')) all.push(this.read(0));
    return all;
  }

  bracketed<T>(read: () => T): T {
    this.reader.word('(');
    const found = read();
    this.reader.word(')');
    return found;
  }
}

function isNull(expression: Expression): boolean {
  return expression.is === 'value' && expression.text === null;
}
