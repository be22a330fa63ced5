import {
  type Expression,
  type From,
  joined,
  type Named,
  NO_FROM,
  type Query,
  type Relation,
} from '../narrow/expression.ts';
import { readExpression } from './classify-expression.ts';
import type { Token } from './classify-lexer.ts';
import { NotUnderstood, type TokenReader } from './token-reader.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const AFTER_LIST = words(
  'FROM WHERE GROUP HAVING WINDOW ORDER LIMIT INTO FOR LOCK UNION EXCEPT INTERSECT PROCEDURE',
);
/** Words that follow a table without being its alias. */
const AFTER_TABLE = words(
  `WHERE SET ON USING JOIN INNER LEFT RIGHT CROSS NATURAL STRAIGHT_JOIN GROUP HAVING ORDER LIMIT UNION EXCEPT INTERSECT FOR LOCK USE
   FORCE IGNORE PARTITION WINDOW RETURNING INTO VALUES PROCEDURE OUTER SELECT WITH FROM`,
);
const AFTER_WHERE = words('ORDER LIMIT FOR LOCK UNION EXCEPT INTERSECT INTO PROCEDURE');
const AFTER_ORDER = words('LIMIT FOR LOCK UNION EXCEPT INTERSECT INTO PROCEDURE');
const AFTER_LIMIT = words('FOR LOCK UNION EXCEPT INTERSECT');
const AFTER_LOCK = words('UNION EXCEPT INTERSECT');
const AFTER_PERIOD = words('WHERE SET JOIN LEFT RIGHT INNER ORDER LIMIT');
const MODIFIERS = words(
  'ALL DISTINCT DISTINCTROW HIGH_PRIORITY STRAIGHT_JOIN SQL_SMALL_RESULT SQL_BIG_RESULT SQL_BUFFER_RESULT SQL_NO_CACHE SQL_CACHE SQL_CALC_FOUND_ROWS',
);

/** Reads an expression, of which subqueries are a part. @throws NotUnderstood */
export function read(reader: TokenReader): Expression {
  return readExpression(reader, readQuery);
}

/** Reads a query, with its WITH and all that UNION and its like put together. @throws NotUnderstood */
export function readQuery(reader: TokenReader): Query {
  const named = readWith(reader);
  let left = readPart(reader);
  for (;;) {
    const word = ['UNION', 'EXCEPT', 'INTERSECT'].find((one) => reader.skip(one));
    if (!word) break;
    reader.skip('ALL', 'DISTINCT');
    const is = word.toLowerCase() as 'union' | 'except' | 'intersect';
    left = { is, with: [], left, right: readPart(reader), limit: null };
  }
  const limit = readTail(reader);
  return limit !== null || named.length > 0 ? withTail(left, named, limit) : left;
}

/** Of a part in parentheses the ORDER BY and LIMIT behind them are those of the whole. */
function withTail(query: Query, named: readonly Named[], limit: number | null): Query {
  switch (query.is) {
    case 'select':
      return { ...query, with: [...named, ...query.with], limit: query.limit ?? limit };
    case 'union':
    case 'intersect':
    case 'except':
      return { ...query, with: named, limit };
    default:
      return query;
  }
}

/** The common table expressions of a WITH, or none. @throws NotUnderstood */
export function readWith(reader: TokenReader): Named[] {
  if (!reader.skip('WITH')) return [];
  const recursive = reader.skip('RECURSIVE');
  const all: Named[] = [];
  do {
    const name = reader.name();
    if (reader.is === '(') reader.skipBrackets();
    reader.word('AS');
    reader.word('(');
    all.push({ name, recursive, query: readQuery(reader) });
    reader.word(')');
  } while (reader.skip(','));
  return all;
}

function readPart(reader: TokenReader): Query {
  if (reader.skip('(')) {
    const query = readQuery(reader);
    reader.word(')');
    return query;
  }
  if (reader.skip('VALUES')) return { is: 'values', of: readRows(reader) };
  if (reader.skip('TABLE')) return select([], { ...NO_FROM, relations: [readTable(reader)] });
  reader.word('SELECT');
  let distinct = false;
  while (MODIFIERS.has(reader.is)) distinct ||= reader.take().is.startsWith('DISTINCT');
  const named = readColumns(reader);
  if (reader.is === 'INTO') throw new NotUnderstood();
  const from = reader.skip('FROM') && !reader.skip('DUAL') ? readFrom(reader) : NO_FROM;
  const where = reader.skip('WHERE') ? read(reader) : null;
  const folds = ['GROUP', 'HAVING', 'WINDOW'].includes(reader.is);
  reader.toWord(AFTER_WHERE);
  const limit = readTail(reader);
  const names = named.map(({ name }) => name);
  return {
    ...select(
      named.map(({ column }) => column),
      from,
    ),
    where,
    limit,
    folded: folds || distinct || limit === 0,
    ...(names.includes(null) ? {} : { names: names as string[] }),
  };
}

function select(columns: readonly Expression[], from: From): Query & { is: 'select' } {
  return { is: 'select', with: [], columns, from, where: null, limit: null, folded: false };
}

/** ORDER BY, LIMIT and locks. Returns a LIMIT that is a number. */
function readTail(reader: TokenReader): number | null {
  if (reader.skip('ORDER')) reader.toWord(AFTER_ORDER);
  let limit: number | null = null;
  if (reader.skip('LIMIT')) {
    const [first, second] = [readCount(reader), reader.skip(',') ? readCount(reader) : null];
    limit = second ?? first;
    if (reader.skip('OFFSET')) readCount(reader);
    if (reader.skip('ROWS')) reader.toWord(AFTER_LIMIT);
  }
  if (reader.skip('FOR', 'LOCK')) reader.toWord(AFTER_LOCK);
  return limit;
}

function readCount(reader: TokenReader): number | null {
  const { kind, text } = reader.take();
  return kind === 'number' && /^\d+$/.test(text) ? Number(text) : null;
}

function readRows(reader: TokenReader): Expression[] {
  const all: Expression[] = [];
  do all.push(read(reader));
  while (reader.skip(','));
  return all;
}

/** What a query selects; the names of its columns, where they are said. */
function readColumns(reader: TokenReader): { readonly column: Expression; readonly name: string | null }[] {
  const all: { column: Expression; name: string | null }[] = [];
  do {
    const column: Expression = reader.skip('*') ? { is: 'column', relation: null, name: '*' } : read(reader);
    const isNamed = reader.skip('AS') || isAlias(reader, AFTER_LIST);
    const own = column.is === 'column' && column.name !== '*' ? column.name : null;
    all.push({ column, name: isNamed ? aliasOf(reader.take()) : own });
  } while (reader.skip(','));
  return all;
}

function aliasOf({ kind, text }: Token): string {
  return (kind === 'word' ? text : text.slice(1, -1)).toLowerCase();
}

function isAlias(reader: TokenReader, others: ReadonlySet<string>): boolean {
  return (
    reader.kind === 'quoted' || reader.kind === 'string' || (reader.kind === 'word' && !others.has(reader.is))
  );
}

/** The tables of a FROM, an UPDATE or a USING. @throws NotUnderstood */
export function readFrom(reader: TokenReader): From {
  let all = readJoins(reader);
  while (reader.skip(',')) all = joined(all, readJoins(reader));
  return all;
}

function readJoins(reader: TokenReader): From {
  let left = readFactor(reader);
  for (;;) {
    const natural = reader.skip('NATURAL');
    const side = reader.skip('LEFT') ? 'left' : reader.skip('RIGHT') ? 'right' : null;
    if (side) reader.skip('OUTER');
    else reader.skip('INNER', 'CROSS');
    if (!reader.skip('JOIN', 'STRAIGHT_JOIN')) {
      if (natural || side) throw new NotUnderstood();
      return left;
    }
    const right = readFactor(reader);
    left = join(left, right, side, readCondition(reader, left.relations, right.relations));
  }
}

function readCondition(
  reader: TokenReader,
  left: readonly Relation[],
  right: readonly Relation[],
): Expression[] {
  if (reader.skip('ON')) return [read(reader)];
  if (!reader.skip('USING')) return [];
  reader.word('(');
  const shared: Expression[] = [];
  do {
    const name = reader.name();
    const of = (relations: readonly Relation[]): Expression =>
      relations.length === 1 ? { is: 'column', relation: relations[0]!.name, name } : { is: 'opaque' };
    shared.push({ is: 'compare', operator: '=', left: of(left), right: of(right) });
  } while (reader.skip(','));
  reader.word(')');
  return shared;
}

function join(left: From, right: From, side: 'left' | 'right' | null, on: readonly Expression[]): From {
  const both = joined(left, right);
  if (!side) return { ...both, on: [...both.on, ...on] };
  const [kept, lost] = side === 'left' ? [left, right] : [right, left];
  return {
    relations: both.relations,
    on: kept.on,
    outer: [...both.outer, ...on, ...lost.on],
    nullable: [...both.nullable, ...lost.relations.map(({ name }) => name)],
  };
}

function readFactor(reader: TokenReader): From {
  const lateral = reader.skip('LATERAL');
  if (reader.is === '(' && (lateral || reader.isQuery)) {
    reader.skip('(');
    const query = readQuery(reader);
    reader.word(')');
    reader.skip('AS');
    const name = reader.name();
    const renamed = reader.is === '(';
    if (renamed) reader.skipBrackets();
    const columns = renamed || query.is !== 'select' ? undefined : query.names;
    return {
      ...NO_FROM,
      relations: [{ is: 'query', name, query, ...(columns === undefined ? {} : { columns }) }],
    };
  }
  if (reader.skip('(')) {
    const from = readFrom(reader);
    reader.word(')');
    return from;
  }
  if (reader.is === 'JSON_TABLE' && reader.next === '(') {
    reader.take();
    reader.skipBrackets();
    reader.skip('AS');
    return { ...NO_FROM, relations: [{ is: 'call', name: reader.name(), of: { is: 'opaque' } }] };
  }
  return { ...NO_FROM, relations: [readTable(reader)] };
}

/** A table with its partitions, its alias and the hints about its indexes. @throws NotUnderstood */
export function readTable(reader: TokenReader): Relation {
  const first = reader.name();
  const qualified = reader.skip('.') ? reader.name() : null;
  if (reader.skip('PARTITION')) reader.skipBrackets();
  if (reader.is === 'FOR' && (reader.next === 'SYSTEM_TIME' || reader.next === 'PORTION'))
    reader.toWord(AFTER_PERIOD);
  const named = reader.skip('AS');
  const alias = named || isAlias(reader, AFTER_TABLE) ? reader.name() : null;
  while (
    reader.is === 'USE' ||
    reader.is === 'FORCE' ||
    (reader.is === 'IGNORE' && /^(INDEX|KEY)$/.test(reader.next))
  ) {
    reader.take();
    reader.word('INDEX', 'KEY');
    while (!reader.isOne('(')) reader.take();
    reader.skipBrackets();
    reader.skip(',');
  }
  return {
    is: 'table',
    name: alias ?? qualified ?? first,
    table: qualified === null ? first : `${first}.${qualified}`,
  };
}
