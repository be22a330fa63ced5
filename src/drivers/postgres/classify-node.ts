/** A node of libpg-query's tree: a field of an upper-case name is a wrapped node, the others are its fields. */
export type TreeNode = Readonly<Record<string, unknown>>;

/** The strings of a list of String nodes. */
export function namesOf(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((one: { String?: { sval?: string } }) => one.String?.sval ?? '');
}

/** The wrapped nodes of a list; none where there is no list. */
export function nodesOf(list: unknown): TreeNode[] {
  return Array.isArray(list) ? (list as TreeNode[]) : [];
}
