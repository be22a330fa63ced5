import mariadbParser from 'node-sql-parser/build/mariadb.js';
import mysqlParser from 'node-sql-parser/build/mysql.js';
import type { Danger } from '../../events/judgement.ts';
import { Findings } from '../findings.ts';
import { placeOf } from './classify-gate.ts';
import type { Token } from './classify-lexer.ts';
import { depthsOf } from './classify-split.ts';

type Expression = Readonly<Record<string, unknown>>;

/**
 * The dangers that need a tree: a WHERE that is true of every row. The parser knows about three in four statements and may
 * take very long, so this only ever adds to what the tokens say, and its caller keeps the time.
 */
export function treeDangers(
  engine: 'mysql' | 'mariadb',
  text: string,
  statements: readonly (readonly Token[])[],
): Danger[] {
  const findings = new Findings(text);
  for (const statement of statements) {
    const where = filteredBy(statement);
    if (!where) continue;
    const why = alwaysTrue(parsedWhere(engine, text.slice(statement[0]!.start, statement.at(-1)!.end)));
    if (why)
      findings.danger('alwaysTrue', placeOf(where), `The WHERE is always true (${why}): every row is meant.`);
  }
  return [...findings.judgement(null).dangers];
}

/** The WHERE of an UPDATE or DELETE. */
function filteredBy(tokens: readonly Token[]): Token | undefined {
  const depths = depthsOf(tokens);
  const verb = tokens.findIndex(
    ({ is }, index) =>
      depths[index] === 0 && (is === 'UPDATE' || is === 'DELETE') && tokens[index - 1]?.is !== 'KEY',
  );
  if (verb < 0) return undefined;
  return tokens.find(({ is }, index) => index > verb && depths[index] === 0 && is === 'WHERE');
}

function parsedWhere(engine: 'mysql' | 'mariadb', text: string): Expression | null {
  const { Parser } = engine === 'mariadb' ? mariadbParser : mysqlParser;
  try {
    const tree = new Parser().astify(text, { database: engine });
    const [one] = Array.isArray(tree) ? tree : [tree];
    return ((one as unknown as { where?: Expression | null } | undefined)?.where ??
      null) as Expression | null;
  } catch {
    return null;
  }
}

/** Why an expression is true of every row, in a few words, or null. */
function alwaysTrue(node: unknown): string | null {
  if (typeof node !== 'object' || node === null) return null;
  const { type, operator, left, right, expr } = node as Expression;
  if (type === 'unary_expr') return operator === 'NOT' && isFalse(expr) ? 'a constant' : null;
  if (type !== 'binary_expr') return isTrue(node) ? 'a constant' : null;
  switch (operator) {
    case 'OR':
    case '||':
      return alwaysTrue(left) ?? alwaysTrue(right);
    case 'AND':
    case '&&':
      return alwaysTrue(right) && alwaysTrue(left);
    case 'LIKE':
      return constant(right) === '%' ? 'LIKE anything' : null;
    default:
      return comparison(String(operator), left, right);
  }
}

function comparison(operator: string, left: unknown, right: unknown): string | null {
  const [a, b] = [constant(left), constant(right)];
  if (['=', '<=>', '<=', '>='].includes(operator)) {
    if (a !== null && a === b) return 'equal constants';
    if (isColumn(left) && JSON.stringify(left) === JSON.stringify(right)) return 'a column is itself';
  }
  if (a === null || b === null) return null;
  if ((operator === '<>' || operator === '!=') && a !== b) return 'different constants';
  const [less, more] = operator.startsWith('<') ? [Number(a), Number(b)] : [Number(b), Number(a)];
  return /^[<>]=?$/.test(operator) && less < more ? 'constants' : null;
}

function isColumn(node: unknown): boolean {
  return (node as Expression | null)?.type === 'column_ref';
}

/** A constant's text, or null for what is none. */
function constant(node: unknown): string | null {
  const { type, value } = (node ?? {}) as Expression;
  const constants = ['number', 'bigint', 'bool', 'string', 'single_quote_string', 'double_quote_string'];
  return constants.includes(String(type)) ? String(value) : null;
}

function isTrue(node: unknown): boolean {
  const text = constant(node);
  if (text === null || text === 'false') return false;
  // A string counts as the number that it begins with.
  return text === 'true' || (Number.parseFloat(text) || 0) !== 0;
}

function isFalse(node: unknown): boolean {
  const text = constant(node);
  return text === 'false' || (text !== null && Number(text) === 0);
}
