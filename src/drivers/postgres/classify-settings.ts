import type { TreeNode } from './classify-node.ts';

/**
 * Settings that only change how results look or how long things may take. No wall depends on one of them, nor does what a name,
 * an operator or a text means: search_path is not here, because it decides which operators and casts a read runs, which no parser
 * can see (doc/safety.md).
 */
const HARMLESS: ReadonlySet<string> = new Set(
  `timezone datestyle intervalstyle extra_float_digits bytea_output xmlbinary lc_monetary lc_numeric lc_time
   client_min_messages application_name work_mem statement_timeout lock_timeout`.split(/\s+/),
);

/** One setting to plain values, to its default, or RESET of it. RESET ALL and SET SESSION CHARACTERISTICS are other kinds. */
const KINDS: ReadonlySet<unknown> = new Set(['VAR_SET_VALUE', 'VAR_SET_DEFAULT', 'VAR_RESET']);

/** Whether a statement (a wrapped node) only sets a harmless setting. Where it is LOCAL it would have no effect: it is alone. */
export function isHarmlessSetting({ VariableSetStmt: node }: TreeNode): boolean {
  const { kind, name, is_local: isLocal, args } = (node ?? {}) as TreeNode;
  return (
    KINDS.has(kind) &&
    !isLocal &&
    HARMLESS.has(String(name).toLowerCase()) &&
    ((args ?? []) as TreeNode[]).every(isPlain)
  );
}

/** A constant, also with a type: `INTERVAL '2' HOUR`. */
function isPlain(node: TreeNode): boolean {
  const cast = node.TypeCast as { readonly arg?: TreeNode } | undefined;
  return 'A_Const' in (cast?.arg ?? node);
}
