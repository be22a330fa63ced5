import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { Chart, ChartEdge, ChartNode } from '../events/chart.ts';
import { MACHINES } from './replay.ts';

/** A machine's definition as nodes and edges, for the page to draw. */
export function chartOf(machine: AnyStateMachine): Chart {
  const nodes: ChartNode[] = [];
  const edges: ChartEdge[] = [];
  const walk = (node: AnyStateNode): void => {
    if (node.path.length > 0) {
      nodes.push({
        id: node.path.join('.'),
        parent: node.path.length > 1 ? node.path.slice(0, -1).join('.') : null,
        kind: node.tags.includes('ended') ? 'final' : node.type === 'history' ? 'atomic' : node.type,
      });
    }
    const transitions = [...node.transitions.values()].flat().concat(node.always ?? []);
    for (const { target, eventType } of transitions)
      for (const to of target ?? [])
        edges.push({ from: node.path.join('.'), to: to.path.join('.'), event: eventType });
    for (const child of Object.values(node.states)) walk(child);
  };
  walk(machine.root);
  return { nodes, edges, initial: machine.root.initial.target?.[0]?.path.join('.') ?? '' };
}

/** Every chart of this program by its name on the tape. */
export function charts(): Record<string, Chart> {
  return Object.fromEntries(Object.entries(MACHINES).map(([name, machine]) => [name, chartOf(machine)]));
}
