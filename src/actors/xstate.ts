import {
  type AnyActorRef,
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EventObject,
  type InspectionEvent,
  StateMachine,
} from 'xstate';
import { type Deed, pureMachine } from './pure-machine.ts';

/**
 * All that this program takes from XState beside its documented interface. It holds for the version that package.json pins;
 * test/unit/actors/xstate.test.ts names that version and checks each of these.
 */

/** What names a machine on the tape. */
export interface MachineName {
  readonly id: string;
  readonly version?: string | undefined;
}

/** The machine that an actor runs; undefined for effects and other actors. */
export function machineOf(actor: AnyActorRef): MachineName | undefined {
  const { logic } = actor as { logic?: unknown };
  return logic instanceof StateMachine ? logic : undefined;
}

/** What an inspection reports, in the order in which it is reported: an event at its sending, the steps that it makes, the state after. */
export type Inspected =
  | {
      readonly type: 'sent';
      readonly actor: AnyActorRef;
      readonly event: EventObject;
      readonly source: AnyActorRef | undefined;
    }
  | { readonly type: 'moved'; readonly actor: AnyActorRef }
  | { readonly type: 'taken'; readonly actor: AnyActorRef; readonly snapshot: AnyMachineSnapshot }
  | { readonly type: 'stopped'; readonly actor: AnyActorRef };

/**
 * Has all that the actors of a system report given to `observe`, in place of what `inspect` of `createActor` does: that copies each
 * report, dozens per statement, before it is known whether it matters. To be called before the system starts.
 */
export function inspectSystem(root: AnyActorRef, observe: (inspection: InspectionEvent) => void): void {
  const system = root.system as unknown as { _sendInspectionEvent(inspection: InspectionEvent): void };
  system._sendInspectionEvent = observe;
}

/** Reads one inspection event; null for what does not matter here. A microstep without transitions moves nothing. */
export function inspected(inspection: InspectionEvent): Inspected | null {
  const actor = inspection.actorRef as AnyActorRef;
  switch (inspection.type) {
    case '@xstate.event':
      return {
        type: 'sent',
        actor,
        event: inspection.event,
        source: inspection.sourceRef as AnyActorRef | undefined,
      };
    case '@xstate.microstep':
      return inspection._transitions.length > 0 ? { type: 'moved', actor } : null;
    case '@xstate.snapshot':
      return inspection.event.type === 'xstate.stop'
        ? { type: 'stopped', actor }
        : { type: 'taken', actor, snapshot: inspection.snapshot as AnyMachineSnapshot };
    default:
      return null;
  }
}

/** The snapshot after an event, and whether any transition was taken, be it one that goes nowhere. */
export interface Step {
  readonly snapshot: AnyMachineSnapshot;
  readonly moved: boolean;
  /** What it did beside, in order. */
  readonly deeds: readonly Deed[];
}

/**
 * Takes a machine from snapshot to snapshot as XState's pure `transition` does, without effects. That makes an actor and its system for
 * every event, and one for each child, which costs more than the event itself; here the machine's own is made once, and children never.
 */
export class Stepper {
  private readonly machine: AnyStateMachine;
  private readonly scope: AnyActorScope;
  private moved = false;
  private deeds: Deed[] = [];

  constructor(machine: AnyStateMachine) {
    // A child is replayed from its own records.
    this.machine = pureMachine(machine, (deed) => this.deeds.push(deed));
    const self = createActor(this.machine);
    // Whether an actor is there to be sent to is not known to this one, which is alone.
    (self.system as { get(id: string): unknown }).get = (id) => ({ id });
    const nothing = (): void => undefined;
    inspectSystem(self, (inspection) => {
      if (inspection.type === '@xstate.microstep' && inspection._transitions.length > 0) this.moved = true;
    });
    this.scope = {
      self,
      system: self.system,
      id: '',
      sessionId: '',
      logger: nothing,
      defer: nothing,
      emit: nothing,
      stopChild: nothing,
      actionExecutor: nothing,
    };
  }

  /** The first step, to the snapshot that an actor begins with. */
  initial(input: unknown): Step {
    this.deeds = [];
    const snapshot = this.machine.getInitialSnapshot(this.scope, input);
    return { snapshot, moved: true, deeds: this.deeds };
  }

  /** One event further. */
  step(before: AnyMachineSnapshot, event: EventObject): Step {
    this.moved = false;
    this.deeds = [];
    const snapshot = this.machine.transition(before, event, this.scope);
    return { snapshot, moved: this.moved, deeds: this.deeds };
  }
}
