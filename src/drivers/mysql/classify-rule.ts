import type { DangerKind } from '../../events/judgement.ts';
import type { Verdict } from '../../events/query.ts';
import { type Gate, judgeCalls, placeOf } from './classify-gate.ts';
import type { Token } from './classify-lexer.ts';

/** Judges a statement by its tokens, the first of which says which rule it is. */
export type Rule = (gate: Gate, tokens: readonly Token[]) => void;

/** Words between blanks. */
export const list = (names: string): string[] => names.trim().split(/\s+/);

/** A rule for statements that are what they are whatever they hold; what they hold is looked at for effects only. */
export function always(verdict: Verdict, what: string, danger?: DangerKind, why = what): Rule {
  return ({ findings, ...gate }, tokens) => {
    const place = placeOf(tokens[0]!);
    findings.raise(verdict, place, what);
    if (danger) findings.danger(danger, place, `${why}.`);
    judgeCalls({ findings, ...gate }, tokens, false);
  };
}

/** A rule for what changes the server, or is shown as such. */
export const admin = (word: string, why?: string, danger: DangerKind = 'admin'): Rule =>
  always('admin', `${word} changes the server`, danger, why && `${word} ${why}`);
