import type { LexicalFacts } from '../lexical-facts.ts';
import type { MysqlKind } from './mysql-lexer.ts';

/** A SET of more tokens than this is not looked into. */
const TOKENS_MAX = 400;
const TARGETS = new Set(
  ['', 'SESSION', 'LOCAL', '@@', '@@SESSION.', '@@LOCAL.'].map((scope) => `${scope}SQL_MODE`),
);

interface Part {
  readonly kind: MysqlKind;
  readonly source: string;
}

/**
 * Follows what a script itself does to `sql_mode`, as its later statements are read under it: dumps set it before each routine and
 * put it back behind. Assignments of literals, of `@@sql_mode` and of variables that the script has set are known, and CONCAT of
 * these; after any other the mode is not known, and the statement behind it is not run under a guess (`StatementRange.mode`).
 */
export class SqlModeScript {
  private readonly variables = new Map<string, string | undefined>();
  private first = '';
  private parts: Part[] = [];
  /** The statement has what is read by sql_mode: a double quote, or a backslash in a string. */
  isSensitive = false;

  constructor(public facts: LexicalFacts) {}

  /** Takes a token of the statement. */
  take(kind: MysqlKind, text: string, start: number, end: number): void {
    if (kind === 'string' || kind === 'quoted')
      this.isSensitive ||= text[start] === '"' || text.slice(start, end).includes('\\');
    if (this.first === '' && kind === 'word') this.first = text.slice(start, end).toUpperCase();
    if (this.first === 'SET' && this.parts.length <= TOKENS_MAX)
      this.parts.push({ kind, source: text.slice(start, end) });
  }

  /** The statement has ended. Returns whether the next one is read under another mode. */
  end(): boolean {
    const { parts, facts } = this;
    this.first = '';
    this.parts = [];
    this.isSensitive = false;
    if (parts.length === 0 || parts.length > TOKENS_MAX) return false;
    for (const assignment of split(parts.slice(1), ',')) this.assign(assignment);
    return this.facts !== facts;
  }

  private assign(assignment: readonly Part[]): void {
    const sign = assignment.findIndex(({ source }) => source === '=' || source === ':=');
    if (sign < 0) return;
    const target = joined(assignment.slice(0, sign));
    const value = assignment.slice(sign + 1);
    if (TARGETS.has(target)) {
      const { sqlMode: _, ...others } = this.facts;
      const sqlMode = this.value(value);
      this.facts = sqlMode === undefined ? others : { ...others, sqlMode };
    } else if (/^@[^@]/.test(target)) this.variables.set(target, this.value(value));
  }

  private value(value: readonly Part[]): string | undefined {
    const [first] = value;
    if (!first) return undefined;
    const name = joined(value);
    if (TARGETS.has(name) && name.startsWith('@@')) return this.facts.sqlMode;
    if (value.length === 1) {
      if (first.kind === 'string' || first.kind === 'quoted') return first.source.slice(1, -1);
      if (first.kind === 'variable') return this.variables.get(name);
      return first.kind === 'word' && name !== 'DEFAULT' ? name : undefined;
    }
    // A literal with its character set before it, as the DDL of a trigger is printed.
    const isIntroduced = first.kind === 'word' && first.source.startsWith('_') && value[1]?.kind === 'string';
    if (isIntroduced) return value.length === 2 ? this.value(value.slice(1)) : undefined;
    if (first.source.toUpperCase() !== 'CONCAT' || value[1]?.source !== '(') return undefined;
    const pieces = split(value.slice(2, -1), ',').map((piece) => this.value(piece));
    return pieces.includes(undefined) ? undefined : pieces.join('');
  }
}

function joined(parts: readonly Part[]): string {
  return parts.map(({ source }) => source.toUpperCase()).join('');
}

/** Splits where the sign stands outside of parentheses. */
function split(parts: readonly Part[], sign: string): Part[][] {
  const pieces: Part[][] = [[]];
  let depth = 0;
  for (const part of parts) {
    if (part.source === '(') depth++;
    else if (part.source === ')') depth--;
    if (depth === 0 && part.source === sign) pieces.push([]);
    else pieces.at(-1)!.push(part);
  }
  return pieces;
}
