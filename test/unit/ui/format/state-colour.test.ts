import { describe, expect, it } from 'vitest';
import { charts } from '../../../../src/actors/chart.ts';
import { STATES, type StatefulKind } from '../../../../src/events/states.ts';
import { stateColour } from '../../../../src/ui/format/state-colour.ts';

describe('the colour of a state', () => {
  it.each(Object.entries(charts()))('is in the table for each state of %s', (name, { nodes }) => {
    const kind = name.split('@')[0] as StatefulKind;
    const parents = new Set(nodes.map(({ parent }) => parent));
    // A connection's transaction is a region beside its work, and has words of its own.
    const states = nodes
      .map(({ id }) => id)
      .filter((id) => !parents.has(id) && !id.startsWith('open.transaction.'));
    expect([...STATES[kind]].sort()).toEqual(states.sort());
  });

  it.each([
    ['query', 'running.executing', 'running'],
    ['query', 'executing', 'running'],
    ['query', 'cancelling.acknowledged', 'waiting'],
    ['query', 'lost.notRun', 'failed'],
    ['session', 'ready', 'well'],
    ['session', 'reconnecting.waiting', 'waiting'],
    ['session', 'open.disconnected', 'failed'],
    ['session', 'offline', 'hollow'],
    ['connection', 'open.(transaction.none|work.busy)', 'running'],
    ['connection', 'open.transaction.open|work.idle', 'well'],
    ['connection', 'idle', 'well'],
    ['query', 'aStateOfAnotherVersion', 'quiet'],
    ['tape', '', 'quiet'],
  ])('of a %s in %s is %s', (kind, state, colour) => expect(stateColour(kind, state)).toBe(colour));
});
