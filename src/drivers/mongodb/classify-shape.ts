import type { Expression, Property } from 'acorn';
import { SHAPE_SOURCE_UNITS_MAX } from '../limits.ts';
import { LITERAL, shapeFrom } from '../shape.ts';
import { JUDGED_COMMANDS, OTHER_COMMANDS, READING_COMMANDS, WRITING_COMMANDS } from './classify-commands.ts';
import {
  CODE_OPERATORS,
  READING_OPERATORS,
  READING_STAGES,
  UPDATE_OPERATORS,
  WRITING_STAGES,
} from './classify-operators.ts';
import type { Link } from './statement/chain.ts';
import { commandName } from './statement/operation.ts';
import type { Understood } from './statement/parse.ts';
import { DEPTH_MAX } from './statement/syntax.ts';

/** Words of the server's own, which are no data. A field's name may be: documents are keyed by users' names too. */
const OPERATORS: readonly ReadonlySet<string>[] = [
  READING_OPERATORS,
  READING_STAGES,
  UPDATE_OPERATORS,
  WRITING_STAGES,
  CODE_OPERATORS,
];

/**
 * The statement's shape: its methods and operators; every name, field and value is `?`. A name can be anything, as to read a
 * collection that is not there is no error. Null on any doubt. Expects a text that was understood.
 */
export function shapeOf(text: string, { operation, chain }: Understood): string | null {
  if (text.length > SHAPE_SOURCE_UNITS_MAX) return null;
  if (chain) {
    const links = chain.links.map(linkShape);
    // The parts of a collection's name are one name.
    return links.includes(null) ? null : whole(`${chain.root}${links.join('').replace(/(?:\.\?)+/g, '.?')}`);
  }
  if (operation.type === 'use') return `use ${LITERAL}`;
  if (operation.type === 'list') return `show ${operation.list}`;
  return operation.type === 'command' ? (SHOWN.get(commandName(operation.commands[0]!)) ?? null) : null;
}

/** What is shown by a command. */
const SHOWN: ReadonlyMap<string, string> = new Map([
  ['listCollections', 'show collections'],
  ['usersInfo', 'show users'],
  ['rolesInfo', 'show roles'],
]);

function whole(text: string): string | null {
  return shapeFrom([{ gap: false, text }]);
}

function linkShape({ name, given }: Link): string | null {
  if (!given) return `.${LITERAL}`;
  const isCommand = name === 'runCommand' || name === 'adminCommand';
  const parts = given.nodes.map((node) => valueShape(node, 0, isCommand));
  return parts.includes(null) ? null : `.${name}(${parts.join(', ')})`;
}

/** A value without what it says. The first field of a command is the server's word. */
function valueShape(node: Expression, depth: number, isCommand = false): string | null {
  if (depth > DEPTH_MAX) return null;
  switch (node.type) {
    case 'ObjectExpression': {
      const parts = node.properties.map((property, index) => {
        if (property.type !== 'Property') return null;
        const inner = valueShape(property.value, depth + 1);
        return inner === null ? null : `${fieldShape(property, isCommand && index === 0)}: ${inner}`;
      });
      return parts.includes(null) ? null : `{${shortened(parts)}}`;
    }
    case 'ArrayExpression': {
      const parts = node.elements.map((element) =>
        !element || element.type === 'SpreadElement' ? null : valueShape(element, depth + 1),
      );
      return parts.includes(null) ? null : `[${shortened(parts)}]`;
    }
    default:
      return LITERAL;
  }
}

function fieldShape({ key, computed }: Property, isCommand: boolean): string {
  if (computed) return LITERAL;
  const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? `${key.value}` : '';
  if (isCommand && isKnownCommand(name)) return name;
  return OPERATORS.some((known) => known.has(name)) ? name : LITERAL;
}

function isKnownCommand(name: string): boolean {
  return [READING_COMMANDS, WRITING_COMMANDS, OTHER_COMMANDS, JUDGED_COMMANDS].some((known) =>
    known.has(name),
  );
}

/** Neighbours that are alike are listed once. */
function shortened(parts: readonly (string | null)[]): string {
  const shown: string[] = [];
  for (const part of parts as readonly string[]) {
    if (part !== shown.at(-1) && !(shown.at(-1) === '…' && part === shown.at(-2))) shown.push(part);
    else if (shown.at(-1) !== '…') shown.push('…');
  }
  return shown.join(', ');
}
