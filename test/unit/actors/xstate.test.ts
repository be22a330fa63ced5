import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  type AnyActorRef,
  assign,
  createActor,
  fromCallback,
  type InspectionEvent,
  initialTransition,
  setup,
} from 'xstate';
import {
  hasTransition,
  type Inspected,
  inspected,
  inspectSystem,
  machineOf,
} from '../../../src/actors/xstate.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** A machine that moves, counts without moving, ignores, and runs an effect. */
const machine = setup({
  types: {} as { context: { n: number }; events: { type: 'go' } | { type: 'count' } | { type: 'other' } },
  actors: { effect: fromCallback(() => undefined) },
}).createMachine({
  id: 'probe',
  version: '7',
  context: { n: 0 },
  initial: 'still',
  states: {
    still: {
      on: { go: 'moving', count: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    },
    moving: { invoke: { id: 'effect', src: 'effect' } },
  },
});

it('rests on the version of XState that package.json pins', () => {
  const installed = JSON.parse(readFileSync(join(ROOT, 'node_modules/xstate/package.json'), 'utf8'));
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  // Whoever raises it reads src/actors/xstate.ts against the new one first.
  expect([installed.version, dependencies.xstate]).toEqual(['5.33.3', '5.33.3']);
});

it('tells machines from effects', () => {
  const actor = createActor(machine).start();
  actor.send({ type: 'go' });
  expect(machineOf(actor)).toMatchObject({ id: 'probe', version: '7' });
  expect(machineOf(actor.getSnapshot().children.effect!)).toBeUndefined();
});

it('reports an event at its sending, its transitions, then the state', () => {
  const seen: string[] = [];
  const actor = createActor(machine, { id: 'root' });
  inspectSystem(actor, (inspection) => {
    const one: Inspected | null = inspected(inspection);
    if (one === null || one.actor.id !== 'root') return;
    seen.push(one.type === 'sent' ? `sent ${one.event.type}` : one.type);
  });
  actor.start();
  expect(seen).toEqual(['sent xstate.init', 'taken']);
  seen.length = 0;
  actor.send({ type: 'count' });
  actor.send({ type: 'other' });
  actor.stop();
  expect(seen).toEqual([
    ...['sent count', 'moved', 'taken'],
    // An event without a transition moves nothing, and its state is reported all the same.
    ...['sent other', 'taken'],
    'stopped',
  ]);
});

it('reports to one observer just what it reports to an inspector, of every actor', () => {
  const report = (inspection: InspectionEvent): string =>
    `${inspection.type} ${(inspection.actorRef as AnyActorRef).id}`;
  const run = (observed: string[], inspector: string[]): void => {
    const actor = createActor(machine, { id: 'root', inspect: (one) => inspector.push(report(one)) });
    inspector.length = 0;
    if (observed !== inspector) inspectSystem(actor, (one) => observed.push(report(one)));
    actor.start();
    actor.send({ type: 'go' });
    actor.stop();
  };
  const [observed, unused, inspector]: string[][] = [[], [], []];
  run(observed!, unused!);
  run(inspector!, inspector!);
  expect(observed).toEqual(inspector);
  expect(observed).toContain('@xstate.event effect');
  expect(unused).toEqual([]);
});

it('knows whether a state has a use for an event', () => {
  const [still] = initialTransition(machine);
  expect([
    hasTransition(machine, still, { type: 'go' }),
    hasTransition(machine, still, { type: 'count' }),
    hasTransition(machine, still, { type: 'other' }),
  ]).toEqual([true, true, false]);
});
