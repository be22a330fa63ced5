import { Graph, layout } from '@dagrejs/dagre';
import type { Chart, ChartNode } from '../events/chart.ts';

const NODE_HEIGHT = 22;
const CHAR_WIDTH = 6.6;

export interface PlacedNode {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly final: boolean;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface PlacedChart {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/**
 * The box that stands for a state: the state itself, or the group that is drawn as one. A compound state whose children
 * only refine it (`cancelling`, `lost`) is one box; `running` is no box, its children are.
 */
export function boxOf(chart: Chart, state: string): string {
  const byId = new Map(chart.nodes.map((node) => [node.id, node]));
  let id = state.split('|')[0]!.replace(/[()]/g, '');
  while (id !== '' && !byId.has(id)) id = id.split('.').slice(0, -1).join('.');
  const node = byId.get(id);
  return node ? collapsed(chart, node, byId) : '';
}

function collapsed(chart: Chart, node: ChartNode, byId: ReadonlyMap<string, ChartNode>): string {
  const parent = node.parent === null ? undefined : byId.get(node.parent);
  if (parent && isOneBox(chart, parent)) return parent.id;
  return node.id;
}

function isOneBox(chart: Chart, node: ChartNode): boolean {
  const children = chart.nodes.filter(({ parent }) => parent === node.id);
  if (children.length === 0) return true;
  return children.length <= 3 && children.every((child) => !chart.nodes.some(({ parent }) => parent === child.id));
}

/** Lays a machine's chart out, top to bottom, from its own definition. */
export function layOut(chart: Chart): PlacedChart {
  const graph = new Graph().setGraph({ rankdir: 'TB', nodesep: 10, ranksep: 16, marginx: 2, marginy: 2 });
  graph.setDefaultEdgeLabel(() => ({}));
  const boxes = new Map<string, boolean>();
  for (const node of chart.nodes) {
    const isLeaf = !chart.nodes.some(({ parent }) => parent === node.id);
    if (isLeaf) boxes.set(boxOf(chart, node.id), node.kind === 'final');
  }
  for (const id of boxes.keys()) {
    const label = id.split('.').at(-1)!;
    graph.setNode(id, { label, width: label.length * CHAR_WIDTH + 16, height: NODE_HEIGHT });
  }
  for (const { from, to } of mainEdges(chart, boxes)) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    nodes: graph.nodes().map((id) => {
      const node = graph.node(id) as { label: string; x: number; y: number; width: number; height: number };
      return { id, final: boxes.get(id)!, ...node };
    }),
    edges: graph.edges().map(({ v, w }) => ({ from: v, to: w, points: (graph.edge({ v, w }) as PlacedEdge).points })),
  };
}

/**
 * The edges that carry the layout: between boxes; from a group, its first box. Ways out that every state has would cover
 * all else, so a final box hangs on the last box that leads to it only.
 */
function mainEdges(chart: Chart, boxes: ReadonlyMap<string, boolean>): { from: string; to: string }[] {
  const edges = new Map<string, { from: string; to: string }>();
  const hung = new Map<string, { from: string; to: string }>();
  for (const { from, to } of chart.edges) {
    const start = enter(chart, from, boxes);
    const end = enter(chart, to, boxes);
    if (start === '' || end === '' || start === end || edges.has(`${end}→${start}`)) continue;
    const edge = { from: start, to: end };
    if (boxes.get(end)) hung.set(end, edge);
    else edges.set(`${start}→${end}`, edge);
  }
  return [...edges.values(), ...hung.values()];
}

/** The box that an edge to or from a state meets. */
function enter(chart: Chart, state: string, boxes: ReadonlyMap<string, boolean>): string {
  const box = boxOf(chart, state);
  if (boxes.has(box)) return box;
  const child = chart.nodes.find(({ parent }) => parent === (box || null));
  return box === '' || !child ? '' : enter(chart, child.id, boxes);
}
