import type { Subject } from './fields.ts';

/** How a field is compared with a value. `~` is: contains, in upper or lower case. */
export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~';

/** A value that is written in an expression: text, a number in the field's own unit (milliseconds, bytes), yes or no, or none. */
export type Literal = string | number | boolean | null;

/** A field of a subject, such as `connection.idle`. */
export interface FieldName {
  readonly subject: Subject;
  readonly field: string;
}

/** An expression over what is alive at an instant of a tape. Always ends with yes or no: it has no loop and calls nothing. */
export type Expression =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | {
      readonly kind: 'compare';
      readonly left: FieldName;
      readonly comparator: Comparator;
      readonly right: { readonly literal: Literal } | FieldName;
    };

/** What is wrong with an expression, where, and what is possible there. */
export interface AskProblem {
  /** UTF-16 code units from the beginning of the text. */
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly possible: readonly string[];
}

/** The subjects that an expression names, each once. */
export function subjectsOf(expression: Expression): ReadonlySet<Subject> {
  switch (expression.kind) {
    case 'compare':
      return new Set(
        'subject' in expression.right
          ? [expression.left.subject, expression.right.subject]
          : [expression.left.subject],
      );
    case 'not':
      return subjectsOf(expression.of);
    default:
      return new Set(expression.of.flatMap((one) => [...subjectsOf(one)]));
  }
}

/** An expression as text that parses to it again. */
export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'compare': {
      const { left, comparator, right } = expression;
      const value = 'subject' in right ? `${right.subject}.${right.field}` : literalText(right.literal);
      return `${left.subject}.${left.field} ${comparator} ${value}`;
    }
    case 'not':
      return `not (${expressionText(expression.of)})`;
    default:
      return expression.of
        .map((one) => `(${expressionText(one)})`)
        .join(expression.kind === 'all' ? ' and ' : ' or ');
  }
}

/** A number is written bare, as milliseconds or bytes are read so too. */
function literalText(literal: Literal): string {
  if (literal === null) return 'none';
  if (typeof literal === 'boolean') return literal ? 'yes' : 'no';
  return typeof literal === 'number' ? String(literal) : `"${literal.replace(/["\\]/g, '\\$&')}"`;
}
