import { Aggregator } from 'mingo';
import { Decimal128, Double, Int32, Long } from 'mongodb';
import { type Doc, isLong, numeric, plain, typed, typeName } from './bson.ts';
import { CommandError } from './command-error.ts';
import { compare } from './compare.ts';

/** What an expression sees: the document and the variables. */
export interface Scope {
  readonly root: Doc;
  readonly variables: ReadonlyMap<string, unknown>;
}

export function scopeOf(root: Doc): Scope {
  return {
    root,
    variables: new Map<string, unknown>([
      ['ROOT', root],
      ['CURRENT', root],
    ]),
  };
}

type Operator = (given: unknown, scope: Scope) => unknown;

/** The value of an expression of an aggregation, with its type; undefined is missing. */
export function evaluate(expression: unknown, scope: Scope): unknown {
  if (typeof expression === 'string' && expression.startsWith('$')) return path(expression, scope);
  if (Array.isArray(expression)) return expression.map((item) => evaluate(item, scope) ?? null);
  if (!(expression instanceof Map)) return expression;
  const [first] = expression.keys() as MapIterator<string>;
  if (!first?.startsWith('$')) {
    const pairs = [...(expression as Doc)].map(([name, item]): [string, unknown] => [
      name,
      evaluate(item, scope),
    ]);
    return new Map(pairs.filter(([, item]) => item !== undefined));
  }
  const operator = OPERATORS[first];
  if (operator) return operator(expression.get(first), scope);
  return byMingo(expression as Doc, scope);
}

export function isTrue(item: unknown): boolean {
  return item !== undefined && item !== null && item !== false && numeric(item) !== 0;
}

function path(expression: string, { root, variables }: Scope): unknown {
  const isVariable = expression.startsWith('$$');
  const [head, ...names] = expression.slice(isVariable ? 2 : 1).split('.');
  return walk(isVariable ? variables.get(head!) : root.get(head!), names);
}

/** A path goes through arrays into each of their documents. */
function walk(from: unknown, names: readonly string[]): unknown {
  const [name, ...rest] = names;
  if (name === undefined) return from;
  if (Array.isArray(from)) return from.map((item) => walk(item, names)).filter((item) => item !== undefined);
  return from instanceof Map ? walk(from.get(name), rest) : undefined;
}

/** What is not known here is left to mingo, which knows no types of numbers. */
function byMingo(expression: Doc, { root, variables }: Scope): unknown {
  try {
    const vars = Object.fromEntries([...variables].map(([name, item]) => [name, plain(item)]));
    const [result] = new Aggregator([{ $replaceRoot: { newRoot: { v: plain(expression) } } }], {
      variables: vars as never,
    }).run([plain(root) as never]);
    return typed((result as { v?: unknown }).v);
  } catch (error) {
    throw new CommandError(40415, 'Location40415', (error as Error).message);
  }
}

function list(given: unknown, scope: Scope): unknown[] {
  return (Array.isArray(given) ? given : [given]).map((item) => evaluate(item, scope));
}

function comparison(holds: (order: number) => boolean): Operator {
  return (given, scope) => {
    const [left, right] = list(given, scope);
    return holds(compare(left, right));
  };
}

/** Ints stay ints while they fit; what meets a double is a double (MongoDB manual, "Arithmetic Expression Operators"). */
function arithmetic(join: (left: number, right: number) => number): Operator {
  return (given, scope) => {
    const items = list(given, scope);
    const result = items.map((item) => numeric(item) ?? Number.NaN).reduce(join);
    if (items.some((item) => item instanceof Double)) return new Double(result);
    return Math.abs(result) < 2 ** 31 ? new Int32(result) : Long.fromNumber(result);
  };
}

function asText(item: unknown): string | null {
  if (item === undefined || item === null) return null;
  if (typeof item === 'string') return item;
  if (item instanceof Double) return Object.is(item.valueOf(), -0) ? '-0' : `${item.valueOf()}`;
  if (item instanceof Decimal128 || item instanceof Int32 || isLong(item)) return `${item}`;
  if (item instanceof Date) return item.toISOString();
  throw new CommandError(241, 'ConversionFailure', `Unsupported conversion from ${typeName(item)} to string`);
}

function mapped(given: unknown, scope: Scope): unknown {
  const { input, as, in: each } = Object.fromEntries(given as Doc);
  const items = evaluate(input, scope);
  if (!Array.isArray(items)) return null;
  return items.map((item) => {
    const variables = new Map(scope.variables).set((as as string) ?? 'this', item);
    return evaluate(each, { ...scope, variables }) ?? null;
  });
}

function range(given: unknown, scope: Scope): unknown {
  const [from = 0, to = 0, step = 1] = list(given, scope).map((item) => numeric(item) ?? 0);
  const items: Int32[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) items.push(new Int32(at));
  return items;
}

function elementAt(given: unknown, scope: Scope): unknown {
  const [items, at] = list(given, scope);
  if (items === null || items === undefined) return null;
  if (!Array.isArray(items))
    throw new CommandError(28689, 'Location28689', "$arrayElemAt's first argument must be an array");
  return items.at(numeric(at) ?? 0);
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  $literal: (given) => given,
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  // In order, and no further than needed.
  $and: (given, scope) => (given as unknown[]).every((item) => isTrue(evaluate(item, scope))),
  $or: (given, scope) => (given as unknown[]).some((item) => isTrue(evaluate(item, scope))),
  $not: (given, scope) => !isTrue(list(given, scope)[0]),
  $type: (given, scope) => typeName(evaluate(Array.isArray(given) ? given[0] : given, scope)),
  $toString: (given, scope) => asText(list(given, scope)[0]),
  $arrayElemAt: elementAt,
  $map: mapped,
  $range: range,
  $add: arithmetic((left, right) => left + right),
  $multiply: arithmetic((left, right) => left * right),
  $subtract: arithmetic((left, right) => left - right),
  $let: (given, scope) => {
    const { vars, in: inner } = Object.fromEntries(given as Doc);
    const variables = new Map(scope.variables);
    for (const [name, item] of vars as Doc) variables.set(name, evaluate(item, scope));
    return evaluate(inner, { ...scope, variables });
  },
  $getField: (given, scope) => {
    const isShort = !(given instanceof Map) || !given.has('field');
    const field = evaluate(isShort ? given : (given as Doc).get('field'), scope);
    const input = isShort ? scope.root : evaluate((given as Doc).get('input'), scope);
    return input instanceof Map ? input.get(`${field}`) : undefined;
  },
  $setField: (given, scope) => {
    const { field, input, value } = Object.fromEntries(given as Doc);
    const from = evaluate(input, scope);
    if (!(from instanceof Map)) return null;
    const next = new Map(from as Doc);
    const item = evaluate(value, scope);
    const name = `${evaluate(field, scope)}`;
    if (item === undefined) next.delete(name);
    else next.set(name, item);
    return next;
  },
  $toLong: (given, scope) => {
    const item = list(given, scope)[0];
    return item instanceof Date ? Long.fromNumber(item.getTime()) : Long.fromNumber(numeric(item) ?? 0);
  },
  $objectToArray: (given, scope) => {
    const item = evaluate(given, scope);
    if (!(item instanceof Map)) return null;
    return [...item].map(
      ([k, v]) =>
        new Map<string, unknown>([
          ['k', k],
          ['v', v],
        ]),
    );
  },
  $arrayToObject: (given, scope) => {
    const items = evaluate(given, scope);
    if (!Array.isArray(items)) return null;
    return new Map(
      items.map((item) => (item instanceof Map ? [item.get('k'), item.get('v')] : item) as [string, unknown]),
    );
  },
};
