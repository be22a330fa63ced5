import type {
  ArrayExpression,
  Expression,
  Literal,
  ObjectExpression,
  Property,
  UnaryExpression,
} from 'acorn';
import { BSONRegExp, Double, Int32, Long } from 'mongodb';
import { construct, constructorName } from './constructors.ts';
import { fromExtended } from './extended-json.ts';
import type { Value } from './operation.ts';
import { DEPTH_MAX, StatementError, tooDeep } from './syntax.ts';
import { exactSpelling, isHeld } from './whole-number.ts';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
/** Flags of a regular expression that the server knows too (MongoDB manual, "$regex"). */
const REGEX_FLAGS = /^[imsux]*$/;

/**
 * The value that a literal says, as mongosh has it: an integer that fits is an int32, every other number a double.
 * @throws StatementError for what is no literal: nothing is computed here
 */
export function literalOf(node: Expression, depth = 0): Value {
  if (depth > DEPTH_MAX) throw tooDeep(node.start);
  switch (node.type) {
    case 'Literal':
      return literalValue(node);
    case 'UnaryExpression':
      return signed(node);
    case 'TemplateLiteral':
      if (node.expressions.length > 0) throw computed(node);
      return text(node.quasis[0]!.value.cooked ?? '', node.start);
    case 'ArrayExpression':
      return arrayValue(node, depth);
    case 'ObjectExpression':
      return objectValue(node, depth);
    case 'Identifier':
    case 'CallExpression':
    case 'NewExpression':
      return constructed(node, depth);
    default:
      throw computed(node);
  }
}

function computed({ type, start }: Expression): StatementError {
  if (type === 'FunctionExpression' || type === 'ArrowFunctionExpression')
    return new StatementError('A function for the server is written as text: "function () { … }".', start);
  if (type === 'BinaryExpression')
    return new StatementError(
      'A value must be a literal: nothing is computed here. The server can compute: {$expr: {$gte: ["$at", {$subtract: ["$$NOW", 86400000]}]}} holds for the last 24 hours.',
      start,
    );
  return new StatementError('A value must be a literal, such as 1, "a", {…}, […] or ObjectId("…").', start);
}

/** @throws StatementError for text that UTF-8, and so BSON, can't hold */
function text(value: string, at: number): string {
  if (/\p{Surrogate}/u.test(value))
    throw new StatementError('The text holds half of a character, which can’t be sent.', at);
  return value;
}

function literalValue(node: Literal): Value {
  const { value, start } = node;
  if (node.regex) {
    const { pattern, flags } = node.regex;
    if (!REGEX_FLAGS.test(flags))
      throw new StatementError('The server knows the flags i, m, s, u and x.', start);
    return new BSONRegExp(text(pattern, start), flags);
  }
  if (typeof node.bigint === 'string') return longValue(node.bigint, start);
  if (typeof value === 'string') return text(value, start);
  if (typeof value === 'number') return numberValue(value, false, node.raw ?? `${value}`, start);
  if (typeof value === 'boolean' || value === null) return value;
  throw computed(node);
}

/**
 * A number as the shell has it. `raw` is how its magnitude is written.
 * @throws StatementError for a number that a double would change
 */
function numberValue(magnitude: number, isNegative: boolean, raw: string, at: number): Int32 | Double {
  if (!isHeld(raw, magnitude))
    throw new StatementError(
      `A double can't hold this number exactly. Write ${exactSpelling(raw, isNegative)}.`,
      at,
    );
  const value = isNegative ? -magnitude : magnitude;
  const isInt32 =
    Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX && !Object.is(value, -0);
  return isInt32 ? new Int32(value) : new Double(value);
}

function longValue(digits: string, at: number): Long {
  const value = BigInt(digits);
  if (BigInt.asIntN(64, value) !== value) throw new StatementError('A long has 64 bits.', at);
  return Long.fromBigInt(value);
}

function signed(node: UnaryExpression): Value {
  const { operator, argument } = node;
  if (operator !== '-' && operator !== '+') throw computed(node);
  const sign = operator === '-' ? -1 : 1;
  if (argument.type === 'Identifier' && argument.name === 'Infinity')
    return new Double(sign * Number.POSITIVE_INFINITY);
  if (argument.type !== 'Literal') throw computed(node);
  if (typeof argument.bigint === 'string' && sign < 0) return longValue(`-${argument.bigint}`, node.start);
  if (typeof argument.value !== 'number') throw computed(node);
  return numberValue(argument.value, sign < 0, argument.raw ?? `${argument.value}`, node.start);
}

function arrayValue({ elements, start }: ArrayExpression, depth: number): Value[] {
  return elements.map((element) => {
    if (!element || element.type === 'SpreadElement')
      throw new StatementError('An array holds values, without gaps and spreads.', element?.start ?? start);
    return literalOf(element, depth + 1);
  });
}

function objectValue(node: ObjectExpression, depth: number): Value {
  const document = new Map<string, Value>();
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') throw computed(property.argument);
    const name = propertyName(property);
    if (name.includes('\0')) throw new StatementError('A field’s name holds no NUL.', property.start);
    document.set(text(name, property.start), literalOf(property.value, depth + 1));
  }
  return isFormWritten(node.properties[0]) ? fromExtended(document, node.start) : document;
}

/** A form of Extended JSON begins with a plain dollar sign; one that is escaped makes its document a document. */
function isFormWritten(first: ObjectExpression['properties'][number] | undefined): boolean {
  if (first?.type !== 'Property') return false;
  const { key } = first;
  if (key.type === 'Identifier') return key.end - key.start === key.name.length;
  return key.type === 'Literal' && (key.raw?.startsWith('$', 1) ?? false);
}

function propertyName({ kind, method, shorthand, computed: isComputed, key, start }: Property): string {
  if (kind !== 'init' || method) throw new StatementError('A document has fields, no functions.', start);
  if (shorthand || isComputed) throw new StatementError('A field is written as name: value.', start);
  if (key.type === 'Identifier') return key.name;
  if (key.type === 'Literal' && typeof key.value === 'string') return key.value;
  if (key.type === 'Literal' && typeof key.value === 'number' && isHeld(key.raw ?? '', key.value))
    return `${key.value}`;
  throw new StatementError('A field’s name is a word or a string.', key.start);
}

/** `ObjectId("…")`, `new Date("…")`, `Binary.createFromBase64("…")`, `MinKey`. */
function constructed(node: Expression, depth: number): Value {
  if (node.type === 'Identifier') return construct(node.name, null, node.start);
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') throw computed(node);
  const name = constructorName(node.callee as Expression);
  if (name === null) throw computed(node);
  if (name === 'Date' && node.type === 'CallExpression')
    throw new StatementError(
      'Date() without new is a text of the current time in mongosh. Write new Date(…).',
      node.start,
    );
  const given = node.arguments.map((argument) => {
    if (argument.type === 'SpreadElement') throw computed(argument.argument);
    return literalOf(argument, depth + 1);
  });
  return construct(name, given, node.start);
}
