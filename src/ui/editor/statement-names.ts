import { syntaxTree } from '@codemirror/language';
import type { EditorState, Text } from '@codemirror/state';
import type { CompletionNames, NamedCollection } from './completion-names.ts';

/** A node of the tree of a text in SQL. */
type Node = ReturnType<ReturnType<typeof syntaxTree>['resolveInner']>;

/** Words behind which, and behind the commas of whose lists, a table is named. */
const TABLE_WORDS = /^(?:from|join|into|update|table|truncate|only)$/i;

/** The statement at a place, also behind the blanks that follow it; null where a new one begins. */
export function statementNode(state: EditorState, at: number): Node | null {
  const inner = syntaxTree(state).resolveInner(at, -1);
  if (!inner.parent) {
    const before = inner.childBefore(at);
    return before?.lastChild?.name === ';' ? null : before;
  }
  let node = inner;
  while (node.parent?.parent) node = node.parent;
  return node;
}

interface StatementNames {
  readonly own: CompletionNames;
  /** Those that the statement makes without quotes, whatever the server reads them as: to name them, they are written so again. */
  readonly bare: ReadonlySet<string>;
}

/**
 * What can be named in a statement alone: its common table expressions, and where no table is named its aliases, and the columns of all
 * its tables without a prefix.
 */
export function statementNames(
  state: EditorState,
  statement: Node,
  at: number,
  names: CompletionNames,
): StatementNames {
  const bare = new Set<string>();
  const common = commonTables(state.doc, statement, bare);
  const own = Object.fromEntries(common.map((one) => [key(one.name), one]));
  if (isTablePlace(state, statement, at)) return { own, bare };
  const tables = new Set(common);
  for (const { path, alias } of tablePaths(state.doc, statement)) {
    const known = names[path] ?? names[path.toLowerCase()];
    const table = common.find(({ name }) => name === path) ?? known;
    if (!table) continue;
    tables.add(table);
    for (const column of table === known ? table.columns : []) bare.delete(column);
    const name = alias && made(state.doc, alias, bare);
    if (name) own[key(name)] ??= { name, kind: 'alias', columns: table.columns };
  }
  const columns = new Map<string, string[]>();
  for (const table of tables)
    for (const column of table.columns) columns.set(column, [...(columns.get(column) ?? []), table.name]);
  for (const [name, of] of columns)
    own[key(name)] ??= { name, kind: tables.size > 1 ? `column of ${of.join(', ')}` : 'column', columns: [] };
  return { own, bare };
}

/** The name that a statement makes at a node. */
function made(doc: Text, node: Node, bare: Set<string>): string {
  const name = partsOf(doc, node).at(-1)!;
  if (textOf(doc, node).endsWith(name)) bare.add(name);
  return name;
}

/** A name without the quotes that it may stand in. */
export function unquoted(name: string): string {
  return name.replace(/^(["`])(.*)\1$/s, '$2');
}

/** A name as a path of its own, whatever is in it. */
export function key(name: string): string {
  return name.replaceAll('.', '\\.');
}

/** Whether a table is named at a place, so that no column can stand there. */
function isTablePlace(state: EditorState, statement: Node, at: number): boolean {
  let list: Node = syntaxTree(state).resolveInner(at, -1);
  if (!list.parent) list = statement;
  while (list.name !== 'Parens' && list.parent?.parent) list = list.parent;
  for (let node = list.childBefore(at); node; node = node.prevSibling) {
    if (node.name === 'Keyword') return TABLE_WORDS.test(textOf(state.doc, node));
    if (!/Identifier$|^Parens$|^Punctuation$|Comment$/.test(node.name)) return false;
  }
  return false;
}

/** Names, and words that may be names too: `name`, `session`. */
const NAMES = /Identifier$|^Keyword$|^Type$|^Builtin$/;
/** Words that end what is selected and name nothing. */
const NAMELESS = /^(?:select|distinct|all|as|end)$/i;

/** What may name a table in a statement, with its namespace where that stands there, as `CompletionNames` has it, and its alias. */
function tablePaths(doc: Text, statement: Node): { readonly path: string; readonly alias: Node | null }[] {
  const found: { path: string; alias: Node | null }[] = [];
  statement.cursor().iterate(({ node }) => {
    if (!NAMES.test(node.name)) return;
    const next = node.nextSibling;
    const alias = next && isWord(doc, next, 'as') ? next.nextSibling : next;
    const isAlias = alias && /^(?:Quoted)?Identifier$/.test(alias.name);
    found.push({ path: partsOf(doc, node).join('.'), alias: isAlias ? alias : null });
    return false;
  });
  return found;
}

/** The common table expressions of a statement, with the columns that they name. */
function commonTables(doc: Text, statement: Node, bare: Set<string>): NamedCollection[] {
  const found: NamedCollection[] = [];
  const first = statement.firstChild;
  if (!first || !isWord(doc, first, 'with')) return found;
  for (let node: Node | null = first; node; node = node.nextSibling) {
    if (!/^(?:Quoted)?Identifier$/.test(node.name)) continue;
    const next: Node | null = node.nextSibling;
    const list: Node | null = next?.name === 'Parens' ? next : null;
    let body: Node | null = list ? list.nextSibling : next;
    if (!body || !isWord(doc, body, 'as')) continue;
    while (body && body.name !== 'Parens') body = body.nextSibling;
    if (!body) continue;
    const columns = namesOfList(doc, list ?? body, bare);
    found.push({ name: made(doc, node, bare), kind: 'common table expression', columns });
    node = body;
  }
  return found;
}

/** The names of a list in parentheses, of a query's what it selects: the last name of each item. */
function namesOfList(doc: Text, list: Node, bare: Set<string>): string[] {
  const names: string[] = [];
  let last: Node | null = null;
  const end = (): void => {
    if (last) names.push(made(doc, last, bare));
    last = null;
  };
  for (let node = list.firstChild; node && !isWord(doc, node, 'from'); node = node.nextSibling) {
    if (NAMES.test(node.name)) last = NAMELESS.test(textOf(doc, node)) ? null : node;
    else if (textOf(doc, node) === ',') end();
    // A call has no name of its own.
    else if (node.name === 'Parens') last = null;
  }
  end();
  return names;
}

function isWord(doc: Text, node: Node, word: string): boolean {
  return node.name === 'Keyword' && textOf(doc, node).toLowerCase() === word;
}

function partsOf(doc: Text, node: Node): string[] {
  if (node.name !== 'CompositeIdentifier') return [unquoted(textOf(doc, node))];
  const parts: string[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (/Identifier$/.test(child.name)) parts.push(...partsOf(doc, child));
  return parts;
}

function textOf(doc: Text, node: Node): string {
  return doc.sliceString(node.from, node.to);
}
