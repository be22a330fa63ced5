import { update as updateByMingo } from 'mingo';
import { Double, Int32, Long } from 'mongodb';
import { type Doc, isLong, numeric, plain, typed } from './bson.ts';
import { CommandError } from './command-error.ts';
import { compare } from './compare.ts';
import { pipeline } from './stages.ts';

/** The document that an update makes of one. @throws CommandError */
export function updated(doc: Doc, change: unknown): Doc {
  const next = changed(doc, change);
  if (doc.has('_id') && compare(doc.get('_id'), next.get('_id')) !== 0)
    throw new CommandError(
      66,
      'ImmutableField',
      "Performing an update on the path '_id' would modify the immutable field '_id'",
    );
  return next;
}

function changed(doc: Doc, change: unknown): Doc {
  if (Array.isArray(change)) return [...pipeline([doc], change as Doc[])][0]!;
  const operators = change as Doc;
  const [first] = operators.keys() as MapIterator<string>;
  if (!first?.startsWith('$'))
    return new Map([...(doc.has('_id') ? [['_id', doc.get('_id')] as [string, unknown]] : []), ...operators]);
  const next = deepCopy(doc) as Doc;
  for (const [name, fields] of operators)
    for (const [path, item] of fields as Doc) apply(next, name, path, item);
  return next;
}

function deepCopy(item: unknown): unknown {
  if (item instanceof Map) return new Map([...item].map(([name, inner]) => [name, deepCopy(inner)]));
  return Array.isArray(item) ? item.map(deepCopy) : item;
}

function apply(doc: Doc, operator: string, path: string, item: unknown): void {
  const [parent, name] = parentOf(doc, path.split('.'));
  switch (operator) {
    case '$set':
      parent.set(name, item);
      return;
    case '$unset':
      parent.delete(name);
      return;
    case '$inc': {
      const sum = (numeric(parent.get(name)) ?? 0) + (numeric(item) ?? 0);
      const isDouble = parent.get(name) instanceof Double || item instanceof Double;
      const becomesLong = isLong(parent.get(name)) || Math.abs(sum) >= 2 ** 31;
      parent.set(name, isDouble ? new Double(sum) : becomesLong ? Long.fromNumber(sum) : new Int32(sum));
      return;
    }
    case '$push':
      parent.set(name, [...((parent.get(name) as unknown[]) ?? []), item]);
      return;
    default:
      byMingo(doc, operator, path, item);
  }
}

function byMingo(doc: Doc, operator: string, path: string, item: unknown): void {
  const changing = plain(doc) as Record<string, unknown>;
  try {
    updateByMingo(changing, { [operator]: { [path]: plain(item) } } as never);
  } catch {
    throw new CommandError(9, 'FailedToParse', `Unknown modifier: ${operator}`);
  }
  const top = path.split('.')[0]!;
  doc.set(top, typed(changing[top]));
}

function parentOf(doc: Doc, [name, ...rest]: readonly string[]): [Doc, string] {
  if (rest.length === 0) return [doc, name!];
  const inner = doc.get(name!);
  const next: Doc = inner instanceof Map ? inner : new Map();
  if (next !== inner) doc.set(name!, next);
  return parentOf(next, rest);
}
