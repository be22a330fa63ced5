import { describe, expect, it } from 'vitest';
import type { Chart } from '../../../../src/events/chart.ts';
import { edgeOf, machineHits } from '../../../../src/ui/replay/machine-hits.ts';
import { leavesOf } from '../../../../src/ui/replay/state-leaves.ts';

const node = (id: string, kind: 'atomic' | 'compound' | 'final' = 'atomic') => ({
  id,
  parent: id.includes('.') ? id.split('.').slice(0, -1).join('.') : null,
  kind,
});
const chart: Chart = {
  nodes: [node('run', 'compound'), node('run.a'), node('run.b'), node('wait'), node('end', 'final')],
  edges: [
    { from: 'run.a', to: 'run.b', event: 'x.go' },
    { from: 'run', to: 'end', event: 'x.stop' },
    { from: 'run.b', to: 'end', event: 'x.stop' },
    { from: '', to: 'wait', event: 'x.pause' },
  ],
  initial: 'run',
};
const hit = (from: string | null, event: string, to: string, times: number, machine = 'x@1') => ({
  machine,
  from,
  event,
  to,
  times,
});

describe('the states of a name', () => {
  it.each([
    ['offline', ['offline']],
    ['running.cancelling.requested', ['running.cancelling.requested']],
    ['open.(transaction.none|work.busy)', ['open.transaction.none', 'open.work.busy']],
    ['a.(b.(c|d.e)|f)', ['a.b.c', 'a.b.d.e', 'a.f']],
    ['one|two', ['one', 'two']],
    ['', []],
  ])('%s', (state, leaves) => {
    expect(leavesOf(state)).toEqual(leaves);
  });
});

describe('how often', () => {
  it('a transition was taken is counted at the innermost state that has it, for this machine alone', () => {
    const { edges } = machineHits(chart, 'x@1', [
      hit(null, 'xstate.init', 'run.a', 4),
      hit('run.a', 'x.go', 'run.b', 3),
      hit('run.a', 'x.stop', 'end', 1),
      hit('run.b', 'x.stop', 'end', 2),
      hit('run.b', 'x.pause', 'wait', 1),
      hit('run.b', 'x.stop', 'end', 9, 'y@1'),
      hit('run.a', 'x.unknown', 'end', 5),
    ]);
    expect(chart.edges.map((edge) => edges.get(edge))).toEqual([3, 1, 2, 1]);
  });

  it('a state was entered is counted apart from what stays in it', () => {
    const { states } = machineHits(chart, 'x@1', [
      hit(null, 'xstate.init', 'run.(a|b)', 1),
      hit('run.(a|b)', 'x.go', 'run.(a|c)', 2),
      hit('run.(a|c)', 'x.go', 'run.(a|c)', 7),
    ]);
    expect([states.get('run.a'), states.get('run.b'), states.get('run.c'), states.get('end')]).toEqual([
      1,
      1,
      2,
      undefined,
    ]);
  });

  it('finds no transition that leads elsewhere', () => {
    expect(edgeOf(chart, 'run.a', 'x.go', 'end')).toBeNull();
    expect(edgeOf(chart, 'wait', 'x.go', 'run.b')).toBeNull();
  });
});
