import type { Chart, ChartNode } from '../../../src/events/chart.ts';

/** What a transition is called: its event, or what XState names a delay, an error of an effect, and one without an event. */
function label(event: string): string {
  if (event === '') return 'at once';
  return event
    .replace(/^xstate\.after\.([^.]+)\..*$/, 'after $1')
    .replace(/^xstate\.error\.actor\..*$/, 'the effect threw')
    .replace(/^xstate\.done\.state\..*$/, 'all regions ended');
}

const idOf = (state: string): string => state.replaceAll('.', '_');
const nameOf = (state: string): string => state.slice(state.lastIndexOf('.') + 1);

/** A machine as a Mermaid state diagram, with every state and transition of its definition. */
export function diagram({ nodes, edges, initial }: Chart): string {
  const lines = ['stateDiagram-v2'];
  const draw = (node: ChartNode, indent: string): void => {
    const children = nodes.filter(({ parent }) => parent === node.id);
    const head = `${indent}state "${nameOf(node.id)}" as ${idOf(node.id)}`;
    if (children.length === 0) {
      lines.push(head);
      return;
    }
    lines.push(`${head} {`);
    for (const [index, child] of children.entries()) {
      if (index > 0 && node.kind === 'parallel') lines.push(`${indent}  --`);
      draw(child, `${indent}  `);
    }
    lines.push(`${indent}}`);
  };
  const roots = nodes.filter(({ parent }) => parent === null);
  for (const root of roots) draw(root, '  ');
  if (initial !== '') lines.push(`  [*] --> ${idOf(initial)}`);
  const ways = new Map<string, string[]>();
  for (const { from, to, event } of edges) {
    // What every state has is drawn from the outermost ones.
    const sources = from === '' ? roots.filter(({ kind }) => kind !== 'final').map(({ id }) => id) : [from];
    for (const source of sources) {
      const way = `${idOf(source)} --> ${idOf(to)}`;
      const events = ways.get(way) ?? [];
      if (!events.includes(label(event))) events.push(label(event));
      ways.set(way, events);
    }
  }
  for (const [way, events] of ways) lines.push(`  ${way} : ${events.join(', ')}`);
  for (const { id, kind } of nodes) if (kind === 'final') lines.push(`  ${idOf(id)} --> [*]`);
  return `${lines.join('\n')}\n`;
}
