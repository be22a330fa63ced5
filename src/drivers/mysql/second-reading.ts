import mariadbParser from 'node-sql-parser/build/mariadb.js';
import mysqlParser from 'node-sql-parser/build/mysql.js';
import { SECOND_READING_UNITS_MAX } from '../limits.ts';

type Node = Readonly<Record<string, unknown>>;

/**
 * Whether a parser that is not ours reads an UPDATE or DELETE as one whose WHERE is missing, or needs no column of any table. Two
 * readers who make the same mistake are rarer than one: a change that our own reading calls narrow asks all the same where this one
 * sees it mean every row. What the parser does not know, about one statement in four, and what is too long for it, says nothing:
 * this reading only ever adds a question.
 */
export function isWideByTree(engine: 'mysql' | 'mariadb', text: string): boolean {
  if (text.length > SECOND_READING_UNITS_MAX) return false;
  const tree = treeOf(engine, text);
  if (tree === null || (tree.type !== 'update' && tree.type !== 'delete')) return false;
  return !needsColumn(tree.where);
}

function treeOf(engine: 'mysql' | 'mariadb', text: string): Node | null {
  const { Parser } = engine === 'mariadb' ? mariadbParser : mysqlParser;
  try {
    const tree: unknown = new Parser().astify(text, { database: engine });
    const statements = Array.isArray(tree) ? tree : [tree];
    return statements.length === 1 ? (statements[0] as Node) : null;
  } catch {
    return null;
  }
}

/** Whether a condition can't be true without a look at a column: of AND one side is enough, of OR it takes both. */
function needsColumn(condition: unknown): boolean {
  const { type, operator, left, right } = (condition ?? {}) as Node;
  if (type === 'binary_expr' && (operator === 'AND' || operator === '&&'))
    return needsColumn(left) || needsColumn(right);
  if (type === 'binary_expr' && (operator === 'OR' || operator === '||'))
    return needsColumn(left) && needsColumn(right);
  return hasColumn(condition);
}

function hasColumn(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  return (node as Node).type === 'column_ref' || Object.values(node).some(hasColumn);
}
