import { BSONRegExp, Decimal128, Double, Int32, ObjectId } from 'mongodb';
import { isTellingRegexp } from '../narrow/bounds.ts';
import { type Condition, narrowedBy, UNSURE } from '../narrow/condition.ts';
import { type Document, isDocument, isLong, type Value } from './statement/operation.ts';

/** All documents of the one collection that a filter is about. */
const DOCUMENTS = 'documents';

/** Whether a filter asks for nothing: `{}`, also with a comment. */
export function isEmpty(filter: Document): boolean {
  return [...filter.keys()].every((name) => name === '$comment');
}

/**
 * Whether a filter is known to leave documents out: a field is compared with a value. A field that no document has is null, is
 * missing and is not equal to anything, so NULL, `$exists`, `$ne`, `$nin`, `$not` and `$nor` may be true of every document.
 */
export function isNarrow(filter: Document): boolean {
  return narrowedBy(ofFilter(filter), { all: [DOCUMENTS], nullable: new Set() }).has(DOCUMENTS);
}

function ofFilter(filter: Document): Condition {
  return { is: 'and', of: [...filter].map(([name, given]) => ofPart(name, given)) };
}

function ofPart(name: string, given: Value): Condition {
  switch (name) {
    case '$and':
      return { is: 'and', of: documents(given).map(ofFilter) };
    case '$or':
      return { is: 'or', of: documents(given).map(ofFilter) };
    case '$expr':
      return ofExpression(given);
    case '$text':
      return equalTo(name);
    default:
      return name.startsWith('$') ? UNSURE : ofField(name, given);
  }
}

function ofField(field: string, given: Value): Condition {
  if (!isDocument(given) || ![...given.keys()].some((name) => name.startsWith('$')))
    return ofValue(field, given);
  return { is: 'and', of: [...given].map(([operator, operand]) => ofOperator(field, operator, operand)) };
}

/** Equal to a value, or to what a regular expression says. */
function ofValue(field: string, given: Value): Condition {
  if (given === null) return UNSURE;
  if (given instanceof BSONRegExp) return isTellingRegexp(given.pattern) ? equalTo(field) : UNSURE;
  return equalTo(field, typeof given === 'boolean' ? [given] : []);
}

function ofOperator(field: string, operator: string, operand: Value): Condition {
  switch (operator) {
    case '$eq':
      return operand instanceof BSONRegExp ? equalTo(field) : ofValue(field, operand);
    case '$in':
      return Array.isArray(operand) ? ofList(field, operand as Value[]) : UNSURE;
    case '$all':
      return {
        is: 'and',
        of: Array.isArray(operand) ? (operand as Value[]).map((one) => ofField(field, one)) : [],
      };
    case '$gt':
    case '$gte':
      return ofRange('above', field, operand, operator === '$gte');
    case '$lt':
    case '$lte':
      return ofRange('below', field, operand, operator === '$lte');
    case '$regex': {
      const pattern = operand instanceof BSONRegExp ? operand.pattern : operand;
      return typeof pattern === 'string' && isTellingRegexp(pattern) ? equalTo(field) : UNSURE;
    }
    case '$elemMatch':
      return isDocument(operand) ? ofElement(field, operand) : UNSURE;
    default:
      return UNSURE;
  }
}

/** One of the values, of which none may be everything. None at all is true of nothing. */
function ofList(field: string, items: readonly Value[]): Condition {
  if (items.length === 0) return equalTo(field);
  const truths = items.every((one) => typeof one === 'boolean');
  if (truths) return equalTo(field, items as readonly boolean[]);
  return { is: 'or', of: items.map((one) => ofValue(field, one)) };
}

function ofElement(field: string, given: Document): Condition {
  const isOperators = [...given.keys()].some(
    (name) => name.startsWith('$') && !/^\$(?:and|or|nor)$/.test(name),
  );
  if (isOperators) return ofField(field, given);
  return ofFilter(
    new Map([...given].map(([name, value]) => [name.startsWith('$') ? name : `${field}.${name}`, value])),
  );
}

/** Values of other types than the bound's are not in its range, so only what is above or below all of its own leaves none out. */
function ofRange(is: 'above' | 'below', name: string, operand: Value, inclusive: boolean): Condition {
  const text = boundOf(operand);
  return text === null ? UNSURE : { is, column: { relation: DOCUMENTS, name }, bound: { text, inclusive } };
}

function boundOf(value: Value): string | null {
  if (typeof value === 'string') return value;
  if (value instanceof Int32 || value instanceof Double || value instanceof Decimal128 || isLong(value))
    return String(value);
  const time = value instanceof ObjectId ? value.getTimestamp() : value;
  if (!(time instanceof Date)) return null;
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** Of expressions equality alone: what is missing is less than every number, and other types are above or below it. */
function ofExpression(given: Value): Condition {
  if (!isDocument(given) || given.size !== 1) return UNSURE;
  const [[operator, operand]] = [...given] as [[string, Value]];
  const parts = Array.isArray(operand) ? (operand as Value[]) : [];
  switch (operator) {
    case '$and':
    case '$or':
      return { is: operator === '$and' ? 'and' : 'or', of: parts.map(ofExpression) };
    case '$eq': {
      const [field] = parts.map(pathOf).filter((path) => path !== null);
      const [value] = parts.filter(isConstant);
      return parts.length === 2 && field !== undefined && value !== undefined
        ? ofValue(field, value)
        : UNSURE;
    }
    case '$in': {
      const [path, items] = [pathOf(parts[0] ?? null), parts[1]];
      const isList = parts.length === 2 && Array.isArray(items) && (items as Value[]).every(isConstant);
      return path !== null && isList ? ofList(path, items as Value[]) : UNSURE;
    }
    default:
      return UNSURE;
  }
}

function pathOf(value: Value): string | null {
  return typeof value === 'string' && /^\$[^$]/.test(value) ? value.slice(1) : null;
}

function isConstant(value: Value): boolean {
  return typeof value === 'string' ? !value.startsWith('$') : !isDocument(value) && !Array.isArray(value);
}

function equalTo(name: string, truths: readonly boolean[] = []): Condition {
  return { is: 'equal', column: { relation: DOCUMENTS, name }, truths };
}

/** What is no document asks for nothing. */
function documents(given: Value): Document[] {
  return Array.isArray(given) ? (given as Value[]).map((one) => (isDocument(one) ? one : new Map())) : [];
}
