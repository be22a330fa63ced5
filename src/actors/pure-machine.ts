import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate';

/** An action as it stands in a chart: the name of one, that with parameters, or itself. */
type Action = string | { readonly type: string } | ActionFunction;

/** An action. XState's own have `resolve` and what they were made of; one that only does something to the world has not. */
interface ActionFunction {
  (...args: never[]): unknown;
  readonly type?: string;
  readonly resolve?: Resolve;
  /** Of `assign`. */
  readonly assignment?: Assignment;
  /** Of `sendTo`: an actor, or its id. */
  readonly to?: unknown;
  /** Of `sendTo` and `raise`. */
  readonly event?: unknown;
  /** Of `raise`: the timer's name. Of `spawnChild`: the actor's. */
  readonly id?: unknown;
  /** Of `spawnChild`. */
  readonly src?: unknown;
  readonly input?: unknown;
  /** Of `stopChild`. */
  readonly actorRef?: unknown;
  /** Of `cancel`. */
  readonly sendId?: unknown;
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
  readonly invoke: readonly { readonly id: string; readonly src: unknown }[];
  readonly always?: readonly Transition[];
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
}

/** What a step does beside its transition, in order. */
export type Deed =
  | { readonly did: 'send'; readonly to: string; readonly event: EventObject }
  | { readonly did: 'create'; readonly actor: string; readonly kind: string; readonly input: unknown }
  | { readonly did: 'stop'; readonly actor: string }
  /** An event that comes by itself after a time. */
  | { readonly did: 'arm'; readonly timer: string; readonly event: string }
  | { readonly did: 'disarm'; readonly timer: string }
  /** An effect begins, by its id in the chart and the name of what it does. */
  | { readonly did: 'begin'; readonly effect: string; readonly src: string }
  | { readonly did: 'end'; readonly effect: string };

/** Takes each deed of a step as it is done. */
type Witness = (deed: Deed) => void;

/**
 * A machine that goes from state to state as another does, by the same guards, delays and assignments, and does nothing else: what it
 * would send, start, stop or set a timer for is given to `witness`, so that its snapshots have no children. In a replay, where each
 * actor is alone, all of that is only compared with what the tape says was received.
 */
export function pureMachine(machine: AnyStateMachine, witness: Witness): AnyStateMachine {
  const named = new Map<string, ActionFunction>();
  const scope: Scope = { named, witness };
  for (const [name, action] of Object.entries(machine.implementations.actions as object)) {
    const [pure] = pureAction(action, scope);
    if (pure) named.set(name, pure);
  }
  const actions = Object.fromEntries(named) as Record<string, () => void>;
  const pure = machine.provide({ actions });
  const { idMap } = pure as unknown as { idMap: ReadonlyMap<string, StateNode> };
  for (const node of idMap.values()) withoutEffects(node, scope);
  return pure;
}

/** What the actions of one machine share. */
interface Scope {
  readonly named: ReadonlyMap<string, ActionFunction>;
  readonly witness: Witness;
}

function withoutEffects(node: StateNode, scope: Scope): void {
  const begin: Action[] = [];
  const end: Action[] = [];
  for (const { id: effect, src } of node.invoke) {
    begin.push(deedAction(() => scope.witness({ did: 'begin', effect, src: String(src) })));
    end.push(deedAction(() => scope.witness({ did: 'end', effect })));
  }
  node.entry = [...pureActions(node.entry, scope), ...begin];
  node.exit = [...pureActions(node.exit, scope), ...end];
  Object.defineProperty(node, 'invoke', { value: [] });
  for (const transition of [...node.transitions.values(), node.always ?? [], node.initial].flat())
    transition.actions = pureActions(transition.actions, scope);
}

function pureActions(actions: readonly Action[], scope: Scope): readonly Action[] {
  const pure: Action[] = [];
  for (const action of actions)
    if (typeof action === 'function') pure.push(...pureAction(action, scope));
    else if (scope.named.has(typeof action === 'string' ? action : action.type)) pure.push(action);
  return pure;
}

/**
 * What an action does to its machine's snapshot and its queue of raised events, and what it has to be witnessed, as an action; nothing
 * where it does neither.
 */
function pureAction(action: ActionFunction, scope: Scope): readonly ActionFunction[] {
  const { witness } = scope;
  switch (action.type) {
    case 'xstate.assign':
      return [Object.assign(() => undefined, { assignment: action.assignment!, resolve: assigned })];
    case 'xstate.enqueueActions':
      return [Object.assign(() => undefined, { resolve: enqueued(action, scope) })];
    case 'xstate.raise':
      return [Object.assign(() => undefined, { resolve: raised(action, witness) })];
    default: {
      if (action.type === undefined || !DEEDS.has(action.type)) return [];
      return [
        deedAction((args, params) => witness(deedOf(action, (value) => resolved(value, args, params)))),
      ];
    }
  }
}

/** Actions that change nothing of their machine. */
const DEEDS: ReadonlySet<string> = new Set([
  'xstate.sendTo',
  'xstate.spawnChild',
  'xstate.stopChild',
  'xstate.cancel',
]);

/** What one of these does. `known` gives what an argument of it is. */
function deedOf(action: ActionFunction, known: (argument: unknown) => unknown): Deed {
  switch (action.type) {
    case 'xstate.sendTo': {
      const to = known(action.to) as string | { readonly id: string };
      const event = known(action.event) as EventObject;
      return { did: 'send', to: typeof to === 'string' ? to : to.id, event };
    }
    case 'xstate.spawnChild': {
      const actor = String(known(action.id));
      return { did: 'create', actor, kind: String(action.src), input: known(action.input) };
    }
    case 'xstate.stopChild':
      return { did: 'stop', actor: String(known(action.actorRef)) };
    default:
      return { did: 'disarm', timer: String(known(action.sendId)) };
  }
}

/** An action that changes nothing of its machine. */
function deedAction(does: (args: Args, params: unknown) => void): ActionFunction {
  const resolve: Resolve = (_scope, snapshot, args, params) => {
    does(args, params);
    return [snapshot, undefined, undefined];
  };
  return Object.assign(() => undefined, { resolve });
}

function resolved(value: unknown, args: Args, params: unknown): unknown {
  return typeof value === 'function' ? value(args, params) : value;
}

/** A raised event. After a time it is an event of its own, which the tape has; without one it is one of this step. */
function raised(action: ActionFunction, witness: Witness): Resolve {
  return (scope, snapshot, args, params, _action, extra) => {
    const result = action.resolve!(scope, snapshot, args, params, action, extra);
    const { event, id, delay } = result[1] as { event: EventObject; id?: string; delay?: number };
    if (typeof delay === 'number') witness({ did: 'arm', timer: id ?? event.type, event: event.type });
    return [snapshot, undefined, undefined];
  };
}

/** An assignment to the context. A state's value and tags depend on its nodes alone, which XState derives again on each copy. */
const assigned: Resolve = (_scope, snapshot, args, params, { assignment }) => {
  const change =
    typeof assignment === 'function' ? assignment(args, params) : valuesOf(assignment!, args, params);
  return [{ ...snapshot, context: { ...snapshot.context, ...change } }, undefined, undefined];
};

function valuesOf(assignment: Args, args: Args, params: unknown): Args {
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(assignment)) values[key] = resolved(value, args, params);
  return values;
}

/**
 * The actions that a function names when it is called. What they do beside is known by then, as a rule, and given to the witness at once:
 * an action made for each would take a fifth of a replay's time.
 */
function enqueued(action: ActionFunction, scope: Scope): Resolve {
  return (actorScope, snapshot, args, params, _action, extra) => {
    const actions = action.resolve!(actorScope, snapshot, args, params, action, extra)[2]!;
    const pure: Action[] = [];
    for (const [at, one] of actions.entries()) {
      if (typeof one === 'function' && isKnown(one)) scope.witness(deedOf(one, (value) => value));
      else if (typeof one === 'function' && one.type === 'xstate.assign')
        pure.push(...pureAction(one, scope));
      else {
        // What comes after one that has its deeds later has them after it.
        pure.push(...pureActions(actions.slice(at), scope));
        break;
      }
    }
    return [snapshot, undefined, pure];
  };
}

/** Whether an action changes nothing, and does what depends on nothing. */
function isKnown({ type, to, event, id, input, actorRef, sendId }: ActionFunction): boolean {
  if (type === undefined || !DEEDS.has(type)) return false;
  return [to, event, id, input, actorRef, sendId].every((value) => typeof value !== 'function');
}
