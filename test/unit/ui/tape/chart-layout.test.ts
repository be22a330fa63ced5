import { describe, expect, it } from 'vitest';
import { chartOf } from '../../../../src/actors/chart.ts';
import { MACHINES } from '../../../../src/actors/replay.ts';
import { BOX, boxOf, layOut, wayBetween } from '../../../../src/ui/tape/chart-layout.ts';

/** Points along an SVG path of M, H and V, pixel by pixel. */
function pointsOf(path: string): [number, number][] {
  const points: [number, number][] = [];
  let [x, y] = [0, 0];
  for (const [, letter, a, b] of path.matchAll(/([MHV])([-\d.]+)(?: ([-\d.]+))?/g)) {
    if (letter === 'M') [x, y] = [Number(a), Number(b)];
    const toX = letter === 'H' ? Number(a) : x;
    const toY = letter === 'V' ? Number(a) : y;
    const steps = Math.max(1, Math.ceil(Math.abs(toX - x) + Math.abs(toY - y)));
    for (let step = 0; step <= steps; step++)
      points.push([x + ((toX - x) * step) / steps, y + ((toY - y) * step) / steps]);
    [x, y] = [toX, toY];
  }
  return points;
}

describe('the statechart', () => {
  it.each(Object.keys(MACHINES))('places every state of %s in a box that no other box covers', (name) => {
    const chart = chartOf(MACHINES[name]!);
    const placed = layOut(chart);
    const places = placed.boxes.map(({ x, y }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(places.length);
    for (const { x, y } of placed.boxes) {
      expect(x).toBeLessThan(placed.width);
      expect(y).toBeLessThan(placed.height);
    }
    const leaves = chart.nodes.filter(({ id }) => !chart.nodes.some(({ parent }) => parent === id));
    const boxes = new Set(placed.boxes.map(({ id }) => id));
    for (const { id } of leaves.filter(({ id }) => !id.includes('transaction')))
      expect(boxes, `${id} has a box`).toContain(boxOf(chart, id));
  });

  it("finds the box of a connection's work among its regions", () => {
    expect(boxOf(chartOf(MACHINES['connection@7']!), 'open.(transaction.none|work.busy)')).toBe(
      'open.work.busy',
    );
  });

  it.each(Object.keys(MACHINES))(
    'draws no transition of %s across a box that it does not begin or end in',
    (name) => {
      const { boxes } = layOut(chartOf(MACHINES[name]!));
      const inside = (x: number, y: number) =>
        boxes.filter((box) => Math.abs(box.x - x) < BOX.width / 2 && Math.abs(box.y - y) < BOX.height / 2);
      for (const from of boxes)
        for (const to of boxes)
          for (const [x, y] of pointsOf(wayBetween(from, to)))
            for (const box of inside(x, y))
              expect([from.id, to.id], `${from.id} to ${to.id}`).toContain(box.id);
    },
  );

  it('draws cancelling as one box', () => {
    const version = Object.keys(MACHINES).find((id) => id.startsWith('query@'))!;
    const chart = chartOf(MACHINES[version]!);
    expect(boxOf(chart, 'running.cancelling.acknowledged')).toBe('running.cancelling');
    expect(boxOf(chart, 'running.streaming')).toBe('running.streaming');
    expect(boxOf(chart, 'lost.notRun')).toBe('lost');
  });
});
