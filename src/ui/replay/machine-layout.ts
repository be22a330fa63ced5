import { Graph, layout } from '@dagrejs/dagre';
import type { Chart, ChartEdge } from '../../events/chart.ts';
import { isCompound, isWithin } from './state-leaves.ts';

const LETTER = 6.4;
const BOX_HEIGHT = 26;
const BOX_PADDING = 20;
const LINE_HEIGHT = 14;
const LABEL_LETTER = 5.6;
/** Events that are written on one line between two states; the table beside the picture has all. */
const EVENTS_WRITTEN = 3;
const MARGIN = 14;
/** A frame has its name above its states. */
const NAME_HEIGHT = 10;
/** How little a line bends around its points. */
const BEND = 7;
const LOOP = 22;
/** What stands for a transition of every state, and for the beginning. */
const ANYWHERE = ' anywhere';
const START = ' start';

/** A state, where it is drawn: its centre and size. */
export interface DrawnState {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly kind: 'state' | 'final' | 'anywhere' | 'start';
}

/** A state with states within: a frame, by its corner. */
interface DrawnGroup {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** All transitions between two states. */
export interface DrawnWay {
  readonly edges: readonly ChartEdge[];
  /** An SVG path. */
  readonly path: string;
  /** Centre of its events' names. */
  readonly x: number;
  readonly y: number;
  readonly lines: readonly string[];
}

/** A machine's picture, in pixels. */
export interface MachinePicture {
  readonly width: number;
  readonly height: number;
  readonly states: readonly DrawnState[];
  readonly groups: readonly DrawnGroup[];
  readonly ways: readonly DrawnWay[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** `timedOut` → `timed out`. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** An event in short: `query.rowsArrived` → `rowsArrived`, `xstate.done.actor.classify` → `classify done`. */
export function eventWords(event: string): string {
  if (event === '') return 'at once';
  const own = /^xstate\.(done|error)\.actor\.(?:.*\.)?(.+)$/.exec(event);
  if (own) return `${own[2]} ${own[1] === 'done' ? 'done' : 'failed'}`;
  const after = /^xstate\.after\.([^.]+)\./.exec(event);
  if (after) return `after ${after[1]}`;
  return event.slice(event.indexOf('.') + 1);
}

/**
 * Lays a machine's chart out from its own definition, by dagre: every innermost state in a box, what has states within as a frame around
 * them, and every transition, those between the same two states on one way.
 */
export function machinePicture(chart: Chart): MachinePicture {
  const graph = new Graph({ compound: true, multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 26, edgesep: 14, ranksep: 30, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  const kinds = new Map<string, DrawnState['kind']>();
  const box = (id: string, label: string, kind: DrawnState['kind']): void => {
    const width = kind === 'start' ? 12 : Math.max(64, label.length * LETTER + BOX_PADDING);
    kinds.set(id, kind);
    graph.setNode(id, { label, width, height: kind === 'start' ? 12 : BOX_HEIGHT });
  };
  for (const { id, parent, kind } of chart.nodes) {
    const label = wordsOf(id.split('.').at(-1)!);
    if (isCompound(chart, id)) graph.setNode(id, { label });
    else box(id, label, kind === 'final' || ofEnd(chart, parent) ? 'final' : 'state');
    if (parent !== null) graph.setParent(id, parent);
  }
  if (chart.edges.some(({ from }) => from === '')) box(ANYWHERE, 'any state', 'anywhere');
  box(START, '', 'start');
  const initial = innermost(chart, chart.initial, 'first');
  graph.setEdge(START, initial, { width: 0, height: 0 }, ' ');
  // dagre joins boxes alone: a way of a frame is laid out to one of its boxes, and ends at the frame.
  for (const { from, to, edges } of waysOf(chart)) {
    const lines = linesOf(edges);
    const [begin, end] = endsOf(chart, from, to);
    const width = Math.max(...lines.map(({ length }) => length)) * LABEL_LETTER + 8;
    const label = { from, to, edges, lines, width, height: lines.length * LINE_HEIGHT, labelpos: 'c' };
    graph.setEdge(begin, end, label, `${from} ${to}`);
  }
  layout(graph);
  return drawn(chart, graph, kinds);
}

/** Whether a frame stands for an end: all that is within it is final. */
function ofEnd(chart: Chart, parent: string | null): boolean {
  return parent !== null && chart.nodes.find(({ id }) => id === parent)?.kind === 'final';
}

/** Transitions by the two states that they join. */
function waysOf(chart: Chart): { from: string; to: string; edges: ChartEdge[] }[] {
  const ways = new Map<string, { from: string; to: string; edges: ChartEdge[] }>();
  for (const edge of chart.edges) {
    const from = edge.from === '' ? ANYWHERE : edge.from;
    const key = `${from} ${edge.to}`;
    const way = ways.get(key) ?? { from, to: edge.to, edges: [] };
    way.edges.push(edge);
    ways.set(key, way);
  }
  return [...ways.values()];
}

function linesOf(edges: readonly ChartEdge[]): string[] {
  const names = [...new Set(edges.map(({ event }) => eventWords(event)))];
  if (names.length <= EVENTS_WRITTEN) return names;
  return [...names.slice(0, EVENTS_WRITTEN - 1), `and ${names.length - EVENTS_WRITTEN + 1} more`];
}

/** The boxes that a way is laid out between: of a frame the one that comes last where it leaves, the first where it enters. */
function endsOf(chart: Chart, from: string, to: string): [string, string] {
  const end = innermost(chart, to, 'first');
  if (from === ANYWHERE) return [ANYWHERE, end];
  const begin = innermost(chart, from, 'last');
  // Within the frame itself, so that the way does not lead through it.
  return [begin === end && from !== to ? innermost(chart, from, 'first') : begin, end];
}

function innermost(chart: Chart, id: string, which: 'first' | 'last'): string {
  const children = chart.nodes.filter(({ parent }) => parent === id);
  const next = which === 'first' ? children[0] : children.at(-1);
  return next ? innermost(chart, next.id, which) : id;
}

function drawn(chart: Chart, graph: Graph, kinds: ReadonlyMap<string, DrawnState['kind']>): MachinePicture {
  const states: DrawnState[] = [];
  for (const [id, kind] of kinds) {
    const { x, y, width, height, label } = graph.node(id) as unknown as DrawnState;
    states.push({ id, label, x, y, width, height, kind });
  }
  const groups = groupsOf(chart, graph);
  const ways = graph.edges().map((key) => {
    const { points, x, y, from, to, edges, lines } = graph.edge(key) as unknown as {
      points: Point[];
      x?: number;
      y?: number;
      from?: string;
      to?: string;
      edges?: ChartEdge[];
      lines?: string[];
    };
    const cut = cutAt(
      cutAt(points, groups.get(from ?? ''), to ?? '').toReversed(),
      groups.get(to ?? ''),
      from ?? '',
    );
    return {
      edges: edges ?? [],
      path: key.v === key.w ? loopPath(states.find(({ id }) => id === key.v)!) : pathOf(cut.toReversed()),
      x: x ?? 0,
      y: y ?? 0,
      lines: lines ?? [],
    };
  });
  const { width = 0, height = 0 } = graph.graph();
  return { width, height, states, groups: [...groups.values()], ways };
}

/** Frames around the states within, the outer ones first. */
function groupsOf(chart: Chart, graph: Graph): Map<string, DrawnGroup> {
  const groups = new Map<string, DrawnGroup>();
  for (const { id } of chart.nodes) {
    if (!isCompound(chart, id)) continue;
    const { x, y, width, height } = graph.node(id) as unknown as DrawnGroup;
    const room = NAME_HEIGHT * framesIn(chart, id);
    const label = wordsOf(id.split('.').at(-1)!);
    groups.set(id, { id, label, x: x - width / 2, y: y - height / 2 - room, width, height: height + room });
  }
  return groups;
}

/** How many frames are one in the other, with this one: each has its name above those within. */
function framesIn(chart: Chart, id: string): number {
  const frames = chart.nodes.filter(({ id: own, parent }) => parent === id && isCompound(chart, own));
  return 1 + Math.max(0, ...frames.map((frame) => framesIn(chart, frame.id)));
}

/** A way from a state to itself: a loop at its right, towards the words. */
function loopPath({ x, y, width }: DrawnState): string {
  const right = x + width / 2;
  return `M${right} ${y - 6}C${right + LOOP} ${y - 14} ${right + LOOP} ${y + 14} ${right} ${y + 6}`;
}

/** A way that begins at a frame: what of it lies within the frame is left out, unless it leads to what is within. */
function cutAt(points: readonly Point[], group: DrawnGroup | undefined, other: string): Point[] {
  if (!group || isWithin(other, group.id)) return [...points];
  const inside = ({ x, y }: Point): boolean =>
    x > group.x && x < group.x + group.width && y > group.y && y < group.y + group.height;
  const first = points.findIndex((point) => !inside(point));
  if (first <= 0) return [...points];
  let [within, without] = [points[first - 1]!, points[first]!];
  // Where the way crosses the frame, to a fraction of a pixel.
  for (let step = 0; step < 12; step++) {
    const middle = { x: (within.x + without.x) / 2, y: (within.y + without.y) / 2 };
    if (inside(middle)) within = middle;
    else without = middle;
  }
  return [without, ...points.slice(first)];
}

/** A smooth line through its points, so that it passes under its events' names. */
function pathOf(points: readonly Point[]): string {
  const at = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const point = (index: number): Point => points[Math.min(Math.max(index, 0), points.length - 1)]!;
  let path = `M${at(points[0]!.x, points[0]!.y)}`;
  for (let index = 1; index < points.length; index++) {
    const [before, from, to, after] = [point(index - 2), point(index - 1), point(index), point(index + 1)];
    const out = at(from.x + (to.x - before.x) / BEND, from.y + (to.y - before.y) / BEND);
    const into = at(to.x - (after.x - from.x) / BEND, to.y - (after.y - from.y) / BEND);
    path += `C${out} ${into} ${at(to.x, to.y)}`;
  }
  return path;
}
