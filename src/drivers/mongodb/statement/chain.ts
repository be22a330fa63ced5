import type { Expression, Identifier, Literal, MemberExpression } from 'acorn';
import { insteadOfRoot } from './alternatives.ts';
import { Arguments } from './arguments.ts';
import { StatementError } from './syntax.ts';

/** One link of `db.orders.find({}).limit(5)`: a name, and what it is called with; null where it is not called. */
export interface Link {
  readonly name: string;
  /** Where the name stands, from 0 in UTF-16 units. */
  readonly at: number;
  readonly given: Arguments | null;
}

/** What a chain begins with. */
export interface Chain {
  readonly root: string;
  /** Where that stands, from 0 in UTF-16 units. */
  readonly at: number;
  readonly links: readonly Link[];
}

/** The chain that an expression is. @throws StatementError for every other expression */
export function chainOf(expression: Expression): Chain {
  const links: Link[] = [];
  let node: Expression = expression;
  while (node.type !== 'Identifier') {
    let given: Arguments | null = null;
    if (node.type === 'CallExpression') {
      if (node.optional) throw notAChain(node);
      given = new Arguments(node);
      node = node.callee as Expression;
    }
    if (node.type !== 'MemberExpression' || node.optional) throw notAChain(node);
    links.push({ ...memberName(node), given });
    node = node.object as Expression;
  }
  return { root: node.name, at: node.start, links: links.reverse() };
}

/** What a link is called with. @throws StatementError for a method that is only named */
export function called({ name, at, given }: Link): Arguments {
  if (given) return given;
  throw new StatementError(`${name} is a method. Call it: ${name}().`, at);
}

function notAChain(node: Expression): StatementError {
  const { start } = node;
  if (node.type === 'Identifier' && (node.name === 'use' || node.name === 'show'))
    return new StatementError(`Write ${node.name} without parentheses, such as use shop.`, start);
  const instead = node.type === 'Identifier' ? insteadOfRoot(node.name, start) : undefined;
  if (instead) return instead;
  return new StatementError('A statement is one call, such as db.orders.find({}), or use or show.', start);
}

function memberName(node: MemberExpression): { name: string; at: number } {
  const { property, computed } = node;
  const at = property.start;
  if (!computed && property.type === 'Identifier') return { name: (property as Identifier).name, at };
  if (computed && property.type === 'Literal' && typeof (property as Literal).value === 'string')
    return { name: (property as Literal).value as string, at };
  if (computed && property.type === 'Literal' && typeof (property as Literal).value === 'number')
    throw new StatementError(
      'A document is not picked from a result by its number. Write skip(…).limit(1), or findOne().',
      at,
    );
  throw new StatementError('A collection is named by a word or by a string in brackets.', at);
}
