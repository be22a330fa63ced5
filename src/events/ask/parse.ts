import { ASK_DEPTH_MAX, ASK_UNITS_MAX } from '../limits.ts';
import {
  type AskProblem,
  type Comparator,
  type Expression,
  type FieldName,
  type Literal,
  subjectsOf,
} from './expression.ts';
import { FIELDS, type Field, SUBJECTS, type Subject, unitsOf } from './fields.ts';
import { type Token, tokensOf } from './tokens.ts';

/** A parsed expression, or what is wrong with its text. */
type Parsed = { readonly expression: Expression } | { readonly problem: AskProblem };

const COMPARATORS: readonly Comparator[] = ['=', '!=', '<', '<=', '>', '>=', '~'];
const JOINS = ['and', 'or'];

/**
 * Reads an expression:
 *
 *     expression  and-part { "or" and-part }
 *     and-part    part { "and" part }
 *     part        "not" part | "(" expression ")" | comparison
 *     comparison  field [ comparator value | "in" "(" value { "," value } ")" ]
 *     field       [ subject "." ] name
 *     comparator  "=" "!=" "<" "<=" ">" ">=" "~" "is" "is not"
 *     value       number [ unit ] | word | text in quotes | "yes" | "no" | "none" | field
 *
 * A name without a subject belongs to the one that was named last, else to the only one that has it.
 */
export function parseExpression(text: string): Parsed {
  try {
    if (text.length > ASK_UNITS_MAX)
      throw new Problem(
        ASK_UNITS_MAX,
        text.length - ASK_UNITS_MAX,
        `Longer than ${ASK_UNITS_MAX} characters.`,
      );
    return { expression: new Parser(text).whole() };
  } catch (error) {
    if (error instanceof Problem) return { problem: error.problem };
    throw error;
  }
}

class Problem extends Error {
  readonly problem: AskProblem;

  constructor(offset: number, length: number, message: string, possible: readonly string[] = []) {
    super(message);
    this.problem = { offset, length, message, possible };
  }
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;
  /** The subject that was named last. */
  private last: Subject | null = null;

  constructor(text: string) {
    this.tokens = tokensOf(text);
  }

  whole(): Expression {
    const expression = this.joined('or');
    if (this.next.kind !== 'end') this.fail('Expected', [...JOINS, 'the end']);
    const subjects = subjectsOf(expression);
    if (subjects.has('actor') && [...subjects].some((one) => one !== 'actor' && one !== 'event'))
      throw new Problem(
        0,
        this.next.offset,
        'actor is compared alone or with event: it is any actor, of no session.',
      );
    return expression;
  }

  private get next(): Token {
    return this.tokens[this.at]!;
  }

  private joined(word: 'or' | 'and'): Expression {
    const part = (): Expression => (word === 'or' ? this.joined('and') : this.part());
    const of = [part()];
    while (this.takes(word)) of.push(part());
    return of.length === 1 ? of[0]! : { kind: word === 'or' ? 'any' : 'all', of };
  }

  private part(): Expression {
    if (++this.depth > ASK_DEPTH_MAX)
      this.fail(`Nested deeper than ${ASK_DEPTH_MAX}. Expected`, ['a simpler expression']);
    try {
      if (this.takes('not')) return { kind: 'not', of: this.part() };
      if (!this.takes('(')) return this.comparison();
      const inner = this.joined('or');
      if (!this.takes(')')) this.fail('Expected', [...JOINS, ')']);
      return inner;
    } finally {
      this.depth--;
    }
  }

  private comparison(): Expression {
    const left = this.field();
    const field = FIELDS[left.subject][left.field]!;
    const possible = comparatorsOf(field);
    if (this.takes('in')) {
      if (!this.takes('(')) this.fail('Expected', ['(']);
      const of: Expression[] = [];
      do of.push({ kind: 'compare', left, comparator: '=', right: { literal: this.literal(field) } });
      while (this.takes(','));
      if (!this.takes(')')) this.fail('Expected', [',', ')']);
      return of.length === 1 ? of[0]! : { kind: 'any', of };
    }
    const sign = this.next;
    const comparator = this.comparator();
    if (comparator === null) {
      if (field.kind === 'flag') return { kind: 'compare', left, comparator: '=', right: { literal: true } };
      return this.fail(`Expected a comparison of ${left.subject}.${left.field}:`, possible);
    }
    if (!possible.includes(comparator))
      throw new Problem(
        sign.offset,
        sign.length,
        `${left.subject}.${left.field} can't be compared by ${comparator}.`,
        possible,
      );
    const other = comparator === '~' ? null : this.otherField(field);
    return { kind: 'compare', left, comparator, right: other ?? { literal: this.literal(field) } };
  }

  private comparator(): Comparator | null {
    if (this.takes('is')) return this.takes('not') ? '!=' : '=';
    const found = COMPARATORS.find((one) => one === this.next.text && this.next.kind === 'sign');
    if (found === undefined) return null;
    this.at++;
    return found;
  }

  private field(): FieldName {
    const token = this.next;
    if (token.kind !== 'word' || JOINS.includes(token.text))
      return this.fail('Expected a field:', this.names());
    const [first, ...rest] = token.text.split('.') as [string, ...string[]];
    if (rest.length > 0) {
      const subject = SUBJECTS.find((one) => one === first);
      if (subject === undefined) return this.fail(`${first} is not a subject:`, SUBJECTS);
      const field = rest.join('.');
      if (!Object.hasOwn(FIELDS[subject], field))
        return this.fail(`${subject} has no field ${field}:`, Object.keys(FIELDS[subject]));
      this.at++;
      this.last = subject;
      return { subject, field };
    }
    const having = SUBJECTS.filter((one) => Object.hasOwn(FIELDS[one], first));
    const subject = having.find((one) => one === this.last) ?? (having.length === 1 ? having[0] : undefined);
    if (subject === undefined)
      return having.length === 0
        ? this.fail(`${first} is not a field:`, this.names())
        : this.fail(
            'Whose? One of',
            having.map((one) => `${one}.${first}`),
          );
    this.at++;
    this.last = subject;
    return { subject, field: first };
  }

  /** A field on the right side: only beside one that is measured alike, as a word is text elsewhere. */
  private otherField({ kind }: Field): FieldName | null {
    const [subject, field] = this.next.text.split('.') as [Subject, string | undefined];
    if (this.next.kind !== 'word' || field === undefined || !SUBJECTS.includes(subject)) return null;
    const other = Object.hasOwn(FIELDS[subject], field) ? FIELDS[subject][field]! : null;
    if (kind === 'text' || kind === 'flag' || other === null) return null;
    const alike = (one: Field['kind']): unknown => unitsOf(one);
    if (alike(other.kind) !== alike(kind) || other.kind === 'text' || other.kind === 'flag') return null;
    this.at++;
    return { subject, field };
  }

  private literal(field: Field): Literal {
    if (this.takes('none')) return null;
    const token = this.next;
    switch (field.kind) {
      case 'flag':
        if (this.takes('yes')) return true;
        if (this.takes('no')) return false;
        return this.fail('Expected', ['yes', 'no', 'none']);
      case 'text':
        if (token.kind !== 'word' && token.kind !== 'text' && token.kind !== 'number')
          return this.fail('Expected', field.values ?? ['a word', 'text in quotes', 'none']);
        if (field.values && token.kind === 'word' && !field.values.includes(token.text.split('.')[0]!))
          return this.fail(`It is never ${token.text}, but`, [...field.values, 'none']);
        this.at++;
        return token.text;
      default:
        return this.amount(field);
    }
  }

  private amount({ kind }: Field): number {
    const token = this.next;
    const units = unitsOf(kind);
    if (token.kind !== 'number')
      return this.fail('Expected', [
        units ? `a number and ${Object.keys(units).join(', ')}` : 'a number',
        'none',
      ]);
    this.at++;
    const unit = this.next;
    const factor =
      units && unit.kind === 'word' && Object.hasOwn(units, unit.text) ? units[unit.text]! : null;
    if (factor !== null) this.at++;
    else if (unit.kind === 'word' && !JOINS.includes(unit.text))
      return this.fail(
        units ? 'Expected a unit:' : 'It has no unit. Expected',
        units ? Object.keys(units) : JOINS,
      );
    else if (units && Number(token.text) !== 0) return this.fail('Expected a unit:', Object.keys(units));
    return Number(token.text) * (factor ?? 1);
  }

  /** What can be named here. */
  private names(): string[] {
    const bare = this.last ? Object.keys(FIELDS[this.last]) : [];
    return [...SUBJECTS.map((subject) => `${subject}.…`), ...bare, 'not', '('];
  }

  private takes(text: string): boolean {
    const { next } = this;
    if (next.text !== text || (next.kind !== 'word' && next.kind !== 'sign')) return false;
    this.at++;
    return true;
  }

  private fail(message: string, possible: readonly string[]): never {
    const { offset, length, text, kind } = this.next;
    const found = kind === 'end' ? 'The expression ends here.' : `Found ${text}.`;
    throw new Problem(offset, length, `${message} ${possible.join(', ')}. ${found}`, possible);
  }
}

function comparatorsOf({ kind }: Field): readonly string[] {
  if (kind === 'flag') return ['=', '!='];
  return kind === 'text' ? ['=', '!=', '~', 'in'] : ['=', '!=', '<', '<=', '>', '>='];
}
