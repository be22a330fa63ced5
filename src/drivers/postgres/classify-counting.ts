import pgQuery from 'libpg-query';
import { quoted } from '../../events/engines/postgres-dialect.ts';
import type { Counting } from '../../events/judgement.ts';
import { namesOf, type TreeNode } from './classify-node.ts';

const { parseSync, scanSync } = pgQuery;

/** What the statement that counts is made with. */
export interface CountingNeeds {
  readonly text: string;
  /** From the parser's offsets in UTF-8 bytes to UTF-16 units. */
  readonly unitsAt: (byte: number) => number;
  /** Whether a text is proven to read. */
  readonly isRead: (text: string) => boolean;
}

/**
 * The statement that counts the rows which a statement (a wrapped node) would touch: of the same parts of the text. It is parsed
 * again, and each of its parts has to be the same tree as in the statement, or nothing is counted.
 */
export function countingOf(statement: TreeNode, needs: CountingNeeds): Counting | undefined {
  const [name = '', node] = Object.entries(statement)[0] ?? [];
  const counted = COUNTED[name]?.(node as TreeNode, needs);
  if (!counted || 'reason' in counted) return counted;
  return needs.isRead(counted.text)
    ? counted
    : { reason: 'Which rows it finds can’t be determined without running more than a read.' };
}

const COUNTED: Readonly<Record<string, (node: TreeNode, needs: CountingNeeds) => Counting | undefined>> = {
  DeleteStmt: (node, needs) => changed('DELETE', node, node.usingClause, needs),
  UpdateStmt: (node, needs) => changed('UPDATE', node, node.fromClause, needs),
  TruncateStmt({ relations, behavior }) {
    const [one, ...others] = (relations ?? []) as { RangeVar?: TreeNode }[];
    if (!one?.RangeVar || others.length > 0) return { reason: 'It empties several tables.' };
    if (behavior === 'DROP_CASCADE') return { reason: 'CASCADE empties other tables too.' };
    const { catalogname, schemaname, relname, inh } = one.RangeVar;
    return whole([catalogname, schemaname, relname], inh === true);
  },
  DropStmt({ removeType, objects, behavior }) {
    if (removeType !== 'OBJECT_TABLE') return undefined;
    const [one, ...others] = (objects ?? []) as { List?: { items?: unknown } }[];
    if (!one || others.length > 0) return { reason: 'It drops several tables.' };
    if (behavior === 'DROP_CASCADE') return { reason: 'CASCADE drops what depends on the table too.' };
    return whole(namesOf(one.List?.items), false);
  },
};

/** All rows of a table, of which a name may be a reserved word. */
function whole(names: readonly unknown[], inherited: boolean): Counting {
  const name = names
    .filter((part): part is string => typeof part === 'string' && part !== '')
    .map((part) => quoted(part))
    .join('.');
  return { text: `SELECT pg_catalog.count(*) FROM ${inherited ? '' : 'ONLY '}${name}` };
}

interface Part {
  readonly word: string;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

/** Rows of an UPDATE or DELETE: those of its table for which the WHERE holds, with some row of the other tables. */
function changed(
  verb: 'UPDATE' | 'DELETE',
  node: TreeNode,
  others: unknown,
  { text, unitsAt }: CountingNeeds,
): Counting {
  if ('CurrentOfExpr' in ((node.whereClause ?? {}) as TreeNode))
    return { reason: 'Its row is the one a cursor stands on.' };
  const parts = partsOf(text, unitsAt);
  const begins = parts.findIndex(({ word, depth }) => depth === 0 && word === verb);
  const find = (from: number, ...words: string[]): number => {
    const found = parts.findIndex(
      ({ word, depth }, at) =>
        at >= from && depth === 0 && words.includes(word) && parts[at - 1]?.word !== 'DISTINCT',
    );
    return found < 0 ? parts.length : found;
  };
  const slice = (from: number, to: number): string =>
    from < to ? text.slice(parts[from]!.start, parts[to - 1]!.end) : '';
  const set =
    verb === 'UPDATE' ? setAt(node, parts, unitsAt) : find(begins, 'USING', 'WHERE', 'RETURNING', ';');
  if (begins < 0 || set === null) return NOT_SURE;
  const relation = slice(begins + (verb === 'UPDATE' ? 1 : 2), set);
  const end = find(set, 'RETURNING', ';');
  const where = Math.min(find(set, 'WHERE'), end);
  const joined = Math.min(find(set, verb === 'UPDATE' ? 'FROM' : 'USING'), where);
  const filter = where < end ? `\nWHERE ${slice(where + 1, end)}` : '';
  const before = begins > 0 ? `${slice(0, begins)}\n` : '';
  const rows =
    joined < where ? `\nWHERE EXISTS (SELECT 1 FROM ${slice(joined + 1, where)}${filter}\n)` : filter;
  const counting = `${before}SELECT pg_catalog.count(*) FROM ${relation}${rows}`;
  return isSame(counting, node, others) ? { text: counting } : NOT_SURE;
}

const NOT_SURE: Counting = { reason: 'Which rows it finds can’t be determined with certainty.' };

/** Where SET stands, which a table may be called too: before the first column that is set. */
function setAt(
  { targetList }: TreeNode,
  parts: readonly Part[],
  unitsAt: CountingNeeds['unitsAt'],
): number | null {
  const [first] = (targetList ?? []) as { ResTarget?: { location?: number } }[];
  const at = unitsAt(first?.ResTarget?.location ?? 0);
  const column = parts.findIndex(({ start }) => start === at);
  const set = parts[column - 1]?.word === '(' ? column - 2 : column - 1;
  return parts[set]?.word === 'SET' ? set : null;
}

/** The text's tokens without comments, with the brackets above each. */
function partsOf(text: string, unitsAt: CountingNeeds['unitsAt']): Part[] {
  let depth = 0;
  return scanSync(text)
    .tokens.filter(({ tokenName }) => !tokenName.endsWith('COMMENT'))
    .map(({ start, end, keywordName, ...token }) => {
      const plain = keywordName !== 'NO_KEYWORD' || /^[^\w"'$]+$/.test(token.text);
      const word = plain ? token.text.toUpperCase() : '';
      if (word === ')' || word === ']') depth--;
      const part = { word, start: unitsAt(start), end: unitsAt(end), depth };
      if (word === '(' || word === '[') depth++;
      return part;
    });
}

/** Whether the parts of the statement that counts are those of the one that is counted for. */
function isSame(counting: string, node: TreeNode, others: unknown): boolean {
  let select: TreeNode | undefined;
  try {
    const { stmts } = parseSync(counting) as { stmts?: { stmt?: { SelectStmt?: TreeNode } }[] };
    if (stmts?.length === 1) select = stmts[0]!.stmt?.SelectStmt;
  } catch {
    return false;
  }
  const from = (select?.fromClause ?? []) as { RangeVar?: TreeNode }[];
  if (!select || from.length !== 1 || !same(from[0]!.RangeVar, node.relation)) return false;
  if (!same(select.withClause, node.withClause)) return false;
  if (others === undefined) return same(select.whereClause, node.whereClause);
  const { subLinkType, subselect } = ((select.whereClause as TreeNode | undefined)?.SubLink ??
    {}) as TreeNode;
  const inner = (subselect as { SelectStmt?: TreeNode } | undefined)?.SelectStmt;
  return (
    subLinkType === 'EXISTS_SUBLINK' &&
    same(inner?.fromClause, others) &&
    same(inner?.whereClause, node.whereClause)
  );
}

/** Whether two trees are the same but for their places. */
function same(a: unknown, b: unknown): boolean {
  const plain = (tree: unknown): string | undefined =>
    JSON.stringify(tree, (key, value) => (/(^|_)location$/.test(key) ? undefined : value));
  return plain(a) === plain(b);
}
