import type { Chart, ChartEdge } from '../../events/chart.ts';
import type { Hit } from '../../events/replay-view.ts';
import { isWithin, leavesOf } from './state-leaves.ts';

/** How often a machine's states were entered, and its transitions taken. What is missing never was. */
export interface MachineHits {
  readonly states: ReadonlyMap<string, number>;
  readonly edges: ReadonlyMap<ChartEdge, number>;
}

/** The transition of a chart that leads from a state to another by an event: of several, the innermost, as the machine chooses it. */
export function edgeOf(chart: Chart, from: string, event: string, to: string): ChartEdge | null {
  const [before, after] = [leavesOf(from), leavesOf(to)];
  let found: ChartEdge | null = null;
  for (const edge of chart.edges) {
    if (edge.event !== event || !before.some((leaf) => isWithin(leaf, edge.from))) continue;
    if (!after.some((leaf) => isWithin(leaf, edge.to))) continue;
    // Further in, or of the same state but with a narrower target.
    const depth = edge.from.length - (found?.from.length ?? -1);
    if (depth > 0 || (depth === 0 && edge.to.length > found!.to.length)) found = edge;
  }
  return found;
}

/** What a tape's hits, or those of a span, say of one machine. */
export function machineHits(chart: Chart, machine: string, hits: readonly Hit[]): MachineHits {
  const states = new Map<string, number>();
  const edges = new Map<ChartEdge, number>();
  for (const hit of hits) {
    if (hit.machine !== machine) continue;
    const before = new Set(hit.from === null ? [] : leavesOf(hit.from));
    for (const leaf of leavesOf(hit.to))
      if (!before.has(leaf)) states.set(leaf, (states.get(leaf) ?? 0) + hit.times);
    const edge = hit.from === null ? null : edgeOf(chart, hit.from, hit.event, hit.to);
    if (edge) edges.set(edge, (edges.get(edge) ?? 0) + hit.times);
  }
  return { states, edges };
}
