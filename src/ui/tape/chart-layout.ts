import type { Chart, ChartNode } from '../../events/chart.ts';

const COLUMNS = 3;
const BOX_WIDTH = 82;
const BOX_HEIGHT = 22;
const GAP_X = 11;
const GAP_Y = 12;

export interface PlacedBox {
  readonly id: string;
  readonly label: string;
  /** Its centre. */
  readonly x: number;
  readonly y: number;
  readonly final: boolean;
}

export interface PlacedChart {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  /** Transitions between neighbours; those that jump are drawn only when they are lit. */
  readonly edges: readonly { readonly from: PlacedBox; readonly to: PlacedBox }[];
}

/** The size of a box in pixels. */
export const BOX = { width: BOX_WIDTH, height: BOX_HEIGHT } as const;

/**
 * The box that stands for a state: the state itself, or the group that is drawn as one. A compound state
 * whose few children only refine it (`cancelling`, `lost`) is one box; of parallel regions the first that
 * moves is shown.
 */
export function boxOf(chart: Chart, state: string): string {
  const byId = new Map(chart.nodes.map((node) => [node.id, node]));
  let id = firstPath(state);
  while (id !== '' && !byId.has(id)) id = id.split('.').slice(0, -1).join('.');
  const node = byId.get(id);
  const parent = node?.parent == null ? undefined : byId.get(node.parent);
  return parent && isOneBox(chart, parent) ? parent.id : id;
}

/** `open.(transaction.none|work.busy)` → `open.work.busy`: a connection's work is what moves. */
function firstPath(state: string): string {
  const regions = /^(.*?)\((.*)\)$/.exec(state);
  if (!regions) return state;
  const paths = regions[2]!.split('|');
  return `${regions[1]}${paths.find((path) => path.startsWith('work')) ?? paths[0]}`;
}

/** `timedOut` → `timed out`. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function childrenOf(chart: Chart, id: string): ChartNode[] {
  return chart.nodes.filter(({ parent }) => parent === id);
}

function isOneBox(chart: Chart, node: ChartNode): boolean {
  const children = childrenOf(chart, node.id);
  const refine = node.kind === 'compound' && node.parent !== 'open';
  return refine && children.length <= 3 && children.every(({ id }) => childrenOf(chart, id).length === 0);
}

/**
 * Lays a machine's chart out from its own definition: the states that live in the order in which they are
 * first reached, three a row and turning at each row's end so that neighbours stay neighbours; below them the
 * states it can end in.
 */
export function layOut(chart: Chart): PlacedChart {
  const order = reached(chart);
  const ends = new Set(
    order.filter((id) => {
      const own = chart.nodes.find((node) => node.id === id)!;
      return own.kind === 'final' || childrenOf(chart, id).some(({ kind }) => kind === 'final');
    }),
  );
  const living = place(
    order.filter((id) => !ends.has(id)),
    0,
    true,
    false,
  );
  const rows = Math.ceil(living.length / COLUMNS);
  const boxes = [...living, ...place([...ends], rows, false, true)];
  const at = new Map(boxes.map((box) => [box.id, box]));
  const edges = chart.edges
    .map(({ from, to }) => ({ from: at.get(boxOf(chart, from)), to: at.get(boxOf(chart, to)) }))
    .filter(
      (edge): edge is { from: PlacedBox; to: PlacedBox } =>
        !!edge.from && !!edge.to && areNeighbours(edge.from, edge.to),
    );
  const allRows = rows + Math.ceil(ends.size / COLUMNS);
  return {
    width: COLUMNS * BOX_WIDTH + (COLUMNS - 1) * GAP_X + 4,
    height: allRows * (BOX_HEIGHT + GAP_Y) - GAP_Y + 4,
    boxes,
    edges,
  };
}

/**
 * A transition's way as an SVG path: through the gaps between boxes, never across one, so that it cannot be
 * read as going through a state it does not. Straight between neighbours.
 */
export function wayBetween(from: PlacedBox, to: PlacedBox): string {
  const neighbours =
    (from.y === to.y && Math.abs(from.x - to.x) <= BOX_WIDTH + GAP_X) ||
    (from.x === to.x && Math.abs(from.y - to.y) <= BOX_HEIGHT + GAP_Y);
  const down = to.y >= from.y ? 1 : -1;
  if (neighbours) {
    const side = to.x > from.x ? 1 : -1;
    if (from.y === to.y)
      return `M${from.x + (side * BOX_WIDTH) / 2} ${from.y}H${to.x - (side * BOX_WIDTH) / 2}`;
    return `M${from.x} ${from.y + (down * BOX_HEIGHT) / 2}V${to.y - (down * BOX_HEIGHT) / 2}`;
  }
  // Out at the side that has a gap, along it to the row of the target, and in from above or below.
  const step = BOX_WIDTH + GAP_X;
  const side = to.x < from.x || (to.x === from.x && from.x > 2 * step) ? -1 : 1;
  const lane = from.x + (side * step) / 2;
  const entry = to.y - down * (BOX_HEIGHT / 2 + GAP_Y / 2);
  return `M${from.x + (side * BOX_WIDTH) / 2} ${from.y}H${lane}V${entry}H${to.x}V${to.y - (down * BOX_HEIGHT) / 2}`;
}

function place(ids: readonly string[], firstRow: number, turning: boolean, final: boolean): PlacedBox[] {
  return ids.map((id, i) => {
    const row = Math.floor(i / COLUMNS);
    const step = i % COLUMNS;
    const column = turning && row % 2 === 1 ? COLUMNS - 1 - step : step;
    return {
      id,
      label: wordsOf(id.split('.').at(-1)!),
      x: 2 + column * (BOX_WIDTH + GAP_X) + BOX_WIDTH / 2,
      y: 2 + (firstRow + row) * (BOX_HEIGHT + GAP_Y) + BOX_HEIGHT / 2,
      final,
    };
  });
}

function areNeighbours(a: PlacedBox, b: PlacedBox): boolean {
  const x = Math.abs(a.x - b.x);
  const y = Math.abs(a.y - b.y);
  return (
    !a.final &&
    !b.final &&
    ((y === 0 && x <= BOX_WIDTH + GAP_X) || (x === 0 && y <= BOX_HEIGHT + GAP_Y)) &&
    a !== b
  );
}

/** Boxes in the order in which they are first reached from the initial state, breadth first. */
function reached(chart: Chart): string[] {
  const order: string[] = [];
  // What every state leads to comes after what the initial one does.
  const queue = [chart.initial, ...chart.edges.filter(({ from }) => from === '').map(({ to }) => to)];
  const seen = new Set<string>();
  for (let state = queue.shift(); state !== undefined; state = queue.shift()) {
    if (seen.has(state)) continue;
    seen.add(state);
    const children = childrenOf(chart, state);
    const box = boxOf(chart, state);
    const drawn =
      children.length === 0 || box !== state || isOneBox(chart, chart.nodes.find(({ id }) => id === state)!);
    if (drawn && !order.includes(box)) order.push(box);
    queue.push(...children.map(({ id }) => id));
    queue.push(...chart.edges.filter(({ from }) => from === state).map(({ to }) => to));
  }
  return order;
}
