import { Query } from 'mingo';
import { BSONRegExp } from 'mongodb';
import { type Doc, plain } from './bson.ts';
import { CommandError } from './command-error.ts';
import { compare } from './compare.ts';
import { evaluate, isTrue, scopeOf } from './expression.ts';

const SLEEP = /^\s*(?:return\s+)?sleep\((\d+(?:\.\d+)?)\)\s*\|\|\s*true\s*;?\s*$/;

/** Whether documents match a filter. */
export interface Matcher {
  (doc: Doc): boolean;
  /** What the filter makes the server sleep for each document: `{$where: "sleep(100) || true"}`. */
  readonly sleepMs: number;
  /** The id that is asked for, where it is one value. */
  readonly id: unknown;
}

/** @throws CommandError as the server does, for what it does not understand */
export function matcher(filter: Doc): Matcher {
  const rest = new Map(filter);
  const where = rest.get('$where');
  const sleepMs = where === undefined ? 0 : sleepOf(where);
  const expression = rest.get('$expr');
  const id = equalTo(rest.get('_id'));
  for (const name of ['$where', '$expr', ...(id === undefined ? [] : ['_id'])]) rest.delete(name);
  const query = rest.size > 0 ? queryOf(rest) : null;
  const matches = (doc: Doc): boolean =>
    (id === undefined || compare(doc.get('_id'), id) === 0) &&
    (expression === undefined || isTrue(evaluate(expression, scopeOf(doc)))) &&
    (query === null || query(doc));
  return Object.assign(matches, { sleepMs, id });
}

function sleepOf(where: unknown): number {
  const ms = SLEEP.exec(`${(where as { code?: string }).code ?? where}`)?.[1];
  if (ms === undefined)
    throw new CommandError(139, 'JSInterpreterFailure', 'The double runs no JavaScript but sleep.');
  return Number(ms);
}

/** The value that a field must be equal to; undefined where the condition is another one. */
function equalTo(condition: unknown): unknown {
  if (condition === undefined || condition === null || condition instanceof BSONRegExp) return undefined;
  if (!(condition instanceof Map)) return condition;
  const [first] = condition.keys() as MapIterator<string>;
  if (!first?.startsWith('$')) return condition;
  return condition.size === 1 && first === '$eq' ? condition.get('$eq') : undefined;
}

function queryOf(filter: Doc): (doc: Doc) => boolean {
  try {
    const query = new Query(plain(filter) as never);
    return (doc) => query.test(plain(doc) as never);
  } catch (error) {
    const name = [...filter.keys()].find((key) => key.startsWith('$'));
    throw new CommandError(
      2,
      'BadValue',
      name ? `unknown top level operator: ${name}` : (error as Error).message,
    );
  }
}
