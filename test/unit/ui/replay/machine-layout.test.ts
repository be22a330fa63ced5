import { describe, expect, it } from 'vitest';
import { chartOf } from '../../../../src/actors/chart.ts';
import { MACHINES } from '../../../../src/actors/replay.ts';
import { eventWords, machinePicture } from '../../../../src/ui/replay/machine-layout.ts';
import { isWithin } from '../../../../src/ui/replay/state-leaves.ts';

const LETTER = 5.6;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Whether two boxes, by their centres, have a pixel in common. */
function overlap(a: Box, b: Box): boolean {
  return (
    Math.abs(a.x - b.x) < (a.width + b.width) / 2 - 1 && Math.abs(a.y - b.y) < (a.height + b.height) / 2 - 1
  );
}

describe.each(Object.keys(MACHINES))('the picture of %s', (name) => {
  const chart = chartOf(MACHINES[name]!);
  const picture = machinePicture(chart);

  it('has every state, none over another one or beyond the edge', () => {
    const boxes = picture.states;
    const drawn = [...boxes, ...picture.groups].map(({ id }) => id).filter((id) => !id.startsWith(' '));
    expect(drawn.toSorted()).toEqual(chart.nodes.map(({ id }) => id).toSorted());
    for (const [index, one] of boxes.entries()) {
      for (const other of boxes.slice(index + 1))
        expect(overlap(one, other), `${one.id} ${other.id}`).toBe(false);
      expect(one.x - one.width / 2).toBeGreaterThanOrEqual(0);
      expect(one.x + one.width / 2).toBeLessThanOrEqual(picture.width);
      expect(one.y + one.height / 2).toBeLessThanOrEqual(picture.height);
    }
  });

  it('frames just the states that are within', () => {
    for (const group of picture.groups)
      for (const state of picture.states) {
        const frame = {
          ...group,
          x: group.x + group.width / 2,
          y: group.y + group.height / 2,
        };
        expect(overlap(frame, state), `${group.id} ${state.id}`).toBe(isWithin(state.id, group.id));
      }
  });

  it('draws every transition once, and its words over no state and no other words', () => {
    expect(picture.ways.flatMap(({ edges }) => edges).length).toBe(chart.edges.length);
    const words = picture.ways
      .filter(({ lines }) => lines.length > 0)
      .map(({ x, y, lines }) => ({
        x,
        y,
        width: Math.max(...lines.map(({ length }) => length)) * LETTER,
        height: lines.length * 14 - 4,
        lines,
      }));
    for (const [index, one] of words.entries()) {
      for (const other of words.slice(index + 1))
        expect(overlap(one, other), `${one.lines} ${other.lines}`).toBe(false);
      for (const state of picture.states) expect(overlap(one, state), `${one.lines} ${state.id}`).toBe(false);
    }
  });
});

it('writes events in short', () => {
  const words = ['query.rowsArrived', 'xstate.done.actor.classify', 'xstate.error.actor.0.query.record', ''];
  expect(words.map(eventWords)).toEqual(['rowsArrived', 'classify done', 'record failed', 'at once']);
});
