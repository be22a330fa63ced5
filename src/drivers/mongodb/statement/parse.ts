import { Int32 } from 'mongodb';
import { splitMongodb } from '../../../events/engines/mongodb-statements.ts';
import { MONGODB_STATEMENT_UNITS_MAX } from '../../limits.ts';
import { insteadOfRoot } from './alternatives.ts';
import { type Call, databaseName, methodOf } from './call.ts';
import { type Chain, called, chainOf, type Link } from './chain.ts';
import { collectionNames } from './definition.ts';
import { explained } from './explain.ts';
import { COLLECTION_METHODS, DATABASE_METHODS, SESSION_METHODS } from './methods.ts';
import { type Operation, oneCommand } from './operation.ts';
import { parseExpression, StatementError, tooDeep } from './syntax.ts';

/** A statement of a word and its argument, as the shell has it. */
function shellWords(text: string): { word: string; argument: string } | null {
  // Not by one regular expression: it would try each way to divide a long run of blanks.
  const trimmed = text.trim().replace(/;$/, '').trimEnd();
  const [begin, word] = /^(use|show)(?:\s+|$)/.exec(trimmed) ?? [];
  return begin === undefined ? null : { word: word!, argument: trimmed.slice(begin.length) };
}

/** What is before the comments that end the text; all of it where more than comments follows. */
function beforeComment(text: string): string {
  const at = text.search(/\/[/*]/);
  return at < 0 || splitMongodb(text.slice(at)).length > 0 ? text : text.slice(0, at).trimEnd();
}

/** A statement that was understood: what it is, and the chain it is written as; null for `use` and `show`. */
export interface Understood {
  readonly operation: Operation;
  readonly chain: Chain | null;
}

/**
 * Understands one statement as it is typed in mongosh. `database` is the connection's current one. Nothing is ever evaluated:
 * what is not a known call with literals is refused, with its place.
 * @throws StatementError
 */
export function parseStatement(text: string, database: string): Operation {
  return understand(text, database).operation;
}

/**
 * As `parseStatement`, with how it is written. Raises no other error: a defect of the reader's own is a statement that is
 * not understood, never the end of the program. @throws StatementError
 */
export function understand(text: string, database: string): Understood {
  try {
    return read(text, database);
  } catch (error) {
    if (error instanceof StatementError) throw error;
    // A text that nests deeply exhausts the stack of whoever walks it.
    if (error instanceof RangeError) throw tooDeep(0);
    throw new StatementError(
      'Querytape could not read this statement because of a defect of its own. Please report it.',
      0,
      'statement.defect',
    );
  }
}

function read(text: string, database: string): Understood {
  if (text.length > MONGODB_STATEMENT_UNITS_MAX)
    throw new StatementError(
      `The statement is longer than ${MONGODB_STATEMENT_UNITS_MAX} characters.`,
      0,
      'statement.tooLong',
    );
  const uncommented = text.replace(LEADING_COMMENTS, (comments) => ' '.repeat(comments.length));
  const shell = shellWords(uncommented);
  if (shell)
    return { operation: shellStatement(shell.word, shell.argument, uncommented, database), chain: null };
  const chain = chainOf(parseExpression(text));
  return { operation: chainStatement(chain, database), chain };
}

const LEADING_COMMENTS = /^(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)+/;

/** `show` and what it shows. */
const SHOWN = ['dbs', 'databases', 'collections', 'tables', 'users', 'roles', 'namespaces', 'allCollections'];

function shellStatement(word: string, argument: string, text: string, database: string): Operation {
  const at = text.search(/\S/);
  const name = beforeComment(argument).replace(/^(["'`])(.*)\1$/s, '$2');
  const place = argument === '' ? at : text.indexOf(argument, at + word.length);
  if (word === 'use') {
    if (name === '') throw new StatementError('Which database? Such as use shop.', at);
    return { type: 'use', database: databaseName(name, place) };
  }
  switch (name) {
    case 'dbs':
    case 'databases':
      return { type: 'list', list: 'databases' };
    case 'namespaces':
      return { type: 'list', list: 'namespaces' };
    case 'allCollections':
      return { type: 'list', list: 'allCollections' };
    case 'collections':
    case 'tables':
      return collectionNames(database);
    case 'users':
      return oneCommand(database, [['usersInfo', new Int32(1)]], { shape: 'list', field: 'users' });
    case 'roles':
      return oneCommand(
        database,
        [
          ['rolesInfo', new Int32(1)],
          ['showBuiltinRoles', true],
        ],
        {
          shape: 'list',
          field: 'roles',
        },
      );
    default:
      throw new StatementError(`What can be shown is: ${SHOWN.join(', ')}.`, place);
  }
}

function chainStatement({ root, at, links }: Chain, current: string): Operation {
  if (root === 'session') {
    const [first, ...rest] = links;
    const call = callOf(first, undefined, { database: current, collection: '', rest });
    const method = SESSION_METHODS.get(call.method);
    if (method) return method(call);
    throw new StatementError(`A session has: ${[...SESSION_METHODS.keys()].join(', ')}.`, call.at);
  }
  if (root !== 'db') {
    throw (
      insteadOfRoot(root, at) ??
      new StatementError(`${root} is not understood. A statement begins with db, session, use or show.`, at)
    );
  }
  return databaseStatement(links, current);
}

/** `db`, its siblings, a collection's name in as many parts as it has, and the method. */
function databaseStatement(links: readonly Link[], current: string): Operation {
  let database = current;
  let at = 0;
  while (links[at]?.name === 'getSiblingDB' && links[at]!.given) {
    const { given } = links[at++]!;
    database = databaseName(given!.most(1).string(0, 'The database'), given!.at(0));
  }
  const names: string[] = [];
  for (; at < links.length; at++) {
    const link = links[at]!;
    const { name, given } = link;
    if (name === 'getCollection' && given && names.length === 0)
      names.push(given.most(1).string(0, 'The collection'));
    else if (given) break;
    else {
      mustBeName(link, names, at === links.length - 1);
      names.push(name);
    }
  }
  const collection = names.join('.');
  const call = callOf(links[at], links.at(-1), { database, collection, rest: links.slice(at + 1) });
  if (collection === '') return methodOf(DATABASE_METHODS, call)(call);
  if (call.method === 'explain' && call.rest.length > 0) {
    const [first, ...rest] = call.rest;
    const inner = callOf(first, undefined, { database, collection, rest });
    const verbosity = call.given.most(1);
    return explained(methodOf(COLLECTION_METHODS, inner)(inner), verbosity.value(0), verbosity.at(0));
  }
  return methodOf(COLLECTION_METHODS, call)(call);
}

/** @throws StatementError for a method that is not called: in mongosh it is no part of a collection's name either */
function mustBeName(link: Link, before: readonly string[], isLast: boolean): void {
  const { name, at } = link;
  const isMethod =
    before.length === 0
      ? DATABASE_METHODS.has(name) || name === 'getSiblingDB' || name === 'getCollection'
      : COLLECTION_METHODS.has(name);
  if (!isMethod) return;
  const whole = JSON.stringify([...before, name].join('.'));
  const other = isLast ? '' : ` A collection of that name is db.getCollection(${whole}).`;
  throw new StatementError(`${name} is a method. Call it: ${name}().${other}`, at);
}

/** The call that a link is; `last` is where a chain without one ends. */
function callOf(
  link: Link | undefined,
  last: Link | undefined,
  of: Pick<Call, 'database' | 'collection' | 'rest'>,
): Call {
  if (!link)
    throw new StatementError('Call a method, such as db.orders.find({}) or db.stats().', last?.at ?? 0);
  return { ...of, method: link.name, at: link.at, given: called(link) };
}
