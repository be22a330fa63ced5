import type { FailureText } from './failure.ts';

/** Characters of a statement of the server's own that are shown before and after the one that is meant. */
const AROUND = 60;

/**
 * What a failure says beside its message, by name and in psql's order: detail, hint, the statement that the server made itself
 * with a caret below the place, the context, and the objects that it is about.
 */
export function failureParts(failure: FailureText): (readonly [name: string, text: string])[] {
  const { detail, hint, context, schema, table, column, dataType, constraint } = failure;
  const about = [
    ['schema', schema],
    ['table', table],
    ['column', column],
    ['data type', dataType],
    ['constraint', constraint],
  ].flatMap(([what, name]) => (name === undefined ? [] : [`${what} ${name}`]));
  const parts: [string, string | undefined][] = [
    ['Detail', detail],
    ['Hint', hint],
    ['Query', queryText(failure)],
    ['Context', context],
    ['About', about.length === 0 ? undefined : about.join(', ')],
  ];
  return parts.flatMap(([name, text]) => (text === undefined || text === '' ? [] : [[name, text] as const]));
}

/** The same as lines of text: `DETAIL: …`. */
export function failureLines(failure: FailureText): string[] {
  return failureParts(failure).map(([name, text]) => `${name.toUpperCase()}: ${text}`);
}

function queryText({ internalQuery, internalPosition }: FailureText): string | undefined {
  if (internalQuery === undefined || internalPosition === undefined) return internalQuery;
  return `${internalQuery}\n${caretLines(internalQuery, internalPosition)}`;
}

/** The line of a statement that a 1-based position, counted in characters, is in, with a caret below it; long lines are cut. */
export function caretLines(statement: string, position: number): string {
  const characters = [...statement];
  const at = Math.min(Math.max(position - 1, 0), characters.length);
  const start = characters.lastIndexOf('\n', at - 1) + 1;
  const next = characters.indexOf('\n', at);
  const end = next < 0 ? characters.length : next;
  const line = characters.slice(0, start).filter((one) => one === '\n').length + 1;
  const from = Math.max(start, at - AROUND);
  const to = Math.min(end, at + AROUND);
  const head = `LINE ${line}: ${from > start ? '…' : ''}`;
  // A tab is one character here and many columns on a terminal.
  const shown = (from_: number, to_: number): string =>
    characters.slice(from_, to_).join('').replace(/\s/g, ' ');
  const before = head + shown(from, at);
  return `${before}${shown(at, to)}${to < end ? '…' : ''}\n${' '.repeat([...before].length)}^`;
}
