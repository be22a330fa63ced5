import type { Chart } from '../../events/chart.ts';

/** The innermost states of a state's name: `open.(transaction.none|work.busy)` has one in each of its regions. */
export function leavesOf(state: string): string[] {
  const leaves: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let at = 0; at <= state.length; at++) {
    const letter = state[at];
    if (letter === '(') depth++;
    else if (letter === ')') depth--;
    else if (letter === undefined || (letter === '|' && depth === 0)) {
      leaves.push(state.slice(begin, at));
      begin = at + 1;
    }
  }
  return leaves.flatMap((leaf) => {
    const open = leaf.indexOf('(');
    if (open < 0) return leaf === '' ? [] : [leaf];
    return leavesOf(leaf.slice(open + 1, -1)).map((inner) => leaf.slice(0, open) + inner);
  });
}

/** Whether a state is another one, or within it. The machine itself, the empty text, has all within it. */
export function isWithin(state: string, outer: string): boolean {
  return outer === '' || state === outer || state.startsWith(`${outer}.`);
}

/** Whether a state has states within it. */
export function isCompound(chart: Chart, id: string): boolean {
  return chart.nodes.some(({ parent }) => parent === id);
}
