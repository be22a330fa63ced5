import { isFar } from './bounds.ts';
import type { Bound } from './condition.ts';
import type { Expression } from './expression.ts';
import { CLOCKS, OF_CLOCKS, TIMES, words } from './functions.ts';

/** A literal as it is or cast. */
export function literalOf(expression: Expression): string | null {
  if (expression.is === 'value') return expression.text;
  if (expression.is !== 'call') return null;
  const [first, ...rest] = expression.of;
  if (!first || rest.length > 0) return null;
  const text = expression.name.startsWith('cast ') || expression.name === 'binary' ? literalOf(first) : null;
  if (text !== null) return text;
  const number = /^[+-]$/.test(expression.name) ? literalOf(first) : null;
  return number === null
    ? null
    : expression.name === '-'
      ? number.startsWith('-')
        ? number.slice(1)
        : `-${number}`
      : number;
}

const TRUE = words('true t 1 y yes on');
const FALSE = words('false f 0 n no off');

/** Which truth value a literal may be meant as; null for any other. */
export function truthOf(expression: Expression): boolean | null {
  const text = literalOf(expression)?.toLowerCase();
  if (text === undefined) return null;
  return TRUE.has(text) ? true : FALSE.has(text) ? false : null;
}

/** What a range begins or ends at: a literal, or a time that is near the clock; null for what is not known. */
export function boundOf(expression: Expression): Omit<Bound, 'inclusive'> | null {
  const text = literalOf(expression);
  if (text !== null) return { text };
  if (expression.is !== 'call') return null;
  const { name, of } = expression;
  const [first, second] = of;
  const isWhole = !first || /^\d$/.test(literalOf(first) ?? '');
  if (CLOCKS.has(name) && isWhole) return { text: null };
  if (!first || of.some((one) => isFar(lengthOf(one)))) return null;
  if (name.startsWith('cast ')) return boundOf(first);
  const time = TIMES.has(name) ? boundOf(first) : null;
  if (time) return time;
  if (name !== '+' && name !== '-' && !OF_CLOCKS.has(name)) return null;
  const bounds = of.map(boundOf);
  if (bounds.some((one) => one?.text === null)) {
    const isLess =
      ['-', 'date_sub', 'subdate'].includes(name) && second !== undefined && !/^-/.test(lengthOf(second));
    const isBack = bounds.some((one) => one?.isBack) || name === 'date_trunc';
    return { text: null, isBack: isLess || isBack };
  }
  const [literal] = bounds;
  return literal && /^\d{4}-\d/.test(literal.text ?? '') ? literal : null;
}

/** The text of a length of time. */
function lengthOf(expression: Expression): string {
  if (expression.is === 'call' && expression.name === 'interval')
    return expression.of.map((one) => literalOf(one) ?? '').join(' ');
  if (expression.is === 'call' && expression.name === 'cast interval')
    return literalOf(expression.of[0]!) ?? '';
  return '';
}

/** A literal as a unit of time, in lower case. */
export function unit(value: Extract<Expression, { is: 'value' }>): string {
  return value.text?.toLowerCase() ?? '';
}
