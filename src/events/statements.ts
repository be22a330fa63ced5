import type { Engine } from './engines/engine-name.ts';
import { descriptorOf } from './engines/index.ts';
import type { LexicalFacts } from './lexical-facts.ts';
import type { Script, StatementRange } from './statement-range.ts';

/**
 * Reads a text by the engine's own lexer, under the facts of the connection that is to run it: its statements, and why it can't be
 * run, where that is certain before anything is sent. Never throws, and takes time in proportion to the text.
 */
export function readScript(engine: Engine, text: string, facts: LexicalFacts = {}): Script {
  return descriptorOf(engine).readScript(text, facts);
}

/**
 * The statements of a text. Used by the server that runs them and by the page that marks the one under the cursor, so that both mean
 * the same.
 */
export function splitStatements(
  engine: Engine,
  text: string,
  facts: LexicalFacts = {},
): readonly StatementRange[] {
  return readScript(engine, text, facts).statements;
}

/** The statement that `position` is in or behind, up to the next one; undefined in a text without any. */
export function statementAt(ranges: readonly StatementRange[], position: number): StatementRange | undefined {
  return ranges.findLast((range) => range.start <= position) ?? ranges[0];
}
