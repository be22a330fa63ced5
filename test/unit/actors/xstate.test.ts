import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type AnyActorRef,
  type AnyMachineSnapshot,
  assign,
  createActor,
  fromCallback,
  type InspectionEvent,
  initialTransition,
  setup,
  spawnChild,
  transition,
} from 'xstate';
import { MACHINES, stepperOf } from '../../../src/actors/replay.ts';
import { type Inspected, inspected, inspectSystem, machineOf, Stepper } from '../../../src/actors/xstate.ts';
import type { Envelope } from '../../../src/events/envelope.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** A snapshot without its children, which a stepper does not have. */
const plain = (snapshot: AnyMachineSnapshot): string =>
  JSON.stringify([snapshot.value, snapshot.status, snapshot.context, [...snapshot.tags]]);

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
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  // Whoever raises it reads src/actors/xstate.ts and pure-machine.ts against the new one first.
  expect([installed.version, devDependencies.xstate]).toEqual(['5.33.3', '5.33.3']);
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

describe('a stepper', () => {
  const tapes = readdirSync(join(ROOT, 'test/replay')).filter((name) => name.endsWith('.jsonl'));

  it.each(tapes)('reaches what the pure transition of XState reaches, on %s', (name) => {
    const living = new Map<string, { ours: AnyMachineSnapshot; theirs: AnyMachineSnapshot }>();
    const lines = readFileSync(join(ROOT, 'test/replay', name), 'utf8')
      .trim()
      .split('\n');
    for (const { actor, machine: written, event, ignored } of lines.map(
      (line) => JSON.parse(line) as Envelope,
    )) {
      const stepper = written === null ? undefined : stepperOf(written);
      if (!stepper) continue;
      const before = living.get(actor);
      const { input } = event as { input?: unknown };
      const ours = before ? stepper.step(before.ours, event) : stepper.initial(input);
      const [theirs] = before
        ? transition(MACHINES[written!]!, before.theirs, event as never)
        : initialTransition(MACHINES[written!]!, input);
      expect(plain(ours.snapshot)).toBe(plain(theirs));
      expect(ours.moved).toBe(ignored !== true);
      living.set(actor, { ours: ours.snapshot, theirs });
    }
    expect(living.size).toBeGreaterThan(3);
  });

  it('knows whether a transition was taken, be it one that goes nowhere', () => {
    const stepper = new Stepper(machine);
    const still = stepper.initial(undefined).snapshot;
    const moved = (type: string): boolean => stepper.step(still, { type }).moved;
    expect([moved('go'), moved('count'), moved('other')]).toEqual([true, true, false]);
    expect(stepper.step(still, { type: 'count' }).snapshot.context).toEqual({ n: 1 });
  });

  it('does to a context and to raised events what XState does, in the same order', () => {
    const words = setup({
      types: {} as { context: { words: readonly string[] }; events: { type: string } },
      actors: { effect: fromCallback(() => undefined) },
      delays: { LATE: 10, NOW: undefined as unknown as number },
    });
    const say = (word: string) => words.assign({ words: ({ context }) => [...context.words, word] });
    const wordy = words
      .extend({
        actions: {
          named: words.assign(
            // `setup` types the parameters of actions that are its own alone.
            (({ context }: { context: { words: readonly string[] } }, { word }: { word: string }) => ({
              words: [...context.words, word],
            })) as never,
          ),
          plain: say('plain'),
          custom: () => expect.unreachable('An effect was run.'),
          both: words.enqueueActions(({ enqueue, context, check }) => {
            enqueue.assign({ words: [...context.words, 'enqueued'] });
            enqueue({ type: 'named', params: { word: 'named by an enqueued one' } } as never);
            enqueue('plain' as never);
            enqueue('custom' as never);
            enqueue.spawnChild('effect', { id: 'spawned', systemId: 'spawned' });
            enqueue.sendTo('spawned', { type: 'any' });
            enqueue.raise({ type: 'raised' });
            enqueue.raise({ type: 'never' }, { id: 'late', delay: 5 });
            enqueue.cancel('late');
            enqueue(words.enqueueActions((inner) => inner.enqueue(say('nested'))) as never);
            if (check(() => true)) enqueue.stopChild('spawned');
          }),
        },
      })
      .createMachine({
        id: 'wordy',
        context: { words: [] },
        entry: say('root'),
        initial: 'first',
        on: { raised: { actions: say('raised') }, never: { actions: say('never') } },
        states: {
          first: {
            entry: ['plain', 'custom', { type: 'named', params: { word: 'with a parameter' } } as never],
            exit: say('left'),
            invoke: { id: 'invoked', src: 'effect', onDone: 'third' },
            after: { LATE: 'third' },
            on: { go: { target: 'second', actions: 'both' } },
          },
          second: {
            initial: 'inner',
            tags: 'second',
            always: {
              guard: ({ context }) => context.words.includes('raised'),
              target: 'third',
              actions: [say('always'), words.raise({ type: 'raised' }, { delay: 'NOW' })],
            },
            states: { inner: { entry: say('inner') } },
          },
          third: { type: 'parallel', states: { a: { entry: say('a') }, b: { exit: say('b') } } },
        },
      });
    const stepper = new Stepper(wordy);
    let [theirs] = initialTransition(wordy);
    let ours = stepper.initial(undefined).snapshot;
    expect(plain(ours)).toBe(plain(theirs));
    for (const type of ['xstate.after.LATE.wordy.first', 'go', 'go', 'raised']) {
      [theirs] = transition(wordy, theirs, { type });
      ours = stepper.step(ours, { type }).snapshot;
      expect(plain(ours)).toBe(plain(theirs));
    }
    [theirs] = transition(wordy, initialTransition(wordy)[0], { type: 'go' });
    ours = stepper.step(stepper.initial(undefined).snapshot, { type: 'go' }).snapshot;
    expect(plain(ours)).toBe(plain(theirs));
    expect(ours.context.words).toEqual([
      ...['root', 'plain', 'with a parameter', 'left'],
      ...['enqueued', 'named by an enqueued one', 'plain', 'nested', 'inner'],
      ...['raised', 'always', 'a', 'raised'],
    ]);
    // The machine itself still has its effects.
    expect(Object.keys(initialTransition(wordy)[0].children)).toEqual(['invoked']);
  });

  it('runs no effect, and has no child', () => {
    let runs = 0;
    const effect = fromCallback(() => {
      runs++;
    });
    const spawning = setup({ actors: { effect } }).createMachine({
      id: 'spawning',
      on: { spawn: { actions: spawnChild('effect', { id: 'child', systemId: 'named' }) } },
    });
    const stepper = new Stepper(spawning);
    const first = stepper.step(stepper.initial(undefined).snapshot, { type: 'spawn' });
    const second = stepper.step(first.snapshot, { type: 'spawn' });
    expect([first.moved, second.moved, second.snapshot.children]).toEqual([true, true, {}]);
    expect(runs).toBe(0);
  });
});
