import type { Lane } from '../../events/replay-view.ts';

/** A lane, and how deep it stands below its session. */
export interface OrderedLane {
  readonly lane: Lane;
  readonly depth: number;
}

/** Lanes as a tree: each below what it belongs to, in the order in which they came. */
export function orderedLanes(lanes: readonly Lane[]): OrderedLane[] {
  const known = new Set(lanes.map(({ actor }) => actor));
  const below = new Map<string | null, Lane[]>();
  for (const lane of lanes) {
    const parent = lane.parent !== null && known.has(lane.parent) ? lane.parent : null;
    const children = below.get(parent) ?? [];
    children.push(lane);
    below.set(parent, children);
  }
  const found: OrderedLane[] = [];
  const walk = (parent: string | null, depth: number): void => {
    for (const lane of below.get(parent) ?? []) {
      found.push({ lane, depth });
      walk(lane.actor, depth + 1);
    }
  };
  walk(null, 0);
  return found;
}
