import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine } from 'xstate';

/** An action as it stands in a chart: the name of one, that with parameters, or itself. */
type Action = string | { readonly type: string } | ActionFunction;

/** An action. XState's own have `resolve` and what they were made of; one that only does something to the world has not. */
interface ActionFunction {
  (...args: never[]): unknown;
  readonly type?: string;
  readonly resolve?: Resolve;
  /** Of `assign`. */
  readonly assignment?: Assignment;
  /** Of `raise`. */
  readonly delay?: unknown;
}

type Args = Readonly<Record<string, unknown>>;
type Assignment = Args | ((args: Args, params: unknown) => object);
type Resolve = (
  scope: AnyActorScope,
  snapshot: AnyMachineSnapshot,
  args: Args,
  params: unknown,
  action: ActionFunction,
  extra: unknown,
) => [snapshot: AnyMachineSnapshot, params: unknown, actions: readonly Action[] | undefined];

interface Transition {
  actions: readonly Action[];
}

/** A state of a chart, as far as it does something. */
interface StateNode {
  entry: readonly Action[];
  exit: readonly Action[];
  readonly initial: Transition;
  readonly always?: readonly Transition[];
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
}

/**
 * A machine that goes from state to state as another does, by the same guards, delays and assignments, and does nothing else: it sends
 * nothing, starts and stops no actor and sets no timer, so that its snapshots have no children. In a replay, where each actor is alone,
 * all of that would be thrown away.
 */
export function pureMachine(machine: AnyStateMachine): AnyStateMachine {
  const named = new Map<string, ActionFunction>();
  for (const [name, action] of Object.entries(machine.implementations.actions as object)) {
    const [pure] = pureAction(action, named);
    if (pure) named.set(name, pure);
  }
  const actions = Object.fromEntries(named) as Record<string, () => void>;
  const pure = machine.provide({ actions });
  const { idMap } = pure as unknown as { idMap: ReadonlyMap<string, StateNode> };
  for (const node of idMap.values()) withoutEffects(node, named);
  return pure;
}

function withoutEffects(node: StateNode, named: ReadonlyMap<string, ActionFunction>): void {
  node.entry = pureActions(node.entry, named);
  node.exit = pureActions(node.exit, named);
  Object.defineProperty(node, 'invoke', { value: [] });
  for (const transition of [...node.transitions.values(), node.always ?? [], node.initial].flat())
    transition.actions = pureActions(transition.actions, named);
}

function pureActions(
  actions: readonly Action[],
  named: ReadonlyMap<string, ActionFunction>,
): readonly Action[] {
  const pure: Action[] = [];
  for (const action of actions)
    if (typeof action === 'function') pure.push(...pureAction(action, named));
    else if (named.has(typeof action === 'string' ? action : action.type)) pure.push(action);
  return pure;
}

/** What an action does to its machine's snapshot and its queue of raised events, as an action; nothing where it does neither. */
function pureAction(
  action: ActionFunction,
  named: ReadonlyMap<string, ActionFunction>,
): readonly ActionFunction[] {
  switch (action.type) {
    case 'xstate.assign':
      return [Object.assign(() => undefined, { assignment: action.assignment!, resolve: assigned })];
    case 'xstate.enqueueActions':
      return [Object.assign(() => undefined, { resolve: enqueued(action, named) })];
    case 'xstate.raise':
      // After a time it is an event of its own, which the tape has; without one, or where that is not known yet, one of this step.
      return typeof action.delay === 'number' ? [] : [action];
    default:
      return [];
  }
}

/** An assignment to the context. A state's value and tags depend on its nodes alone, which XState derives again on each copy. */
const assigned: Resolve = (_scope, snapshot, args, params, { assignment }) => {
  const change =
    typeof assignment === 'function' ? assignment(args, params) : valuesOf(assignment!, args, params);
  return [{ ...snapshot, context: { ...snapshot.context, ...change } }, undefined, undefined];
};

function valuesOf(assignment: Args, args: Args, params: unknown): Args {
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(assignment))
    values[key] = typeof value === 'function' ? value(args, params) : value;
  return values;
}

/** The actions that a function names when it is called. */
function enqueued(action: ActionFunction, named: ReadonlyMap<string, ActionFunction>): Resolve {
  return (scope, snapshot, args, params, _action, extra) => {
    const [, , actions] = action.resolve!(scope, snapshot, args, params, action, extra);
    return [snapshot, undefined, pureActions(actions!, named)];
  };
}
