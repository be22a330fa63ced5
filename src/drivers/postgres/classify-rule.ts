import type { DangerKind } from '../../events/judgement.ts';
import type { Verdict } from '../../events/query.ts';
import type { TreeNode } from './classify-node.ts';
import type { Look, Tree } from './classify-tree.ts';

/** Judges one kind of statement. */
export type Rule = (tree: Tree, node: TreeNode, look: Look) => void;

/** Names between blanks. */
export const list = (names: string): string[] => names.trim().split(/\s+/);

/** A rule for statements that are what they are whatever they hold; what they hold is looked at for effects only. */
export function always(verdict: Verdict, does: string, danger?: DangerKind, why = does): Rule {
  return (tree, node, look) => {
    tree.findings.raise(verdict, look.place, does);
    if (danger) tree.findings.danger(danger, look.place, `${why}.`);
    tree.scan(node, { ...look, strict: false });
  };
}

/** Options by name, as `WITH (…)` and `(…)` lists have them; the last of a name wins. */
export function options(nodes: unknown): Map<string, TreeNode> {
  const elements = ((nodes ?? []) as { DefElem?: TreeNode }[]).map((one) => one.DefElem ?? {});
  return new Map(elements.map((element) => [String(element.defname), element]));
}

/** As defGetBoolean (defrem.c): nothing is true; 0, off and false are false; what it would refuse is taken for true. */
export function isOn(element: TreeNode | undefined): boolean {
  if (!element) return false;
  const arg = element.arg as Record<string, { sval?: string; ival?: number; boolval?: boolean }> | undefined;
  if (!arg) return true;
  if (arg.Integer) return (arg.Integer.ival ?? 0) !== 0;
  if (arg.Boolean) return arg.Boolean.boolval === true;
  return !['off', 'false'].includes((arg.String?.sval ?? '').toLowerCase());
}
