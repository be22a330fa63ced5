import type { Findings } from '../findings.ts';
import type { Dialect } from '../narrow/dialect.ts';
import { type From, joined, NO_FROM, type Query } from '../narrow/expression.ts';
import { type Change, Narrowness } from '../narrow/narrowness.ts';
import { placeOf } from './classify-gate.ts';
import type { Token } from './classify-lexer.ts';
import { read, readFrom, readQuery, readTable, readWith } from './classify-query.ts';
import { NotUnderstood, TokenReader } from './token-reader.ts';

/** A column alone is a number, of which any but 0 is true; a text in a sum is mostly 0. */
const MYSQL: Dialect = {
  hasBoolean: false,
  hasArithmetic: false,
  alike: new Set(),
  places: new Set(),
};

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));
const MODIFIERS = ['LOW_PRIORITY', 'QUICK', 'IGNORE', 'DELAYED', 'HIGH_PRIORITY'];
const AFTER_SET = words('WHERE ORDER LIMIT RETURNING');

/** The danger of an UPDATE or DELETE, also behind a WITH: `verb` is where it stands. */
export function judgeFiltered(
  findings: Findings,
  tokens: readonly Token[],
  verb: Token,
  hasWhere: boolean,
): void {
  const isUpdate = verb.is === 'UPDATE';
  if (!hasWhere) {
    const does = isUpdate ? 'changes' : 'deletes';
    findings.danger(
      isUpdate ? 'updateAll' : 'deleteAll',
      placeOf(verb),
      `${verb.is} has no WHERE: it ${does} every row.`,
    );
    return;
  }
  const isNarrow = understood(tokens, (reader) => new Narrowness(MYSQL).isNarrow(readChange(reader)));
  if (isNarrow) return;
  const may = isUpdate ? 'change' : 'delete';
  const what = 'The WHERE is not known to leave any row of its table out';
  findings.danger('alwaysTrue', placeOf(verb), `${what}: ${verb.is} may ${may} every row.`);
}

/** The danger of a REPLACE or an upsert of the rows that a query gives: rows that are there are changed, or lose what they hold. */
export function judgeInsert(findings: Findings, tokens: readonly Token[], verb: Token): void {
  const upsert = tokens.some(
    ({ is }, at) => is === 'DUPLICATE' && tokens[at - 1]?.is === 'ON' && tokens[at + 1]?.is === 'KEY',
  );
  if (verb.is !== 'REPLACE' && !upsert) return;
  const isBounded = understood(tokens, (reader) => new Narrowness(MYSQL).isBounded(readSource(reader)));
  if (isBounded) return;
  const what =
    verb.is === 'REPLACE'
      ? 'REPLACE deletes every row that its query, which has no limit of its own, gives again, and inserts it again'
      : 'ON DUPLICATE KEY UPDATE changes every row that its query, which has no limit of its own, gives again';
  findings.danger(verb.is === 'REPLACE' ? 'deleteAll' : 'updateAll', placeOf(verb), `${what}.`);
}

/** What is not understood, or too deep, is not known to be narrow. Nor is what gives variables values as it goes through the rows. */
function understood(tokens: readonly Token[], judge: (reader: TokenReader) => boolean): boolean {
  if (tokens.some(({ is }) => is === ':=')) return false;
  try {
    return judge(new TokenReader(tokens));
  } catch (error) {
    if (error instanceof NotUnderstood || error instanceof RangeError) return false;
    throw error;
  }
}

function readChange(reader: TokenReader): Change {
  const named = readWith(reader);
  const verb = reader.word('UPDATE', 'DELETE');
  while (reader.skip(...MODIFIERS));
  const { from, targets } = verb === 'UPDATE' ? readUpdate(reader) : readDelete(reader);
  reader.word('WHERE');
  const where = read(reader);
  if (!reader.isDone && !AFTER_SET.has(reader.is)) throw new NotUnderstood();
  return { with: named, from, where, targets };
}

interface Changed {
  readonly from: From;
  readonly targets: readonly string[];
}

function readUpdate(reader: TokenReader): Changed {
  const from = readFrom(reader);
  reader.word('SET');
  const names = from.relations.map(({ name }) => name);
  const targets = new Set<string>();
  do {
    const path = readPath(reader);
    reader.word('=');
    // Whose column it is where it does not say so, the server knows: all of them have to be narrow.
    for (const name of path.length > 1 ? [path.at(-2)!] : names) targets.add(name);
    toNextAssignment(reader);
  } while (reader.skip(','));
  return { from, targets: [...targets] };
}

const AFTER_ASSIGNMENT = new Set([...AFTER_SET, ',']);

function toNextAssignment(reader: TokenReader): void {
  reader.toWord(AFTER_ASSIGNMENT);
}

/** DELETE FROM t, or of several tables in either way of writing it. */
function readDelete(reader: TokenReader): Changed {
  reader.skip('HISTORY');
  if (!reader.skip('FROM')) {
    const targets = readTargets(reader);
    reader.word('FROM');
    return { from: readFrom(reader), targets };
  }
  const start = reader.at;
  const targets = readTargets(reader);
  if (reader.skip('USING')) return { from: readFrom(reader), targets };
  reader.at = start;
  const table = readTable(reader);
  return { from: joined(NO_FROM, { ...NO_FROM, relations: [table] }), targets: [table.name] };
}

/** `a, b.*, c.d` */
function readTargets(reader: TokenReader): string[] {
  const all: string[] = [];
  do {
    all.push(readPath(reader).at(-1)!);
  } while (reader.skip(','));
  return all;
}

/** `a.b`, of which `.*` is left out. */
function readPath(reader: TokenReader): string[] {
  const path = [reader.name()];
  while (reader.skip('.')) {
    if (!reader.skip('*')) path.push(reader.name());
  }
  return path;
}

/** The rows that an INSERT or REPLACE writes. */
function readSource(reader: TokenReader): Query {
  reader.word('INSERT', 'REPLACE');
  while (reader.skip(...MODIFIERS));
  reader.skip('INTO');
  readPath(reader);
  if (reader.skip('PARTITION')) reader.skipBrackets();
  if (reader.is === '(' && !reader.isQuery) reader.skipBrackets();
  return reader.skip('VALUES', 'VALUE', 'SET') ? { is: 'values', of: [] } : readQuery(reader);
}
