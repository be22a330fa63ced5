import type { Comparator, Expression, FieldName } from './expression.ts';
import { FIELDS, type FieldValue } from './fields.ts';
import type { Row } from './row.ts';

/** An expression made ready to be evaluated often. */
export interface Evaluation {
  /** Whether it holds of a row at a time. Reads nothing else, and always answers. */
  holds(row: Row, at: number): boolean;
  /** Times at which it may begin or cease to hold of a row while no record comes. */
  crossings(row: Row): number[];
}

type Holds = (row: Row, at: number) => boolean;

/** Makes an expression ready. */
export function evaluation(expression: Expression): Evaluation {
  const crossing: ((row: Row) => number | null)[] = [];
  const holds = compiled(expression, crossing);
  return {
    holds,
    crossings: (row) =>
      crossing.flatMap((of) => {
        const at = of(row);
        // Times are whole milliseconds: what is longer than a bound is so one later.
        return at === null ? [] : [Math.floor(at), Math.ceil(at), Math.floor(at) + 1];
      }),
  };
}

function compiled(expression: Expression, crossing: ((row: Row) => number | null)[]): Holds {
  switch (expression.kind) {
    case 'not': {
      const inner = compiled(expression.of, crossing);
      return (row, at) => !inner(row, at);
    }
    case 'all': {
      const parts = expression.of.map((one) => compiled(one, crossing));
      return (row, at) => parts.every((holds) => holds(row, at));
    }
    case 'any': {
      const parts = expression.of.map((one) => compiled(one, crossing));
      return (row, at) => parts.some((holds) => holds(row, at));
    }
    case 'compare': {
      const { left, comparator, right } = expression;
      const leftOf = valueAt(left);
      const rightOf = 'subject' in right ? valueAt(right) : (): FieldValue => right.literal;
      crossing.push(crossingOf(left, rightOf));
      if ('subject' in right) crossing.push(crossingOf(right, leftOf));
      return (row, at) => compare(leftOf(row, at), comparator, rightOf(row, at));
    }
  }
}

/** A field's value at a time: what is elapsed grows. */
function valueAt({ subject, field }: FieldName): (row: Row, at: number) => FieldValue {
  const { kind, read } = FIELDS[subject][field]!;
  if (kind !== 'elapsed') return read;
  return (row, at) => {
    const since = read(row);
    return since === null ? null : Math.max(0, at - (since as number));
  };
}

/** When a growing field reaches what it is compared with. Two that grow keep their distance, so there is nothing to reach. */
function crossingOf(
  field: FieldName,
  otherOf: (row: Row, at: number) => FieldValue,
): (row: Row) => number | null {
  const { kind, read } = FIELDS[field.subject][field.field]!;
  if (kind !== 'elapsed') return () => null;
  return (row) => {
    const since = read(row);
    const bound = since === null ? null : otherOf(row, since as number);
    return typeof bound === 'number' ? (since as number) + bound : null;
  };
}

/** Where there is no value, only `= none`, and `!=` of any other value, hold. */
function compare(left: FieldValue, comparator: Comparator, right: FieldValue): boolean {
  if (comparator === '=') return equal(left, right);
  if (comparator === '!=') return !equal(left, right);
  if (comparator === '~')
    return typeof left === 'string' && left.toLowerCase().includes(String(right).toLowerCase());
  if (typeof left !== 'number' || typeof right !== 'number') return false;
  if (comparator === '<') return left < right;
  if (comparator === '<=') return left <= right;
  return comparator === '>' ? left > right : left >= right;
}

/** `cancelling` is `cancelling.requested` too, and what says `none` is none. */
function equal(left: FieldValue, right: FieldValue): boolean {
  if (typeof left === 'string' && typeof right === 'string')
    return left === right || (left.startsWith(right) && left[right.length] === '.');
  return left === right || (right === null && left === 'none');
}
