import type { Chart } from '../../events/chart.ts';
import type { Hit } from '../../events/replay-view.ts';
import { boxOf } from '../tape/chart-layout.ts';

/** How often each box of a machine's chart was entered, by the tape's hits. Within one box a transition enters nothing. */
export function visitsOf(chart: Chart, machine: string, hits: readonly Hit[]): ReadonlyMap<string, number> {
  const visits = new Map<string, number>();
  for (const hit of hits) {
    if (hit.machine !== machine) continue;
    const to = boxOf(chart, hit.to);
    if (to === '' || (hit.from !== null && boxOf(chart, hit.from) === to)) continue;
    visits.set(to, (visits.get(to) ?? 0) + hit.times);
  }
  return visits;
}
