import { type AnyStateMachine, initialTransition, transition } from 'xstate';
import { stateName } from '../../../../src/events/state-name.ts';

/** What a machine does with an event in a state: the state it goes to, `stays` where it acts and stays, or `ignored`. */
export type Cell<State extends string> = State | 'stays' | 'ignored';

/** Short for the two most frequent cells of a table. */
export const _ = 'ignored';
export const S = 'stays';

/** A whole machine: every event in every state, ignored ones too. A cell that is missing does not compile. */
export type TruthTable<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Record<Event, Cell<State>>>>
>;

/** A machine with the events it can get, a way to each of its states, and what it does there. */
export interface Truth<State extends string, Event extends string> {
  readonly machine: AnyStateMachine;
  readonly input: unknown;
  readonly events: Readonly<Record<Event, { readonly type: string }>>;
  readonly ways: Readonly<Record<State, readonly Event[]>>;
  /** Events that, in this order, end it in any state. */
  readonly endedBy: readonly Event[];
  readonly table: TruthTable<State, Event>;
}

type Snapshot = ReturnType<typeof initialTransition>[0];

/** The states that a machine's definition has: the leaves, and one for all combinations of a parallel state. */
export function statesOf(machine: AnyStateMachine): string[] {
  const leaves: string[] = [];
  const walk = (node: AnyStateMachine['root']): void => {
    const children = Object.values(node.states) as AnyStateMachine['root'][];
    if (children.length === 0 || node.type === 'parallel') leaves.push(node.path.join('.'));
    else for (const child of children) walk(child);
  };
  walk(machine.root);
  return leaves.sort();
}

/** Follows a way from the start. */
export function follow<State extends string, Event extends string>(
  { machine, input, events }: Truth<State, Event>,
  way: readonly Event[],
): Snapshot {
  let [snapshot] = initialTransition(machine, input as never);
  for (const event of way) [snapshot] = transition(machine, snapshot, events[event] as never);
  return snapshot;
}

/** What the machine does with an event in a state that a way leads to. */
export function cellOf<State extends string, Event extends string>(
  truth: Truth<State, Event>,
  state: State,
  event: Event,
): string {
  const before = follow(truth, truth.ways[state]);
  if (!before.can(truth.events[event] as never)) return 'ignored';
  const [after] = transition(truth.machine, before, truth.events[event] as never);
  const name = stateName(after.value);
  return name === stateName(before.value) ? 'stays' : name;
}
