import { Decimal128, Double, Int32, MaxKey, MinKey, ObjectId } from 'mongodb';
import { type Document, isDocument, isLong, type Value } from './statement/operation.ts';
import { shellText } from './statement/shell-text.ts';

/** Why a filter is true of every document, in a few words; null where it is not known to be. */
export function whyAlwaysTrue(filter: Document): string | null {
  if (filter.size === 0) return 'nothing is asked';
  let why: string | null = null;
  for (const [name, condition] of filter) {
    if (name === '$comment') continue;
    const one = conditionTrue(name, condition);
    if (one === null) return null;
    why ??= one;
  }
  return why ?? 'only a comment';
}

/** Conditions that stand beside the fields, and those of a field. */
function conditionTrue(name: string, given: Value): string | null {
  switch (name) {
    case '$expr':
      return truth(given) === true ? 'a constant expression' : null;
    case '$and':
      return ofEvery(given, whyAlwaysTrue);
    case '$or':
      return ofSome(given, whyAlwaysTrue);
    case '$nor':
      return ofEvery(given, whyNeverTrue);
    case '$alwaysTrue':
      return 'a constant';
    case '$sampleRate':
      return (numberOf(given) ?? 0) >= 1 ? 'a sample of all' : null;
    case '$jsonSchema':
      return isDocument(given) && given.size === 0 ? 'an empty schema' : null;
    default:
      return name.startsWith('$') ? null : fieldTrue(name, given);
  }
}

/** A document always has an `_id`, which is neither null nor an array. Of other fields only what is true of none is told. */
function fieldTrue(field: string, given: Value): string | null {
  if (!isDocument(given) || given.size === 0) return null;
  let why: string | null = null;
  for (const [operator, operand] of given) {
    const one = operatorTrue(field === '_id', operator, operand);
    if (one === null) return null;
    why ??= one;
  }
  return why;
}

function operatorTrue(isId: boolean, operator: string, operand: Value): string | null {
  switch (operator) {
    case '$exists':
      return isId && truth(operand) === true ? 'every document has an _id' : null;
    case '$nin':
      return Array.isArray(operand) && operand.every((one: Value) => isId && one === null)
        ? 'there is nothing that it may not be'
        : null;
    case '$ne':
      return isId && operand === null ? 'every document has an _id' : null;
    case '$gt':
    case '$gte':
      return isId && operand instanceof MinKey ? 'everything is above MinKey' : null;
    case '$lt':
    case '$lte':
      return isId && operand instanceof MaxKey ? 'everything is below MaxKey' : null;
    case '$not':
      return isDocument(operand) && operand.size > 0 && neverField(isId, operand)
        ? 'the opposite is never true'
        : null;
    default:
      return null;
  }
}

function whyNeverTrue(filter: Document): string | null {
  for (const [name, given] of filter) {
    if (name === '$expr' && truth(given) === false) return 'a constant expression';
    if (name === '$alwaysFalse') return 'a constant';
    if (name === '_id' && given === null) return 'every document has an _id';
    if (!name.startsWith('$') && isDocument(given) && neverField(name === '_id', given))
      return 'the opposite is never true';
  }
  return null;
}

function neverField(isId: boolean, given: Document): boolean {
  return [...given].some(
    ([operator, operand]) =>
      (operator === '$in' && Array.isArray(operand) && operand.length === 0) ||
      (isId && operator === '$exists' && truth(operand) === false) ||
      (isId && operator === '$eq' && operand === null),
  );
}

function ofEvery(given: Value, why: (filter: Document) => string | null): string | null {
  const filters = documentsOf(given);
  if (!filters) return null;
  const reasons = filters.map(why);
  return reasons.includes(null) ? null : reasons[0]!;
}

function ofSome(given: Value, why: (filter: Document) => string | null): string | null {
  for (const filter of documentsOf(given) ?? []) {
    const reason = why(filter);
    if (reason !== null) return reason;
  }
  return null;
}

/** At least one, and documents only. */
function documentsOf(given: Value): readonly Document[] | null {
  if (!Array.isArray(given) || given.length === 0) return null;
  return given.every((one: Value) => isDocument(one)) ? (given as Document[]) : null;
}

/** Whether an expression is a constant that counts as true or as false; null for every other. */
function truth(given: Value): boolean | null {
  if (given === null) return false;
  if (typeof given === 'boolean') return given;
  if (typeof given === 'string') return given.startsWith('$') ? null : true;
  if (Array.isArray(given)) return true;
  const number = numberOf(given);
  if (number !== null) return number !== 0;
  if (given instanceof Date || given instanceof ObjectId) return true;
  if (!isDocument(given) || given.size !== 1) return null;
  const [[operator, operand]] = [...given] as [[string, Value]];
  return operatorTruth(operator, operand);
}

function operatorTruth(operator: string, operand: Value): boolean | null {
  switch (operator) {
    case '$literal':
      return isDocument(operand) || Array.isArray(operand) || typeof operand === 'string' || truth(operand);
    case '$not': {
      const inner = truth(Array.isArray(operand) && operand.length === 1 ? operand[0]! : operand);
      return inner === null ? null : !inner;
    }
    case '$and':
    case '$or':
      return junction(operator, operand);
    case '$eq':
    case '$gte':
    case '$lte':
      return isSame(operand) ? true : null;
    default:
      return null;
  }
}

function junction(operator: '$and' | '$or', operand: Value): boolean | null {
  const truths = (Array.isArray(operand) ? (operand as Value[]) : [operand]).map(truth);
  const decisive = operator === '$or';
  if (truths.includes(decisive)) return decisive;
  return truths.includes(null) ? null : !decisive;
}

/** Both sides are written alike: `["$a", "$a"]`, `[1, 1]`. */
function isSame(operand: Value): boolean {
  if (!Array.isArray(operand) || operand.length !== 2) return false;
  const [left, right] = operand.map((one: Value) => shellText(one));
  return left === right && !left!.includes('$rand');
}

function numberOf(given: Value): number | null {
  if (given instanceof Int32 || given instanceof Double) return given.valueOf();
  if (isLong(given)) return given.toNumber();
  if (given instanceof Decimal128) return Number(given.toString());
  return null;
}
