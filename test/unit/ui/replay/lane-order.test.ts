import { describe, expect, it } from 'vitest';
import type { Lane } from '../../../../src/events/replay-view.ts';
import { orderedLanes } from '../../../../src/ui/replay/lane-order.ts';

const lane = (actor: string, parent: string | null) =>
  ({ actor, parent, kind: 'query', machine: null, stays: [] }) as Lane;

describe('lanes', () => {
  it('stand below what they belong to, and none is lost', () => {
    const lanes = [
      lane('w', null),
      lane('s1', 'w'),
      lane('s2', 'w'),
      lane('c1', 's1'),
      lane('q1', 'c1'),
      lane('q2', 'elsewhere'),
    ];
    expect(orderedLanes(lanes).map(({ lane: { actor }, depth }) => [actor, depth])).toEqual([
      ['w', 0],
      ['s1', 1],
      ['c1', 2],
      ['q1', 3],
      ['s2', 1],
      ['q2', 0],
    ]);
  });
});
