import { Aggregator } from 'mingo';
import { Int32 } from 'mongodb';
import { type Doc, numeric, plain, typed } from './bson.ts';
import { CommandError } from './command-error.ts';
import { compare } from './compare.ts';
import { evaluate, scopeOf } from './expression.ts';
import { matcher } from './match.ts';

type Docs = Iterable<Doc>;
type Stage = (docs: Docs, given: unknown) => Docs;

/** Runs the stages of a pipeline, a document at a time where the stage can. */
export function pipeline(docs: Docs, stages: readonly Doc[]): Docs {
  let flow = docs;
  for (const stage of stages) {
    const [[name, given]] = stage as unknown as [[string, unknown]];
    flow = STAGES[name] ? STAGES[name](flow, given) : byMingo(flow, stage, name);
  }
  return flow;
}

function* byMingo(docs: Docs, stage: Doc, name: string): Docs {
  try {
    for (const doc of new Aggregator([plain(stage) as never]).run([...docs].map(plain) as never))
      yield typed(doc) as Doc;
  } catch (error) {
    const isUnknown = /not registered|unregistered|unknown|invalid/i.test((error as Error).message);
    if (!isUnknown) throw new CommandError(2, 'BadValue', (error as Error).message);
    throw new CommandError(40324, 'Location40324', `Unrecognized pipeline stage name: '${name}'`);
  }
}

function* match(docs: Docs, given: unknown): Docs {
  const matches = matcher(given as Doc);
  for (const doc of docs) if (matches(doc)) yield doc;
}

function* limit(docs: Docs, given: unknown): Docs {
  let left = numeric(given) ?? 0;
  if (left <= 0) return;
  for (const doc of docs) {
    yield doc;
    if (--left === 0) return;
  }
}

function* skip(docs: Docs, given: unknown): Docs {
  let left = numeric(given) ?? 0;
  for (const doc of docs) if (left-- <= 0) yield doc;
}

/** Documents in the order of fields, 1 upwards and -1 downwards. */
export function sorted(docs: Docs, given: unknown): Doc[] {
  const keys = [...(given as Doc)].map(([name, direction]): [string, number] => [
    name,
    numeric(direction) ?? 1,
  ]);
  return [...docs].sort((left, right) => {
    for (const [name, direction] of keys) {
      const order = compare(evaluate(`$${name}`, scopeOf(left)), evaluate(`$${name}`, scopeOf(right)));
      if (order !== 0) return order * direction;
    }
    return 0;
  });
}

function* addFields(docs: Docs, given: unknown): Docs {
  for (const doc of docs) {
    const scope = scopeOf(doc);
    const more = new Map(doc);
    for (const [name, expression] of given as Doc) {
      const item = evaluate(expression, scope);
      if (item === undefined) more.delete(name);
      else more.set(name, item);
    }
    yield more;
  }
}

/** A projection of `$project`; that of find is the same for what the tests use. */
export function project(doc: Doc, projection: Doc): Doc {
  const isSwitch = (item: unknown): boolean => typeof item === 'boolean' || numeric(item) !== undefined;
  const isOn = (item: unknown): boolean => item === true || (numeric(item) ?? 0) !== 0;
  const fields = [...projection].filter(([name]) => name !== '_id');
  const id = projection.get('_id');
  const excludes =
    fields.length > 0 ? fields.every(([, item]) => isSwitch(item) && !isOn(item)) : !isOn(id ?? true);
  if (excludes) {
    const gone = new Set([...projection].filter(([, item]) => !isOn(item)).map(([name]) => name));
    return new Map([...doc].filter(([name]) => !gone.has(name)));
  }
  const scope = scopeOf(doc);
  const shown: Doc = new Map();
  if (doc.has('_id') && (id === undefined || (isSwitch(id) && isOn(id)))) shown.set('_id', doc.get('_id'));
  const included = new Set(fields.filter(([, item]) => isSwitch(item)).map(([name]) => name));
  for (const [name, item] of doc) if (included.has(name)) shown.set(name, item);
  for (const [name, item] of fields) {
    if (isSwitch(item) && !name.includes('.')) continue;
    const computed = isSwitch(item) ? evaluate(`$${name}`, scope) : evaluate(item, scope);
    if (computed !== undefined) put(shown, name.split('.'), computed);
  }
  return shown;
}

function put(doc: Doc, [name, ...rest]: readonly string[], item: unknown): void {
  if (rest.length === 0) return void doc.set(name!, item);
  const inner = doc.get(name!);
  const next: Doc = inner instanceof Map ? inner : new Map();
  doc.set(name!, next);
  put(next, rest, item);
}

function* unwind(docs: Docs, given: unknown): Docs {
  const path = typeof given === 'string' ? given : `${(given as Doc).get('path')}`;
  const name = path.slice(1);
  for (const doc of docs) {
    const items = doc.get(name);
    if (!Array.isArray(items)) {
      if (items !== undefined && items !== null) yield doc;
      continue;
    }
    for (const item of items) yield new Map(doc).set(name, item);
  }
}

function* replaced(docs: Docs, expression: unknown): Docs {
  for (const doc of docs) {
    const item = evaluate(expression, scopeOf(doc));
    if (!(item instanceof Map))
      throw new CommandError(40228, 'Location40228', "'newRoot' expression must evaluate to an object");
    yield item as Doc;
  }
}

function* counted(docs: Docs, given: unknown): Docs {
  let count = 0;
  for (const _ of docs) count++;
  if (count > 0) yield new Map([[`${given}`, new Int32(count)]]);
}

function* sampled(docs: Docs, given: unknown): Docs {
  const all = [...docs];
  for (let left = numeric((given as Doc).get('size')) ?? 0; left > 0 && all.length > 0; left--)
    yield all.splice(Math.floor(Math.random() * all.length), 1)[0]!;
}

const STAGES: Readonly<Record<string, Stage>> = {
  $match: match,
  $limit: limit,
  $skip: skip,
  $sort: sorted,
  $addFields: addFields,
  $set: addFields,
  $project: function* (docs, given) {
    for (const doc of docs) yield project(doc, given as Doc);
  },
  $unwind: unwind,
  $replaceWith: replaced,
  $replaceRoot: (docs, given) => replaced(docs, (given as Doc).get('newRoot')),
  $count: counted,
  $sample: sampled,
};
